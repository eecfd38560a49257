//! The wallet file of the old program: read, never written.
//!
//! Base64 of `Salted__`, 8 bytes of salt, and AES-256-CBC of one JSON object (id → wallet). Key and IV
//! come from the password by OpenSSL's `EVP_BytesToKey` with MD5 and one round. Nothing authenticates
//! it, so a wrong password and a damaged file look alike except where the beginning decrypts well.

use std::fmt;
use std::path::{Path, PathBuf};

use aes::Aes256;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use kms_core::Password;
use kms_crypto::seal::random_bytes;
use md5::{Digest, Md5};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::{KeystoreError, files};

const MAGIC: &[u8; 8] = b"Salted__";
const SALT_LEN: usize = 8;
pub(crate) const BLOCK_LEN: usize = 16;
/// How the Base64 of the magic begins, whatever the salt.
const BASE64_MAGIC: &[u8] = b"U2FsdGVkX1";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Whether a file that begins like this is a legacy wallet file.
pub(crate) fn is_legacy(first: &[u8]) -> bool {
    first.starts_with(BASE64_MAGIC)
}

/// A legacy file, still encrypted.
pub(crate) struct Legacy {
    path: PathBuf,
    salt: [u8; SALT_LEN],
    ciphertext: Vec<u8>,
}

/// A legacy file with this JSON text in it, as the old program writes one.
pub(crate) fn seal(text: &str, password: &Password) -> Result<Vec<u8>, KeystoreError> {
    let mut salt = [0; SALT_LEN];
    random_bytes(&mut salt)?;
    let keys = key_and_iv(password.expose_secret().as_bytes(), &salt);
    let (key, iv) = keys.split_at(32);
    let len = text.len();
    // Room for the padding from the start, so that the text is not moved.
    let mut buffer = Zeroizing::new(Vec::with_capacity(len + BLOCK_LEN));
    buffer.extend_from_slice(text.as_bytes());
    buffer.resize(len + BLOCK_LEN, 0);
    let ciphertext = cbc::Encryptor::<Aes256>::new_from_slices(key, iv)
        .expect("the derivation gives 32 bytes of key and 16 of IV")
        .encrypt_padded::<Pkcs7>(&mut buffer, len)
        .expect("a block of room is enough for the padding");
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&salt);
    file.extend_from_slice(ciphertext);
    Ok(BASE64.encode(file).into_bytes())
}

impl Legacy {
    /// Reads the file at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, KeystoreError> {
        let missing = || KeystoreError::Missing { path: path.to_owned() };
        let file = files::open_existing(path)?.ok_or_else(missing)?;
        Self::parse(path, &files::read_all(&file, path)?)
    }

    /// Takes the bytes of a file apart. Needs no password.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, KeystoreError> {
        let damaged = |what| KeystoreError::LegacyDamaged { path: path.to_owned(), what };
        let decoded = BASE64
            .decode(bytes.trim_ascii_end())
            .map_err(|_| damaged("it is not whole, clean Base64"))?;
        let rest = decoded
            .strip_prefix(MAGIC)
            .ok_or_else(|| KeystoreError::NotAWalletFile { path: path.to_owned() })?;
        let (salt, ciphertext) =
            rest.split_first_chunk().ok_or_else(|| damaged("it ends inside the salt"))?;
        if ciphertext.is_empty() {
            return Err(damaged("it ends behind the salt"));
        }
        if ciphertext.len() % BLOCK_LEN != 0 {
            return Err(damaged("it ends inside a block"));
        }
        Ok(Self { path: path.to_owned(), salt: *salt, ciphertext: ciphertext.to_vec() })
    }

    /// Decrypts it all and finds the wallets in it.
    pub(crate) fn open(&self, password: &Password) -> Result<Wallets, KeystoreError> {
        let keys = key_and_iv(password.expose_secret().as_bytes(), &self.salt);
        let (key, iv) = keys.split_at(32);
        let mut plain = Zeroizing::new(self.ciphertext.clone());
        cbc::Decryptor::<Aes256>::new_from_slices(key, iv)
            .expect("the derivation gives 32 bytes of key and 16 of IV")
            .decrypt_padded::<NoPadding>(&mut plain)
            .map_err(|_| self.damaged("it ends inside a block"))?;
        let opened = self.unpad(&plain).and_then(|len| {
            plain.truncate(len);
            Wallets::parse(plain)
        });
        opened.ok_or_else(|| self.undecided(&keys))
    }

    /// The length without PKCS#7 padding; none if that is not exactly right.
    fn unpad(&self, plain: &[u8]) -> Option<usize> {
        let last = usize::from(*plain.last()?);
        if last == 0 || last > BLOCK_LEN {
            return None;
        }
        let len = plain.len().checked_sub(last)?;
        plain[len..].iter().all(|byte| usize::from(*byte) == last).then_some(len)
    }

    /// Damage, if the first block decrypts to how every store with a wallet begins; else nobody can tell.
    ///
    /// Another password gives a first block like this once in about 10^11 tries.
    fn undecided(&self, keys: &[u8; 48]) -> KeystoreError {
        let (key, iv) = keys.split_at(32);
        let mut first = Zeroizing::new(self.ciphertext[..BLOCK_LEN].to_vec());
        let decrypted = cbc::Decryptor::<Aes256>::new_from_slices(key, iv)
            .is_ok_and(|cipher| cipher.decrypt_padded::<NoPadding>(&mut first).is_ok());
        let text = |byte: &u8| matches!(byte, b' '..=b'~');
        if decrypted && first.starts_with(b"{\"") && first.iter().all(text) {
            return self.damaged("the password fits its beginning, but not the rest");
        }
        KeystoreError::LegacyWrongPassword { path: self.path.clone() }
    }

    fn damaged(&self, what: &'static str) -> KeystoreError {
        KeystoreError::LegacyDamaged { path: self.path.clone(), what }
    }
}

