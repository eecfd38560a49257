//! Schnorr signatures of Bitcoin Cash, which are not those of BIP-340: the whole compressed key is
//! hashed, and R is the one of the two points whose y is a square.
//!
//! <https://github.com/bitcoincashorg/bitcoincash.org/blob/master/spec/2019-05-15-schnorr.md>

use alloy_primitives::{U256, uint};
use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use k256::elliptic_curve::PrimeField as _;
use k256::elliptic_curve::group::Group as _;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::sec1::ToEncodedPoint as _;
use k256::{ProjectivePoint, PublicKey, Scalar};

/// The size of the field of secp256k1.
const FIELD: U256 = uint!(0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_U256);

/// Whether a signature over a digest is the key's.
pub(super) fn verify(key: &[u8], digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    check(key, digest, signature).is_some()
}

fn check(key: &[u8], digest: &[u8; 32], signature: &[u8; 64]) -> Option<()> {
    let key = PublicKey::from_sec1_bytes(key).ok()?;
    let (r, s) = signature.split_at(32);
    let r: [u8; 32] = r.try_into().ok()?;
    if U256::from_be_bytes(r) >= FIELD {
        return None;
    }
    let s: [u8; 32] = s.try_into().ok()?;
    let s = Option::<Scalar>::from(Scalar::from_repr(s.into()))?;
    let e = challenge(&r, &key, digest);
    let point = ProjectivePoint::GENERATOR * s - key.to_projective() * e;
    if bool::from(point.is_identity()) {
        return None;
    }
    let point = point.to_affine().to_encoded_point(false);
    let (x, y) = (point.x()?, point.y()?);
    (x[..] == r && is_square(U256::from_be_slice(y))).then_some(())
}

fn challenge(r: &[u8; 32], key: &PublicKey, digest: &[u8; 32]) -> Scalar {
    let mut engine = sha256::Hash::engine();
    engine.input(r);
    engine.input(key.to_encoded_point(true).as_bytes());
    engine.input(digest);
    let hash = sha256::Hash::from_engine(engine).to_byte_array();
    <Scalar as Reduce<k256::U256>>::reduce_bytes(&hash.into())
}

/// Euler's criterion, which is the Jacobi symbol where the modulus is prime.
fn is_square(number: U256) -> bool {
    number.pow_mod((FIELD - U256::ONE) >> 1, FIELD) == U256::ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_told_from_the_rest() {
        let four = U256::from(4);
        assert!(is_square(four) && is_square(U256::ONE));
        // The field's size is 3 modulo 4, so -1 is no square.
        assert!(!is_square(FIELD - four) && !is_square(FIELD - U256::ONE));
    }
}
