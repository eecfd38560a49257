//! What a request is for, as far as faults are concerned.

use std::fmt;
use std::str::FromStr;

use axum::http::Method;

use super::rule::RuleError;
use crate::chains::NODES;

/// The kinds of requests that the daemon makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// What waits for a signature?
    Poll,
    /// A signed transaction, for the API or for a node.
    Broadcast,
    /// A question to a node: calls, fees, counts, outputs, and signatures of the API's own.
    Rpc,
    /// Completing by hand.
    Put,
    /// Errors of pending transactions.
    Report,
    /// What is known of a pending transaction?
    Details,
}

const NAMES: [(&str, Endpoint); 6] = [
    ("poll", Endpoint::Poll),
    ("broadcast", Endpoint::Broadcast),
    ("rpc", Endpoint::Rpc),
    ("put", Endpoint::Put),
    ("report", Endpoint::Report),
    ("details", Endpoint::Details),
];

impl Endpoint {
    /// Sorts a request; none for those of applications and of people. That a question to a node is a
    /// transaction, only its body and the chain can tell.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        if NODES.iter().any(|(_, node)| path.starts_with(node)) {
            return Some(Self::Rpc);
        }
        let path = path.strip_prefix("/v3/")?;
        if path.starts_with("kms/pending/") {
            return Some(Self::Poll);
        }
        if path.starts_with("kms/") {
            return match *method {
                Method::PUT => Some(Self::Put),
                Method::GET => Some(Self::Details),
                _ => None,
            };
        }
        let asks_a_node =
            ["/web3/", "/node/", "blockchain/fee/", "/count/", "/utxo/", "/proposal/"];
        match path {
            "tatum/kms/batch" => Some(Self::Report),
            _ if path.ends_with("/broadcast") => Some(Self::Broadcast),
            _ if path.ends_with("/sign") => Some(Self::Rpc),
            _ if asks_a_node.iter().any(|part| path.contains(part)) => Some(Self::Rpc),
            _ => None,
        }
    }
}

impl FromStr for Endpoint {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let found = NAMES.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, endpoint)| *endpoint)
            .ok_or_else(|| RuleError::Endpoint(text.escape_debug().to_string()))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = NAMES.iter().find(|(_, endpoint)| endpoint == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_sorted() {
        for (method, path, expected) in [
            (Method::POST, "/v3/kms/pending/ETH", "poll"),
            (Method::POST, "/v3/ethereum/broadcast", "broadcast"),
            (Method::POST, "/v3/offchain/withdrawal/broadcast", "broadcast"),
            (Method::POST, "/v3/ethereum/web3/key", "rpc"),
            (Method::GET, "/v3/blockchain/fee/ETH", "rpc"),
            (Method::GET, "/v3/bitcoin/utxo/aa/0", "rpc"),
            (Method::POST, "/v3/blockchain/node/ETH/key", "rpc"),
            (Method::GET, "/v3/egld/node/key/network/config", "rpc"),
            (Method::GET, "/sandbox/VET/node/blocks/best", "rpc"),
            (Method::GET, "/sandbox/BNB/node/api/v1/node-info", "rpc"),
            (Method::GET, "/v3/flow/proposal/true", "rpc"),
            (Method::POST, "/v3/flow/sign", "rpc"),
            (Method::PUT, "/v3/kms/1/0x1", "put"),
            (Method::GET, "/v3/kms/1", "details"),
            (Method::POST, "/v3/tatum/kms/batch", "report"),
        ] {
            let endpoint = Endpoint::of(&method, path).unwrap();
            assert_eq!(
                (endpoint.to_string().as_str(), endpoint),
                (expected, expected.parse().unwrap())
            );
        }
        for (method, path) in [
            (Method::POST, "/v3/ethereum/transaction"),
            (Method::DELETE, "/v3/kms/1"),
            (Method::GET, "/sandbox/pending"),
        ] {
            assert_eq!(Endpoint::of(&method, path), None, "{path}");
        }
    }
}
