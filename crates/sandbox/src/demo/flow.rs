//! FLOW on show: coins, by private key and by mnemonic.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::json;

use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::flow::DECIMALS;
use crate::kms::Wallet;
use crate::output::say;

const MNEMONIC_INDEX: u32 = 2;

/// What each account gets, and what it sends.
const FUNDS: &str = "10";
const TRANSFER: &str = "2.5";

pub(super) struct Flow;

#[async_trait]
impl DemoChain for Flow {
    fn ticker(&self) -> &'static str {
        "FLOW"
    }

    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>> {
        say("FLOW: tatum-kms makes wallets, the chain opens accounts with their keys");
        let single = stage.kms.make_private_key("FLOW").await?;
        let mnemonic = stage.kms.make_mnemonic("FLOW", MNEMONIC_INDEX).await?;
        Ok(vec![
            self.order(stage, &single, None).await?,
            self.order(stage, &mnemonic, Some(MNEMONIC_INDEX)).await?,
        ])
    }

    async fn balance(&self, stage: &Stage, _asset: &Asset, address: &str) -> Result<U256> {
        let answer = stage.get(&format!("/v3/flow/account/{address}")).await?;
        let text = answer["balance"].as_str().context("the balance is no text")?;
        Ok(amount::parse(text, DECIMALS)?)
    }
}

impl Flow {
    async fn order(&self, stage: &Stage, wallet: &Wallet, index: Option<u32>) -> Result<Order> {
        // On this chain a wallet knows its public key only; the account is made on chain.
        let account = open(stage, &wallet.address, FUNDS).await?;
        let recipient = open(stage, &new_key(), "0").await?;
        let asset = Asset { symbol: "FLOW".to_owned(), decimals: DECIMALS, contract: None };
        let before = self.balance(stage, &asset, &recipient).await?;
        let mut request = json!({
            "account": account, "to": recipient, "amount": TRANSFER, "currency": "FLOW",
            "signatureId": wallet.signature_id,
        });
        if let Some(index) = index {
            request["index"] = index.into();
        }
        let queued = stage.post("/v3/flow/transaction", &request).await?;
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

async fn open(stage: &Stage, public_key: &str, amount: &str) -> Result<String> {
    let opening = json!({ "publicKey": public_key, "amount": amount });
    let answer = stage.post("/sandbox/FLOW/account", &opening).await?;
    Ok(answer["address"].as_str().context("the account has no address")?.to_owned())
}

/// A fresh recipient for each transfer, so that its balance tells about this one alone. Nobody signs
/// with its key.
fn new_key() -> String {
    format!("{:0>128}", uuid::Uuid::new_v4().simple().to_string())
}
