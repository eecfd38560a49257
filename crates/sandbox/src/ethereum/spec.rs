//! What sets the chains apart.

use alloy_primitives::{Address, U256};
use serde_json::Value;

use super::own_types::{self, OwnType};
use super::read_address;
use crate::error::ApiError;

/// Everything about a chain that the rest of this folder asks for.
pub struct Spec {
    /// The name in bodies, and what the coin is called there.
    pub ticker: &'static str,
    /// The name in addresses of the API.
    pub path: &'static str,
    /// The id of its test network (EIP-155).
    pub chain_id: u64,
    /// What JSON-RPC methods may start with beside `eth_`.
    pub(super) methods: Option<&'static str>,
    /// How addresses may be written beside `0x`.
    pub(super) spelling: Spelling,
    /// How what applications ask for is written down for the daemon.
    pub(super) payload: Payload,
    /// What may stand in front of a typed transaction (EIP-2718).
    pub(super) typed_prefix: Option<u8>,
    /// Types of transactions that no other chain has.
    pub(super) own_types: &'static [OwnType],
    /// Whether withdrawals from virtual accounts leave over it.
    pub(super) withdrawals: bool,
    /// The error code of a refused broadcast.
    pub(super) refusal: &'static str,
}

/// A second way to write an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    Hex,
    /// Another prefix for the same digits.
    Prefix(&'static str),
    /// Bech32 (BIP-173) with this human-readable part.
    Bech32(&'static str),
}

/// How the API writes a transaction that is to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// Amounts in digits, as the oldest chains have it.
    Decimal,
    /// The same, but the API drops the limit of gas.
    WithoutGas,
    /// Amounts in hex.
    Hex,
    /// As ethers names things, with the chain id.
    Celo,
}

/// Ethereum; the others say where they differ.
const COMMON: Spec = Spec {
    ticker: "ETH",
    path: "ethereum",
    chain_id: 11_155_111,
    methods: None,
    spelling: Spelling::Hex,
    payload: Payload::Decimal,
    typed_prefix: None,
    own_types: &[],
    withdrawals: false,
    refusal: "ethereum.broadcast.failed",
};

/// Ethereum, Sepolia.
pub static ETHEREUM: Spec = Spec { withdrawals: true, ..COMMON };

/// BNB Smart Chain, testnet.
pub static BSC: Spec =
    Spec { ticker: "BSC", path: "bsc", chain_id: 97, refusal: "bsc.broadcast.failed", ..COMMON };

/// Polygon, Amoy.
pub static POLYGON: Spec = Spec {
    ticker: "MATIC",
    path: "polygon",
    chain_id: 80_002,
    payload: Payload::Hex,
    refusal: "polygon.broadcast.failed",
    ..COMMON
};

/// Klaytn, now Kaia: Kairos. Its nodes put 0x78 in front of Ethereum's typed transactions, and it has types
/// of its own.
pub static KLAYTN: Spec = Spec {
    ticker: "KLAY",
    path: "klaytn",
    chain_id: 1_001,
    methods: Some("klay_"),
    payload: Payload::Hex,
    typed_prefix: Some(0x78),
    own_types: own_types::KLAYTN,
    refusal: "klaytn.broadcast.failed",
    ..COMMON
};

/// Celo, Celo Sepolia. Fees can be paid in the test token.
pub static CELO: Spec = Spec {
    ticker: "CELO",
    path: "celo",
    chain_id: 11_142_220,
    payload: Payload::Celo,
    own_types: own_types::CELO,
    refusal: "celo.broadcast.failed",
    ..COMMON
};

/// Harmony, shard 0 of its testnet.
pub static HARMONY: Spec = Spec {
    ticker: "ONE",
    path: "one",
    chain_id: 1_666_700_000,
    spelling: Spelling::Bech32("one"),
    payload: Payload::Hex,
    withdrawals: true,
    refusal: "one.broadcast.failed",
    ..COMMON
};

