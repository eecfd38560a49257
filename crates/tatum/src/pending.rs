//! The poll: which transactions wait for a signature of these wallets?

use std::fmt::{self, Display};

use kms_core::Ticker;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::body::POLL_LIMIT;
use crate::client::Client;
use crate::error::ApiError;
use crate::item::{BadItem, PendingItem};
use crate::update_notice::{PROTOCOL_HEADER, PROTOCOL_VERSION};

/// The most wallets that one poll may name.
pub const MAX_IDS: usize = 25_000;
/// The most transactions that are read from one answer; the others are handed out again.
pub const MAX_ITEMS: usize = 25_000;

/// The answer to a poll.
#[derive(Debug, Default)]
pub struct Pending {
    /// What could be read, in the order of the answer.
    pub items: Vec<PendingItem>,
    /// What could not be read; the rest is none the worse for it.
    pub bad: Vec<BadItem>,
    /// How many there were beyond [`MAX_ITEMS`].
    pub left_out: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", bound = "Ids<I>: Serialize")]
struct Question<I> {
    signature_ids: Ids<I>,
}

/// Written one after the other: no list of texts is made of them.
struct Ids<I>(I);

impl<I: Iterator<Item: Display> + Clone> Serialize for Ids<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone().map(Text))
    }
}

struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Client {
    /// Asks which transactions of `ticker` wait for one of the wallets `ids`, at most [`MAX_IDS`].
    ///
    /// Asked once: the next poll is the retry.
    ///
    /// # Errors
    /// No usable answer; see [`ApiError`].
    pub async fn pending(
        &self,
        ticker: Ticker,
        ids: impl Iterator<Item: Display> + Clone,
    ) -> Result<Pending, ApiError> {
        let url = self.url_with("/v3/kms/pending", &[ticker.0]);
        let question = Question { signature_ids: Ids(ids) };
        let mut call = self.call(Method::POST, url).of_chain(ticker).json(&question);
        drop(question);
        call.headers.insert(PROTOCOL_HEADER, HeaderValue::from_static(PROTOCOL_VERSION));
        call.limit = POLL_LIMIT;
        let reply = self.send_noticing(&call, |headers| self.notice().show(headers)).await?;
        read(&self.success(reply)?)
    }
}

/// Reads a list of transactions, each on its own.
pub(crate) fn read(body: &[u8]) -> Result<Pending, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let raw = json.deserialize_seq(Bounded).and_then(|list| json.end().map(|()| list));
    // The error's own words could repeat a part of a payload.
    let (raw, left_out) = raw.map_err(|e| {
        let problem =
            format!("no list of transactions (byte column {} of line {})", e.column(), e.line());
        ApiError::Malformed(problem)
    })?;
    let mut pending = Pending { left_out, ..Pending::default() };
    for one in raw {
        match PendingItem::read(one.get()) {
            Ok(item) => pending.items.push(item),
            Err(bad) => pending.bad.push(bad),
        }
    }
    Ok(pending)
}

/// Keeps the first [`MAX_ITEMS`] of a list as they are and counts the others.
struct Bounded;

impl<'de> Visitor<'de> for Bounded {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut kept, mut left_out) = (Vec::new(), 0);
        while kept.len() < MAX_ITEMS {
            match list.next_element()? {
                Some(one) => kept.push(one),
                None => return Ok((kept, 0)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            left_out += 1;
        }
        Ok((kept, left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_item_does_not_spoil_the_others() {
        let body = br#"[
            {"id":"a1","chain":"ETH","hashes":["w"],"serializedTransaction":"{}"},
            {"id":"a2","chain":"ETH","hashes":"w","serializedTransaction":"{}"},
            7,
            {"id":"a3","chain":"ETH","hashes":["w"],"serializedTransaction":"{}","new":{"x":[1]}}]"#;
        let pending = read(body).unwrap();
        let ids: Vec<_> = pending.items.iter().map(|i| i.transaction.id.as_str()).collect();
        assert_eq!(ids, ["a1", "a3"]);
        assert_eq!(pending.bad[0].id.as_ref().unwrap().as_str(), "a2");
        assert_eq!(pending.bad[1].id, None);
    }

    /// Numbers are read to the last bit, as JavaScript does: the content's digest is of what was shown.
    #[test]
    fn what_was_read_reads_the_same_again() {
        let number = format!("{}.1", "9".repeat(111));
        let body = format!(
            r#"[{{"id":"a1","chain":"BCH","hashes":["w"],"serializedTransaction":"x","amount":{number}}}]"#
        );
        let first = read(body.as_bytes()).unwrap();
        let shown = first.items[0].json.expose_secret();
        let again = read(format!("[{shown}]").as_bytes()).unwrap();
        assert_eq!(again.items[0].json.expose_secret(), shown);
    }

    #[test]
    fn a_list_is_read_up_to_the_limit() {
        let body = format!("[{}0]", "0,".repeat(MAX_ITEMS + 4));
        let pending = read(body.as_bytes()).unwrap();
        assert_eq!((pending.bad.len(), pending.left_out), (MAX_ITEMS, 5));
    }

    #[test]
    fn what_is_no_list_is_refused_without_being_quoted() {
        for bad in [r#"{"error":"s3cret"}"#, r#""s3cret""#, r#"[] "s3cret""#, "[s3cret]", ""] {
            let error = read(bad.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn deep_nesting_spoils_its_own_item_only() {
        let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(deep.as_bytes()).unwrap().bad.len(), 1);
    }
}
