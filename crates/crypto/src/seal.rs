//! Sealing: AES-256-GCM with associated data that can not be confused.
//!
//! The wallet file and the daemon's journal rest on the four operations here:
//!
//! - [`SealKey::derive`] makes keys for separate purposes out of one (HKDF-SHA-256, RFC 5869);
//! - [`SealKey::seal`] and [`SealKey::open`] encrypt and authenticate (AES-256-GCM, SP 800-38D);
//! - [`SealKey::mac`] is a keyed hash (HMAC-SHA-256, RFC 2104).
//!
//! Nonces are 96 random bits, so one key should seal fewer than 2^32 messages. What a message belongs
//! to goes into its [`Aad`]: a message moved elsewhere does not open.

use std::fmt;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY_LEN: usize = 32;
/// Bytes of the random nonce in front of the ciphertext.
pub const NONCE_LEN: usize = 12;
/// Bytes of the authentication tag behind the ciphertext.
pub const TAG_LEN: usize = 16;

/// Why something could not be sealed or opened. Says nothing about the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes; nothing was sealed")]
    Randomness,
    /// More than the 64 GiB that AES-GCM can seal at once.
    #[error("the text is too long to seal")]
    TooLong,
    /// Another key, other associated data, or changed bytes.
    #[error("the sealed data is not authentic: another key sealed it, or it was changed or moved")]
    NotAuthentic,
}

/// Fills `buffer` with random bytes of the operating system.
///
/// # Errors
/// [`SealError::Randomness`] when there are none.
pub fn random_bytes(buffer: &mut [u8]) -> Result<(), SealError> {
    getrandom::fill(buffer).map_err(|_| SealError::Randomness)
}

/// A 256-bit key. Wiped when dropped, not `Clone`, never printed.
pub struct SealKey(Box<Zeroizing<[u8; KEY_LEN]>>);

impl SealKey {
    /// A key that `fill` writes in place, so that no copy stays on the stack.
    pub fn init_with_mut(fill: impl FnOnce(&mut [u8; KEY_LEN])) -> Self {
        let mut key = Box::new(Zeroizing::new([0; KEY_LEN]));
        fill(&mut key);
        Self(key)
    }

    /// As [`SealKey::init_with_mut`], for a `fill` that can fail.
    ///
    /// # Errors
    /// Those of `fill`.
    pub fn try_init_with_mut<E>(
        fill: impl FnOnce(&mut [u8; KEY_LEN]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut key = Box::new(Zeroizing::new([0; KEY_LEN]));
        fill(&mut key)?;
        Ok(Self(key))
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub fn random() -> Result<Self, SealError> {
        Self::try_init_with_mut(|key| random_bytes(key))
    }

    /// The key itself, to be sealed under another one. Keep the borrow short.
    pub fn expose_secret(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// The key for another purpose, named by `label`: HKDF-SHA-256 without salt, `label` as `info`.
    ///
    /// Different labels give independent keys, and none of them leads back to this one.
    pub fn derive(&self, label: &str) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, &self.0[..]);
        Self::init_with_mut(|key| {
            hkdf.expand(label.as_bytes(), key)
                .expect("32 bytes are below HKDF's limit of 255 blocks");
        })
    }

    /// Encrypts and authenticates `plaintext`, and authenticates `aad` with it.
    ///
    /// Returns nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes). Two calls never return the same bytes.
    ///
    /// # Errors
    /// [`SealError::Randomness`], [`SealError::TooLong`].
    pub fn seal(&self, aad: &Aad, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        random_bytes(&mut nonce)?;
        // Reserved at once: a vector that grows would leave a copy of the plaintext behind.
        let mut out = Vec::with_capacity(NONCE_LEN + plaintext.len() + TAG_LEN);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plaintext);
        let tag = self
            .cipher()
            .encrypt_inout_detached(
                &Nonce::from(nonce),
                aad.as_bytes(),
                (&mut out[NONCE_LEN..]).into(),
            )
            .map_err(|_| SealError::TooLong)?;
        out.extend_from_slice(&tag);
        Ok(out)
    }

    /// What [`SealKey::seal`] sealed under this key with the same associated data.
    ///
    /// # Errors
    /// [`SealError::NotAuthentic`] for anything else; which byte is wrong can not be told.
    pub fn open(&self, aad: &Aad, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, rest) =
            sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::NotAuthentic)?;
        let (text, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(SealError::NotAuthentic)?;
        let mut plain = Zeroizing::new(text.to_vec());
        self.cipher()
            .decrypt_inout_detached(
                &Nonce::from(*nonce),
                aad.as_bytes(),
                (&mut plain[..]).into(),
                &Tag::from(*tag),
            )
            .map_err(|_| SealError::NotAuthentic)?;
        Ok(plain)
    }

    /// HMAC-SHA-256 of the fields: equal for equal fields, unpredictable without the key.
    pub fn mac(&self, fields: &Aad) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0[..]).expect("HMAC takes a key of any length");
        mac.update(fields.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new_from_slice(&self.0[..]).expect("the key has the 32 bytes that AES-256 takes")
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey([redacted])")
    }
}

