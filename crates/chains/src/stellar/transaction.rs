//! Transactions: complete, to be signed, signed. Nothing is asked of the network.

use async_trait::async_trait;
use kms_core::{
    Digest, Intent, KeyRef, PendingTransaction, Sequence, SignedTransaction, TransactionHash,
};
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::sha256;
use stellar_xdr::MuxedAccount;

use super::envelope::Envelope;
use super::strkey::{self, Kind};
use super::{Stellar, intent};
use crate::chain::{Context, Signed, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError, SignError};
use crate::keys::first_signer;
use crate::signing::SigningKeys;

#[async_trait]
impl TransactionScheme for Stellar {
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.ed25519()?;
        let envelope = Envelope::read(&tx.payload)?;
        let hash = envelope.hash(sha256(self.passphrases.get(cx.network).as_bytes()));
        envelope.check_signatures(&signer, &hash)?;
        if envelope.fee().1 < 0 {
            let problem = "has a negative fee".to_owned();
            return Err(PayloadError::Field { field: "serializedTransaction", problem }.into());
        }
        let expired = late(&envelope, cx.now);
        if let (Some(when), true) = (&expired, cx.policy.refuse_expired) {
            return Err(PayloadError::Expired(when.clone()).into());
        }
        let intent = intent::intent(self, cx.network, &envelope);
        Ok(Box::new(StellarTransaction { envelope, hash, signer, intent, expired }))
    }
}

/// How long ago the network stopped taking the transaction, if so.
fn late(envelope: &Envelope, now: Option<u64>) -> Option<String> {
    let late = now?.checked_sub(envelope.valid_until()?).filter(|seconds| *seconds > 0)?;
    Some(format!("{late} seconds ago"))
}

/// A transaction that lacks our signature.
struct StellarTransaction {
    envelope: Envelope,
    hash: [u8; 32],
    signer: PublicKey,
    intent: Intent,
    expired: Option<String>,
}

impl Unsigned for StellarTransaction {
    fn intent(&self) -> Intent {
        self.intent.clone()
    }

    fn digest(&self) -> Digest {
        Digest(self.hash)
    }

    fn sequence(&self) -> Option<Sequence> {
        let (account, number) = self.envelope.source();
        let key = match account {
            MuxedAccount::Ed25519(key) => key.0,
            MuxedAccount::MuxedEd25519(account) => account.ed25519.0,
        };
        let account = strkey::encode(&key, Kind::Account).as_str().to_owned();
        Some(Sequence { account, number: u64::try_from(number).ok()? })
    }

    fn warnings(&self) -> Vec<String> {
        let expired = self.expired.iter();
        expired
            .map(|when| format!("the transaction expired {when}; the network will refuse it"))
            .collect()
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.ed25519()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign(&self.hash)?;
        Ok(Box::new(SignedTransaction {
            data: self.envelope.with_signature(&self.signer.0, &signature),
            hash: TransactionHash(hex::encode(self.hash)),
        }))
    }
}
