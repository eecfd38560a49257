//! Ethereum, on the sandbox's own ledger or on a node that runs elsewhere on this machine.
//!
//! - units: wei; amounts in requests are ETH with up to 18 digits behind the point, gas prices gwei
//! - chain id: 11155111 (Sepolia)
//! - what is broadcast: RLP or EIP-2718 bytes of a type 0, 1 or 2 transaction, as hex
//!
//! The ledger is its own (`own.rs`: revm, a block for each transaction) or that of another node
//! (`outside.rs`: Foundry's anvil). Both answer Ethereum's JSON-RPC, and everything else here asks
//! them in its words.

mod assembler;
mod evm;
mod ledger;
mod node;
mod outside;
mod own;
mod pool;
mod request;
mod routes;
mod rpc;
pub mod token;
mod transaction;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use anyhow::{Context, Result};
use async_trait::async_trait;
use axum::Router;
use serde_json::{Value, json};
use url::Url;

use self::node::{Node, RpcError, quantity};
use self::outside::OutsideNode;
use self::own::OwnNode;
use self::transaction::SignedTransaction;
use crate::amount;
use crate::chain::{Attempt, Chain, Token};
use crate::error::ApiError;
use crate::page::{Form, Sender};
use crate::pending::{Draft, PendingList};

/// The id of Sepolia, the test network the sandbox stands in for.
pub const CHAIN_ID: u64 = 11_155_111;

const DECIMALS: u8 = 18;

/// Ethereum's ledger and its test token.
pub struct Ethereum {
    node: Box<dyn Node>,
    token: Address,
}

impl Ethereum {
    /// Opens its own ledger, or goes to the node at an address, and deploys the test token there.
    pub async fn open(node: Option<&Url>) -> Result<Self> {
        let node: Box<dyn Node> = match node {
            Some(url) => Box::new(OutsideNode::open(url.clone()).await?),
            None => Box::new(OwnNode::new()?),
        };
        let receipt = node
            .send_from_faucet(None, U256::ZERO, token::init_code().into())
            .await
            .context("the test token can't be deployed")?;
        let address = receipt["contractAddress"].as_str().unwrap_or_default();
        let token = address
            .parse()
            .with_context(|| format!("`{address}` is no address of a deployed token"))?;
        Ok(Self { node, token })
    }

    /// The nonces on chain by sender, where the ledger is the sandbox's own.
    fn nonces(&self) -> Option<BTreeMap<String, Vec<u64>>> {
        let nonces = self.node.nonces()?;
        Some(nonces.into_iter().map(|(sender, list)| (format!("{sender:#x}"), list)).collect())
    }

    async fn balance(&self, address: &str) -> Result<U256, ApiError> {
        let address = read_address(address)?;
        let answer = self.node.call("eth_getBalance", json!([address, "latest"])).await?;
        Ok(quantity(&answer)?)
    }

    async fn token_balance(&self, contract: &str, address: &str) -> Result<U256, ApiError> {
        let (contract, address) = (read_address(contract)?, read_address(address)?);
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
        let address = read_address(address)?;
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
        "ETH"
    }

    fn path(&self) -> &'static str {
        "ethereum"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form {
            memo: Some("data"),
            constants: &[("currency", "ETH")],
            ..Form::of(Sender::Wallet)
        })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Router {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let refused = |words| ApiError::refused("ethereum.broadcast.failed", words);
        let transaction = match SignedTransaction::read(tx_data) {
            Ok(transaction) => transaction,
            Err(words) => return Attempt { identity: None, outcome: Err(refused(words)) },
        };
        let identity = Some(transaction.identity());
        let sent = self.node.send(transaction, tx_data).await;
        let outcome = sent.map_err(|error| refused(error.message));
        Attempt { identity, outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        self.faucet(read_address(address)?, read_amount("amount", amount, DECIMALS)?, Bytes::new())
            .await
    }

    /// One price for every speed: the sandbox's blocks are never full.
    async fn fee(&self) -> Result<Value, ApiError> {
        let price: u64 =
            quantity(&self.node.call("eth_gasPrice", json!([])).await?)?.saturating_to();
        let block: u64 =
            quantity(&self.node.call("eth_blockNumber", json!([])).await?)?.saturating_to();
        Ok(json!({
            "chain": "ETH", "fast": price, "medium": price, "slow": price, "block": block,
        }))
    }

    async fn node(&self, request: Value) -> Result<Value, ApiError> {
        Ok(node::answer(self.node.as_ref(), request).await)
    }

    fn token_transfer(&self, request: Value) -> Result<Draft, ApiError> {
        request::token_transfer(request)
    }

    fn token(&self) -> Result<Token, ApiError> {
        let address = self.token.to_checksum(None);
        Ok(Token { address, symbol: token::SYMBOL.to_owned(), decimals: token::DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        let amount = read_amount("amount", amount, token::DECIMALS)?;
        let call = token::mint(read_address(to)?, amount);
        self.faucet(self.token, U256::ZERO, call).await
    }
}

impl From<RpcError> for ApiError {
    fn from(error: RpcError) -> Self {
        Self::broken(format!("the node answered: {}", error.message))
    }
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
