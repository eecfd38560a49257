//! The HTTP client of the sandbox: plain http, loopback only, through no proxy.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, redirect};
use url::{Host, Url};

/// Makes a client that follows nothing and asks no proxy.
pub fn client() -> Result<Client> {
    // The client wants a TLS provider even where no address is https. A second installation changes
    // nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        // No certificate is ever checked: the system's are not read.
        .tls_certs_only([])
        .build()
        .context("the HTTP client can't be made")
}

/// Reads the address of a node, which must be http on this machine.
pub fn loopback_url(text: &str) -> Result<Url> {
    let url = Url::parse(text).with_context(|| format!("`{text}` is not an address"))?;
    if url.scheme() != "http" || !is_loopback(&url) {
        bail!("`{text}` is not http on loopback; give an address such as http://127.0.0.1:8545");
    }
    Ok(url)
}

/// True for `localhost`, 127.0.0.0/8 and ::1.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_on_loopback_is_a_node() {
        for good in ["http://127.0.0.1:8545", "http://localhost", "http://[::1]:1/path"] {
            assert!(loopback_url(good).is_ok(), "{good}");
        }
        for bad in ["https://127.0.0.1", "http://10.0.0.1", "http://localhost.example", "nonsense"]
        {
            assert!(loopback_url(bad).is_err(), "{bad}");
        }
    }
}
