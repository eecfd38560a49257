//! Asks the network for what a payload leaves open.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_core::{KeyRef, Network, Node, NodeError, PendingTransaction};
use serde_json::{Value, json};

use super::address::Address;
use super::body::Body;
use super::payload::Request;
use super::transaction::EgldTransaction;
use super::{MultiversX, TICKER};
use crate::chain::{Context, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::keys::first_signer;

/// The gas price of a network that does not say.
const GAS_PRICE: u64 = 1_000_000_000;

#[async_trait]
impl TransactionScheme for MultiversX {
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
        let signer = *cx.signers.first().ok_or(PayloadError::NoSigner)?.ed25519()?;
        let sender = Address::of(&signer);
        if let Some(from) = request.from.filter(|from| *from != sender) {
            let (from, own) = (from.to_bech32(), sender.to_bech32());
            let problem = format!("is {from}, but the wallet's key has the address {own}");
            return Err(PayloadError::Field { field: "from", problem }.into());
        }
        let config = self.config(cx).await?;
        let nonce = match request.nonce {
            Some(nonce) => nonce,
            None => cx.sequences.next(&sender.to_bech32(), nonce(sender, cx.node).await?),
        };
        let mut body = Body {
            nonce,
            value: request.value,
            receiver: request.to,
            sender,
            gas_price: config.gas_price,
            gas_limit: 0,
            data: request.data,
            chain_id: config.chain_id,
            version: config.version,
        };
        body.gas_limit = gas(&body, cx.node).await?;
        Ok(Box::new(EgldTransaction::new(cx.network, signer, body)))
    }
}

/// What the network says of itself.
struct Config {
    chain_id: String,
    gas_price: u64,
    version: u32,
}

impl MultiversX {
    async fn config(&self, cx: &Context<'_>) -> Result<Config, PrepareError> {
        let question = "network's configuration";
        let malformed =
            |words: String| PrepareError::unanswered(question, NodeError::Malformed(words));
        let answer = cx.node.node_get("/network/config").await;
        let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
        let config = &answer["data"]["config"];
        let chain_id = config["erd_chain_id"].as_str().unwrap_or_default();
        self.check_chain_id(chain_id, cx.network).map_err(malformed)?;
        let gas_price = match &config["erd_min_gas_price"] {
            Value::Null => GAS_PRICE,
            price => price
                .as_u64()
                .ok_or_else(|| malformed("the gas price is not a whole number".to_owned()))?,
        };
        let version = config["erd_min_transaction_version"].as_u64();
        let version = version.and_then(|version| u32::try_from(version).ok());
        let version =
            version.ok_or_else(|| malformed("the version is not a whole number".to_owned()))?;
        let gas_price = if gas_price == 0 { GAS_PRICE } else { gas_price };
        Ok(Config { chain_id: chain_id.to_owned(), gas_price, version })
    }

    /// A wrong node must not get a signature for another network.
    fn check_chain_id(&self, found: &str, network: Network) -> Result<(), String> {
        let expected = self.chain_ids.get(network);
        if expected.contains(&found) {
            return Ok(());
        }
        let found: String = found.chars().take(20).collect();
        let expected = expected.join(" or ");
        Err(format!("the chain id is {found:?}, but {TICKER} on {network} has {expected}"))
    }
}

async fn nonce(account: Address, node: &dyn Node) -> Result<u64, PrepareError> {
    let question = "nonce";
    let path = format!("/address/{}/nonce", account.to_bech32());
    let answer = node.node_get(&path).await.map_err(|e| PrepareError::unanswered(question, e))?;
    answer["data"]["nonce"].as_u64().ok_or_else(|| {
        PrepareError::unanswered(
            question,
            NodeError::Malformed("it is not a whole number".to_owned()),
        )
    })
}

async fn gas(body: &Body, node: &dyn Node) -> Result<u64, PrepareError> {
    let question = "gas estimate";
    let mut call = json!({
        "nonce": body.nonce,
        "value": body.value.to_string(),
        "receiver": body.receiver.to_bech32(),
        "sender": body.sender.to_bech32(),
        "gasPrice": body.gas_price,
        "gasLimit": 0,
    });
    if !body.data.is_empty() {
        call["data"] = json!(STANDARD.encode(&body.data));
    }
    call["chainID"] = json!(body.chain_id);
    call["version"] = json!(body.version);
    let answer = node.node_post("/transaction/cost", &call).await;
    let answer = answer.map_err(|e| PrepareError::unanswered(question, e))?;
    match answer["data"]["txGasUnits"].as_u64() {
        Some(gas) if gas != 0 => Ok(gas),
        _ => {
            let words = answer["data"]["returnMessage"].as_str().unwrap_or_default();
            let words: String = words.chars().filter(|c| !c.is_control()).take(100).collect();
            let words = format!("there is no gas in it; the node says {words:?}");
            Err(PrepareError::unanswered(question, NodeError::Malformed(words)))
        }
    }
}
