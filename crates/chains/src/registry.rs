//! Every chain the KMS serves. To add one: write its folder, then its line here.

use kms_core::Ticker;

use crate::chain::Chain;
use crate::{
    algorand, binance_beacon, cardano, evm, flow, multiversx, solana, stellar, tokens, tron, utxo,
    vechain, xrp,
};

/// The chains, in the order in which the daemon polls them.
pub static CHAINS: &[&dyn Chain] = &[
    &algorand::ALGORAND,
    &evm::bsc::BSC,
    &evm::celo::CELO,
    &evm::ethereum::ETHEREUM,
    &evm::harmony::HARMONY,
    &evm::kcc::KCC,
    &evm::klaytn::KLAYTN,
    &evm::polygon::POLYGON,
    &evm::xdc::XDC,
    &utxo::bitcoin::BITCOIN,
    &utxo::bitcoin_cash::BITCOIN_CASH,
    &utxo::dogecoin::DOGECOIN,
    &utxo::litecoin::LITECOIN,
    &tron::TRON,
    &vechain::VECHAIN,
    &multiversx::MULTIVERSX,
    &cardano::CARDANO,
    &binance_beacon::BEACON_CHAIN,
    &flow::FLOW,
    &solana::SOLANA,
    &stellar::STELLAR,
    &xrp::XRP,
];

/// No chain has this code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownChain {
    /// It is a token; wallets are made for its chain.
    #[error("{token} is a token; use its chain, {chain}")]
    Token {
        /// The token's code.
        token: &'static str,
        /// The chain it lives on.
        chain: Ticker,
    },
    /// It is nothing known.
    #[error("chain {0:?} is not known; there are {list}", list = list())]
    Unknown(String),
}

/// The chain with the code `ticker`, in any letter case.
///
/// # Errors
/// There is none; if it is the code of a token, the error says which chain to use.
pub fn find(ticker: &str) -> Result<&'static dyn Chain, UnknownChain> {
    if let Some(chain) =
        CHAINS.iter().find(|chain| chain.spec().ticker.0.eq_ignore_ascii_case(ticker))
    {
        return Ok(*chain);
    }
    match tokens::chain_of(ticker) {
        Some((token, chain)) => Err(UnknownChain::Token { token, chain }),
        None => Err(UnknownChain::Unknown(ticker.chars().take(20).collect())),
    }
}

fn list() -> String {
    let mut tickers: Vec<&str> = CHAINS.iter().map(|chain| chain.spec().ticker.0).collect();
    tickers.sort_unstable();
    tickers.join(", ")
}