/// `EVP_BytesToKey` with MD5 and one round: 32 bytes of key, 16 of IV.
fn key_and_iv(password: &[u8], salt: &[u8; SALT_LEN]) -> Zeroizing<[u8; 48]> {
    let mut out = Zeroizing::new([0; 48]);
    let mut previous = Zeroizing::new([0; 16]);
    for (round, part) in out.chunks_exact_mut(16).enumerate() {
        let mut md5 = Md5::new();
        if round > 0 {
            md5.update(*previous);
        }
        md5.update(password);
        md5.update(salt);
        md5.finalize_into((&mut *previous).into());
        part.copy_from_slice(&*previous);
    }
    out
}

/// The decrypted text and where in it each wallet stands. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Wallets {
    text: Zeroizing<String>,
    records: Vec<(String, std::ops::Range<usize>)>,
}

impl Wallets {
    /// None unless `plain` is UTF-8 and JSON: an object, or one of the empty values that the old program
    /// writes into on its next change.
    fn parse(mut plain: Zeroizing<Vec<u8>>) -> Option<Self> {
        std::str::from_utf8(&plain).ok()?;
        let text = Zeroizing::new(String::from_utf8(std::mem::take(&mut *plain)).ok()?);
        if serde_json::from_str::<Nothing>(&text).is_ok() {
            return Some(Self { text, records: Vec::new() });
        }
        let Records(found) = serde_json::from_str(&text).ok()?;
        let start = text.as_ptr().addr();
        let range = |raw: &RawValue| {
            let from = raw.get().as_ptr().addr() - start;
            from..from + raw.get().len()
        };
        let records =
            in_javascript_order(found).into_iter().map(|(id, raw)| (id, range(raw))).collect();
        Some(Self { text, records })
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Id and JSON of each wallet, verbatim, newest first as the old program keeps them.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.records.iter().map(|(id, range)| (id.as_str(), &self.text[range.clone()]))
    }
}

impl fmt::Debug for Wallets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wallets({} [redacted])", self.records.len())
    }
}

/// `null` or `[]`.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Nothing {
    #[allow(dead_code, reason = "only the shape matters")]
    Null(()),
    #[allow(dead_code, reason = "only the shape matters")]
    Array([(); 0]),
}

/// The members of an object as they come, doubles included.
struct Records<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Records<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Records<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of wallets")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some(member) = map.next_entry()? {
                    found.push(member);
                }
                Ok(Records(found))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The order in which JavaScript lists the members of an object: array indexes first, by size, then the
