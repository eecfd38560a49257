//! Transactions: complete, to be signed, signed. Nothing is asked of the network.

use async_trait::async_trait;
use kms_core::{
    Digest, Intent, KeyRef, PendingTransaction, Sequence, SignedTransaction, TransactionHash,
};
use kms_crypto::base32;
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::sha512_256;

use super::msgpack::{self, Map, Value};
use super::payload::Request;
use super::{Algorand, address, intent};
use crate::chain::{Context, Signed, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError, SignError};
use crate::keys::first_signer;
use crate::signing::SigningKeys;

/// What stands before the bytes that are signed.
const PREFIX: &[u8] = b"TX";

#[async_trait]
impl TransactionScheme for Algorand {
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.ed25519()?;
        let request = Request::read(self, tx, cx.network)?;
        if !cx.policy.allow_rekey {
            refuse_giving_away(&request)?;
        }
        let message = [PREFIX, &msgpack::encode(&request.fields)].concat();
        let intent = intent::intent(self, cx.network, &request);
        Ok(Box::new(AlgorandTransaction { request, message, signer, intent }))
    }
}

/// Rekeying and closing can't be taken back, so somebody has to have allowed them.
fn refuse_giving_away(request: &Request) -> Result<(), PayloadError> {
    let gives = [
        ("rekey", "gives the account into the hands of"),
        ("close", "closes the account in favour of"),
        ("aclose", "closes the holding of a token in favour of"),
    ];
    let found =
        gives.iter().find_map(|(key, what)| Some(format!("{what} {}", request.address(key)?)));
    found.map_or(Ok(()), |what| Err(PayloadError::NotAllowed { what, flag: "--allowRekey" }))
}

/// A transaction that lacks only its signature.
struct AlgorandTransaction {
    request: Request,
    /// What is signed, prefix included.
    message: Vec<u8>,
    signer: PublicKey,
    intent: Intent,
}

impl AlgorandTransaction {
    /// Whether the key is another than the sender's own.
    fn is_foreign(&self) -> bool {
        self.request.fixed("snd") != Some(&self.signer.0)
    }
}

impl Unsigned for AlgorandTransaction {
    fn intent(&self) -> Intent {
        self.intent.clone()
    }

    fn digest(&self) -> Digest {
        Digest(sha512_256(&self.message))
    }

    /// Accounts have no order; the same bytes are executed once.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn warnings(&self) -> Vec<String> {
        let sender = self.request.address("snd").unwrap_or_default();
        let own = address::write(&self.signer.0);
        let warning = format!(
            "the key is that of {own}; the network takes it only if {sender} was rekeyed to it"
        );
        self.is_foreign().then_some(warning).into_iter().collect()
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.ed25519()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let mut signed = Map::from([
            ("sig", Value::Bytes(key.sign(&self.message)?.to_vec())),
            ("txn", Value::Map(self.request.fields.clone())),
        ]);
        if self.is_foreign() {
            signed.insert("sgnr", Value::Fixed(self.signer.0));
        }
        let hash = base32::encode(&sha512_256(&self.message));
        Ok(Box::new(SignedTransaction {
            data: hex::encode(msgpack::encode(&signed)),
            hash: TransactionHash(hash.as_str().to_owned()),
        }))
    }
}
