//! Nonces that are made of key and digest (RFC 6979), for the signatures that are put together here.

use bitcoin::secp256k1::SecretKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A secret number that is erased when dropped.
pub(crate) struct Secret(pub(crate) SecretKey);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

/// RFC 6979, section 3.2, with `more` after key and digest.
pub(crate) fn nonce(secret: &SecretKey, digest: &[u8; 32], more: &[u8]) -> SecretKey {
    let secret = Zeroizing::new(secret.secret_bytes());
    let mut key = Zeroizing::new([0; 32]);
    let mut value = Zeroizing::new([1; 32]);
    for round in [0, 1] {
        key = hmac(&key, &[value.as_slice(), &[round], secret.as_slice(), digest, more]);
        value = hmac(&key, &[value.as_slice()]);
    }
    loop {
        value = hmac(&key, &[value.as_slice()]);
        if let Ok(nonce) = SecretKey::from_slice(value.as_slice()) {
            return nonce;
        }
        key = hmac(&key, &[value.as_slice(), &[0]]);
        value = hmac(&key, &[value.as_slice()]);
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}
