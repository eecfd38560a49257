//! Every chain the sandbox serves. To add one: write its folder, then its line here.

use std::sync::Arc;

use anyhow::Result;

use crate::algorand::Algorand;
use crate::binance_beacon::{self, BeaconChain};
use crate::cardano::Cardano;
use crate::chain::Chain;
use crate::ethereum::{self, ETHEREUM, Ethereum};
use crate::flow::{self, Flow};
use crate::multiversx::MultiversX;
use crate::settings::Settings;
use crate::solana::Solana;
use crate::stellar::Stellar;
use crate::tron::Tron;
use crate::utxo::{BITCOIN, BITCOIN_CASH, DOGECOIN, LITECOIN, Utxo};
use crate::vechain::{self, VeChain};
use crate::xrp::Xrp;

/// Nodes that are not behind the API: the daemon's setting for each, and the path that serves it here.
pub const NODES: &[(&str, &str)] = &[
    (binance_beacon::NODE_SETTING, binance_beacon::NODE_PATH),
    (flow::NODE_SETTING, flow::NODE_PATH),
    (vechain::NODE_SETTING, vechain::NODE_PATH),
];

/// Opens all of them.
pub async fn open(settings: &Settings) -> Result<Vec<Arc<dyn Chain>>> {
    let mut chains: Vec<Arc<dyn Chain>> = Vec::new();
    for spec in ethereum::CHAINS {
        let node = settings.eth_node.as_ref().filter(|_| spec.ticker == ETHEREUM.ticker);
        chains.push(Arc::new(Ethereum::open(spec, node).await?));
    }
    let others: [Arc<dyn Chain>; 14] = [
        Arc::new(Utxo::open(&BITCOIN, None).await?),
        Arc::new(Utxo::open(&LITECOIN, settings.ltc_node.as_ref()).await?),
        Arc::new(Utxo::open(&DOGECOIN, None).await?),
        Arc::new(Utxo::open(&BITCOIN_CASH, None).await?),
        Arc::new(Xrp::open()),
        Arc::new(Stellar::open()),
        Arc::new(Algorand::open()),
        Arc::new(Solana::open()),
        Arc::new(Tron::default()),
        Arc::new(VeChain::default()),
        Arc::new(MultiversX::default()),
        Arc::new(Cardano::default()),
        Arc::new(BeaconChain::default()),
        Arc::new(Flow::open()),
    ];
    chains.extend(others);
    Ok(chains)
}
