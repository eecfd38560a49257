//! What can be set from outside.

use std::path::PathBuf;

use url::Url;

use crate::faults::FaultSettings;
use crate::page::PageSettings;
use crate::utxo::NodeAt;

/// What a sandbox is opened with.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The only API key to accept; any but the empty one where none is set.
    pub api_key: Option<String>,
    /// A node on loopback that keeps the ledger of ETH, in place of the sandbox's own.
    pub eth_node: Option<Url>,
    /// A node on loopback that keeps the ledger of LTC.
    pub ltc_node: Option<NodeAt>,
    /// What goes wrong on purpose.
    pub faults: FaultSettings,
    /// The page at `/`.
    pub page: PageSettings,
    /// What is kept beyond the end of the process, and whether it can be repeated.
    pub memory: Memory,
}

/// How a sandbox remembers.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Makes ids, hashes and times those of every other run with the same seed and the same requests.
    pub seed: Option<u64>,
    /// Keeps what happened; see `history/`.
    pub file: Option<PathBuf>,
}
