//! Transactions: checked, to be signed, signed.

use async_trait::async_trait;
use kms_core::{
    Digest, Intent, KeyRef, Network, PendingTransaction, Sequence, SignedTransaction,
    TransactionHash,
};
use kms_crypto::secp256k1;
use serde_json::Value;

use super::Tron;
use super::intent::intent;
use super::payload::Request;
use crate::chain::{Context, Signed, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError, SignError};
use crate::keys::first_signer;
use crate::signing::SigningKeys;

#[async_trait]
impl TransactionScheme for Tron {
    /// The first wallet signs. Where an account needs several signatures, each is a transaction of its own
    /// here, which has the signatures before it in its payload.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.secp256k1()?;
        let request = Request::read(&tx.payload, &signer)?;
        let late = cx.now.and_then(|now| now.checked_sub(request.expiration / 1_000));
        if let Some(seconds) = late.filter(|_| cx.policy.refuse_expired) {
            let problem =
                format!("was {seconds} seconds ago, and expired transactions are refused");
            return Err(PayloadError::Field { field: "expiration", problem }.into());
        }
        Ok(Box::new(TronTransaction { network: cx.network, signer, request, late }))
    }
}

/// A transaction that lacks only our signature.
struct TronTransaction {
    network: Network,
    signer: secp256k1::PublicKey,
    request: Request,
    /// How many seconds ago it expired, if it did.
    late: Option<u64>,
}

impl Unsigned for TronTransaction {
    fn intent(&self) -> Intent {
        intent(&self.request, self.network)
    }

    fn digest(&self) -> Digest {
        Digest(self.request.hash)
    }

    /// None: the bytes are given, so they are the same every time.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn warnings(&self) -> Vec<String> {
        let warning =
            |seconds| format!("the transaction expired {seconds} seconds ago; no node takes it");
        self.late.map(warning).into_iter().collect()
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.secp256k1()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign_digest(&self.request.hash)?;
        // The reference writes the last byte in upper case, all others in lower case.
        let parity = if signature.odd_y { "1C" } else { "1B" };
        let text = format!("{}{}{parity}", hex::encode(signature.r), hex::encode(signature.s));
        let mut json = self.request.json.clone();
        // What was there moves to the end; without it the member is new, and last all the same.
        let mut signatures = match json.shift_remove("signature") {
            Some(Value::Array(signatures)) => signatures,
            _ => Vec::new(),
        };
        signatures.push(Value::String(text));
        json.insert("signature".to_owned(), Value::Array(signatures));
        Ok(Box::new(SignedTransaction {
            data: Value::Object(json).to_string(),
            hash: TransactionHash(hex::encode(self.request.hash)),
        }))
    }
}
