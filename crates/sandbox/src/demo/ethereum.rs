//! ETH on show: coins and tokens, by private key and by mnemonic.

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::chain::Token;
use crate::kms::Wallet;
use crate::output::say;

const MNEMONIC_INDEX: u32 = 7;

/// What each wallet gets, and what it sends: coins, tokens.
const FUNDS: [&str; 2] = ["2", "1000"];
const TRANSFERS: [&str; 2] = ["0.25", "125.5"];

pub(super) struct Ethereum;

#[async_trait]
impl DemoChain for Ethereum {
    fn ticker(&self) -> &'static str {
        "ETH"
    }

    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        say("ETH: tatum-kms makes a private-key wallet and a mnemonic wallet");
        let single = stage.kms.make_private_key("ETH").await?;
        let mnemonic = stage.kms.make_mnemonic("ETH", MNEMONIC_INDEX).await?;
        say("ETH: the faucet gives both of them coins and test tokens");
        let token: Token = serde_json::from_value(stage.get("/sandbox/ETH/token").await?)?;
        for wallet in [&single, &mnemonic] {
            fund(stage, &wallet.address).await?;
        }
        say("ETH: an application asks for four transfers, naming wallets by signature id only");
        let by_mnemonic = format!("mnemonic, index {MNEMONIC_INDEX}");
        let mut orders = Vec::new();
        for (wallet, index, signed_by) in
            [(&single, None, "private key"), (&mnemonic, Some(MNEMONIC_INDEX), &by_mnemonic)]
        {
            for asset in assets(&token) {
                orders.push(self.order(stage, wallet, index, signed_by, asset).await?);
            }
        }
        Ok(orders)
    }

    async fn balance(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let account = "/v3/ethereum/account/balance";
        let (path, decimals) = match &asset.contract {
            None => (format!("{account}/{address}"), asset.decimals),
            Some(contract) => (format!("{account}/erc20/{address}?contractAddress={contract}"), 0),
        };
        let answer = stage.get(&path).await?;
        let text = answer["balance"].as_str().context("the balance is no text")?;
        Ok(amount::parse(text, decimals)?)
    }
}

impl Ethereum {
    async fn order(
        &self,
        stage: &Stage,
        wallet: &Wallet,
        index: Option<u32>,
        signed_by: &str,
        asset: Asset,
    ) -> Result<Order> {
        let recipient = new_address();
        let amount = TRANSFERS[usize::from(asset.contract.is_some())];
        let before = self.balance(stage, &asset, &recipient).await?;
        let (path, mut body) = request(&asset, &recipient, amount);
        body["signatureId"] = json!(wallet.signature_id);
        if let Some(index) = index {
            body["index"] = index.into();
        }
        let queued = stage.post(path, &body).await?;
        Ok(Order {
            pending_id: queued["signatureId"].as_str().context("no pending id")?.to_owned(),
            signed_by: signed_by.to_owned(),
            recipient,
            units: amount::parse(amount, asset.decimals)?,
            asset,
            before,
        })
    }
}

fn request(asset: &Asset, recipient: &str, amount: &str) -> (&'static str, Value) {
    match &asset.contract {
        None => (
            "/v3/ethereum/transaction",
            json!({ "to": recipient, "amount": amount, "currency": "ETH" }),
        ),
        Some(contract) => (
            "/v3/blockchain/token/transaction",
            json!({
                "chain": "ETH", "to": recipient, "amount": amount, "contractAddress": contract,
                "digits": asset.decimals,
            }),
        ),
    }
}

fn assets(token: &Token) -> [Asset; 2] {
    let coin = Asset { symbol: "ETH".to_owned(), decimals: 18, contract: None };
    let token = Asset {
        symbol: token.symbol.clone(),
        decimals: token.decimals,
        contract: Some(token.address.clone()),
    };
    [coin, token]
}

async fn fund(stage: &Stage, address: &str) -> Result<()> {
    for (path, amount) in ["/sandbox/ETH/faucet", "/sandbox/ETH/token/mint"].iter().zip(FUNDS) {
        stage.post(path, &json!({ "address": address, "amount": amount })).await?;
    }
    Ok(())
}

/// A fresh recipient for each transfer, so that its balance tells about this one alone.
fn new_address() -> String {
    let random = [*uuid::Uuid::new_v4().as_bytes(), *uuid::Uuid::new_v4().as_bytes()].concat();
    Address::from_word(B256::from_slice(&random)).to_checksum(None)
}
