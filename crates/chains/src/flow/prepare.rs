//! Asks the API for proposer and payer, and the access node for the rest.

use async_trait::async_trait;
use kms_core::{KeyRef, Network, Node, NodeError, PendingTransaction};
use serde_json::Value;

use super::finish::{ToComplete, release};
use super::message::{AccountKey, Message};
use super::payload::Request;
use super::transaction::FlowTransaction;
use super::{Flow, TICKER, arguments};
use crate::chain::{Context, Signed, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::keys::first_signer;
use crate::number::whole;

#[async_trait]
impl TransactionScheme for Flow {
    /// The first wallet signs, as the only authorizer.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    fn take_up(&self, kept: &str, _network: Network) -> Option<Box<dyn Signed>> {
        ToComplete::read(kept).map(|signed| Box::new(signed) as Box<dyn Signed>)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let request = Request::read(&tx.payload, cx.network)?;
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.secp256k1()?;
        self.check_chain_id(cx).await?;
        let payer = account_key("payer", "/v3/flow/proposal/true", cx.node).await?;
        let proposer = account_key("proposer", "/v3/flow/proposal/false", cx.node).await?;
        // From here on a key of the API is held for us.
        let rest = rest(&request, payer, proposer, cx.node).await;
        match rest {
            Ok(rest) => Ok(Box::new(FlowTransaction {
                network: cx.network,
                signer,
                height: rest.height,
                transfer: request.transfer,
                message: Message {
                    script: request.script,
                    arguments: request.arguments.iter().map(Value::to_string).collect(),
                    reference_block: rest.block,
                    proposer,
                    sequence: rest.sequence,
                    payer,
                    authorizer: request.account,
                },
            })),
            Err(error) => {
                release("", proposer.index, cx.node).await;
                Err(error)
            }
        }
    }
}

impl Flow {
    /// A wrong node must not get a signature for another network.
    async fn check_chain_id(&self, cx: &Context<'_>) -> Result<(), PrepareError> {
        let question = "chain id";
        let answer = cx.node.node_get("/v1/network/parameters").await;
        let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
        let found = answer["chain_id"].as_str().unwrap_or_default();
        let expected = *self.chain_ids.get(cx.network);
        if found == expected {
            return Ok(());
        }
        let found: String = found.chars().take(40).collect();
        let words = format!("it is {found:?}, but {TICKER} on {} has {expected:?}", cx.network);
        Err(PrepareError::unanswered(question, NodeError::Malformed(words)))
    }
}

/// A key of an account of the API.
async fn account_key(
    question: &'static str,
    path: &str,
    node: &dyn Node,
) -> Result<AccountKey, PrepareError> {
    let answer = node.get(path).await.map_err(|e| PrepareError::unanswered(question, e))?;
    let address = answer["address"].as_str().and_then(|text| arguments::address(text).ok());
    let index = answer["keyId"].as_u64().and_then(|index| u32::try_from(index).ok());
    match (address, index) {
        (Some((address, _)), Some(index)) => Ok(AccountKey { address, index }),
        _ => {
            let words = "there is no `address` and `keyId` in it".to_owned();
            Err(PrepareError::unanswered(question, NodeError::Malformed(words)))
        }
    }
}

/// What the access node knows.
struct Rest {
    block: [u8; 32],
    height: u64,
    sequence: u64,
}

async fn rest(
    request: &Request,
    payer: AccountKey,
    proposer: AccountKey,
    node: &dyn Node,
) -> Result<Rest, PrepareError> {
    if [payer.address, proposer.address].contains(&request.account) {
        let problem = "is the account that pays or proposes; these are the API's own".to_owned();
        return Err(PayloadError::Field { field: "account", problem }.into());
    }
    let question = "reference block";
    let answer = node.node_get("/v1/blocks?height=final&expand=payload").await;
    let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
    let header = &answer[0]["header"];
    let mut block = [0; 32];
    let id = header["id"].as_str().unwrap_or_default();
    let height = whole(&header["height"]);
    let (Ok(()), Some(height)) = (hex::decode_to_slice(id, &mut block), height) else {
        let words = "there is no block with `id` and `height` in it".to_owned();
        return Err(PrepareError::unanswered(question, NodeError::Malformed(words)));
    };
    let sequence = sequence(proposer, node).await?;
    Ok(Rest { block, height, sequence })
}

/// The next sequence number of the proposer's key.
async fn sequence(proposer: AccountKey, node: &dyn Node) -> Result<u64, PrepareError> {
    let question = "sequence number of the proposer";
    let address = hex::encode(proposer.address);
    let path = format!("/v1/accounts/{address}?block_height=sealed&expand=contracts,keys");
    let answer = node.node_get(&path).await.map_err(|e| PrepareError::unanswered(question, e))?;
    let keys = answer["keys"].as_array().into_iter().flatten();
    let mut key = keys.filter(|key| whole(&key["index"]) == Some(u64::from(proposer.index)));
    let number = key.next().and_then(|key| whole(&key["sequence_number"]));
    number.ok_or_else(|| {
        PrepareError::unanswered(
            question,
            NodeError::Malformed("the proposer has no such key".to_owned()),
        )
    })
}
