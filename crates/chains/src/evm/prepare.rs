//! Asks the network for what a payload leaves open.

use alloy_eips::eip2930::AccessListItem;
use alloy_primitives::U256;
use async_trait::async_trait;
use kms_core::{KeyRef, Network, Node, NodeError, PendingTransaction, TransactionHash};
use serde_json::{Value, json};

use super::address::Address;
use super::payload::{Call, Request};
use super::transaction::{EvmTransaction, Fees, Filled};
use super::{Evm, PriceSource, number};
use crate::chain::{Chain as _, Context, Found, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::keys::first_signer;

#[async_trait]
impl TransactionScheme for Evm {
    /// The first wallet signs; a transaction of this family has one signature.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        first_signer(tx)
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let request = Request::read(self, &tx.payload)?;
        let signer = cx.signers.first().ok_or(PayloadError::NoSigner)?.secp256k1()?;
        let from = Address::of(signer);
        let questions = Questions { chain: self, node: cx.node };
        let replace_gas = self.rules.always_estimates
            || (self.replaces_gas_of_withdrawals() && tx.withdrawal.is_some());
        let gas = match request.gas {
            Some(gas) if !replace_gas => gas,
            _ => questions.gas(&request, from).await?,
        };
        let nonce = match request.nonce {
            Some(nonce) => nonce,
            None => cx.sequences.next(&from.to_hex(), questions.nonce(from).await?),
        };
        let fees = questions.fees(&request).await?;
        let chain_id = match request.chain_id {
            Some(chain_id) => chain_id,
            None => questions.chain_id().await?,
        };
        self.check_chain_id(chain_id, cx.network)?;
        let filled = Filled { chain_id, nonce, gas, fees, from };
        Ok(Box::new(EvmTransaction::new(self, cx.network, *signer, request, &filled)?))
    }

    async fn find(&self, hash: &TransactionHash, node: &dyn Node) -> Result<Found, NodeError> {
        let found = match node.rpc(self.rules.methods.by_hash, json!([hash.0])).await {
            // The API's own way to say that it knows of no such thing.
            Err(NodeError::Status { status: 404, .. }) => return Ok(Found::Unknown),
            other => other?,
        };
        match found {
            Value::Object(found) if found.contains_key("hash") => Ok(Found::Known),
            Value::Null if self.rules.final_hash => Ok(Found::Unknown),
            Value::Null => Ok(Found::CannotTell),
            _ => Err(NodeError::Malformed("it is not a transaction".to_owned())),
        }
    }
}

impl Evm {
    /// On the chain whose fees the API estimates, it also sizes withdrawals by its own estimate.
    fn replaces_gas_of_withdrawals(&self) -> bool {
        matches!(self.rules.gas_price, PriceSource::FeeEstimate(_))
    }

    /// A wrong URL or a wrong payload must not get a signature for another network.
    fn check_chain_id(&self, found: u64, network: Network) -> Result<(), PrepareError> {
        let expected = self.chain_ids.get(network);
        if expected.contains(&found) {
            return Ok(());
        }
        let names: Vec<String> = expected.iter().map(u64::to_string).collect();
        Err(PrepareError::ChainId {
            chain: self.spec().ticker.0,
            network,
            found,
            expected: names.join(" or "),
        })
    }
}

/// What can be asked of the node of a chain.
struct Questions<'a> {
    chain: &'a Evm,
    node: &'a dyn Node,
}

impl Questions<'_> {
    async fn chain_id(&self) -> Result<u64, PrepareError> {
        let method = self.chain.rules.methods.chain_id;
        self.quantity("chain id", method, json!([])).await
    }

    /// The number of transactions of the account, those still waiting included.
    async fn nonce(&self, account: Address) -> Result<u64, PrepareError> {
        let method = self.chain.rules.methods.transaction_count;
        self.quantity("nonce", method, json!([account.to_hex(), "pending"])).await
    }

    async fn gas(&self, request: &Request, from: Address) -> Result<u64, PrepareError> {
        let call = call_object(request, from);
        let method = self.chain.rules.methods.estimate_gas;
        self.quantity("gas estimate", method, json!([call])).await
    }

    async fn fees(&self, request: &Request) -> Result<Fees, PrepareError> {
        if !request.has_dynamic_fee() {
            return Ok(Fees::Price(match request.gas_price {
                Some(price) => price,
                None => self.gas_price(request.fee_currency).await?,
            }));
        }
        let priority = match (request.priority_fee, request.max_fee) {
            (Some(priority), _) => priority,
            (None, max) => {
                let method = self.chain.rules.methods.priority_fee;
                let priority: u128 = self.quantity("priority fee", method, json!([])).await?;
                max.map_or(priority, |max| priority.min(max))
            }
        };
        let max = match request.max_fee {
            Some(max) => max,
            // Twice the base fee outlives six full blocks in a row.
            None => self.base_fee().await?.saturating_mul(2).saturating_add(priority),
        };
        Ok(Fees::Dynamic { max, priority })
    }

    async fn gas_price(&self, fee_currency: Option<Address>) -> Result<u128, PrepareError> {
        let question = "gas price";
        match (self.chain.rules.gas_price, fee_currency) {
            (PriceSource::FeeEstimate(path), None) => {
                let answer =
                    self.node.get(path).await.map_err(|e| PrepareError::unanswered(question, e))?;
                quantity(question, answer.get("medium").unwrap_or(&Value::Null))
            }
            (_, currency) => {
                let currency = currency.map_or(json!([]), |currency| json!([currency.to_hex()]));
                self.quantity(question, self.chain.rules.methods.gas_price, currency).await
            }
        }
    }

    async fn base_fee(&self) -> Result<u128, PrepareError> {
        let question = "base fee";
        let method = self.chain.rules.methods.block;
        let block = self.node.rpc(method, json!(["latest", false])).await;
        let block = block.map_err(|e| PrepareError::unanswered(question, e))?;
        quantity(question, block.get("baseFeePerGas").unwrap_or(&Value::Null))
    }

    async fn quantity<T: TryFrom<U256>>(
        &self,
        question: &'static str,
        method: &str,
        params: Value,
    ) -> Result<T, PrepareError> {
        let answer = self
            .node
            .rpc(method, params)
            .await
            .map_err(|e| PrepareError::unanswered(question, e))?;
        quantity(question, &answer)
    }
}

/// The transaction as far as its gas depends on it.
fn call_object(request: &Request, from: Address) -> Value {
    let Call { to, value, data } = &request.call;
    let mut object = json!({
        "from": from.to_hex(),
        "value": format!("{value:#x}"),
        "data": format!("0x{}", hex::encode(data)),
    });
    if let Some(to) = to {
        object["to"] = json!(to.to_hex());
    }
    if let Some(currency) = request.fee_currency {
        object["feeCurrency"] = json!(currency.to_hex());
    }
    if !request.access_list.0.is_empty() {
        let item = |item: &AccessListItem| {
            let keys: Vec<String> =
                item.storage_keys.iter().map(|key| format!("{key:#x}")).collect();
            json!({"address": format!("{:#x}", item.address), "storageKeys": keys})
        };
        object["accessList"] = request.access_list.0.iter().map(item).collect();
    }
    object
}

fn quantity<T: TryFrom<U256>>(question: &'static str, answer: &Value) -> Result<T, PrepareError> {
    number::from_answer(answer).ok_or_else(|| {
        PrepareError::unanswered(
            question,
            NodeError::Malformed("it is not a number in range".to_owned()),
        )
    })
}