/// Associated data: a list of fields, encoded so that no two lists give the same bytes.
///
/// The encoding is the number of fields, then for each its length and its bytes; numbers are 64 bits,
/// little-endian. The first field names the purpose. Holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aad(Vec<u8>);

impl Aad {
    /// A list with one field: the purpose, which keeps one kind of message from passing for another.
    pub fn new(purpose: &str) -> Self {
        Self(0_u64.to_le_bytes().to_vec()).field(purpose.as_bytes())
    }

    /// Appends a field.
    #[must_use]
    pub fn field(mut self, bytes: &[u8]) -> Self {
        let (count, _) =
            self.0.split_first_chunk_mut::<8>().expect("`new` starts with eight bytes of count");
        *count = (u64::from_le_bytes(*count) + 1).to_le_bytes();
        let length = u64::try_from(bytes.len()).expect("a length fits in 64 bits");
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends a text, as UTF-8.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.field(text.as_bytes())
    }

    /// Appends a number: eight bytes, little-endian, two's complement.
    #[must_use]
    pub fn number(self, number: i64) -> Self {
        self.field(&number.to_le_bytes())
    }

    /// The encoded list.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::init_with_mut(|key| key.fill(byte))
    }

    #[test]
    fn what_is_sealed_opens_again() {
        let aad = Aad::new("test").text("row").number(7);
        for text in [&b""[..], b"x", &[9; 5_000]] {
            let sealed = key(1).seal(&aad, text).unwrap();
            assert_eq!(sealed.len(), NONCE_LEN + text.len() + TAG_LEN);
            assert_eq!(*key(1).open(&aad, &sealed).unwrap(), text);
        }
    }

    #[test]
    fn nonces_differ() {
        let aad = Aad::new("test");
        assert_ne!(key(1).seal(&aad, b"same").unwrap(), key(1).seal(&aad, b"same").unwrap());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let aad = Aad::new("test");
        let sealed = key(1).seal(&aad, b"content").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key(1).open(&aad, &changed).unwrap_err(), SealError::NotAuthentic);
        }
        for len in 0..sealed.len() {
            assert_eq!(key(1).open(&aad, &sealed[..len]).unwrap_err(), SealError::NotAuthentic);
        }
        assert!(key(2).open(&aad, &sealed).is_err());
        assert!(key(1).open(&Aad::new("other"), &sealed).is_err());
    }

    #[test]
    fn field_lists_do_not_collide() {
        let lists = [
            Aad::new("a").text("bc"),
            Aad::new("ab").text("c"),
            Aad::new("abc"),
            Aad::new("abc").text(""),
            Aad::new("").text("abc"),
            Aad::new("a").text("b").text("c"),
        ];
        for (i, one) in lists.iter().enumerate() {
            for other in &lists[i + 1..] {
                assert_ne!(one, other);
            }
        }
        assert_eq!(
            hex::encode(Aad::new("k").number(1).as_bytes()),
            concat!(
                "0200000000000000",
                "0100000000000000",
                "6b",
                "0800000000000000",
                "0100000000000000",
            )
        );
    }

    #[test]
    fn derive_is_extract_and_expand_of_rfc_5869() {
        // Extract with an absent salt is HMAC under zeros; expand to 32 bytes is one block.
        let prk = SealKey::init_with_mut(|k| k.fill(0)).mac_raw(&[5; 32]);
        let block = SealKey::init_with_mut(|k| *k = prk).mac_raw(b"label\x01");
        assert_eq!(key(5).derive("label").expose_secret(), &block);
        assert_ne!(key(5).derive("label").expose_secret(), key(5).derive("other").expose_secret());
    }

    #[test]
    fn debug_output_shows_no_key() {
        assert_eq!(format!("{:?}", key(7)), "SealKey([redacted])");
    }

    impl SealKey {
        fn mac_raw(&self, bytes: &[u8]) -> [u8; 32] {
            let mut mac = Hmac::<Sha256>::new_from_slice(&self.0[..]).unwrap();
            mac.update(bytes);
            mac.finalize().into_bytes().into()
        }
    }
}
