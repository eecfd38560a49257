//! TRON on show: TRX and TRC-20 tokens.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Asset;
use super::accounts::{OnAccounts, TRANSFER, random_bytes};
use super::stage::Stage;
use crate::tron::{DECIMALS, address};

pub(super) struct Tron;

#[async_trait]
impl OnAccounts for Tron {
    fn ticker(&self) -> &'static str {
        "TRON"
    }

    fn symbol(&self) -> &'static str {
        "TRX"
    }

    fn decimals(&self) -> u8 {
        DECIMALS
    }

    /// One that has an account already: the API says nothing of others.
    async fn new_recipient(&self, stage: &Stage) -> Result<String> {
        let mut account = [0; 20];
        account.copy_from_slice(&random_bytes()[..20]);
        let address = address(account);
        let funding = json!({ "address": address, "amount": "1" });
        stage.post("/sandbox/TRON/faucet", &funding).await?;
        Ok(address)
    }

    fn request(&self, from: &str, asset: &Asset, to: &str) -> Result<(&'static str, Value)> {
        Ok(match &asset.contract {
            None => ("/v3/tron/transaction", json!({ "from": from, "to": to, "amount": TRANSFER })),
            Some(contract) => (
                "/v3/tron/trc20/transaction",
                json!({
                    "from": from, "to": to, "amount": TRANSFER, "tokenAddress": contract,
                    "feeLimit": 50,
                }),
            ),
        })
    }

    async fn held(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let account = stage.get(&format!("/v3/tron/account/{address}")).await?;
        let Some(contract) = &asset.contract else {
            let balance = account["balance"].as_u64().context("the balance is no number")?;
            return Ok(U256::from(balance));
        };
        let tokens = account["trc20"].as_array().context("the account lists no tokens")?;
        let held = tokens.iter().find_map(|token| token[contract].as_str());
        held.map_or(Ok(U256::ZERO), |held| Ok(held.parse()?))
    }
}
