//! A node that runs elsewhere on this machine in regtest, such as litecoind.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use bitcoin::{Amount, OutPoint, Script, ScriptBuf, TxOut, Txid};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use super::book::{Balance, Book, Coin, Seen};
use super::spec::Spec;
use super::{DECIMALS, show};
use crate::decimal::Decimal;
use crate::error::ApiError;
use crate::http;

/// Where a node is and how it lets one in.
#[derive(Clone, Debug)]
pub struct NodeAt {
    /// http on loopback; name and password may be in it.
    pub url: Url,
    /// The file in which the node keeps name and password, `.cookie` in its data directory.
    pub cookie: Option<PathBuf>,
}

/// `RPC_INVALID_ADDRESS_OR_KEY` of Bitcoin Core, which a hash without a transaction is too.
const NO_SUCH_TRANSACTION: i64 = -5;

/// A client of the node.
pub(super) struct OutsideBook {
    spec: &'static Spec,
    url: Url,
    client: reqwest::Client,
    login: (String, String),
    /// The node scans for one at a time.
    scan: Mutex<()>,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<RpcError>,
}

#[derive(Debug, Deserialize, thiserror::Error)]
#[error("{message}")]
struct RpcError {
    /// None where the node was not reached.
    #[serde(default)]
    code: Option<i64>,
    message: String,
}

impl RpcError {
    fn unreached(message: String) -> Self {
        Self { code: None, message }
    }
}

impl From<RpcError> for ApiError {
    fn from(error: RpcError) -> Self {
        Self::broken(format!("the node behind the sandbox: {error}"))
    }
}

#[derive(Deserialize)]
struct ChainInfo {
    chain: String,
}

#[derive(Deserialize)]
struct Scan {
    unspents: Vec<Unspent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unspent {
    txid: String,
    vout: u32,
    script_pub_key: String,
    amount: Decimal,
    height: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnspentOutput {
    value: Decimal,
    script_pub_key: ScriptHex,
    confirmations: u32,
}

#[derive(Deserialize)]
struct Raw {
    hex: String,
    #[serde(default)]
    confirmations: u32,
}

#[derive(Deserialize)]
struct ScriptHex {
    hex: String,
}

#[derive(Deserialize)]
struct Decoded {
    address: Option<String>,
    #[serde(default)]
    addresses: Vec<String>,
}

impl OutsideBook {
    /// Goes to the node and sees that it is one to play with.
    pub(super) async fn open(spec: &'static Spec, node: &NodeAt) -> Result<Self> {
        let login = login(node)?;
        let mut url = node.url.clone();
        // An address without a host can't lose its name; one on loopback has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let book = Self { spec, url, client: http::client()?, login, scan: Mutex::new(()) };
        let shown = &book.url;
        let info: ChainInfo = book
            .call("getblockchaininfo", json!([]))
            .await
            .with_context(|| format!("the node at {shown} can't be used"))?;
        if info.chain != "regtest" {
            bail!("the node at {shown} is on `{}`; start it with -regtest", info.chain);
        }
        Ok(book)
    }

    async fn call<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, RpcError> {
        let answer = self.ask::<T>(method, params).await?;
        answer.ok_or_else(|| RpcError::unreached(format!("{method} had no result")))
    }

    /// None where the node answers null.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        params: Value,
    ) -> Result<Option<T>, RpcError> {
        let request = json!({ "jsonrpc": "1.0", "id": 1, "method": method, "params": params });
        let url = &self.url;
        let text = self.post(&request).await.map_err(|error| {
            RpcError::unreached(format!("no answer from {url}: {}", error.without_url()))
        })?;
        let answer: Answer<T> = serde_json::from_str(&text).map_err(|error| {
            RpcError::unreached(format!("{url} does not speak JSON-RPC to this login: {error}"))
        })?;
        match answer.error {
            Some(error) => Err(error),
            None => Ok(answer.result),
        }
    }

    async fn post(&self, request: &Value) -> reqwest::Result<String> {
        let (name, password) = &self.login;
        let post = self.client.post(self.url.clone()).basic_auth(name, Some(password));
        // Refusals come with status 500 and a body like any other.
        post.json(request).send().await?.text().await
    }

    /// The block of something with so many confirmations; none while it waits.
    async fn height(&self, confirmations: u32) -> Result<Option<u32>, RpcError> {
        let Some(below_tip) = confirmations.checked_sub(1) else { return Ok(None) };
        let tip: u32 = self.call("getblockcount", json!([])).await?;
        // A block may have come between the two answers.
        Ok(Some(tip.saturating_sub(below_tip)))
    }

    /// The node's own spelling: Bech32 prefixes differ between regtest and the test network.
    async fn address_of(&self, script: &Script) -> Result<String, ApiError> {
        let decoded: Decoded = self.call("decodescript", json!([script.to_hex_string()])).await?;
        decoded.address.or_else(|| decoded.addresses.into_iter().next()).ok_or_else(|| {
            ApiError::broken(format!("the node knows no address for the script {script}"))
        })
    }
}

#[async_trait]
impl Book for OutsideBook {
    /// Those in blocks: the node keeps no index of scripts for what waits.
    async fn coins(&self, script: &Script) -> Result<Vec<Coin>, ApiError> {
        let descriptor = format!("raw({})", script.to_hex_string());
        let _turn = self.scan.lock().await;
        let mut scan: Scan = self.call("scantxoutset", json!(["start", [descriptor]])).await?;
        scan.unspents.sort_by_key(|unspent| unspent.height);
        scan.unspents.into_iter().map(Coin::try_from).collect()
    }

