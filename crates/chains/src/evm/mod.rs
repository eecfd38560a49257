//! Ethereum and the chains that copied it.
//!
//! - **Units**: 1 coin = 10^18 base units (wei, peb, …).
//! - **Keys**: secp256k1, BIP-32 at `m/44'/coin'/0'/0/index`; coin type 1 for every chain on testnet.
//! - **Payload**: a JSON object as web3 libraries write it; what is missing (nonce, gas, price, chain id)
//!   is asked of the chain's node.
//! - **Signed**: Keccak-256 of the RLP of a legacy (EIP-155), EIP-2930 or EIP-1559 transaction, or of one
//!   of the chain's own types (Klaytn, Celo). RFC 6979, low S.
//! - **Sent**: `0x` and the lower-case hex of the signed transaction. Its hash is Keccak-256 of it.
//!
//! A chain of this family is a `static` in a folder of its own; only Klaytn and Celo add code.
//!
//! <https://eips.ethereum.org/EIPS/eip-155>, <https://eips.ethereum.org/EIPS/eip-2718>

pub(crate) mod abi;
pub(crate) mod address;
pub mod bsc;
pub mod celo;
pub mod ethereum;
pub mod harmony;
mod intent;
pub mod kcc;
mod keys;
pub mod klaytn;
pub(crate) mod number;
mod payload;
pub mod polygon;
mod prepare;
pub(crate) mod transaction;
pub mod xdc;

use kms_core::{ByNetwork, ChainSpec};

use crate::chain::Chain;
use address::Spelling;
use transaction::OwnTypes;

/// A chain of the Ethereum family, as data.
pub struct Evm {
    spec: ChainSpec,
    /// SLIP-44 coin type on mainnet.
    coin_type: u32,
    /// The chain ids (EIP-155) it has on each network; nothing else is signed.
    chain_ids: ByNetwork<&'static [u64]>,
    rules: Rules,
}

/// Where chains of the family differ.
#[derive(Clone, Copy)]
struct Rules {
    /// How addresses are written and which forms are read.
    spelling: Spelling,
    /// What the node's methods are called.
    methods: &'static Methods,
    /// Where a missing gas price is asked for.
    gas_price: PriceSource,
    /// Whether an estimate replaces the gas that the payload gives.
    always_estimates: bool,
    /// Whether a transaction's hash on chain is always the one that is computed here.
    final_hash: bool,
    /// Whether gas below Ethereum's minimum is refused before it is signed.
    minimum_gas: bool,
    /// What stands in front of a typed transaction (EIP-2718) when it is sent.
    typed_prefix: &'static [u8],
    /// Transaction types of the chain's own, if it has any.
    own_types: Option<OwnTypes>,
}

impl Rules {
    /// As Ethereum itself.
    const ETHEREUM: Self = Self {
        spelling: Spelling::Hex,
        methods: &Methods::ETH,
        gas_price: PriceSource::Node,
        always_estimates: false,
        final_hash: true,
        minimum_gas: true,
        typed_prefix: &[],
        own_types: None,
    };
}

/// The names of the JSON-RPC methods.
struct Methods {
    chain_id: &'static str,
    estimate_gas: &'static str,
    gas_price: &'static str,
    transaction_count: &'static str,
    priority_fee: &'static str,
    block: &'static str,
    by_hash: &'static str,
}

impl Methods {
    /// <https://ethereum.org/en/developers/docs/apis/json-rpc/>
    const ETH: Self = Self {
        chain_id: "eth_chainId",
        estimate_gas: "eth_estimateGas",
        gas_price: "eth_gasPrice",
        transaction_count: "eth_getTransactionCount",
        priority_fee: "eth_maxPriorityFeePerGas",
        block: "eth_getBlockByNumber",
        by_hash: "eth_getTransactionByHash",
    };
}

/// Where a missing gas price is asked for.
#[derive(Clone, Copy)]
enum PriceSource {
    /// The node.
    Node,
    /// The field `medium` (in wei) of a fee estimate of the API.
    FeeEstimate(&'static str),
}

impl Chain for Evm {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn known_already(&self) -> &'static [&'static str] {
        KNOWN_ALREADY
    }

    /// go-ethereum, `core/error.go`, `ErrNonceTooHigh`: nodes that keep nothing for later.
    fn is_too_early(&self, reason: &str) -> bool {
        reason.to_ascii_lowercase().contains("nonce too high")
    }
}

/// How nodes of the family refuse a transaction that they have already.
const KNOWN_ALREADY: &[&str] = &[
    // go-ethereum, bor, bsc, op-geth: core/txpool/errors.go, ErrAlreadyKnown; Erigon: txpoolcfg, AlreadyKnown
    "already known",
    // Nethermind: TxPool/AcceptTxResult.cs, AlreadyKnown
    "alreadyknown",
    // Besu: TransactionInvalidReason TRANSACTION_ALREADY_KNOWN; go-ethereum before 1.9.11, XDC, Klaytn and
    // Harmony, with the hash behind it: "known transaction: %x"
    "known transaction",
    // OpenEthereum: "Transaction with the same hash was already imported."
    "already imported",
];

const fn coins(amount: u128) -> u128 {
    amount * 1_000_000_000_000_000_000
}
