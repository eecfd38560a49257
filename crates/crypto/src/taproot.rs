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
            Tweak::EmptyTree => internal.tap_tweak(&CURVE, None).0.to_x_only_public_key().serialize(),
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