/// XDC Network, Apothem.
pub static XDC: Spec = Spec {
    ticker: "XDC",
    path: "xdc",
    chain_id: 51,
    spelling: Spelling::Prefix("xdc"),
    payload: Payload::WithoutGas,
    refusal: "xdc.broadcast.failed",
    ..COMMON
};

/// KuCoin Community Chain, testnet.
pub static KCC: Spec = Spec {
    ticker: "KCS",
    path: "kcs",
    chain_id: 322,
    payload: Payload::Hex,
    refusal: "kcs.broadcast.failed",
    ..COMMON
};

/// All of them.
pub static CHAINS: &[&Spec] = &[&ETHEREUM, &BSC, &POLYGON, &KLAYTN, &CELO, &HARMONY, &XDC, &KCC];

impl Spec {
    /// Reads an address in any spelling of the chain.
    pub(super) fn read_address(&self, property: &str, text: &str) -> Result<Address, ApiError> {
        let refused = |reason| ApiError::invalid(property, text.into(), reason);
        match self.spelling {
            Spelling::Prefix(prefix) if text.starts_with(prefix) => {
                read_address(&format!("0x{}", text[prefix.len()..].to_ascii_lowercase()))
            }
            Spelling::Bech32(wanted) if text.starts_with(wanted) => match bech32::decode(text) {
                Ok((hrp, bytes)) if hrp.as_str() == wanted && bytes.len() == 20 => {
                    Ok(Address::from_slice(&bytes))
                }
                _ => Err(refused("the checksum is wrong; copy the address again")),
            },
            _ => read_address(text),
        }
    }

    /// A method by Ethereum's name.
    pub(super) fn method<'a>(&self, asked: &'a str) -> std::borrow::Cow<'a, str> {
        match self.methods.and_then(|prefix| asked.strip_prefix(prefix)) {
            Some("chainID") => "eth_chainId".into(),
            Some(rest) => format!("eth_{rest}").into(),
            None => asked.into(),
        }
    }

    /// An amount of base units as payloads have it.
    pub(super) fn number(&self, units: U256) -> Value {
        match self.payload {
            Payload::Decimal | Payload::WithoutGas => units.to_string().into(),
            Payload::Hex | Payload::Celo => format!("{units:#x}").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "0x69e289d63fd17042739ff7bdb96b4e7a5ea3e538";

    #[test]
    fn every_spelling_is_the_same_account() {
        let account = ACCOUNT.parse::<Address>().unwrap();
        let xdc = format!("xdc{}", &ACCOUNT[2..]);
        assert_eq!(XDC.read_address("to", &xdc).unwrap(), account);
        assert_eq!(XDC.read_address("to", ACCOUNT).unwrap(), account);
        assert!(ETHEREUM.read_address("to", &xdc).is_err());
        // An address and its spelling, recorded from Harmony's explorer.
        let one = "one1xa4ce4axcaz2y83wcwuu874cwscz0wl4rmkmjp";
        let read = HARMONY.read_address("to", one).unwrap();
        assert_eq!(format!("{read:#x}").len(), 42);
        assert!(HARMONY.read_address("to", &one.replace('4', "5")).is_err());
    }

    #[test]
    fn methods_have_a_second_name_on_klaytn() {
        assert_eq!(KLAYTN.method("klay_chainID"), "eth_chainId");
        assert_eq!(KLAYTN.method("klay_gasPrice"), "eth_gasPrice");
        assert_eq!(KLAYTN.method("eth_gasPrice"), "eth_gasPrice");
        assert_eq!(ETHEREUM.method("klay_gasPrice"), "klay_gasPrice");
    }

    #[test]
    fn no_two_chains_share_a_name() {
        for (at, one) in CHAINS.iter().enumerate() {
            for other in &CHAINS[at + 1..] {
                assert_ne!((one.ticker, one.path), (other.ticker, other.path));
                assert_ne!(one.chain_id, other.chain_id);
            }
        }
    }
}
