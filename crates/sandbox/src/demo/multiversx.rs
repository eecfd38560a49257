//! EGLD on show: coins and ESDT tokens, which are moved by `data`.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Asset;
use super::accounts::{OnAccounts, TRANSFER, random_bytes, text_units, units};
use super::stage::Stage;
use crate::kms::API_KEY;
use crate::multiversx::{DECIMALS, address, token_transfer};

pub(super) struct MultiversX;

#[async_trait]
impl OnAccounts for MultiversX {
    fn ticker(&self) -> &'static str {
        "EGLD"
    }

    fn decimals(&self) -> u8 {
        DECIMALS
    }

    async fn new_recipient(&self, _stage: &Stage) -> Result<String> {
        Ok(address(random_bytes()))
    }

    fn request(&self, from: &str, asset: &Asset, to: &str) -> Result<(&'static str, Value)> {
        let mut body = json!({ "from": from, "to": to, "amount": TRANSFER });
        if let Some(token) = &asset.contract {
            body["amount"] = "0".into();
            let units = units(asset)?.try_into().ok().context("the amount is too large")?;
            body["data"] = token_transfer(token, units).into();
        }
        Ok(("/v3/egld/transaction", body))
    }

    async fn held(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let Some(token) = &asset.contract else {
            let answer = stage.get(&format!("/v3/egld/account/balance/{address}")).await?;
            return text_units(&answer["balance"], asset.decimals);
        };
        let path = format!("/v3/egld/node/{API_KEY}/address/{address}/esdt/{token}");
        text_units(&stage.get(&path).await?["data"]["tokenData"]["balance"], 0)
    }
}
