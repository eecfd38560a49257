//! Asks a node of the chain for what a payload leaves open.

use async_trait::async_trait;
use kms_core::{KeyRef, Network, Node, NodeError, PendingId, PendingTransaction};
use kms_crypto::hash::blake2b_256;
use serde_json::{Value, json};

use super::body::{Body, Fees};
use super::payload::{Clause, FeeRequest, Request};
use super::transaction::ThorTransaction;
use super::{TICKER, VeChain};
use crate::chain::{Context, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::evm::address::Address;
use crate::evm::number;
use crate::keys::first_signer;

/// What a transaction, a clause, a clause that creates a contract, and a byte of data cost in gas.
const TRANSACTION_GAS: u64 = 5_000;
const CLAUSE_GAS: u64 = 16_000;
const CREATION_GAS: u64 = 48_000;
const ZERO_BYTE_GAS: u64 = 4;
const BYTE_GAS: u64 = 68;
/// What is added to the gas that a simulation used.
const RESERVE_GAS: u64 = 15_000;

#[async_trait]
impl TransactionScheme for VeChain {
    /// The first wallet signs; a transaction has one sender.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let request = Request::read(&tx.payload)?;
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.secp256k1()?;
        let origin = Address::of(&signer);
        let chain_tag = self.chain_tag(&request, cx.network)?;
        let gas = gas(&request, origin, cx.node).await?;
        let best = match (request.block_ref, &request.fees) {
            (Some(_), FeeRequest::Coefficient(_) | FeeRequest::Dynamic { max: Some(_), .. }) => {
                None
            }
            _ => Some(ask(cx.node, "latest block", "/blocks/best").await?),
        };
        let block_ref = match request.block_ref {
            Some(given) => given,
            None => block_ref(best.as_ref().unwrap_or(&Value::Null))?,
        };
        let fees = fees(&request.fees, best.as_ref(), cx.node).await?;
        let mut body = Body {
            chain_tag,
            block_ref,
            expiration: request.expiration,
            clauses: request.clauses,
            fees,
            gas,
            depends_on: request.depends_on,
            nonce: request.nonce.unwrap_or_default(),
        };
        if request.nonce.is_none() {
            body.nonce = nonce(&tx.id, &body);
        }
        Ok(Box::new(ThorTransaction::new(cx.network, signer, body)?))
    }
}

impl VeChain {
    /// A wrong payload must not get a signature for another network.
    fn chain_tag(&self, request: &Request, network: Network) -> Result<u8, PrepareError> {
        let own = *self.chain_tags.get(network);
        match request.chain_tag {
            Some(found) if found != own => Err(PrepareError::ChainId {
                chain: TICKER,
                network,
                found: u64::from(found),
                expected: own.to_string(),
            }),
            _ => Ok(own),
        }
    }
}

/// A nonce for a payload without one: the same for the same request in the same block, another one for
/// every other.
fn nonce(id: &PendingId, body: &Body) -> u64 {
    let mut seed = id.as_str().as_bytes().to_vec();
    seed.extend_from_slice(&body.signing_bytes());
    let hash = blake2b_256(&seed);
    let mut number = [0; 8];
    number.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(number)
}

/// The gas of a transaction: what it costs to have it, and what a simulation used.
async fn gas(request: &Request, caller: Address, node: &dyn Node) -> Result<u64, PrepareError> {
    let question = "gas estimate";
    let mut call = json!({
        "clauses": request.clauses.iter().map(clause).collect::<Vec<_>>(),
        "caller": caller.to_hex(),
    });
    if let Some(gas) = request.gas {
        call["gas"] = json!(gas);
    }
    let answer = node.node_post("/accounts/*?revision=best", &call).await;
    let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
    let used = used(&answer, request.clauses.len())
        .map_err(|words| PrepareError::unanswered(question, NodeError::Malformed(words)))?;
    let own: u64 = request.clauses.iter().map(own_gas).sum::<u64>() + TRANSACTION_GAS;
    let total = if used == 0 { Some(own) } else { own.checked_add(RESERVE_GAS + used) };
    total.ok_or_else(|| {
        PrepareError::unanswered(question, NodeError::Malformed("it is too large".to_owned()))
    })
}

