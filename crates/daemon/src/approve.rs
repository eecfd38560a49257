//! Four-eyes: the operator's own server sees each transaction before it is signed, and must agree.

use std::time::Duration;

use kms_chains::Unsigned;
use kms_core::{Digest, Intent};
use kms_tatum::{PendingItem, Roots, builder};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use url::{Host, Url};

use crate::content::Content;
use crate::settings::{Approval, ApprovalMethod};

/// The most that one question may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest intent that is put into a header, in bytes; most servers allow 8 KiB for all of them.
const MAX_INTENT: usize = 4096;

/// Why nothing was signed: three different things, and only the first is an answer.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// A 4xx.
    #[error("the approval server denied it ({status})")]
    Denied {
        /// The HTTP status.
        status: u16,
    },
    /// No answer in time, or no connection.
    #[error("the approval server did not answer; see that it runs: {0}")]
    Unreachable(String),
    /// An answer that is neither yes nor no.
    #[error("the approval server answered {status}, which is neither a yes (2xx) nor a no (4xx)")]
    Error {
        /// The HTTP status.
        status: u16,
    },
    /// The client could not be set up.
    #[error("the approval server can't be asked: {0}")]
    Setup(String),
}

/// Asks the approval server, where there is one.
pub(crate) struct Approver(Option<(reqwest::Client, Approval)>);

impl Approver {
    pub(crate) fn new(approval: Option<&Approval>) -> Result<Self, ApprovalError> {
        let Some(approval) = approval else { return Ok(Self(None)) };
        let plain = approval.url.scheme() == "http";
        if plain && !is_loopback(&approval.url) {
            tracing::warn!(
                "the approval server is asked over plain http; whoever sits in between can agree in its place"
            );
        }
        let roots = if plain { Roots::None } else { Roots::System };
        let client = builder(TIMEOUT, TIMEOUT, roots)
            .build()
            .map_err(|e| ApprovalError::Setup(without_url(e)))?;
        Ok(Self(Some((client, approval.clone()))))
    }

    /// Asks whether `item`, ready to sign as `unsigned`, may be signed. Any 2xx is a yes.
    pub(crate) async fn approve(
        &self,
        item: &PendingItem,
        content: Content,
        unsigned: &dyn Unsigned,
    ) -> Result<(), ApprovalError> {
        let Some((client, approval)) = &self.0 else { return Ok(()) };
        let mut url = approval.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(item.transaction.id.as_str());
        }
        let request = match approval.method {
            ApprovalMethod::Get => client.get(url),
            ApprovalMethod::Post => client
                .post(url)
                .header(CONTENT_TYPE, "application/json")
                .body(item.json.expose_secret().to_owned()),
        };
        let headers = headers(unsigned.digest(), content, &unsigned.intent());
        let answer = request.headers(headers).send().await;
        let answer = answer.map_err(|e| ApprovalError::Unreachable(without_url(e)))?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ 400..=499 => Err(ApprovalError::Denied { status }),
            status => Err(ApprovalError::Error { status }),
        }
    }
}

/// What will be signed, and what it does: `x-kms-digest` is of the bytes that get signed,
/// `x-kms-content-digest` of the pending transaction, `x-kms-intent` is JSON in ASCII.
fn headers(digest: Digest, content: Content, intent: &Intent) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let texts = [
        ("x-kms-digest", Some(digest.to_string())),
        ("x-kms-content-digest", Some(hex::encode(content.0))),
        ("x-kms-intent", intent_header(intent)),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The intent as compact JSON, everything beyond printable ASCII escaped; nothing if it is too long.
fn intent_header(intent: &Intent) -> Option<String> {
    let json = serde_json::to_string(intent).ok()?;
    let mut ascii = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some(c @ ' '..='~') => ascii.push(c),
            _ => ascii.push_str(&format!("\\u{unit:04x}")),
        }
    }
    (ascii.len() <= MAX_INTENT).then_some(ascii)
}

/// An error's words without the address, which may hold a password.
fn without_url(error: reqwest::Error) -> String {
    let error = error.without_url();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    kms_tatum::escaped(&format!("{error}{}", cause.unwrap_or_default()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use kms_core::{Action, Asset, Fee, Network, Ticker};

    use super::*;

    fn intent(to: &str) -> Intent {
        let asset = Asset::Native { symbol: "ETH".to_owned(), decimals: 18 };
        let (from, amount) = (None, "1".to_owned());
        Intent {
            chain: Ticker("ETH"),
            network: Network::Testnet,
            from: vec!["0xa".to_owned()],
            actions: vec![Action::Transfer {
                asset: asset.clone(),
                from,
                to: to.to_owned(),
                amount,
            }],
            max_fee: Fee { asset, amount: "2".to_owned() },
        }
    }

    #[test]
    fn the_intent_is_ascii_and_still_the_same_json() {
        let odd = "zoë \u{7f}\u{1f600}\n";
        let header = intent_header(&intent(odd)).unwrap();
        assert!(header.bytes().all(|b| (b' '..=b'~').contains(&b)), "{header}");
        let back: serde_json::Value = serde_json::from_str(&header).unwrap();
        assert_eq!(back["actions"][0]["to"], odd);
    }

    #[test]
    fn a_long_intent_is_left_out() {
        assert_eq!(intent_header(&intent(&"x".repeat(5000))), None);
        let headers = headers(Digest([1; 32]), Content([2; 32]), &intent(&"x".repeat(5000)));
        assert_eq!(headers.len(), 2);
    }
}
