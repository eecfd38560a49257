//! Sending a signed transaction, and telling honestly what became of it.

use kms_core::{
    ChainSpec, Outcome, PendingId, PendingTransaction, SignedTransaction, TransactionHash,
};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Call, Client, Reply};
use crate::error::{ApiError, is_transient_status};

/// The result of [`Client::broadcast`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// How it ended.
    pub outcome: Outcome,
    /// What is odd about the answer, for the log.
    pub warning: Option<String>,
    /// Whether there was an answer that says that all is well, but not of what: the transaction can be looked for at
    /// once.
    pub unclear: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnChain<'a> {
    tx_data: &'a str,
    signature_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OffChain<'a> {
    currency: &'a str,
    signature_id: &'a str,
    withdrawal_id: &'a str,
    tx_data: &'a str,
}

impl Client {
    /// Sends `signed` for the pending transaction `tx`.
    ///
    /// Repeated with the same bytes on 429 and network failures, up to the number of retries: the
    /// same bytes can't pay twice. A 4xx is [`Outcome::Refused`] only if no earlier try may have
    /// arrived. 401, 408, 429 and spent credits are [`Outcome::Unknown`]: they say nothing about the
    /// transaction, and the same bytes can be sent when the account is in order again. A refusal that
    /// has one of the words in `known_already` is [`Outcome::Sent`]: the node has these very bytes.
    pub async fn broadcast(
        &self,
        spec: &ChainSpec,
        known_already: &[&str],
        tx: &PendingTransaction,
        signed: &SignedTransaction,
    ) -> Broadcast {
        let call = self.broadcast_call(spec, tx, signed);
        let mut backoff = self.backoff();
        let mut perhaps_sent = false;
        loop {
            let result = self.send(&call).await;
            let (error, wait) = match result {
                Ok(reply) if reply.status == 429 => {
                    let wait = backoff.wait(reply.retry_after);
                    (self.refusal(reply), wait)
                }
                Ok(reply) => return self.judge(reply, &signed.hash.0, known_already, perhaps_sent),
                Err(error) => (error, backoff.wait(None)),
            };
            perhaps_sent |= matches!(error, ApiError::NoAnswer(_));
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return given_up(&error, perhaps_sent),
            }
        }
    }

    /// Tells the API which transaction completes the pending one, on chains whose transactions are sent to their
    /// node: the call that broadcasts elsewhere, with the hash in place of the bytes. May be repeated. False if the
    /// API says in so many words that the pending one is not complete by it.
    ///
    /// # Errors
    /// No usable answer; see [`ApiError`].
    pub async fn announce(
        &self,
        spec: &ChainSpec,
        id: &PendingId,
        hash: &TransactionHash,
    ) -> Result<bool, ApiError> {
        let body = OnChain { tx_data: &hash.0, signature_id: id.as_str() };
        let call = self.call(Method::POST, self.url(spec.broadcast_path));
        let answer = self.ask(&call.of_chain(spec.ticker).json(&body)).await?;
        Ok(serde_json::from_slice(&answer).map_or(true, |answer| !says_incomplete(&answer)))
    }

    fn broadcast_call(
        &self,
        spec: &ChainSpec,
        tx: &PendingTransaction,
        signed: &SignedTransaction,
    ) -> Call {
        let (tx_data, signature_id) = (signed.data.as_str(), tx.id.as_str());
        match &tx.withdrawal {
            Some(withdrawal) if spec.offchain_withdrawals => {
                let url = self.url("/v3/offchain/withdrawal/broadcast");
                let (currency, withdrawal_id) = (spec.ticker.0, withdrawal.id.as_str());
                let body = OffChain { currency, signature_id, withdrawal_id, tx_data };
                self.call(Method::POST, url).of_chain(spec.ticker).json(&body)
            }
            _ => {
                let url = self.url(spec.broadcast_path);
                let body = OnChain { tx_data, signature_id };
                self.call(Method::POST, url).of_chain(spec.ticker).json(&body)
            }
        }
    }

    /// What an answer other than 429 means.
    fn judge(
        &self,
        reply: Reply,
        hash: &str,
        known_already: &[&str],
        perhaps_sent: bool,
    ) -> Broadcast {
        let status = reply.status;
        if (200..300).contains(&status) {
            return self.accepted(reply, hash);
        }
        let error = self.refusal(reply);
        let reason = error.to_string();
        let outcome = if says_one_of(&reason, known_already) {
            Outcome::Sent { completed: false }
        } else if (400..500).contains(&status)
            && status != 401
            && !is_transient_status(status)
            && !matches!(error, ApiError::CreditsUsedUp(_))
            && !perhaps_sent
        {
            Outcome::Refused { reason }
        } else {
            Outcome::Unknown { reason }
        };
        Broadcast { outcome, warning: None, unclear: false }
    }

    /// A 2xx with a hash means that the network has it; only an explicit `failed: true` or `completed: false` means
    /// that the pending transaction was not completed with it. A 2xx without one may be anybody's: a proxy's page.
    fn accepted(&self, reply: Reply, hash: &str) -> Broadcast {
        let answer = match reply.body.map(|body| serde_json::from_slice::<Value>(&body)) {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => return unclear("it is not JSON"),
            Err(error) => return unclear(&error.to_string()),
        };
        let other = answer.get("txId").and_then(Value::as_str).unwrap_or_default();
        if other.is_empty() {
            return unclear("there is no `txId` in it");
        }
        let warning = (!same_hash(other, hash)).then(|| {
            format!("the API answers with the hash {}, ours is {hash}", self.foreign(other))
        });
        let outcome = Outcome::Sent { completed: !says_incomplete(&answer) };
        Broadcast { outcome, warning, unclear: false }
    }
}

