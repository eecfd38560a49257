//! Sending a signed transaction, and telling honestly what became of it.

use kms_core::{ChainSpec, PendingTransaction, SignedTransaction};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Call, Client, Reply};
use crate::error::{ApiError, is_transient_status};

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The network has it.
    Sent {
        /// Whether the API has completed the pending transaction too.
        completed: bool,
    },
    /// The API said no, and nothing had been sent before by this call.
    Refused {
        /// The API's words.
        reason: String,
    },
    /// It may have been sent.
    Unknown {
        /// What went wrong.
        reason: String,
    },
    /// No byte of it left the process.
    NotSent {
        /// What went wrong.
        reason: String,
    },
}

/// The result of [`Client::broadcast`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// How it ended.
    pub delivered: Delivered,
    /// What is odd about the answer, for the log.
    pub warning: Option<String>,
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
    /// same bytes can't pay twice. A 4xx is [`Delivered::Refused`] only if no earlier try may have
    /// arrived. 401, 408, 429 and spent credits are [`Delivered::Unknown`]: they say nothing about the
    /// transaction, and the same bytes can be sent when the account is in order again. A refusal that
    /// has one of the words in `known_already` is [`Delivered::Sent`]: the node has these very bytes.
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
        let delivered = if says_one_of(&reason, known_already) {
            Delivered::Sent { completed: false }
        } else if (400..500).contains(&status)
            && status != 401
            && !is_transient_status(status)
            && !matches!(error, ApiError::CreditsUsedUp(_))
            && !perhaps_sent
        {
            Delivered::Refused { reason }
        } else {
            Delivered::Unknown { reason }
        };
        Broadcast { delivered, warning: None }
    }

    /// A 2xx means that the network has it, whatever the body; only an explicit `failed: true` or
    /// `completed: false` means that the pending transaction was not completed with it.
    fn accepted(&self, reply: Reply, hash: &str) -> Broadcast {
        let answer = match reply.body.map(|body| serde_json::from_slice::<Value>(&body)) {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                return sent_with_warning("the API's answer to the broadcast is not JSON");
            }
            Err(error) => return sent_with_warning(&error.to_string()),
        };
        let failed = answer.get("failed").and_then(Value::as_bool) == Some(true);
        let incomplete = answer.get("completed").and_then(Value::as_bool) == Some(false);
        let warning = match answer.get("txId").and_then(Value::as_str) {
            Some(other) if !same_hash(other, hash) => Some(format!(
                "the API answers with the hash {}, ours is {hash}",
                self.foreign(other)
            )),
            _ => None,
        };
        Broadcast { delivered: Delivered::Sent { completed: !(failed || incomplete) }, warning }
    }
}

fn sent_with_warning(warning: &str) -> Broadcast {
    let delivered = Delivered::Sent { completed: true };
    Broadcast { delivered, warning: Some(warning.to_owned()) }
}

fn given_up(error: &ApiError, perhaps_sent: bool) -> Broadcast {
    let reason = error.to_string();
    let delivered = match error {
        ApiError::NotSent(_) if !perhaps_sent => Delivered::NotSent { reason },
        _ => Delivered::Unknown { reason },
    };
    Broadcast { delivered, warning: None }
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
