//! What a soak must know of each chain: who can send, how a transfer is asked for, and what an address
//! holds.

mod accounts;
mod algorand;
mod binance_beacon;
mod bitcoin;
mod cardano;
mod coins;
mod ethereum;
mod flow;
mod multiversx;
mod solana;
mod stellar;
mod tron;
mod vechain;
mod xrp;

use alloy_primitives::U256;
use anyhow::Result;
use async_trait::async_trait;
use serde_json::Value;

use super::senders::Sender;
use crate::client::Application;
use crate::random::Random;

/// Every chain on which a soak can send. To add one: write its file, then its line here.
pub(super) static CHAINS: &[&dyn SoakChain] = &[
    &ethereum::ETHEREUM,
    &ethereum::BSC,
    &ethereum::POLYGON,
    &ethereum::KLAYTN,
    &ethereum::CELO,
    &ethereum::HARMONY,
    &ethereum::XDC,
    &ethereum::KCC,
    &bitcoin::BITCOIN,
    &xrp::XRP,
    &stellar::STELLAR,
    &algorand::ALGORAND,
    &solana::SOLANA,
    &tron::TRON,
    &vechain::VECHAIN,
    &multiversx::MULTIVERSX,
    &cardano::CARDANO,
    &binance_beacon::BINANCE_BEACON,
    &flow::FLOW,
];

/// A chain on which transfers are soaked.
#[async_trait]
pub(super) trait SoakChain: Sync {
    /// Its ticker.
    fn ticker(&self) -> &'static str;

    /// How many senders are private keys.
    fn private_keys(&self) -> usize {
        2
    }

    /// The indices of those that are keys of one mnemonic; none where wallets hold no mnemonic.
    fn indices(&self) -> &'static [u32] {
        &[0, 7]
    }

    /// Whether a sender's next transfer may be asked for only when its last is completed: the API
    /// gives transactions their number when they are asked for.
    fn one_at_a_time(&self) -> bool {
        false
    }

    /// Gives a sender what it needs on chain; answers its address there.
    async fn open(&self, application: &Application, sender: &Sender) -> Result<String>;

    /// An address for transfers to go to.
    async fn new_recipient(&self, application: &Application, random: &mut Random)
    -> Result<String>;

    /// Makes the request for a transfer.
    async fn transfer(&self, wish: Wish<'_>) -> Result<Transfer>;

    /// What an address holds, in the smallest units.
    async fn balance(&self, application: &Application, address: &str) -> Result<U256>;
}

/// What is wanted of a chain.
pub(super) struct Wish<'a> {
    pub(super) application: &'a Application,
    pub(super) sender: &'a Sender,
    pub(super) recipient: String,
    /// How many transfers were asked for before.
    pub(super) before: u64,
    /// How many of them this sender has.
    pub(super) by_sender: u64,
    pub(super) random: &'a mut Random,
}

/// A transfer as it is asked for.
pub(super) struct Transfer {
    pub(super) path: &'static str,
    pub(super) body: Value,
    /// Who has how much more afterwards, in the smallest units.
    pub(super) gains: Vec<(String, U256)>,
}

/// Bytes for an address of which nobody has the key.
fn random_bytes<const N: usize>(random: &mut Random) -> [u8; N] {
    [(); N].map(|()| random.number().to_le_bytes()[0])
}