/// Only an explicit `failed: true` or `completed: false` says that the pending transaction is not complete.
fn says_incomplete(answer: &Value) -> bool {
    let says = |member: &str, what| answer.get(member).and_then(Value::as_bool) == Some(what);
    says("failed", true) || says("completed", false)
}

fn unclear(what: &str) -> Broadcast {
    let reason = format!("the API's answer to the broadcast says nothing: {what}");
    Broadcast { outcome: Outcome::Unknown { reason }, warning: None, unclear: true }
}

fn given_up(error: &ApiError, perhaps_sent: bool) -> Broadcast {
    let reason = error.to_string();
    let outcome = match error {
        ApiError::NotSent(_) if !perhaps_sent => Outcome::NotSent { reason },
        _ => Outcome::Unknown { reason },
    };
    Broadcast { outcome, warning: None, unclear: false }
}

/// Hashes are hex with or without `0x` on most chains, in either letter case.
fn same_hash(one: &str, other: &str) -> bool {
    let plain = |hash: &str| hash.strip_prefix("0x").unwrap_or(hash).to_ascii_lowercase();
    plain(one) == plain(other)
}

/// Whether one of `words` is in `reason`, in any letter case, not as the end of a longer word: a node that
/// speaks of an "unknown transaction type" does not know the transaction.
fn says_one_of(reason: &str, words: &[&str]) -> bool {
    let reason = reason.to_ascii_lowercase();
    words.iter().any(|words| {
        reason
            .match_indices(words)
            .any(|(at, _)| !reason[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_compared_as_what_they_are() {
        assert!(same_hash("0xAB12", "ab12"));
        assert!(!same_hash("stub-txid", "0xab12"));
    }

    #[test]
    fn only_the_same_bytes_count_as_known() {
        let words = ["already known", "known transaction"];
        for known in ["Returned error: already known", "known transaction: ab12"] {
            assert!(says_one_of(known, &words), "{known}");
        }
        for other in ["unknown transaction type", "nonce too low", "insufficient funds", ""] {
            assert!(!says_one_of(other, &words), "{other}");
        }
    }
}
