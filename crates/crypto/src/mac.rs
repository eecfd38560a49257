//! HMAC-SHA-256 (RFC 2104) under a secret that two sides share.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A shared secret. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct MacKey(Zeroizing<Vec<u8>>);

impl MacKey {
    /// Takes over the secret's bytes; HMAC takes any number of them.
    pub fn new(secret: Zeroizing<Vec<u8>>) -> Self {
        Self(secret)
    }

    /// How many bytes the secret has.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The tag of `message`.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.mac(message).finalize().into_bytes().into()
    }

    /// Whether `tag` is the tag of `message`. Takes the same time wherever they differ.
    pub fn is_tag(&self, message: &[u8], tag: &[u8]) -> bool {
        self.mac(message).verify_slice(tag).is_ok()
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(message);
        mac
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_tag_is_that_of_the_rfc() {
        let key = MacKey::new(Zeroizing::new(b"Jefe".to_vec()));
        let message = b"what do ya want for nothing?";
        let tag = key.tag(message);
        assert_eq!(
            hex::encode(tag),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(key.is_tag(message, &tag));
        assert!(!key.is_tag(message, &tag[..31]) && !key.is_tag(b"what", &tag));
        assert_eq!(format!("{key:?}"), "MacKey([redacted])");
    }
}
