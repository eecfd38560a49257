//! How the daemon proves that it asks, and the sandbox that it answers: HMAC-SHA-256 (RFC 2104) under a
//! secret that both have. `docs/four-eyes.md` has the texts, line by line.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::approvals::Decision;

/// Seconds that the daemon's clock may be off.
const WINDOW: u64 = 120;

/// A question as it arrived. Headers that are missing are empty.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// As it was asked for: scheme, host, port, path and query.
    pub(super) url: &'a str,
    pub(super) time: &'a str,
    pub(super) nonce: &'a str,
    pub(super) digest: &'a str,
    pub(super) content: &'a str,
    pub(super) intent: &'a str,
    pub(super) body: &'a [u8],
    pub(super) signature: &'a str,
}

/// Why a question counts for nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProofError {
    #[error(
        "the question is not signed with the secret of --approvalSecretFile; give the daemon the same one"
    )]
    Signature,
    #[error("the question is {0} seconds off; set the clocks right")]
    Time(u64),
    #[error("the question was asked before; each has a nonce of its own")]
    Replayed,
}

/// The secret, and the nonces that were seen.
pub(super) struct Proof {
    secret: SecretString,
    /// When a nonce may be forgotten, in seconds since 1970.
    seen: Mutex<HashMap<String, u64>>,
}

impl Proof {
    pub(super) fn new(secret: SecretString) -> Self {
        Self { secret, seen: Mutex::default() }
    }

    /// Whether the daemon asks, now (seconds since 1970), and for the first time.
    pub(super) fn check(&self, asked: &Signed<'_>, now: u64) -> Result<(), ProofError> {
        let tag = hex::decode(asked.signature).unwrap_or_default();
        let mac = self.mac(&asked.text());
        mac.verify_slice(&tag).map_err(|_| ProofError::Signature)?;
        let time: u64 = asked.time.parse().map_err(|_| ProofError::Signature)?;
        let off = now.abs_diff(time);
        if off > WINDOW {
            return Err(ProofError::Time(off));
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, until| *until >= now);
        match seen.insert(asked.nonce.to_owned(), now + 2 * WINDOW) {
            Some(_) => Err(ProofError::Replayed),
            None => Ok(()),
        }
    }

    /// The value of `X-KMS-Approval`.
    pub(super) fn answer(&self, nonce: &str, id: &str, digest: &str, decision: Decision) -> String {
        let word = match decision {
            Decision::Approve => "approve",
            Decision::Deny => "deny",
        };
        let text = format!("tatum-kms approval answer 1\n{nonce}\n{id}\n{digest}\n{word}");
        hex::encode(self.mac(&text).finalize().into_bytes())
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        // A key of any length will do: the error has no case.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes())
            .unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(text.as_bytes());
        mac
    }
}

impl Signed<'_> {
    fn text(&self) -> String {
        let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        [
            "tatum-kms approval request 1",
            self.method,
            self.url,
            self.time,
            self.nonce,
            self.digest,
            self.content,
            &hash(self.intent.as_bytes()),
            &hash(self.body),
        ]
        .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const NONCE: &str = "000102030405060708090a0b0c0d0e0f";

    /// The example in `docs/four-eyes.md`.
    fn example() -> (Proof, [String; 2]) {
        let proof = Proof::new("an example of a secret".to_owned().into());
        (proof, ["11".repeat(32), "22".repeat(32)])
    }

    fn question<'a>(digests: &'a [String; 2], nonce: &'a str, signature: &'a str) -> Signed<'a> {
        Signed {
            method: "GET",
            url: "https://approver.internal/kms/5e6645712b55823de7ea82f1?team=a",
            time: "1700000000",
            nonce,
            digest: &digests[0],
            content: &digests[1],
            intent: "{}",
            body: b"",
            signature,
        }
    }

    #[test]
    fn the_example_of_the_documentation_is_understood() {
        let (proof, digests) = example();
        let document = include_str!("../../../../docs/four-eyes.md");
        let signature = "ff68d3e58010768e5f75b6109774df813e42117f8437bcd68c7ebf784f422314";
        assert!(document.contains(signature));
        let asked = question(&digests, NONCE, signature);
        assert_eq!(proof.check(&asked, NOW + 121), Err(ProofError::Time(121)));
        assert_eq!(proof.check(&asked, NOW), Ok(()));
        assert_eq!(proof.check(&asked, NOW + 1), Err(ProofError::Replayed));
        let id = "5e6645712b55823de7ea82f1";
        let answer = proof.answer(NONCE, id, &digests[0], Decision::Approve);
        assert!(document.contains(&answer), "{answer}");
        assert_ne!(answer, proof.answer(NONCE, id, &digests[0], Decision::Deny));
    }

    #[test]
    fn whoever_lacks_the_secret_asks_in_vain() {
        let (_, digests) = example();
        let proof = Proof::new("another one of the secrets".to_owned().into());
        let right = "ff68d3e58010768e5f75b6109774df813e42117f8437bcd68c7ebf784f422314";
        for signature in ["", "zz", right] {
            let asked = question(&digests, NONCE, signature);
            assert_eq!(proof.check(&asked, NOW), Err(ProofError::Signature));
        }
        let (proof, _) = example();
        let asked = question(&digests, "00", right);
        assert_eq!(proof.check(&asked, NOW), Err(ProofError::Signature));
    }
}
