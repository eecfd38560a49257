//! Schnorr signatures of Bitcoin (BIP-340) for taproot key paths (BIP-341).
//!
//! The auxiliary randomness is 32 zero bytes: the same key and digest give the same signature.
//!
//! <https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki>,
//! <https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki>

use bitcoin::key::TapTweak as _;
use bitcoin::secp256k1::{Keypair, Message};

use crate::secp256k1::{CURVE, FaultySignature, PrivateKey, PublicKey};

/// How the key in an output comes from the key of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tweak {
    /// Tweaked with an empty script tree, as BIP-86 wallets do.
    EmptyTree,
    /// The wallet's key itself.
    None,
}

impl PublicKey {
    /// The x coordinate of the output key.
    pub fn taproot_output(&self, tweak: Tweak) -> [u8; 32] {
        let (internal, _parity) = self.point.x_only_public_key();
        match tweak {
            Tweak::EmptyTree => {
                internal.tap_tweak(&CURVE, None).0.to_x_only_public_key().serialize()
            }
            Tweak::None => internal.serialize(),
        }
    }
}

impl PrivateKey {
    /// Signs a 32-byte digest for the output key and verifies the signature before it is handed out.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign_taproot(
        &self,
        digest: &[u8; 32],
        tweak: Tweak,
    ) -> Result<[u8; 64], FaultySignature> {
        let message = Message::from_digest(*digest);
        let mut internal = Keypair::from_secret_key(&CURVE, &self.secret);
        let mut output = match tweak {
            Tweak::EmptyTree => internal.tap_tweak(&CURVE, None).to_keypair(),
            Tweak::None => internal,
        };
        internal.non_secure_erase();
        let signature = CURVE.sign_schnorr_with_aux_rand(&message, &output, &[0; 32]);
        let (key, _parity) = output.x_only_public_key();
        output.non_secure_erase();
        let fits = key.serialize() == self.public().taproot_output(tweak)
            && CURVE.verify_schnorr(&signature, &message, &key).is_ok();
        if fits { Ok(signature.serialize()) } else { Err(FaultySignature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(digits: &str) -> [u8; N] {
        hex::decode(digits).unwrap().try_into().unwrap()
    }

    fn key(digits: &str) -> PrivateKey {
        PrivateKey::from_bytes(&bytes(digits)).unwrap()
    }

    /// Inputs 0 (no script tree) and 4 (its tweaked key, used as it is) of BIP-341's `keyPathSpending`.
    #[test]
    fn signatures_are_those_of_bip_341() {
        let plain = key("6b973d88838f27366ed61c9ad6367663045cb456e28335c109e30717ae0c6baa");
        assert_eq!(
            hex::encode(plain.public().taproot_output(Tweak::EmptyTree)),
            "53a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343"
        );
        let digest = bytes("2514a6272f85cfa0f45eb907fcb0d121b808ed37c6ea160a5a9046ed5526d555");
        assert_eq!(
            hex::encode(plain.sign_taproot(&digest, Tweak::EmptyTree).unwrap()),
            "ed7c1647cb97379e76892be0cacff57ec4a7102aa24296ca39af7541246d8ff1\
             4d38958d4cc1e2e478e4d4a764bbfd835b16d4e314b72937b29833060b87276c"
        );
        let tweaked = key("a8e7aa924f0d58854185a490e6c41f6efb7b675c0f3331b7f14b549400b4d501");
        let digest = bytes("4f900a0bae3f1446fd48490c2958b5a023228f01661cda3496a11da502a7f7ef");
        assert_eq!(
            hex::encode(tweaked.sign_taproot(&digest, Tweak::None).unwrap()),
            "b4010dd48a617db09926f729e79c33ae0b4e94b79f04a1ae93ede6315eb3669d\
             e185a17d2b0ac9ee09fd4c64b678a0b61a0a86fa888a273c8511be83bfd6810f"
        );
    }
}