    async fn coin(&self, outpoint: OutPoint) -> Result<Option<Coin>, ApiError> {
        let params = json!([outpoint.txid.to_string(), outpoint.vout, true]);
        let Some(found) = self.ask::<UnspentOutput>("gettxout", params).await? else {
            return Ok(None);
        };
        let height = self.height(found.confirmations).await?;
        let output = output(&found.value, &found.script_pub_key.hex)?;
        Ok(Some(Coin { outpoint, output, height }))
    }

    /// What waits; what is in a block too if the node was started with -txindex.
    async fn transaction(&self, txid: Txid) -> Result<Option<Seen>, ApiError> {
        let params = json!([txid.to_string(), true]);
        let raw: Raw = match self.call("getrawtransaction", params).await {
            Ok(raw) => raw,
            Err(error) if error.code == Some(NO_SUCH_TRANSACTION) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let bytes = hex::decode(&raw.hex)
            .map_err(|_| ApiError::broken("the node gave no hex for a transaction".to_owned()))?;
        Ok(Some(Seen { bytes, height: self.height(raw.confirmations).await? }))
    }

    /// What left is not known to a node without an index: only what is there counts as incoming.
    async fn balance(&self, script: &Script) -> Result<Balance, ApiError> {
        let coins = self.coins(script).await?;
        let incoming = coins.iter().map(|coin| u128::from(coin.output.value.to_sat())).sum();
        Ok(Balance { incoming, outgoing: 0 })
    }

    async fn broadcast(&self, bytes: &[u8]) -> Result<Txid, ApiError> {
        let sent: Result<String, RpcError> =
            self.call("sendrawtransaction", json!([hex::encode(bytes)])).await;
        txid(&sent.map_err(|error| match error.code {
            Some(_) => ApiError::refused(self.spec.refusal, error.message),
            None => error.into(),
        })?)
    }

    async fn fund(&self, script: &Script, units: u64) -> Result<Txid, ApiError> {
        let address = self.address_of(script).await?;
        let sent: String = self.call("sendtoaddress", json!([address, show(units)])).await?;
        self.mine().await?;
        txid(&sent)
    }

    async fn mine(&self) -> Result<u32, ApiError> {
        let miner: String = self.call("getnewaddress", json!([])).await?;
        let _: Value = self.call("generatetoaddress", json!([1, miner])).await?;
        Ok(self.call("getblockcount", json!([])).await?)
    }
}

impl TryFrom<Unspent> for Coin {
    type Error = ApiError;

    fn try_from(unspent: Unspent) -> Result<Self, ApiError> {
        Ok(Self {
            outpoint: OutPoint::new(txid(&unspent.txid)?, unspent.vout),
            output: output(&unspent.amount, &unspent.script_pub_key)?,
            height: Some(unspent.height),
        })
    }
}

fn txid(text: &str) -> Result<Txid, ApiError> {
    text.parse().map_err(|_| ApiError::broken(format!("the node gave `{text}` for a hash")))
}

fn output(value: &Decimal, script: &str) -> Result<TxOut, ApiError> {
    let script_pubkey = ScriptBuf::from_hex(script)
        .map_err(|error| ApiError::broken(format!("the node gave `{script}`: {error}")))?;
    Ok(TxOut { value: Amount::from_sat(value.units("value", DECIMALS)?), script_pubkey })
}

fn login(node: &NodeAt) -> Result<(String, String)> {
    let Some(path) = &node.cookie else {
        let password = node.url.password().unwrap_or_default();
        return Ok((node.url.username().to_owned(), password.to_owned()));
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the node's cookie {} can't be read", path.display()))?;
    let (name, password) = text
        .trim()
        .split_once(':')
        .with_context(|| format!("{} is no cookie of a node: it has no colon", path.display()))?;
    Ok((name.to_owned(), password.to_owned()))
}