/// The gas that all clauses used together.
fn used(answer: &Value, clauses: usize) -> Result<u64, String> {
    let outputs = answer.as_array().ok_or("it is not a list")?;
    if outputs.len() != clauses {
        return Err(format!("it has {} results for {clauses} clauses", outputs.len()));
    }
    let mut sum = 0_u64;
    for output in outputs {
        let reverted = output.get("reverted").and_then(Value::as_bool);
        if reverted != Some(false) {
            let words = output.get("vmError").and_then(Value::as_str).unwrap_or_default();
            let words: String = words.chars().filter(|c| !c.is_control()).take(100).collect();
            return Err(format!("the transaction would be reverted: {words:?}"));
        }
        let used = output.get("gasUsed").and_then(Value::as_u64).filter(|used| *used < 1 << 62);
        sum = used.and_then(|used| sum.checked_add(used)).ok_or("a `gasUsed` is out of range")?;
    }
    Ok(sum)
}

fn own_gas(clause: &Clause) -> u64 {
    let base = if clause.to.is_some() { CLAUSE_GAS } else { CREATION_GAS };
    let byte = |byte: &u8| if *byte == 0 { ZERO_BYTE_GAS } else { BYTE_GAS };
    base + clause.data.iter().map(byte).sum::<u64>()
}

fn clause(clause: &Clause) -> Value {
    json!({
        "to": clause.to.map(Address::to_hex),
        "value": format!("{:#x}", clause.value),
        "data": format!("0x{}", hex::encode(&clause.data)),
    })
}

/// The first eight bytes of a block's id.
fn block_ref(block: &Value) -> Result<[u8; 8], PrepareError> {
    let id = block.get("id").and_then(Value::as_str).and_then(|id| id.strip_prefix("0x"));
    let id = id.and_then(|digits| hex::decode(digits).ok()).filter(|id| id.len() == 32);
    match id.as_deref().and_then(<[u8]>::first_chunk) {
        Some(first) => Ok(*first),
        None => {
            let words = "its `id` is not 32 bytes".to_owned();
            Err(PrepareError::unanswered("latest block", NodeError::Malformed(words)))
        }
    }
}

async fn fees(
    request: &FeeRequest,
    best: Option<&Value>,
    node: &dyn Node,
) -> Result<Fees, PrepareError> {
    let (max, priority) = match request {
        FeeRequest::Coefficient(coefficient) => return Ok(Fees::Coefficient(*coefficient)),
        FeeRequest::Dynamic { max, priority } => (*max, *priority),
    };
    let priority = match priority {
        Some(priority) => priority,
        None => {
            let question = "priority fee";
            let answer = ask(node, question, "/fees/priority").await?;
            let asked: u128 = quantity(question, answer.get("maxPriorityFeePerGas"))?;
            max.map_or(asked, |max| asked.min(max))
        }
    };
    let max = match max {
        Some(max) => max,
        None => {
            let base: u128 =
                quantity("base fee", best.and_then(|block| block.get("baseFeePerGas")))?;
            base.saturating_mul(2).saturating_add(priority)
        }
    };
    Ok(Fees::Dynamic { max, priority })
}

fn quantity(question: &'static str, answer: Option<&Value>) -> Result<u128, PrepareError> {
    number::from_answer(answer.unwrap_or(&Value::Null)).ok_or_else(|| {
        PrepareError::unanswered(
            question,
            NodeError::Malformed("it is not a number in range".to_owned()),
        )
    })
}

async fn ask(node: &dyn Node, question: &'static str, path: &str) -> Result<Value, PrepareError> {
    node.node_get(path).await.map_err(|e| PrepareError::unanswered(question, e))
}
