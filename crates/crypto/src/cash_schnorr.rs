//! Schnorr signatures of Bitcoin Cash over secp256k1.
//!
//! Not those of BIP-340: the key is part of the challenge in its compressed form, and R is the point whose
//! y coordinate is a square. The nonce is RFC 6979's with 16 bytes more, as Bitcoin Cash Node makes it.
//!
//! <https://documentation.cash/protocol/forks/2019-05-15-schnorr>

use bitcoin::secp256k1::{PublicKey as Point, Scalar, SecretKey};

use crate::hash::sha256;
use crate::rfc6979::{Secret, nonce};
use crate::secp256k1::{CURVE, FaultySignature, PrivateKey, PublicKey};

/// What keeps the nonce apart from that of an ECDSA signature of the same digest.
const ALGORITHM: &[u8; 16] = b"Schnorr+SHA256  ";

impl PrivateKey {
    /// Signs a 32-byte digest and verifies the signature before it is handed out: the x coordinate of R,
    /// then s.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign_cash_schnorr(&self, digest: &[u8; 32]) -> Result<[u8; 64], FaultySignature> {
        let mut nonce = Secret(nonce(&self.secret, digest, ALGORITHM));
        let (r, y) = coordinates(&nonce.0.public_key(&CURVE));
        // This tells only whether the nonce was negated; the point itself is public with the signature.
        if !is_square(y) {
            nonce.0 = nonce.0.negate();
        }
        let challenge = challenge(&r, &self.public(), digest).ok_or(FaultySignature)?;
        let product = self.secret.mul_tweak(&challenge).map_err(|_| FaultySignature)?;
        let product = Secret(product);
        let mut addend = Scalar::from(nonce.0);
        let sum = product.0.add_tweak(&addend);
        addend.non_secure_erase();
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(&sum.map_err(|_| FaultySignature)?.secret_bytes());
        if self.public().verify_cash_schnorr(digest, &signature) {
            Ok(signature)
        } else {
            Err(FaultySignature)
        }
    }
}

impl PublicKey {
    /// Whether this key made `signature` of `digest`.
    pub fn verify_cash_schnorr(&self, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&signature[..32]);
        s.copy_from_slice(&signature[32..]);
        let Some(challenge) = challenge(&r, self, digest) else { return false };
        let found = || -> Option<Point> {
            let left = SecretKey::from_slice(&s).ok()?.public_key(&CURVE);
            let right = self.point.mul_tweak(&CURVE, &challenge).ok()?;
            left.combine(&right.negate(&CURVE)).ok()
        };
        found().is_some_and(|point| {
            let (x, y) = coordinates(&point);
            x == r && is_square(y)
        })
    }
}

/// SHA-256 over R, the key and the digest. It is above the group order once in 2^128, which counts as none.
fn challenge(r: &[u8; 32], key: &PublicKey, digest: &[u8; 32]) -> Option<Scalar> {
    let hash = sha256(&[&r[..], &key.to_compressed(), digest].concat());
    Scalar::from_be_bytes(hash).ok()
}

/// Big-endian.
fn coordinates(point: &Point) -> ([u8; 32], [u8; 32]) {
    let bytes = point.serialize_uncompressed();
    let (mut x, mut y) = ([0; 32], [0; 32]);
    x.copy_from_slice(&bytes[1..33]);
    y.copy_from_slice(&bytes[33..]);
    (x, y)
}

/// A 256-bit number, least significant limb first.
type Limbs = [u64; 4];

/// The field's prime, 2^256 - 2^32 - 977.
const PRIME: Limbs = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];

/// Whether a coordinate is a square modulo the field's prime: whether its Jacobi symbol is 1.
///
/// The binary algorithm: factors of two go by (2/n), the rest by reciprocity and (a/n) = ((a-n)/n).
fn is_square(coordinate: [u8; 32]) -> bool {
    let (mut a, mut n) = (limbs(coordinate), PRIME);
    let mut negative = false;
    while a != [0; 4] {
        while a[0] & 1 == 0 {
            halve(&mut a);
            negative ^= matches!(n[0] & 7, 3 | 5);
        }
        if a.iter().rev().lt(n.iter().rev()) {
            std::mem::swap(&mut a, &mut n);
            negative ^= a[0] & n[0] & 3 == 3;
        }
        subtract(&mut a, &n);
    }
    n == [1, 0, 0, 0] && !negative
}

fn limbs(bytes: [u8; 32]) -> Limbs {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
        *limb = chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    limbs
}

fn halve(a: &mut Limbs) {
    for i in 0..4 {
        a[i] = a[i] >> 1 | a.get(i + 1).map_or(0, |above| above << 63);
    }
}

fn subtract(a: &mut Limbs, b: &Limbs) {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (difference, first) = a.overflowing_sub(*b);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        *a = difference;
        borrow = first | second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: u64) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&n.to_be_bytes());
        bytes
    }

    /// The first vector of Bitcoin ABC's libsecp256k1 (src/modules/schnorr/tests_impl.h).
    #[test]
    fn the_published_signature_verifies() {
        let key = PrivateKey::from_bytes(&number(1)).unwrap().public();
        let mut signature = [0; 64];
        hex::decode_to_slice(
            "787a848e71043d280c50470e8e1532b2dd5d20ee912a45dbdd2bd1dfbf187ef6\
             7031a98831859dc34dffeedda86831842ccd0079e1f92af177f7f22cc1dced05",
            &mut signature,
        )
        .unwrap();
        assert!(key.verify_cash_schnorr(&[0; 32], &signature));
        assert!(!key.verify_cash_schnorr(&number(1), &signature));
        signature[63] ^= 1;
        assert!(!key.verify_cash_schnorr(&[0; 32], &signature));
    }

    #[test]
    fn squares_are_told_from_other_numbers() {
        // 2 is a square because the prime is 7 modulo 8; -1 is none because it is 3 modulo 4.
        for (n, square) in [(1, true), (2, true), (3, false), (4, true), (5, false), (9, true)] {
            assert_eq!(is_square(number(n)), square, "{n}");
        }
        let mut minus_one = [0xff; 32];
        minus_one[28..].copy_from_slice(&0xffff_fc2e_u32.to_be_bytes());
        minus_one[27] = 0xfe;
        assert!(!is_square(minus_one));
        assert!(!is_square([0; 32]));
    }

    #[test]
    fn signatures_are_the_same_every_time_and_fit_their_key() {
        for n in 1..40 {
            let key = PrivateKey::from_bytes(&number(n)).unwrap();
            let digest = sha256(&number(n));
            let signature = key.sign_cash_schnorr(&digest).unwrap();
            assert_eq!(key.sign_cash_schnorr(&digest), Ok(signature));
            let other = PrivateKey::from_bytes(&number(n + 1)).unwrap().public();
            assert!(!other.verify_cash_schnorr(&digest, &signature));
        }
    }
}
