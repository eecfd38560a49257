//! ECDSA over secp256k1 whose S is left as it comes, for the one network (Flow) where signatures have always
//! been made so.
//!
//! The signature is libsecp256k1's, which lowers S. Whether it did shows in the point R: it is negated with S.
//! So the nonce is made once more, for its point alone.

use crate::rfc6979::{Secret, nonce};
use crate::secp256k1::{CURVE, FaultySignature, PrivateKey};

impl PrivateKey {
    /// Signs a 32-byte digest: r, then s as the equation has it, high or low. As
    /// [`sign_digest`](Self::sign_digest) in all else.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign_digest_plain(&self, digest: &[u8; 32]) -> Result<[u8; 64], FaultySignature> {
        let lowered = self.sign_digest(digest)?;
        let nonce = Secret(nonce(&self.secret, digest, &[]));
        let point = nonce.0.public_key(&CURVE).serialize();
        // Once in 2^127 r is x minus the group order, and no network takes such a signature.
        if point[1..] != lowered.r {
            return Err(FaultySignature);
        }
        let was_high = (point[0] == 3) != lowered.odd_y;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&lowered.r);
        signature[32..].copy_from_slice(&if was_high { negate(&lowered.s)? } else { lowered.s });
        Ok(signature)
    }
}

/// The group order minus a number.
fn negate(number: &[u8; 32]) -> Result<[u8; 32], FaultySignature> {
    let number = bitcoin::secp256k1::SecretKey::from_slice(number).map_err(|_| FaultySignature)?;
    Ok(number.negate().secret_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;

    /// The vectors that bitcoinjs, trezor and RustCrypto share have low S; of many digests half must be high.
    #[test]
    fn s_is_high_half_of_the_time_and_the_same_but_for_its_sign() {
        let key = PrivateKey::from_bytes(&[0x46; 32]).unwrap();
        let mut high = 0;
        for n in 0..64_u8 {
            let digest = sha256(&[n]);
            let (plain, lowered) =
                (key.sign_digest_plain(&digest).unwrap(), key.sign_digest(&digest).unwrap());
            assert_eq!(plain[..32], lowered.r);
            if plain[32..] != lowered.s {
                high += 1;
                let s: &[u8; 32] = plain[32..].try_into().unwrap();
                assert_eq!(negate(s), Ok(lowered.s));
            }
        }
        assert!((16..48).contains(&high), "{high}");
    }
}
