//! Transactions: complete, to be signed, signed. Nothing is asked of the network.

use async_trait::async_trait;
use kms_core::{
    Digest, Intent, KeyRef, Network, PendingTransaction, Sequence, SignedTransaction,
    TransactionHash,
};
use kms_crypto::hash::sha512_half;
use kms_crypto::{PrivateKey, PublicKey};
use serde_json::Value;

use super::Xrp;
use super::address::{AccountId, key_bytes};
use super::codec::{self, Which};
use super::intent;
use super::payload::Request;
use crate::chain::{Context, Signed, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError, SignError};
use crate::keys::first_signer;
use crate::signing::SigningKeys;

/// `STX`: what stands before the bytes that one key signs.
const SIGN_PREFIX: [u8; 4] = [0x53, 0x54, 0x58, 0x00];
/// `TXN`: what stands before the bytes that are hashed for the identifier.
const HASH_PREFIX: [u8; 4] = [0x54, 0x58, 0x4e, 0x00];

#[async_trait]
impl TransactionScheme for Xrp {
    /// The first wallet signs; several signers (`Signers`) are not supported. A mnemonic signs at the index of the
    /// transaction, 0 where there is none.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?;
        let request = Request::read(self, tx, cx.network)?;
        Ok(Box::new(XrpTransaction::new(self, cx.network, signer, request)?))
    }
}

/// A transaction that lacks only its signature.
struct XrpTransaction {
    request: Request,
    /// What is signed, prefix included.
    message: Vec<u8>,
    signer: PublicKey,
    network: Network,
    intent: Intent,
}

impl XrpTransaction {
    fn new(
        chain: &Xrp,
        network: Network,
        signer: PublicKey,
        mut request: Request,
    ) -> Result<Self, PayloadError> {
        let key = Value::String(hex::encode_upper(key_bytes(&signer)));
        request.fields.insert("SigningPubKey".to_owned(), key);
        let body = codec::encode(&request.fields, Which::Signed, network)?;
        let message = [&SIGN_PREFIX[..], &body].concat();
        let intent = intent::intent(chain, network, &request);
        Ok(Self { request, message, signer, network, intent })
    }

    /// The whole transaction with this signature.
    fn assemble(&self, signature: &[u8]) -> Vec<u8> {
        let mut fields = self.request.fields.clone();
        fields.insert("TxnSignature".to_owned(), Value::String(hex::encode_upper(signature)));
        codec::encode(&fields, Which::All, self.network)
            .expect("all but the signature has been encoded before")
    }
}

impl Unsigned for XrpTransaction {
    fn intent(&self) -> Intent {
        self.intent.clone()
    }

    fn digest(&self) -> Digest {
        Digest(sha512_half(&[&self.message]))
    }

    /// Tickets are used up one by one, in any order.
    fn sequence(&self) -> Option<Sequence> {
        let (account, number) = (self.request.account.clone(), self.request.sequence.into());
        (number != 0).then_some(Sequence { account, number })
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let own = AccountId::of(&self.signer).to_classic();
        let account = &self.request.account;
        if own != *account {
            warnings.push(format!(
                "the key is that of {own}; the ledger takes it for {account} only if it is its regular key"
            ));
        }
        if self.request.last_ledger.is_none() {
            warnings.push("without LastLedgerSequence the transaction never expires".to_owned());
        }
        warnings
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = match key {
            PrivateKey::Secp256k1(key) => key.sign_digest_der(&sha512_half(&[&self.message]))?,
            key => key.ed25519()?.sign(&self.message)?.to_vec(),
        };
        let blob = self.assemble(&signature);
        let hash = sha512_half(&[&HASH_PREFIX, &blob]);
        Ok(Box::new(SignedTransaction {
            data: hex::encode_upper(&blob),
            hash: TransactionHash(hex::encode_upper(hash)),
        }))
    }
}
