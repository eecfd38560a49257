//! Ethereum and the chains that copied it, on the sandbox's own ledgers or, for ETH, on a node that runs
//! elsewhere on this machine.
//!
//! - units: wei and its like; amounts in requests are coins with up to 18 digits behind the point, gas
//!   prices gwei
//! - what a chain is: one [`Spec`], in `spec.rs`
//! - what is broadcast: RLP or EIP-2718 bytes of a type 0, 1 or 2 transaction, as hex; Klaytn and Celo have
//!   types of their own besides (`own_types.rs`)
//!
//! The ledger is its own (`own.rs`: revm, a block for each transaction) or that of another node
//! (`outside.rs`: Foundry's anvil). Both answer Ethereum's JSON-RPC, and everything else here asks
//! them in its words.

mod assembler;
mod contract;
mod evm;
mod ledger;
mod nft;
mod node;
mod outside;
mod own;
mod own_types;
mod pool;
mod request;
mod routes;
mod rpc;
mod spec;
pub mod token;
mod transaction;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};
use url::Url;

use self::node::{Node, RpcError, quantity};
use self::outside::OutsideNode;
use self::own::OwnNode;
pub use self::spec::{BSC, CELO, CHAINS, ETHEREUM, HARMONY, KCC, KLAYTN, POLYGON, Spec, XDC};
use self::transaction::SignedTransaction;
use crate::amount;
use crate::chain::{Attempt, Chain, Token};
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::transfer::{Form, Sender};

/// The id of Sepolia, the test network the sandbox stands in for.
pub const CHAIN_ID: u64 = ETHEREUM.chain_id;

const DECIMALS: u8 = 18;

/// A chain's ledger, its test token and its test NFTs.
pub struct Ethereum {
    spec: &'static Spec,
    node: Box<dyn Node>,
    token: Address,
    nft: Address,
}

impl Ethereum {
    /// Opens its own ledger, or goes to the node at an address, and deploys the test token there.
    pub async fn open(spec: &'static Spec, node: Option<&Url>) -> Result<Self> {
        let node: Box<dyn Node> = match node {
            Some(url) => Box::new(OutsideNode::open(spec, url.clone()).await?),
            None => Box::new(OwnNode::new(spec)?),
        };
        let token = deploy(node.as_ref(), token::init_code()).await?;
        let nft = deploy(node.as_ref(), nft::init_code()).await?;
        node.take_fees_in(token);
        Ok(Self { spec, node, token, nft })
    }

    /// What reads the requests of applications.
    fn requests(&self) -> request::Desk {
        request::Desk { spec: self.spec, token: self.token }
    }

    fn read_address(&self, text: &str) -> Result<Address, ApiError> {
        self.spec.read_address("address", text)
    }

    /// Calls a contract and keeps nothing.
    async fn read(&self, contract: Address, data: Bytes) -> Result<Bytes, ApiError> {
        let call = json!({ "to": contract, "data": data });
        let answer = self.node.call("eth_call", json!([call, "latest"])).await;
        let answer = answer.map_err(|error| ApiError::refused("sc.call.failed", error.message))?;
        Ok(answer.as_str().and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// Whose a test NFT is.
    async fn nft_owner(&self, token_id: U256) -> Result<Address, ApiError> {
        let word = self.read(self.nft, nft::owner_of(token_id)).await?;
        Ok(Address::from_slice(word.get(12..32).unwrap_or(&[0; 20])))
    }

    /// The nonces on chain by sender, where the ledger is the sandbox's own.
    fn nonces(&self) -> Option<BTreeMap<String, Vec<u64>>> {
        let nonces = self.node.nonces()?;
        Some(nonces.into_iter().map(|(sender, list)| (format!("{sender:#x}"), list)).collect())
    }

    async fn balance(&self, address: &str) -> Result<U256, ApiError> {
        let address = self.read_address(address)?;
        let answer = self.node.call("eth_getBalance", json!([address, "latest"])).await?;
        Ok(quantity(&answer)?)
    }

    async fn token_balance(&self, contract: &str, address: &str) -> Result<U256, ApiError> {
        let contract = self.spec.read_address("contractAddress", contract)?;
        let address = self.read_address(address)?;
        let call = json!({ "to": contract, "data": token::balance_of(address) });
        let answer = self.node.call("eth_call", json!([call, "latest"])).await?;
        let word = answer.as_str().and_then(|text| text.parse::<Bytes>().ok()).unwrap_or_default();
        if word.len() != 32 {
            let reason = "no token lives there; deploy one or use the test token";
            return Err(ApiError::invalid("contractAddress", json!(contract), reason));
        }
        Ok(U256::from_be_slice(&word))
    }

    /// The nonce of the next transaction, those that wait in the node included.
    async fn transaction_count(&self, address: &str) -> Result<u64, ApiError> {
        let address = self.read_address(address)?;
        let answer = self.node.call("eth_getTransactionCount", json!([address, "pending"])).await?;
        Ok(quantity(&answer)?.saturating_to())
    }

    async fn faucet(&self, to: Address, value: U256, data: Bytes) -> Result<String, ApiError> {
        let receipt = self.node.send_from_faucet(Some(to), value, data).await?;
        if receipt["status"] != "0x1" {
            return Err(ApiError::broken("the faucet's transaction was reverted; ask for less"));
        }
        Ok(receipt["transactionHash"].as_str().unwrap_or_default().to_owned())
    }
}

#[async_trait]
impl Chain for Ethereum {
    fn ticker(&self) -> &'static str {
        self.spec.ticker
    }

    fn path(&self) -> &'static str {
        self.spec.path
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form {
            memo: Some("data"),
            currency: Some(self.spec.ticker),
            ..Form::of(Sender::Wallet)
        })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let refused = |words| ApiError::refused(self.spec.refusal, words);
        let transaction = match SignedTransaction::read(self.spec, tx_data) {
            Ok(transaction) => transaction,
            Err(words) => return Attempt { identity: None, outcome: Err(refused(words)) },
        };
        let identity = Some(transaction.identity());
        let sent = self.node.send(transaction, tx_data).await;
        let outcome = sent.map_err(|error| refused(error.message));
        Attempt { identity, outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        self.faucet(
            self.read_address(address)?,
            read_amount("amount", amount, DECIMALS)?,
            Bytes::new(),
        )
        .await
    }

