//! Chains with accounts on show: coins and tokens, by private key and by mnemonic.

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

const MNEMONIC_INDEX: u32 = 5;

/// What each wallet gets, and what it sends.
const FUNDS: &str = "500";
pub(super) const TRANSFER: &str = "1.25";

/// What is shown of a chain with accounts.
#[async_trait]
pub(super) trait OnAccounts: Sync {
    /// Its ticker.
    fn ticker(&self) -> &'static str;

    /// What its coin is called.
    fn symbol(&self) -> &'static str {
        self.ticker()
    }

    /// Digits of the coin behind the point.
    fn decimals(&self) -> u8;

    /// A fresh recipient for each transfer, so that its balance tells about this one alone.
    async fn new_recipient(&self, stage: &Stage) -> Result<String>;

    /// The request for a transfer, without who signs it.
    fn request(&self, from: &str, asset: &Asset, to: &str) -> Result<(&'static str, Value)>;

    /// What an address holds.
    async fn held(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256>;
}

#[async_trait]
impl<T: OnAccounts> DemoChain for T {
    fn ticker(&self) -> &'static str {
        OnAccounts::ticker(self)
    }

    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        let ticker = OnAccounts::ticker(self);
        say(&format!("{ticker}: tatum-kms makes wallets, the faucet gives them coins and tokens"));
        let single = stage.kms.make_private_key(ticker).await?;
        let mnemonic = stage.kms.make_mnemonic(ticker, MNEMONIC_INDEX).await?;
        let mut orders = Vec::new();
        for (wallet, index) in [(&single, None), (&mnemonic, Some(MNEMONIC_INDEX))] {
            for path in ["faucet", "token/mint"] {
                let funding = json!({ "address": wallet.address, "amount": FUNDS });
                stage.post(&format!("/sandbox/{ticker}/{path}"), &funding).await?;
            }
            for asset in assets(self, stage).await? {
                orders.push(order(self, stage, wallet, index, asset).await?);
            }
        }
        Ok(orders)
    }

    async fn balance(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        self.held(stage, asset, address).await
    }
}

async fn assets(chain: &impl OnAccounts, stage: &Stage) -> Result<[Asset; 2]> {
    let ticker = chain.ticker();
    let token = stage.get(&format!("/sandbox/{ticker}/token")).await?;
    let Token { address, symbol, decimals } = serde_json::from_value(token)?;
    let token = Asset { symbol, decimals, contract: Some(address) };
    let symbol = chain.symbol().to_owned();
    Ok([Asset { symbol, decimals: chain.decimals(), contract: None }, token])
}

async fn order(
    chain: &impl OnAccounts,
    stage: &Stage,
    wallet: &Wallet,
    index: Option<u32>,
    asset: Asset,
) -> Result<Order> {
    let recipient = chain.new_recipient(stage).await?;
    let (path, body) = chain.request(&wallet.address, &asset, &recipient)?;
    let signed_by =
        index.map_or_else(|| "private key".to_owned(), |index| format!("mnemonic, index {index}"));
    let (signed_by, amount, recipient) = (signed_by.as_str(), TRANSFER, recipient.as_str());
    let wish = Wish { wallet, signed_by, index, asset, amount, recipient };
    wish.place(chain, stage, path, body).await
}

/// What is sent, in the smallest units.
pub(super) fn units(asset: &Asset) -> Result<U256> {
    Ok(amount::parse(TRANSFER, asset.decimals)?)
}

/// Reads a balance that the API writes as text.
pub(super) fn text_units(balance: &Value, decimals: u8) -> Result<U256> {
    Ok(amount::parse(balance.as_str().context("the balance is no text")?, decimals)?)
}

/// Bytes that nobody has had before.
pub(super) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let (left, right) = bytes.split_at_mut(16);
    left.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    right.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    bytes
}
