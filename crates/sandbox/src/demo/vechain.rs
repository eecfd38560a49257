//! VET on show: coins and VIP-180 tokens, which are called with `data`.

use alloy_primitives::{Address, U256};
use anyhow::Result;
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Asset;
use super::accounts::{OnAccounts, TRANSFER, random_bytes, text_units, units};
use super::stage::Stage;
use crate::ethereum::token;
use crate::vechain::DECIMALS;

pub(super) struct VeChain;

#[async_trait]
impl OnAccounts for VeChain {
    fn ticker(&self) -> &'static str {
        "VET"
    }

    fn decimals(&self) -> u8 {
        DECIMALS
    }

    async fn new_recipient(&self, _stage: &Stage) -> Result<String> {
        Ok(Address::from_slice(&random_bytes()[..20]).to_checksum(None))
    }

    fn request(&self, _from: &str, asset: &Asset, to: &str) -> Result<(&'static str, Value)> {
        let body = match &asset.contract {
            None => json!({ "to": to, "amount": TRANSFER }),
            Some(contract) => {
                let data = token::transfer(to.parse()?, units(asset)?);
                json!({ "to": contract, "amount": "0", "data": data })
            }
        };
        Ok(("/v3/vet/transaction", body))
    }

    async fn held(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let path = match asset.contract {
            None => "/v3/vet/account/balance",
            Some(_) => "/sandbox/VET/token/balance",
        };
        let answer = stage.get(&format!("{path}/{address}")).await?;
        text_units(&answer["balance"], asset.decimals)
    }
}
