//! SOL on show: coins and tokens, by private key and by mnemonic. The daemon itself sends them to the
//! node.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::json;

use super::order::Wish;
use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::chain::Token;
use crate::kms::Wallet;
use crate::output::say;
use crate::solana::{DECIMALS, new_address};

/// What each wallet gets, and what it sends: coins, tokens.
const FUNDS: [&str; 2] = ["5", "100"];
const TRANSFERS: [&str; 2] = ["0.75", "12.5"];

pub(super) struct Solana;

#[async_trait]
impl DemoChain for Solana {
    fn ticker(&self) -> &'static str {
        "SOL"
    }

    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        say("SOL: tatum-kms makes two wallets, the faucet gives them coins and test tokens");
        let single = stage.kms.make_private_key("SOL").await?;
        // The first key of a mnemonic stands beside it, and signs without an index.
        let mnemonic = stage.kms.make_mnemonic("SOL", 0).await?;
        let token: Token = serde_json::from_value(stage.get("/sandbox/SOL/token").await?)?;
        let mut orders = Vec::new();
        for (wallet, signed_by) in [(&single, "private key"), (&mnemonic, "mnemonic")] {
            for (path, amount) in
                ["/sandbox/SOL/faucet", "/sandbox/SOL/token/mint"].iter().zip(FUNDS)
            {
                stage.post(path, &json!({ "address": wallet.address, "amount": amount })).await?;
            }
            orders.push(self.send_coins(stage, wallet, signed_by).await?);
            orders.push(self.send_tokens(stage, wallet, signed_by, &token).await?);
        }
        Ok(orders)
    }

    async fn balance(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let (path, decimals) = match &asset.contract {
            None => (format!("/v3/solana/account/balance/{address}"), asset.decimals),
            Some(mint) => (format!("/v3/blockchain/token/balance/SOL/{mint}/{address}"), 0),
        };
        let answer = stage.get(&path).await?;
        let text = answer["balance"].as_str().context("the balance is no text")?;
        Ok(amount::parse(text, decimals)?)
    }
}

impl Solana {
    async fn send_coins(&self, stage: &Stage, wallet: &Wallet, signed_by: &str) -> Result<Order> {
        let (recipient, amount) = (new_address(), TRANSFERS[0]);
        let asset = Asset { symbol: "SOL".to_owned(), decimals: DECIMALS, contract: None };
        let body = json!({ "from": wallet.address, "to": recipient, "amount": amount });
        let wish = Wish { wallet, signed_by, index: None, asset, amount, recipient: &recipient };
        wish.place(self, stage, "/v3/solana/transaction", body).await
    }

    /// To an owner who has no account for them yet.
    async fn send_tokens(
        &self,
        stage: &Stage,
        wallet: &Wallet,
        signed_by: &str,
        token: &Token,
    ) -> Result<Order> {
        let (recipient, amount) = (new_address(), TRANSFERS[1]);
        let body = json!({
            "chain": "SOL", "from": wallet.address, "to": recipient, "amount": amount,
            "contractAddress": token.address, "digits": token.decimals,
        });
        let asset = Asset {
            symbol: token.symbol.clone(),
            decimals: token.decimals,
            contract: Some(token.address.clone()),
        };
        let wish = Wish { wallet, signed_by, index: None, asset, amount, recipient: &recipient };
        wish.place(self, stage, "/v3/blockchain/token/transaction", body).await
    }
}
