//! ETH and the chains that copied it. Some senders name nonce and fee, the others the fee or nothing.

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::json;

use super::{SoakChain, Transfer, Wish, random_bytes};
use crate::amount;
use crate::client::Application;
use crate::ethereum::{self, Spec};
use crate::random::Random;
use crate::soak::senders::Sender;

/// What each sender gets; more than all transfers of a soak together.
const FUNDS: &str = "1000000";
const DECIMALS: u8 = 18;
/// Wei.
const MICRO_ETHER: u64 = 1_000_000_000_000;

/// The places of the senders that name nonce and fee: one private key, one key of the mnemonic.
const FILLED: [usize; 2] = [2, 4];

/// A chain of the family.
pub(super) struct Ethereum {
    spec: &'static Spec,
    path: &'static str,
    private_keys: usize,
    indices: &'static [u32],
}

pub(super) static ETHEREUM: Ethereum = Ethereum {
    spec: &ethereum::ETHEREUM,
    path: "/v3/ethereum/transaction",
    private_keys: 3,
    indices: &[0, 7],
};

pub(super) static BSC: Ethereum = few(&ethereum::BSC, "/v3/bsc/transaction");
pub(super) static POLYGON: Ethereum = few(&ethereum::POLYGON, "/v3/polygon/transaction");
pub(super) static KLAYTN: Ethereum = few(&ethereum::KLAYTN, "/v3/klaytn/transaction");
pub(super) static CELO: Ethereum = few(&ethereum::CELO, "/v3/celo/transaction");
pub(super) static HARMONY: Ethereum = few(&ethereum::HARMONY, "/v3/one/transaction");
pub(super) static XDC: Ethereum = few(&ethereum::XDC, "/v3/xdc/transaction");
pub(super) static KCC: Ethereum = few(&ethereum::KCC, "/v3/kcs/transaction");

/// With two senders: what they sign differs from ETH in the chain id, hardly in more.
const fn few(spec: &'static Spec, path: &'static str) -> Ethereum {
    Ethereum { spec, path, private_keys: 1, indices: &[3] }
}

#[async_trait]
impl SoakChain for Ethereum {
    fn ticker(&self) -> &'static str {
        self.spec.ticker
    }

    fn private_keys(&self) -> usize {
        self.private_keys
    }

    fn indices(&self) -> &'static [u32] {
        self.indices
    }

    async fn open(&self, application: &Application, sender: &Sender) -> Result<String> {
        let funding = json!({ "address": sender.address, "amount": FUNDS });
        application.post(&format!("/sandbox/{}/faucet", self.spec.ticker), &funding).await?;
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
            "to": recipient, "amount": amount::format(units, DECIMALS), "currency": self.spec.ticker,
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
        Ok(Transfer { path: self.path, body, gains: vec![(recipient, units)] })
    }

    async fn balance(&self, application: &Application, address: &str) -> Result<U256> {
        let answer =
            application.get(&format!("/v3/{}/account/balance/{address}", self.spec.path)).await?;
        let text = answer["balance"].as_str().context("the balance is no text")?;
        Ok(amount::parse(text, DECIMALS)?)
    }
}
