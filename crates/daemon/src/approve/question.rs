//! One question to the approval server: what it says of the transaction, and how it is signed.

use std::time::{SystemTime, UNIX_EPOCH};

use kms_chains::Unsigned;
use kms_core::{Digest, Intent, PendingId};
use kms_crypto::hash::sha256;
use kms_crypto::mac::MacKey;
use kms_crypto::seal::random_bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use url::Url;

use super::ApprovalError;
use super::settings::{Approval, ApprovalMethod};
use crate::content::Content;

/// The longest intent that is put into a header, in bytes; most servers allow 8 KiB for all of them.
const MAX_INTENT: usize = 4096;

/// What is asked. `docs/four-eyes.md` has its form, byte for byte.
pub(super) struct Question<'a> {
    pub(super) id: &'a PendingId,
    pub(super) method: ApprovalMethod,
    /// With the pending id as its last path segment.
    pub(super) url: Url,
    pub(super) digest: Digest,
    content: Content,
    intent: Option<String>,
    body: &'a str,
    time: u64,
    pub(super) nonce: String,
}

impl<'a> Question<'a> {
    /// A question of its own, with a nonce that no other has.
    pub(super) fn new(
        approval: &Approval,
        id: &'a PendingId,
        json: &'a str,
        content: Content,
        unsigned: &dyn Unsigned,
    ) -> Result<Self, ApprovalError> {
        let mut nonce = [0; 16];
        random_bytes(&mut nonce).map_err(|error| ApprovalError::NotAsked(error.to_string()))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let method = approval.method;
        Ok(Self {
            id,
            method,
            url: url_of(&approval.url, id),
            digest: unsigned.digest(),
            content,
            intent: intent_header(&unsigned.intent()),
            body: if method == ApprovalMethod::Post { json } else { "" },
            time: now.as_secs(),
            nonce: hex::encode(nonce),
        })
    }

    /// What will be signed, and what it does: `x-kms-digest` is of the bytes that get signed,
    /// `x-kms-content-digest` of the pending transaction, `x-kms-intent` is JSON in ASCII. With a
    /// secret, the rest says who asks, and when.
    pub(super) fn headers(&self, secret: Option<&MacKey>) -> HeaderMap {
        let mut texts = vec![
            ("x-kms-digest", self.digest.to_string()),
            ("x-kms-content-digest", hex::encode(self.content.0)),
        ];
        texts.extend(self.intent.clone().map(|intent| ("x-kms-intent", intent)));
        if let Some(secret) = secret {
            let signature = secret.tag(self.canonical().as_bytes());
            texts.push(("x-kms-time", self.time.to_string()));
            texts.push(("x-kms-nonce", self.nonce.clone()));
            texts.push(("x-kms-signature", hex::encode(signature)));
        }
        let mut headers = HeaderMap::new();
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
        headers
    }

    pub(super) fn body(&self) -> &'a str {
        self.body
    }

    /// The text that `x-kms-signature` is made of: nine lines, the last without an end.
    fn canonical(&self) -> String {
        let method = match self.method {
            ApprovalMethod::Get => "GET",
            ApprovalMethod::Post => "POST",
        };
        let hash = |text: &str| hex::encode(sha256(text.as_bytes()));
        [
            "tatum-kms approval request 1",
            method,
            shown(&self.url).as_str(),
            &self.time.to_string(),
            &self.nonce,
            &self.digest.to_string(),
            &hex::encode(self.content.0),
            &hash(self.intent.as_deref().unwrap_or_default()),
            &hash(self.body),
        ]
        .join("\n")
    }
}

#[cfg(fuzzing)]
impl<'a> Question<'a> {
    /// A question that is always the same.
    pub(super) fn fixed(id: &'a PendingId) -> Self {
        Self {
            id,
            method: ApprovalMethod::Get,
            url: Url::parse("https://localhost/").expect("it is one"),
            digest: Digest([0; 32]),
            content: Content([0; 32]),
            intent: None,
            body: "",
            time: 0,
            nonce: "00".to_owned(),
        }
    }
}

fn url_of(base: &Url, id: &PendingId) -> Url {
    let mut url = base.clone();
    url.set_fragment(None);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(id.as_str());
    }
    url
}

/// The URL as the server knows it: name and password travel in a header of their own.
fn shown(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only where there is no host, which the settings refuse.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// The intent as compact JSON, everything beyond printable ASCII escaped; nothing if it is too long.
pub(super) fn intent_header(intent: &Intent) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use kms_core::{Action, Asset, Fee, Network, Ticker};
    use zeroize::Zeroizing;

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
    }

    /// The example in `docs/four-eyes.md`; the tag there comes from `openssl dgst`.
    #[test]
    fn the_signed_text_is_that_of_the_documentation() {
        let id: PendingId = "5e6645712b55823de7ea82f1".parse().unwrap();
        let base = "https://me:pw@approver.internal/kms/?team=a#top".parse().unwrap();
        let question = Question {
            id: &id,
            method: ApprovalMethod::Get,
            url: url_of(&base, &id),
            digest: Digest([0x11; 32]),
            content: Content([0x22; 32]),
            intent: Some("{}".to_owned()),
            body: "",
            time: 1_700_000_000,
            nonce: "000102030405060708090a0b0c0d0e0f".to_owned(),
        };
        let secret = MacKey::new(Zeroizing::new(b"an example of a secret".to_vec()));
        let headers = question.headers(Some(&secret));
        let document = include_str!("../../../../docs/four-eyes.md");
        assert!(document.contains(&question.canonical()), "{}", question.canonical());
        let signature = headers["x-kms-signature"].to_str().unwrap();
        assert!(document.contains(signature), "{signature}");
        assert_eq!(question.headers(None).len(), 3);
    }
}
