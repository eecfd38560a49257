//! Chains with outputs. Each transfer spends a coin of its own, so that nothing but a second payment can
//! spend it.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{SoakChain, Transfer, Wish, random_bytes};
use crate::amount;
use crate::client::Application;
use crate::random::Random;
use crate::soak::senders::Sender;

/// Such a chain. Amounts are in the smallest units.
pub(super) struct Coins {
    pub(super) ticker: &'static str,
    pub(super) decimals: u8,
    pub(super) faucet: &'static str,
    /// Where transfers are asked for.
    pub(super) path: &'static str,
    /// What the coin of a transfer is worth, and what it pays for being moved.
    pub(super) coin: u64,
    pub(super) fee: u64,
    /// At least so much is sent, and less than twice that.
    pub(super) least: u64,
    pub(super) recipient: fn([u8; 32]) -> String,
    /// Where an address is seen.
    pub(super) address: fn(&str) -> String,
    /// What it holds, in the smallest units.
    pub(super) balance: fn(&Value) -> Result<U256>,
}

#[async_trait]
impl SoakChain for Coins {
    fn ticker(&self) -> &'static str {
        self.ticker
    }

    /// Coins come with each transfer.
    async fn open(&self, _application: &Application, sender: &Sender) -> Result<String> {
        Ok(sender.address.clone())
    }

    async fn new_recipient(
        &self,
        _application: &Application,
        random: &mut Random,
    ) -> Result<String> {
        Ok((self.recipient)(random_bytes(random)))
    }

    async fn transfer(&self, wish: Wish<'_>) -> Result<Transfer> {
        let Wish { application, sender, recipient, random, .. } = wish;
        let text = |units: u64| amount::format(U256::from(units), self.decimals);
        let funding = json!({ "address": sender.address, "amount": text(self.coin) });
        let funded = application.post(self.faucet, &funding).await?;
        let mut coin = json!({
            "txHash": funded["txId"], "index": 0, "signatureId": sender.signature_id,
        });
        if let Some(index) = sender.index {
            coin["signatureIdIndex"] = index.into();
        }
        let units = self.least + random.below(self.least);
        let body = json!({
            "fromUTXO": [coin],
            "to": [{ "address": recipient, "value": text(units) }],
            "fee": text(self.fee),
            "changeAddress": sender.address,
        });
        let change = U256::from(self.coin - self.fee - units);
        let gains = vec![(recipient, U256::from(units)), (sender.address.clone(), change)];
        Ok(Transfer { path: self.path, body, gains })
    }

    async fn balance(&self, application: &Application, address: &str) -> Result<U256> {
        (self.balance)(&application.get(&(self.address)(address)).await?)
    }
}

/// A member that is a decimal text.
pub(super) fn units(answer: &Value, name: &str, decimals: u8) -> Result<U256> {
    let text = answer[name].as_str().with_context(|| format!("`{name}` is no text"))?;
    Ok(amount::parse(text, decimals)?)
}
