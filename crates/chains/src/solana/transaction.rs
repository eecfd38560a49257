//! Transactions: complete, to be signed, signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_core::{Digest, Expiry, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::ed25519::{PrivateKey, PublicKey};
use kms_crypto::hash::sha256;

use super::message::Message;
use super::{Solana, intent};
use crate::chain::{Signed, Unsigned};
use crate::error::SignError;
use crate::signing::SigningKeys;

/// A transaction that lacks only its signatures.
pub(super) struct SolanaTransaction {
    message: Message,
    /// Of the account that the transaction makes. Came with the payload; wiped with this.
    mint_key: Option<PrivateKey>,
    /// The keys it was prepared for, in the order in which they come.
    signers: Vec<PublicKey>,
    intent: Intent,
    expiry: Expiry,
}

impl SolanaTransaction {
    pub(super) fn new(
        chain: &Solana,
        network: Network,
        message: Message,
        mint_key: Option<PrivateKey>,
        signers: Vec<PublicKey>,
        expiry: Expiry,
    ) -> Self {
        let intent = intent::intent(chain, network, &message);
        Self { message, mint_key, signers, intent, expiry }
    }
}

impl Unsigned for SolanaTransaction {
    fn intent(&self) -> Intent {
        self.intent.clone()
    }

    fn digest(&self) -> Digest {
        Digest(sha256(self.message.bytes()))
    }

    /// Accounts have no order. A second signature with another blockhash would pay a second time, so it may be made
    /// only when [`expiry`](Self::expiry) has passed.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn expiry(&self) -> Option<Expiry> {
        Some(self.expiry.clone())
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let given: Vec<&PrivateKey> =
            keys.all().iter().map(|key| key.ed25519()).collect::<Result<_, _>>()?;
        if given.len() != self.signers.len() {
            return Err(SignError::KeyCount { expected: self.signers.len(), found: given.len() });
        }
        if given.iter().zip(&self.signers).any(|(key, signer)| key.public() != *signer) {
            return Err(SignError::OtherKey);
        }
        let accounts = self.message.signers();
        let count = u8::try_from(accounts.len()).expect("at most 19 signatures fit");
        // A count below 128 is a single byte.
        let mut wire = vec![count];
        for account in accounts {
            let mut all = given.iter().copied().chain(&self.mint_key);
            let key = all.find(|key| key.public().0 == *account).ok_or(SignError::OtherKey)?;
            wire.extend(key.sign(self.message.bytes())?);
        }
        let hash = base58::encode(&wire[1..65], Alphabet::BITCOIN).as_str().to_owned();
        wire.extend_from_slice(self.message.bytes());
        Ok(Box::new(SignedTransaction { data: STANDARD.encode(wire), hash: TransactionHash(hash) }))
    }
}
