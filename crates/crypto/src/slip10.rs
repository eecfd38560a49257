//! Hierarchical keys over Ed25519 (SLIP-0010): every child is hardened.
//!
//! <https://github.com/satoshilabs/slips/blob/master/slip-0010.md>

use kms_core::Seed;
use zeroize::Zeroizing;

use crate::bip32::{HARDENED, hmac_sha512};
use crate::ed25519::PrivateKey;

/// The key at `path` below the master key of `seed`. Every element is taken as hardened.
pub fn derive(seed: &Seed, path: &[u32]) -> PrivateKey {
    let mut node = hmac_sha512(b"ed25519 seed", &[seed.expose_secret()]);
    for index in path {
        let (key, chain_code) = node.split_at(32);
        let index = (index | HARDENED).to_be_bytes();
        node = hmac_sha512(chain_code, &[&[0], key, &index]);
    }
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&node[..32]);
    PrivateKey::from_seed(&key)
}

#[cfg(test)]
mod tests {
    use kms_core::Mnemonic;

    use super::*;
    use crate::bip39;

    /// SEP-0005, test 1: m/44'/148'/0' of this mnemonic is the account GDRXE2BQUC3AZNPVFSCEZ76NJ3WWL25FYFK6RGZGIEKWE4SOOHSUJUJ6.
    #[test]
    fn the_first_example_of_sep_5() {
        let words = "illness spike retreat truth genius clock brain pass fit cave bargain toe";
        let seed = bip39::seed(&Mnemonic::new(words.to_owned()));
        let key = derive(&seed, &[44, 148, 0]);
        assert_eq!(
            format!("{:?}", key.public()),
            "e3726830a0b60cb5f52c844cffcd4eed65eba5c155e89b26411562724e71e544"
        );
    }
}