    /// One price for every speed: the sandbox's blocks are never full.
    async fn fee(&self) -> Result<Value, ApiError> {
        let price: u64 =
            quantity(&self.node.call("eth_gasPrice", json!([])).await?)?.saturating_to();
        let block: u64 =
            quantity(&self.node.call("eth_blockNumber", json!([])).await?)?.saturating_to();
        Ok(json!({
            "chain": self.spec.ticker, "fast": price, "medium": price, "slow": price, "block": block,
        }))
    }

    async fn node(&self, request: Value) -> Result<Value, ApiError> {
        Ok(node::answer(self.spec, self.node.as_ref(), request).await)
    }

    fn token_transfer(&self, request: Value) -> Result<Draft, ApiError> {
        self.requests().token_transfer(request)
    }

    fn nft_mint(&self, request: Value) -> Result<Draft, ApiError> {
        self.requests().nft_mint(request)
    }

    fn nft_transfer(&self, request: Value) -> Result<Draft, ApiError> {
        self.requests().nft_transfer(request)
    }

    fn has_withdrawals(&self) -> bool {
        self.spec.withdrawals
    }

    async fn withdrawal(&self, request: Value) -> Result<Draft, ApiError> {
        self.requests().withdrawal(request)
    }

    fn token(&self) -> Result<Token, ApiError> {
        let address = self.token.to_checksum(None);
        Ok(Token { address, symbol: token::SYMBOL.to_owned(), decimals: token::DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        let amount = read_amount("amount", amount, token::DECIMALS)?;
        let call = token::mint(self.read_address(to)?, amount);
        self.faucet(self.token, U256::ZERO, call).await
    }
}

impl From<RpcError> for ApiError {
    fn from(error: RpcError) -> Self {
        Self::broken(format!("the node answered: {}", error.message))
    }
}

/// Puts code on chain; its address.
async fn deploy(node: &dyn Node, code: Vec<u8>) -> Result<Address> {
    let receipt = node
        .send_from_faucet(None, U256::ZERO, code.into())
        .await
        .context("the test contracts can't be deployed")?;
    let address = receipt["contractAddress"].as_str().unwrap_or_default();
    address.parse().with_context(|| format!("`{address}` is no address of a deployed contract"))
}

/// 40 hex digits after `0x`; where both letter cases occur, they are the checksum of EIP-55.
pub(crate) fn read_address(text: &str) -> Result<Address, ApiError> {
    let refused = |reason: &str| ApiError::invalid("address", text.into(), reason);
    let digits =
        text.strip_prefix("0x").ok_or_else(|| refused("an address starts with 0x; add it"))?;
    let address = text.parse().map_err(|_| refused("an address is 0x and 40 hex digits"))?;
    let lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
    let upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
    if lower && upper && Address::parse_checksummed(text, None).is_err() {
        return Err(refused("the checksum in its letter case is wrong; copy the address again"));
    }
    Ok(address)
}

fn read_amount(property: &str, text: &str, decimals: u8) -> Result<U256, ApiError> {
    amount::parse(text, decimals)
        .map_err(|error| ApiError::invalid(property, text.into(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_checksum_is_refused() {
        for good in [
            "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
            "0xFB6916095CA1DF60BB79CE92CE3EA74C37C5D359",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        ] {
            assert!(read_address(good).is_ok(), "{good}");
        }
        for bad in [
            "0xfb6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "fb6916095ca1df60bb79ce92ce3ea74c37c5d359",
            "0xfb69",
        ] {
            assert!(read_address(bad).is_err(), "{bad}");
        }
    }
}
