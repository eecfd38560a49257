//! What an application knows of its own: what was asked for, and what must come of it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::senders::{Home, Sender};
use crate::amount;
use crate::client::Application;
use crate::random::Random;
use crate::utxo::{BITCOIN, DECIMALS, p2pkh_address};

/// Of each chain.
const RECIPIENTS: usize = 16;

/// What each account gets; more than all transfers of a soak together.
const ETHER: &str = "1000000";
const ETHER_DECIMALS: u8 = 18;
const MICRO_ETHER: u64 = 1_000_000_000_000;

/// A coin for each transfer, in satoshi.
const COIN: u64 = 100_000;
const FEE: u64 = 2_000;
const LEAST: u64 = 10_000;

/// The application: it queues transfers and keeps the books.
pub(super) struct Books {
    application: Application,
    senders: Vec<Sender>,
    random: Random,
    recipients: BTreeMap<&'static str, Vec<String>>,
    /// What an address must hold in the end, in the smallest units.
    pub(super) balances: BTreeMap<(&'static str, String), U256>,
    /// How many ETH transfers each sender has.
    pub(super) transfers: BTreeMap<String, u64>,
    /// The pending ids, in the order of queueing.
    pub(super) queued: Vec<String>,
}

impl Books {
    /// Gives every ETH sender its coins.
    pub(super) async fn open(
        application: Application,
        senders: &[Sender],
        seed: u64,
    ) -> Result<Self> {
        for sender in senders.iter().filter(|sender| sender.home != Home::Bitcoin) {
            let funding = json!({ "address": sender.address, "amount": ETHER });
            application.post("/sandbox/ETH/faucet", &funding).await?;
        }
        let mut random = Random::new(seed);
        let ethereum = (0..RECIPIENTS).map(|_| ethereum_address(&mut random)).collect();
        let bitcoin = (0..RECIPIENTS).map(|_| bitcoin_address(&mut random)).collect();
        Ok(Self {
            application,
            senders: senders.to_vec(),
            random,
            recipients: BTreeMap::from([("ETH", ethereum), ("BTC", bitcoin)]),
            balances: BTreeMap::new(),
            transfers: BTreeMap::new(),
            queued: Vec::new(),
        })
    }

    /// Queues one more transfer of some sender to some recipient.
    pub(super) async fn queue(&mut self) -> Result<()> {
        let place = self.random.place(self.senders.len());
        let sender = self.senders[place].clone();
        let recipients = &self.recipients[sender.chain()];
        let recipient = recipients[self.random.place(recipients.len())].clone();
        let (path, body) = match sender.home {
            Home::Bitcoin => self.bitcoin(&sender, recipient).await?,
            _ => self.ethereum(&sender, recipient),
        };
        let answer = self.application.post(path, &body).await?;
        let id = answer["signatureId"].as_str().context("no pending id")?;
        self.queued.push(id.to_owned());
        Ok(())
    }

    fn ethereum(&mut self, sender: &Sender, recipient: String) -> (&'static str, Value) {
        let units = U256::from((1 + self.random.below(1_000)) * MICRO_ETHER);
        let number = self.transfers.entry(sender.address.clone()).or_default();
        let mut body = json!({
            "to": recipient, "amount": amount::format(units, ETHER_DECIMALS), "currency": "ETH",
            "signatureId": sender.signature_id,
        });
        if let Some(index) = sender.index {
            body["index"] = index.into();
        }
        let filled = sender.home == Home::EthereumFilled;
        if filled {
            body["nonce"] = (*number).into();
        }
        if filled || self.random.chance(500_000) {
            body["fee"] = json!({ "gasLimit": "21000", "gasPrice": "3" });
        }
        *number += 1;
        *self.balances.entry(("ETH", recipient)).or_default() += units;
        ("/v3/ethereum/transaction", body)
    }

    /// With a coin of its own, so that nothing but a second payment can spend it.
    async fn bitcoin(&mut self, sender: &Sender, to: String) -> Result<(&'static str, Value)> {
        let funding = json!({ "address": sender.address, "amount": satoshi(COIN) });
        let funded = self.application.post("/sandbox/BTC/faucet", &funding).await?;
        let units = LEAST + self.random.below(LEAST);
        let mut coin = json!({
            "txHash": funded["txId"], "index": 0, "signatureId": sender.signature_id,
        });
        if let Some(index) = sender.index {
            coin["signatureIdIndex"] = index.into();
        }
        let body = json!({
            "fromUTXO": [coin],
            "to": [{ "address": to, "value": satoshi(units) }],
            "fee": satoshi(FEE),
            "changeAddress": sender.address,
        });
        let change = U256::from(COIN - FEE - units);
        *self.balances.entry(("BTC", to)).or_default() += U256::from(units);
        *self.balances.entry(("BTC", sender.address.clone())).or_default() += change;
        Ok(("/v3/bitcoin/transaction", body))
    }

    /// What an address holds, in the smallest units.
    pub(super) async fn balance(&self, chain: &str, address: &str) -> Result<U256> {
        let units = |text: &Value, decimals| -> Result<U256> {
            Ok(amount::parse(text.as_str().context("the balance is no text")?, decimals)?)
        };
        if chain == "ETH" {
            let path = format!("/v3/ethereum/account/balance/{address}");
            return units(&self.application.get(&path).await?["balance"], ETHER_DECIMALS);
        }
        let path = format!("/v3/bitcoin/address/balance/{address}");
        let answer = self.application.get(&path).await?;
        let incoming = units(&answer["incoming"], DECIMALS)?;
        let outgoing = units(&answer["outgoing"], DECIMALS)?;
        incoming.checked_sub(outgoing).context("more has left than has come")
    }

    /// The nonces on chain, by sender.
    pub(super) async fn nonces(&self) -> Result<BTreeMap<String, Vec<u64>>> {
        Ok(serde_json::from_value(self.application.get("/sandbox/ETH/nonces").await?)?)
    }
}

fn satoshi(units: u64) -> String {
    amount::format(U256::from(units), DECIMALS)
}

fn random_bytes(random: &mut Random) -> [u8; 20] {
    let mut bytes = [0; 20];
    for byte in &mut bytes {
        *byte = random.number().to_le_bytes()[0];
    }
    bytes
}

fn ethereum_address(random: &mut Random) -> String {
    let mut word = B256::ZERO;
    word[12..].copy_from_slice(&random_bytes(random));
    Address::from_word(word).to_checksum(None)
}

fn bitcoin_address(random: &mut Random) -> String {
    p2pkh_address(&BITCOIN, random_bytes(random))
}
