//! The HTTP client underneath that of Vault.

use std::fs;

use reqwest::Certificate;
use reqwest::redirect::Policy;
use vaultrs::api::EndpointMiddleware;
use vaultrs::client::{VaultClient, VaultClientSettings};

use super::{Wanted, either};
use crate::connection;
use crate::failure::Failure;
use crate::settings::Settings;

/// A client that asks this server and no other: no redirect, no proxy, and no variable that the library knows.
///
/// # Errors
/// The namespace or the file of certificates can't be used.
pub(super) fn client(settings: &Settings, wanted: &Wanted<'_>) -> Result<VaultClient, Failure> {
    let namespace = either(settings, "NAMESPACE").map(|namespace| {
        as_header(namespace).map(str::to_owned).ok_or_else(|| {
            settings.invalid("NAMESPACE", "has characters in it that no namespace has")
        })
    });
    let namespace = namespace.transpose()?;
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("tatum-kms-secrets/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy();
    if wanted.address.scheme() == "http" {
        http = http.tls_certs_only([]);
    } else if let Some(file) = either(settings, "CACERT") {
        http =
            http.tls_certs_only(certificates(file).map_err(|why| settings.invalid("CACERT", why))?);
    }
    let http = http.build().map_err(|error| Failure::Tls {
        place: wanted.address.to_string(),
        reason: connection::innermost(&error),
    })?;
    let http = rustify::clients::reqwest::Client::new(wanted.address.as_str(), http);
    let middle = EndpointMiddleware {
        token: String::new(),
        version: "v1".to_owned(),
        wrap: None,
        namespace: namespace.clone(),
    };
    let settings = VaultClientSettings {
        address: wanted.address.clone(),
        ca_certs: Vec::new(),
        identity: None,
        timeout: None,
        token: String::new(),
        verify: true,
        version: 1,
        wrapping: false,
        namespace,
        proxy: None,
    };
    Ok(VaultClient { http, middle, settings })
}

/// The certificates in a file, of which there is one at least.
fn certificates(file: &str) -> Result<Vec<Certificate>, String> {
    let bytes =
        fs::read(file).map_err(|error| format!("names `{file}`, which can't be read: {error}"))?;
    let found = Certificate::from_pem_bundle(&bytes).unwrap_or_default();
    if found.is_empty() {
        return Err(format!("names `{file}`, which has no certificate in PEM"));
    }
    Ok(found)
}

/// The text without blanks around it, if it can be a header. The library takes that for granted.
pub(super) fn as_header(text: &str) -> Option<&str> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_graphic()).then_some(text)
}
