//! Which chain, which network, and what is fixed about them.

use std::fmt;

/// The currency code under which the Tatum API knows a chain, for example `ETH`.
///
/// A string rather than an enum on purpose: there is nothing to `match` on outside the chain's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticker(pub &'static str);

impl fmt::Display for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Mainnet or testnet. Which testnet is a matter of the API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// Real money.
    Mainnet,
    /// The chain's public test network.
    Testnet,
}

impl Network {
    /// The network that a `testnet` flag, as stored with every wallet, stands for.
    pub fn from_testnet(testnet: bool) -> Self {
        if testnet { Self::Testnet } else { Self::Mainnet }
    }

    /// The value of the `testnet` flag.
    pub fn is_testnet(self) -> bool {
        self == Self::Testnet
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
        })
    }
}

/// A value for each network.
#[derive(Clone, Copy, Debug)]
pub struct ByNetwork<T> {
    /// On mainnet.
    pub mainnet: T,
    /// On testnet.
    pub testnet: T,
}

impl<T> ByNetwork<T> {
    /// The value on `network`.
    pub fn get(&self, network: Network) -> &T {
        match network {
            Network::Mainnet => &self.mainnet,
            Network::Testnet => &self.testnet,
        }
    }
}

/// What is fixed about a chain: its names, its unit and where the API serves it.
#[derive(Debug)]
pub struct ChainSpec {
    /// The code in `--chain`, in wallets and in pending transactions.
    pub ticker: Ticker,
    /// The name for people.
    pub name: &'static str,
    /// The symbol of the native coin today, for people (`POL` where the ticker is `MATIC`).
    pub symbol: &'static str,
    /// Decimals between the coin and its base unit (18 for wei).
    pub decimals: u8,
    /// Where the chain's node is.
    pub node: NodeHost,
    /// API path that broadcasts a signed transaction and completes the pending one.
    pub broadcast_path: &'static str,
    /// Whether a pending transaction with a withdrawal goes to the virtual-account endpoint instead.
    pub offchain_withdrawals: bool,
    /// The most that one transaction may pay in fees, in base units, unless the operator says otherwise.
    pub fee_cap: u128,
}

/// Where the node of a chain is asked.
#[derive(Clone, Copy, Debug)]
pub enum NodeHost {
    /// Behind the API: its path, without the API key that follows it.
    Gateway(ByNetwork<&'static str>),
    /// On a host of its own, which gets no API key.
    Outside {
        /// The setting that says where, for closed networks.
        setting: &'static str,
        /// The address where the setting does not say, without a slash at its end.
        url: ByNetwork<&'static str>,
    },
}

impl NodeHost {
    /// Behind the API, at the same path for both networks.
    pub const fn gateway(path: &'static str) -> Self {
        Self::Gateway(ByNetwork { mainnet: path, testnet: path })
    }

    /// The path behind the API on `network`; nothing where the node is elsewhere.
    pub fn gateway_path(&self, network: Network) -> Option<&'static str> {
        match self {
            Self::Gateway(path) => Some(path.get(network)),
            Self::Outside { .. } => None,
        }
    }
}
