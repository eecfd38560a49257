//! ADA on show: coins, by private key and by mnemonic.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::json;

use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::cardano::{DECIMALS, enterprise_address};
use crate::kms::Wallet;
use crate::output::say;

const MNEMONIC_INDEX: u32 = 5;

/// What each wallet gets, what it sends, and what it pays for that.
const FUNDS: &str = "20";
const TRANSFER: &str = "7.5";
const FEE: &str = "0.2";

pub(super) struct Cardano;

#[async_trait]
impl DemoChain for Cardano {
    fn ticker(&self) -> &'static str {
        "ADA"
    }

    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        say("ADA: tatum-kms makes wallets, the faucet gives them coins");
        let single = stage.kms.make_private_key("ADA").await?;
        let mnemonic = stage.kms.make_mnemonic("ADA", MNEMONIC_INDEX).await?;
        Ok(vec![
            self.order(stage, &single, None).await?,
            self.order(stage, &mnemonic, Some(MNEMONIC_INDEX)).await?,
        ])
    }

    async fn balance(&self, stage: &Stage, _asset: &Asset, address: &str) -> Result<U256> {
        let answer = stage.get(&format!("/v3/ada/account/{address}")).await?;
        let text = answer[0]["value"].as_str().context("the balance is no text")?;
        Ok(amount::parse(text, 0)?)
    }
}

impl Cardano {
    async fn order(&self, stage: &Stage, wallet: &Wallet, index: Option<u32>) -> Result<Order> {
        let funding = json!({ "address": wallet.address, "amount": FUNDS });
        stage.post("/sandbox/ADA/faucet", &funding).await?;
        let recipient = new_address();
        let asset = Asset { symbol: "ADA".to_owned(), decimals: DECIMALS, contract: None };
        let before = self.balance(stage, &asset, &recipient).await?;
        let mut from = json!({ "address": wallet.address, "signatureId": wallet.signature_id });
        if let Some(index) = index {
            from["index"] = index.into();
        }
        let request = json!({
            "fromAddress": [from], "to": [{ "address": recipient, "value": TRANSFER }],
            "fee": FEE, "changeAddress": wallet.address,
        });
        let queued = stage.post("/v3/ada/transaction", &request).await?;
        Ok(Order {
            pending_id: queued["signatureId"].as_str().context("no pending id")?.to_owned(),
            signed_by: index.map_or_else(
                || "private key".to_owned(),
                |index| format!("mnemonic, index {index}"),
            ),
            recipient,
            units: amount::parse(TRANSFER, DECIMALS)?,
            asset,
            before,
        })
    }
}

/// A fresh recipient for each transfer, so that its balance tells about this one alone.
fn new_address() -> String {
    let mut key = [0; 32];
    key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    enterprise_address(&key)
}
