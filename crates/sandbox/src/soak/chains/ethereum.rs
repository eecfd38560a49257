//! ETH. Some senders name nonce and fee, the others the fee or nothing.

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::json;

use super::{SoakChain, Transfer, Wish, random_bytes};
use crate::amount;
use crate::client::Application;
use crate::random::Random;
use crate::soak::senders::Sender;

/// What each sender gets; more than all transfers of a soak together.
const FUNDS: &str = "1000000";
const DECIMALS: u8 = 18;
/// Wei.
const MICRO_ETHER: u64 = 1_000_000_000_000;

/// The places of the senders that name nonce and fee: one private key, one key of the mnemonic.
const FILLED: [usize; 2] = [2, 4];

pub(super) struct Ethereum;

#[async_trait]
impl SoakChain for Ethereum {
    fn ticker(&self) -> &'static str {
        "ETH"
    }

    fn private_keys(&self) -> usize {
        3
    }

    async fn open(&self, application: &Application, sender: &Sender) -> Result<String> {
        let funding = json!({ "address": sender.address, "amount": FUNDS });
        application.post("/sandbox/ETH/faucet", &funding).await?;
        Ok(sender.address.clone())
    }

    async fn new_recipient(
        &self,
        _application: &Application,
        random: &mut Random,
    ) -> Result<String> {
        let mut word = B256::ZERO;
        word[12..].copy_from_slice(&random_bytes::<20>(random));
        Ok(Address::from_word(word).to_checksum(None))
    }

    async fn transfer(&self, wish: Wish<'_>) -> Result<Transfer> {
        let Wish { sender, recipient, by_sender, random, .. } = wish;
        let units = U256::from((1 + random.below(1_000)) * MICRO_ETHER);
        let mut body = json!({
            "to": recipient, "amount": amount::format(units, DECIMALS), "currency": "ETH",
            "signatureId": sender.signature_id,
        });
        if let Some(index) = sender.index {
            body["index"] = index.into();
        }
        let filled = FILLED.contains(&sender.place);
        if filled {
            body["nonce"] = by_sender.into();
        }
        if filled || random.chance(500_000) {
            body["fee"] = json!({ "gasLimit": "21000", "gasPrice": "3" });
        }
        Ok(Transfer { path: "/v3/ethereum/transaction", body, gains: vec![(recipient, units)] })
    }

    async fn balance(&self, application: &Application, address: &str) -> Result<U256> {
        let answer = application.get(&format!("/v3/ethereum/account/balance/{address}")).await?;
        let text = answer["balance"].as_str().context("the balance is no text")?;
        Ok(amount::parse(text, DECIMALS)?)
    }
}