/// others as they were first named. Of doubles the last value counts.
fn in_javascript_order<T>(found: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut places = std::collections::HashMap::with_capacity(found.len());
    let mut members: Vec<(String, T)> = Vec::with_capacity(found.len());
    for (id, value) in found {
        match places.get(&id) {
            Some(&place) => members[place] = (id, value),
            None => {
                places.insert(id.clone(), members.len());
                members.push((id, value));
            }
        }
    }
    let index = |id: &str| id.parse::<u32>().ok().filter(|n| *n < u32::MAX && n.to_string() == id);
    // A stable sort, so the others stay as they are.
    members.sort_by_key(|(id, _)| index(id).map_or(u64::MAX, u64::from));
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Good {
        file: String,
        password: String,
        wallets: usize,
        salt_hex: String,
        derived_key_hex: String,
        derived_iv_hex: String,
    }

    fn fixture(name: &str) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        std::fs::read(folder.join(name)).unwrap()
    }

    fn wallets(json: &str) -> Option<Wallets> {
        Wallets::parse(Zeroizing::new(json.as_bytes().to_vec()))
    }

    #[test]
    fn good_files_decrypt_to_the_exact_text() {
        let manifest: Vec<Good> = serde_json::from_slice(&fixture("manifest.json")).unwrap();
        assert_eq!(manifest.len(), 4);
        for good in manifest {
            let legacy = Legacy::parse(Path::new("x"), &fixture(&good.file)).unwrap();
            assert_eq!(hex::encode(legacy.salt), good.salt_hex);
            let keys = key_and_iv(good.password.as_bytes(), &legacy.salt);
            assert_eq!(hex::encode(*keys), good.derived_key_hex + &good.derived_iv_hex);
            let opened = legacy.open(&Password::new(good.password)).unwrap();
            let plain = fixture(&good.file.replace(".wallet.dat", ".plaintext.json"));
            assert_eq!(opened.text.as_bytes(), plain);
            assert_eq!(opened.len(), good.wallets);
            assert!(legacy.open(&Password::new("not this one".into())).is_err());
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]

        #[test]
        fn what_is_sealed_opens_as_it_was(
            wallets: std::collections::BTreeMap<String, String>, password: String,
        ) {
            let text = serde_json::to_string(&wallets).unwrap();
            let password = Password::new(password);
            let file = seal(&text, &password).unwrap();
            let opened = Legacy::parse(Path::new("x"), &file).unwrap().open(&password).unwrap();
            let read = |(id, json): (&str, &str)| {
                (id.to_owned(), serde_json::from_str::<String>(json).unwrap())
            };
            assert_eq!(opened.iter().map(read).collect::<std::collections::BTreeMap<_, _>>(), wallets);
        }
    }

    #[test]
    fn records_are_verbatim_and_in_order() {
        let text = r#"{"b":{ "z":1,"a" : "\u0041" },"a":{},"odd id/..":"text","b":{"y":2}}"#;
        let opened = wallets(text).unwrap();
        let all: Vec<_> = opened.iter().collect();
        assert_eq!(all, [("b", r#"{"y":2}"#), ("a", "{}"), ("odd id/..", r#""text""#)]);
    }

    #[test]
    fn array_indexes_come_first_as_in_javascript() {
        let opened = wallets(r#"{"x":0,"10":1,"2":2,"02":3,"4294967295":4}"#).unwrap();
        let ids: Vec<_> = opened.iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["2", "10", "x", "02", "4294967295"]);
    }

    #[test]
    fn only_empty_values_pass_for_an_empty_store() {
        for empty in ["null", "{}", "[]", " [ ] "] {
            assert_eq!(wallets(empty).unwrap().len(), 0, "{empty}");
        }
        for other in ["", "5", "true", "[1]", "[null]", "\"x\"", "{}{}", "{\"a\":1,}", "nul"] {
            assert!(wallets(other).is_none(), "{other}");
        }
        assert!(Wallets::parse(Zeroizing::new(b"{\"a\":\"\xff\"}".to_vec())).is_none());
    }

    #[test]
    fn padding_is_checked_byte_by_byte() {
        let legacy = Legacy { path: "x".into(), salt: [0; 8], ciphertext: vec![0; 16] };
        assert_eq!(legacy.unpad(b"0123456789abcd\x02\x02"), Some(14));
        assert_eq!(legacy.unpad(&[16; 16]), Some(0));
        for wrong in [&b"0123456789abcd\x01\x02"[..], &[0; 16], &[17; 16], b""] {
            assert_eq!(legacy.unpad(wrong), None);
        }
    }
}
