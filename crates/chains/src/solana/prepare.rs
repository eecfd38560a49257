//! From a pending transaction to one that is ready to sign: who signs, and a blockhash that is recent.

use async_trait::async_trait;
use kms_core::{Expiry, KeyRef, Node, NodeError, PendingTransaction};
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::ed25519::PublicKey;
use serde_json::{Value, json};

use super::message::{Key, Message};
use super::payload::Request;
use super::transaction::SolanaTransaction;
use super::{Solana, deliver, text};
use crate::chain::{Chain as _, Context, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};

#[async_trait]
impl TransactionScheme for Solana {
    /// The wallets of the transaction, by the keys they hold; then those with an index. Repeated ones count once.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        let stored = tx.wallets.iter().map(|wallet| KeyRef { wallet: wallet.clone(), index: None });
        let mut seen = std::collections::HashSet::new();
        let named = stored.chain(tx.signers.iter().cloned());
        let signers: Vec<KeyRef> = named.filter(|signer| seen.insert(signer.clone())).collect();
        if signers.is_empty() { Err(PayloadError::NoSigner) } else { Ok(signers) }
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let Request { mut message, mint_key } = Request::read(self.spec().ticker.0, &tx.payload)?;
        let signers = cx.signers.iter().map(|key| key.ed25519().copied());
        let signers = signers.collect::<Result<Vec<_>, _>>()?;
        check_signers(&message, &signers, mint_key.as_ref().map(|key| key.public()))?;
        let expiry = match message.nonce_account() {
            Some(account) => deliver::expiry_of_nonce(account, message.blockhash()),
            None => {
                let (blockhash, expiry) = latest_blockhash(cx.node).await?;
                message.set_blockhash(&blockhash);
                expiry
            }
        };
        let network = cx.network;
        Ok(Box::new(SolanaTransaction::new(self, network, message, mint_key, signers, expiry)))
    }
}

/// Every key must be asked for, and every account that must sign must have its key.
fn check_signers(
    message: &Message,
    signers: &[PublicKey],
    mint: Option<PublicKey>,
) -> Result<(), PayloadError> {
    let problem = |field, problem: String| Err(PayloadError::Field { field, problem });
    let asked = |key: &PublicKey| message.signers().contains(&key.0);
    if let Some(stranger) = signers.iter().find(|key| !asked(key)) {
        let stranger = text(&stranger.0);
        return problem(
            "txData",
            format!("asks for no signature of {stranger}, whose wallet is named"),
        );
    }
    if let Some(mint) = mint.filter(|key| !asked(key)) {
        let mint = text(&mint.0);
        return problem(
            "mintPK",
            format!("is the key of {mint}, of which no signature is asked for"),
        );
    }
    let has_key = |account: &&Key| signers.iter().chain(&mint).any(|key| key.0 == **account);
    match message.signers().iter().find(|account| !has_key(account)) {
        None => Ok(()),
        Some(account) => {
            let account = text(account);
            problem("txData", format!("needs a signature of {account}, whose wallet is not named"))
        }
    }
}

/// A blockhash that the whole cluster agrees on, and until when it counts as recent.
async fn latest_blockhash(node: &dyn Node) -> Result<(Key, Expiry), PrepareError> {
    let failed = |source| PrepareError::Node { question: "latest blockhash", source };
    let params = json!([{"commitment": "finalized"}]);
    let answer = node.rpc("getLatestBlockhash", params).await.map_err(failed)?;
    let value = answer.get("value").unwrap_or(&Value::Null);
    let hash = value.get("blockhash").and_then(Value::as_str).and_then(read_key);
    let height = value.get("lastValidBlockHeight").and_then(Value::as_u64);
    hash.zip(height.map(deliver::expiry_at)).ok_or_else(|| {
        failed(NodeError::Malformed("it has no blockhash with a last valid height".to_owned()))
    })
}

fn read_key(text: &str) -> Option<Key> {
    let bytes = base58::decode(text, Alphabet::BITCOIN).ok()?;
    bytes.as_slice().try_into().ok()
}
