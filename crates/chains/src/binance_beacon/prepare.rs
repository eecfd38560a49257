//! Asks for the chain's name, and for the account's number and sequence.

use async_trait::async_trait;
use kms_core::{KeyRef, NodeError, PendingTransaction};
use serde_json::Value;

use super::address::Address;
use super::payload::Request;
use super::transaction::BeaconTransaction;
use super::{BeaconChain, TICKER};
use crate::chain::{Context, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::keys::first_signer;

#[async_trait]
impl TransactionScheme for BeaconChain {
    /// The first wallet signs.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.secp256k1()?;
        let owner = Address::of(&signer);
        let request = Request::read(&tx.payload, owner, cx.network)?;
        self.check_chain_id(cx).await?;
        let address = owner.write(cx.network);
        let account = account(&address, cx).await?;
        Ok(Box::new(BeaconTransaction {
            network: cx.network,
            signer,
            chain_id: self.chain_ids.get(cx.network),
            request,
            account_number: account.number,
            sequence: cx.sequences.next(&address, account.sequence),
        }))
    }
}

impl BeaconChain {
    /// A wrong node must not get a signature for another network.
    async fn check_chain_id(&self, cx: &Context<'_>) -> Result<(), PrepareError> {
        let question = "chain id";
        let answer = cx.node.node_get("/api/v1/node-info").await;
        let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
        let found = answer["node_info"]["network"].as_str().unwrap_or_default();
        let expected = *self.chain_ids.get(cx.network);
        if found == expected {
            return Ok(());
        }
        let found: String = found.chars().take(40).collect();
        let words = format!("it is {found:?}, but {TICKER} on {} has {expected:?}", cx.network);
        Err(PrepareError::unanswered(question, NodeError::Malformed(words)))
    }
}

struct Account {
    number: u64,
    sequence: u64,
}

/// What the API says of the account, and the node where the API does not know it.
async fn account(address: &str, cx: &Context<'_>) -> Result<Account, PrepareError> {
    let question = "account";
    let answer = cx.node.get(&format!("/v3/bnb/account/{address}")).await;
    let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
    let known = |account: &Account| account.number != 0;
    if let Some(account) = read(&answer).filter(known) {
        return Ok(account);
    }
    let answer = cx.node.node_get(&format!("/api/v1/account/{address}")).await;
    let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
    read(&answer).ok_or_else(|| {
        let words = "there is no `account_number` and `sequence` in it".to_owned();
        PrepareError::unanswered(question, NodeError::Malformed(words))
    })
}

fn read(answer: &Value) -> Option<Account> {
    let number = answer.get("account_number")?.as_u64()?;
    Some(Account { number, sequence: answer.get("sequence")?.as_u64()? })
}
