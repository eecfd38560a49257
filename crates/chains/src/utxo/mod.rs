//! Bitcoin and the chains that copied it.
//!
//! - **Units**: 1 coin = 10^8 satoshi (koinu on Dogecoin). Amounts are exact 64-bit numbers.
//! - **Keys**: secp256k1, BIP-32 at `m/44'/coin'/0'/0/index`, also with a hardened index; WIF.
//! - **Payload**: a transaction with all its inputs, outputs and the outputs that are spent, as the JSON of
//!   bitcore; on Bitcoin Cash as hex with the spent amounts. Nothing is asked of the network.
//! - **Signed**: the legacy, BIP-143 or BIP-341 hash of every input, by ECDSA (RFC 6979, low S) or Schnorr
//!   (BIP-340). An input that no key fits is an error.
//! - **Sent**: the lower-case hex of the transaction. Its hash is the txid: double SHA-256 of all but the
//!   witness, reversed.
//!
//! A chain of this family is a `static` in a folder of its own; Bitcoin Cash adds its payload and its
//! addresses, Dogecoin its fee rules.
//!
//! <https://github.com/bitcoin/bips/blob/master/bip-0143.mediawiki>,
//! <https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki>

mod address;
pub mod bitcoin;
pub mod bitcoin_cash;
mod cashaddr;
pub mod dogecoin;
mod draft;
mod fee;
mod intent;
mod keys;
pub mod litecoin;
mod multisig;
mod payload;
mod pending;
mod prepare;
mod script;
mod sighash;
mod spend;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, PendingTransaction};
use kms_crypto::bip32::XpubVersion;
use kms_crypto::secp256k1;

use crate::chain::Chain;
use crate::error::PayloadError;
use address::Prefixes;
use draft::Draft;
use fee::Payment;

/// A chain of the Bitcoin family, as data.
pub struct Utxo {
    spec: ChainSpec,
    /// SLIP-44 coin types.
    coin_types: ByNetwork<u32>,
    xpub: ByNetwork<XpubVersion>,
    wif: ByNetwork<WifVersions>,
    prefixes: ByNetwork<Prefixes>,
    rules: Rules,
}

/// The version bytes of WIF keys on one network.
struct WifVersions {
    /// In the keys that are written.
    own: u8,
    /// In keys that are read as well, with a warning.
    foreign: &'static [u8],
}

/// Where chains of the family differ.
struct Rules {
    /// Whether keys may be given as bare hexadecimal digits.
    hex_keys: bool,
    /// The address that a key has for the commands.
    own_address: OwnAddress,
    /// Whether the chain has segregated witness and taproot.
    segwit: bool,
    /// No amount and no sum of amounts is above it, in base units.
    max_money: u64,
    /// The most that a virtual byte may cost, in base units.
    max_fee_per_vbyte: u64,
    /// Further rules for the fee of a transaction.
    fee_rules: fn(&Payment<'_>) -> Result<(), PayloadError>,
    /// How the payload is written.
    read: Reader,
    /// Whether keys belong to inputs by their position, so that a repeated one counts.
    positional_keys: bool,
    /// How inputs other than taproot are signed.
    scheme: Scheme,
}

/// Reads a payload, given the keys that will sign.
type Reader =
    fn(&Utxo, &PendingTransaction, &[secp256k1::PublicKey]) -> Result<Draft, PayloadError>;

impl Rules {
    /// As Bitcoin itself.
    const BITCOIN: Self = Self {
        hex_keys: true,
        own_address: OwnAddress::WitnessKeyHash,
        segwit: true,
        max_money: coins(21_000_000),
        max_fee_per_vbyte: 10_000,
        fee_rules: |_| Ok(()),
        read: payload::read,
        positional_keys: false,
        scheme: Scheme::Ecdsa,
    };
}

/// The kinds of address that `getaddress` prints.
#[derive(Clone, Copy)]
enum OwnAddress {
    /// P2PKH.
    KeyHash,
    /// P2WPKH.
    WitnessKeyHash,
}

/// How a hash becomes what stands in the unlocking script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// DER, then the hash type 01.
    Ecdsa,
    /// Bitcoin Cash: BIP-143 with the hash type 41 on every input, Schnorr.
    Cash,
}

impl Chain for Utxo {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// The words of Bitcoin Core and the nodes made from it, in `sendrawtransaction` and `validation.cpp`.
    fn known_already(&self) -> &'static [&'static str] {
        &[
            "txn-already-in-mempool",
            "txn-already-known",
            "transaction already in block chain",
            "transaction outputs already in utxo set",
        ]
    }
}

const fn coins(amount: u64) -> u64 {
    amount * 100_000_000
}
