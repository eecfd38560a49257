//! ETH and a chain that copied it on show: coins and tokens, by private key and by mnemonic.

use alloy_primitives::{Address, B256, U256};
use anyhow::Result;
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Asset;
use super::accounts::{OnAccounts, TRANSFER, random_bytes, text_units};
use super::stage::Stage;
use crate::ethereum::{self, Spec};

/// What is shown of a chain.
pub(super) struct Ethereum {
    spec: &'static Spec,
    path: &'static str,
}

pub(super) static ETHEREUM: Ethereum =
    Ethereum { spec: &ethereum::ETHEREUM, path: "/v3/ethereum/transaction" };

pub(super) static POLYGON: Ethereum =
    Ethereum { spec: &ethereum::POLYGON, path: "/v3/polygon/transaction" };

#[async_trait]
impl OnAccounts for Ethereum {
    fn ticker(&self) -> &'static str {
        self.spec.ticker
    }

    fn decimals(&self) -> u8 {
        18
    }

    async fn new_recipient(&self, _stage: &Stage) -> Result<String> {
        Ok(Address::from_word(B256::from(random_bytes())).to_checksum(None))
    }

    fn request(&self, _from: &str, asset: &Asset, to: &str) -> Result<(&'static str, Value)> {
        let ticker = self.spec.ticker;
        Ok(match &asset.contract {
            None => (self.path, json!({ "to": to, "amount": TRANSFER, "currency": ticker })),
            Some(contract) => (
                "/v3/blockchain/token/transaction",
                json!({
                    "chain": ticker, "to": to, "amount": TRANSFER, "contractAddress": contract,
                    "digits": asset.decimals,
                }),
            ),
        })
    }

    async fn held(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256> {
        let account = format!("/v3/{}/account/balance", self.spec.path);
        let (path, decimals) = match &asset.contract {
            None => (format!("{account}/{address}"), asset.decimals),
            Some(contract) => (format!("{account}/erc20/{address}?contractAddress={contract}"), 0),
        };
        text_units(&stage.get(&path).await?["balance"], decimals)
    }
}
