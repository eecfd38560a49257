//! Asks the Rosetta server for the unsigned transaction.

use async_trait::async_trait;
use kms_core::{KeyRef, Network, NodeError, PendingTransaction};
use kms_crypto::ed25519::PublicKey;
use serde_json::Value;

use super::body::Transaction;
use super::operations::Operations;
use super::rosetta::Rosetta;
use super::transaction::{CardanoTransaction, Signer};
use super::{Cardano, address, transaction};
use crate::chain::{Context, Signed, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::signing::WalletRule;

#[async_trait]
impl TransactionScheme for Cardano {
    /// All wallets sign; withdrawals name theirs with an index each.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        let stored = tx.wallets.iter().map(|id| KeyRef { wallet: id.clone(), index: tx.index });
        let stored = stored.filter(|_| tx.withdrawal.is_none());
        let signers: Vec<KeyRef> = stored.chain(tx.signers.iter().cloned()).collect();
        if signers.is_empty() { Err(PayloadError::NoSigner) } else { Ok(signers) }
    }

    fn take_up(&self, kept: &str, network: Network) -> Option<Box<dyn Signed>> {
        transaction::take_up(kept, network)
    }

    fn wallet_rule(&self, tx: &PendingTransaction) -> WalletRule {
        match &tx.withdrawal {
            Some(_) => WalletRule::MnemonicsOnly,
            None => WalletRule::EachSigns,
        }
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let operations = Operations::read(&tx.payload, cx.network)?;
        let keys = owners(&operations, cx)?;
        let rosetta = Rosetta { node: cx.node, network: cx.network };
        let answer = rosetta.unsigned(&operations.json).await?;
        let malformed =
            |words| PrepareError::unanswered("unsigned transaction", NodeError::Malformed(words));
        let text = answer["unsigned_transaction"].as_str().unwrap_or_default().to_owned();
        let transaction = Transaction::read(&text).map_err(malformed)?;
        transaction.check(&operations).map_err(malformed)?;
        let signers = signers(&answer["payloads"], &transaction, &keys).map_err(malformed)?;
        Ok(Box::new(CardanoTransaction {
            network: cx.network,
            operations,
            text,
            transaction,
            signers,
        }))
    }
}

/// Addresses of the inputs, each once, with the key that it stands for.
type Owners = Vec<(String, PublicKey)>;

/// The keys of the inputs. Nothing is asked for as long as one is missing.
fn owners(operations: &Operations, cx: &Context<'_>) -> Result<Owners, PrepareError> {
    let mut own = Vec::new();
    for key in cx.signers {
        let key = *key.ed25519()?;
        own.push((address::of_key(&key, cx.network), key));
    }
    let mut owners: Owners = Vec::new();
    for (number, input) in operations.inputs.iter().enumerate() {
        let owner = own.iter().find(|(address, _)| *address == input.owner);
        let Some(owner) = owner else {
            let problem = format!("belongs to {}, which is no address of the wallets", input.owner);
            return Err(PayloadError::Part { part: "input", number, problem }.into());
        };
        if !owners.contains(owner) {
            owners.push(owner.clone());
        }
    }
    Ok(owners)
}

/// What is to be signed, each with its key: the hash of the body and nothing else, once for every owner.
fn signers(
    payloads: &Value,
    transaction: &Transaction,
    owners: &Owners,
) -> Result<Vec<Signer>, String> {
    let payloads = payloads.as_array().ok_or("there are no payloads in it")?;
    let hash = hex::encode(transaction.hash());
    let mut signers = Vec::new();
    for payload in payloads {
        let of = payload["account_identifier"]["address"].as_str().or(payload["address"].as_str());
        let owner = owners.iter().find(|(address, _)| Some(address.as_str()) == of);
        let (_, key) = owner.ok_or("it wants a signature of an address that no input has")?;
        if payload["hex_bytes"].as_str() != Some(hash.as_str()) {
            return Err("the bytes to sign are not the hash of the transaction".to_owned());
        }
        if signers.iter().any(|signer: &Signer| signer.key == *key) {
            return Err("it wants two signatures of one address".to_owned());
        }
        signers.push(Signer { key: *key, payload: payload.clone() });
    }
    if signers.len() != owners.len() {
        return Err("it does not want a signature for every input".to_owned());
    }
    Ok(signers)
}
