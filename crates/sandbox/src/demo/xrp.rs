//! XRP on show: coins and an issued currency, over trust lines that are signed first.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::order::Wish;
use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::chain::Token;
use crate::kms::Wallet;
use crate::output::say;

/// What each wallet gets, and what is sent: coins, tokens.
const FUNDS: [&str; 2] = ["50", "100"];
const TRANSFERS: [&str; 2] = ["12.5", "10.25"];

/// Digits behind the point of the coin.
const DECIMALS: u8 = 6;

pub(super) struct Xrp;

#[async_trait]
impl DemoChain for Xrp {
    fn ticker(&self) -> &'static str {
        "XRP"
    }

    /// The API numbers a transaction when it is asked for, so that each has a wallet of its own.
    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        say("XRP: tatum-kms makes wallets, the faucet gives them coins");
        let [first, second, holder] =
            [wallet(stage).await?, wallet(stage).await?, wallet(stage).await?];
        let token: Token = serde_json::from_value(stage.get("/sandbox/XRP/token").await?)?;
        say("XRP: the daemon signs trust lines, over which test tokens come");
        for wallet in [&second, &holder] {
            trust(stage, wallet, &token).await?;
        }
        stage.kms.run_asking_daemon_once("XRP").await?;
        let minting = json!({ "address": second.address, "amount": FUNDS[1] });
        stage.post("/sandbox/XRP/token/mint", &minting).await?;
        let coin = Asset { symbol: "XRP".to_owned(), decimals: DECIMALS, contract: None };
        let (symbol, decimals) = (token.symbol.clone(), token.decimals);
        let issued = Asset { symbol, decimals, contract: Some(token.address) };
        let mut orders = Vec::new();
        for (wallet, asset, amount) in
            [(&first, coin, TRANSFERS[0]), (&second, issued, TRANSFERS[1])]
        {
            let recipient = holder.address.as_str();
            let mut body =
                json!({ "fromAccount": wallet.address, "to": recipient, "amount": amount });
            if let Some(issuer) = &asset.contract {
                body["token"] = json!(asset.symbol);
                body["issuerAccount"] = json!(issuer);
            }
            let (signed_by, index) = ("private key", None);
            let wish = Wish { wallet, signed_by, index, asset, amount, recipient };
            orders.push(wish.place(self, stage, "/v3/xrp/transaction", body).await?);
        }
        Ok(orders)
    }

    async fn balance(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let answer = stage.get(&format!("/v3/xrp/account/{address}/balance")).await?;
        if asset.contract.is_none() {
            return units(&answer["balance"], 0);
        }
        let holdings = answer["assets"].as_array().context("the assets are no list")?;
        let holding = holdings.iter().find(|one| one["currency"] == asset.symbol.as_str());
        holding.map_or(Ok(U256::ZERO), |one| units(&one["balance"], asset.decimals))
    }
}

async fn wallet(stage: &Stage) -> Result<Wallet> {
    let wallet = stage.kms.make_private_key("XRP").await?;
    let funding = json!({ "address": wallet.address, "amount": FUNDS[0] });
    stage.post("/sandbox/XRP/faucet", &funding).await?;
    Ok(wallet)
}

async fn trust(stage: &Stage, wallet: &Wallet, token: &Token) -> Result<()> {
    let body = json!({
        "fromAccount": wallet.address, "issuerAccount": token.address, "token": token.symbol,
        "limit": "1000000", "signatureId": wallet.signature_id,
    });
    stage.post("/v3/xrp/trust", &body).await.map(drop)
}

fn units(text: &Value, decimals: u8) -> Result<U256> {
    Ok(amount::parse(text.as_str().context("the balance is no text")?, decimals)?)
}
