//! Bitcoin and its like on show: coins, by private key and by mnemonic.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::kms::Wallet;
use crate::output::say;
use crate::utxo::{BITCOIN, DECIMALS, DOGECOIN, Spec, p2pkh_address};

/// What is shown of a chain.
pub(super) struct Utxo {
    spec: &'static Spec,
    /// What each wallet gets, what it sends, and what it pays for that.
    funds: &'static str,
    transfer: &'static str,
    fee: &'static str,
    /// The index of the wallet that is a mnemonic, if there is one.
    index: Option<u32>,
}

pub(super) static BTC: Utxo =
    Utxo { spec: &BITCOIN, funds: "0.5", transfer: "0.125", fee: "0.00001", index: Some(3) };

pub(super) static DOGE: Utxo =
    Utxo { spec: &DOGECOIN, funds: "100", transfer: "25", fee: "0.1", index: None };

#[async_trait]
impl DemoChain for Utxo {
    fn ticker(&self) -> &'static str {
        self.spec.ticker
    }

    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        let ticker = self.spec.ticker;
        say(&format!("{ticker}: tatum-kms makes wallets, the faucet gives them coins"));
        let single = stage.kms.make_private_key(ticker).await?;
        let mut orders = vec![self.order(stage, &single, None).await?];
        if let Some(index) = self.index {
            let mnemonic = stage.kms.make_mnemonic(ticker, index).await?;
            orders.push(self.order(stage, &mnemonic, Some(index)).await?);
        }
        Ok(orders)
    }

    async fn balance(&self, stage: &Stage, _asset: &Asset, address: &str) -> Result<U256> {
        let path = format!("/v3/{}/address/balance/{address}", self.spec.path);
        let answer = stage.get(&path).await?;
        let (incoming, outgoing) = (units(&answer["incoming"])?, units(&answer["outgoing"])?);
        incoming.checked_sub(outgoing).context("more has left than has come")
    }
}

impl Utxo {
    async fn order(&self, stage: &Stage, wallet: &Wallet, index: Option<u32>) -> Result<Order> {
        let faucet = format!("/sandbox/{}/faucet", self.spec.ticker);
        let funding = json!({ "address": wallet.address, "amount": self.funds });
        stage.post(&faucet, &funding).await?;
        let recipient = new_address(self.spec);
        let asset =
            Asset { symbol: self.spec.ticker.to_owned(), decimals: DECIMALS, contract: None };
        let before = self.balance(stage, &asset, &recipient).await?;
        let path = format!("/v3/{}/transaction", self.spec.path);
        let queued = stage.post(&path, &self.request(wallet, index, &recipient)).await?;
        Ok(Order {
            pending_id: queued["signatureId"].as_str().context("no pending id")?.to_owned(),
            signed_by: index.map_or_else(
                || "private key".to_owned(),
                |index| format!("mnemonic, index {index}"),
            ),
            recipient,
            units: amount::parse(self.transfer, DECIMALS)?,
            asset,
            before,
        })
    }

    fn request(&self, wallet: &Wallet, index: Option<u32>, recipient: &str) -> Value {
        let mut from = json!({ "address": wallet.address, "signatureId": wallet.signature_id });
        if let Some(index) = index {
            from["index"] = index.into();
        }
        json!({
            "fromAddress": [from],
            "to": [{ "address": recipient, "value": self.transfer }],
            "fee": self.fee,
            "changeAddress": wallet.address,
        })
    }
}

fn units(text: &Value) -> Result<U256> {
    Ok(amount::parse(text.as_str().context("the balance is no text")?, DECIMALS)?)
}

/// A fresh recipient for each transfer, so that its balance tells about this one alone.
fn new_address(spec: &Spec) -> String {
    let mut hash = [0; 20];
    hash[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    p2pkh_address(spec, hash)
}
