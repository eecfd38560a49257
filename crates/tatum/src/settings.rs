//! What the client must be told.

use std::collections::BTreeMap;
use std::time::Duration;

use kms_core::{ApiKey, Network};
use url::{Host, Url};

use crate::error::ClientError;

/// Where the API is and how it is talked to. The binary fills it; nothing here reads the environment.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// `TATUM_API_URL`; a path in it is kept and put in front of every path of the API.
    pub base_url: Url,
    /// `TATUM_API_KEY`.
    pub api_key: ApiKey,
    /// The network the key is for. `x-testnet-type` is sent on testnet only.
    pub network: Network,
    /// `TESTNET_TYPE`.
    pub testnet_type: String,
    /// `--allowSandbox`: whether the answers of a sandbox count on mainnet.
    pub allow_sandbox: bool,
    /// Where nodes outside the API are, by the name of their setting; the chain's default elsewhere.
    pub nodes: BTreeMap<&'static str, Url>,
    /// Nodes that are asked too before something is signed anew, by the ticker of their chain.
    pub second_nodes: BTreeMap<&'static str, Url>,
    /// `TATUM_RETRIES`: how often a question is repeated, 0 for never.
    pub retries: u32,
    /// `TATUM_RETRY_DELAY`: the wait before the first repetition; it doubles from there.
    pub retry_delay: Duration,
    /// The most that making a connection may take.
    pub connect_timeout: Duration,
    /// The most that one call may take, answer included.
    pub timeout: Duration,
    /// `--rps`: the most calls a second; none for as many as the API takes.
    pub rps: Option<f64>,
    /// The most calls at once.
    pub connections: usize,
}

impl ClientSettings {
    /// The testnet that calls are for where nothing else is said.
    pub const DEFAULT_TESTNET_TYPE: &str = "ethereum-sepolia";

    /// The defaults: 5 retries from 1 s on, 10 s to connect, 30 s for a call, 32 calls at once.
    pub fn new(base_url: Url, api_key: ApiKey, network: Network) -> Self {
        Self {
            base_url,
            api_key,
            network,
            testnet_type: Self::DEFAULT_TESTNET_TYPE.to_owned(),
            allow_sandbox: false,
            nodes: BTreeMap::new(),
            second_nodes: BTreeMap::new(),
            retries: 5,
            retry_delay: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            rps: None,
            connections: 32,
        }
    }

    /// Checks address and key, so that a mistake shows before anything is sent.
    ///
    /// # Errors
    /// Plain http to another machine, an address with a query or credentials, a key no header can carry.
    pub fn validate(&self) -> Result<(), ClientError> {
        let url = &self.base_url;
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(url) => {}
            "http" => return Err(ClientError::PlainHttp(host.to_owned())),
            _ => return Err(ClientError::Address { problem: "is neither https:// nor http://" }),
        }
        if host.is_empty() {
            return Err(ClientError::Address { problem: "names no host" });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ClientError::Address { problem: "holds a user name or a password" });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ClientError::Address { problem: "has a `?` or a `#` part" });
        }
        let key = self.api_key.expose_secret();
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ClientError::ApiKey);
        }
        if !self.testnet_type.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ClientError::TestnetType);
        }
        Ok(())
    }
}

/// Whether what is sent to `url` stays on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, key: &str) -> Result<(), ClientError> {
        let key = ApiKey::new(key.to_owned());
        ClientSettings::new(url.parse().unwrap(), key, Network::Testnet).validate()
    }

    #[test]
    fn the_key_travels_over_https_or_not_beyond_this_machine() {
        for good in [
            "https://api.tatum.io",
            "https://api.tatum.io/",
            "http://127.0.0.1:3000",
            "http://[::1]/x",
            "http://localhost",
        ] {
            assert_eq!(check(good, "t-key"), Ok(()), "{good}");
        }
        let plain = check("http://api.tatum.io", "t-key").unwrap_err();
        assert_eq!(plain, ClientError::PlainHttp("api.tatum.io".to_owned()));
        assert!(check("http://localhost.example.com", "t-key").is_err());
        for bad in ["ftp://api.tatum.io", "https://u:p@api.tatum.io", "https://api.tatum.io?a=b"] {
            assert!(matches!(check(bad, "t-key"), Err(ClientError::Address { .. })), "{bad}");
        }
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused() {
        for bad in ["", "a b", "key\n", "schlüssel"] {
            assert_eq!(check("https://api.tatum.io", bad), Err(ClientError::ApiKey));
        }
    }
}
