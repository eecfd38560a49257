//! One pending transaction: what the API knows of it, and marking it complete.

use kms_core::{PendingId, TransactionHash};
use reqwest::Method;
use serde_json::Value;

use crate::client::Client;
use crate::error::ApiError;

/// What the API knows of a pending transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Details {
    /// It knows none with this id (any more).
    Missing,
    /// It waits for its signature.
    Waiting,
    /// It has been completed.
    Completed {
        /// With the transaction of this hash, shortened and escaped.
        hash: String,
    },
}

impl Client {
    /// Looks a pending transaction up.
    ///
    /// # Errors
    /// No usable answer; see [`ApiError`].
    pub async fn details(&self, id: &PendingId) -> Result<Details, ApiError> {
        let call = self.call(Method::GET, self.url_with("/v3/kms", &[id.as_str()]));
        let body = match self.ask(&call).await {
            Err(ApiError::Status { status: 404, .. }) => return Ok(Details::Missing),
            // So is an id that the API does not know; other kinds of 403 say nothing about it.
            Err(ApiError::Status { status: 403, message }) if message.contains("kms.missing") => {
                return Ok(Details::Missing);
            }
            other => other?,
        };
        let item: Value = serde_json::from_slice(&body)
            .map_err(|_| ApiError::Malformed("the details are not JSON".to_owned()))?;
        Ok(match item.get("txId").and_then(Value::as_str) {
            Some(hash) if !hash.is_empty() => Details::Completed { hash: self.foreign(hash) },
            _ => Details::Waiting,
        })
    }

    /// Marks a pending transaction complete: it was sent with the hash `hash`. May be repeated.
    ///
    /// # Errors
    /// The API did not take it.
    pub async fn complete(&self, id: &PendingId, hash: &TransactionHash) -> Result<(), ApiError> {
        let url = self.url_with("/v3/kms", &[id.as_str(), &hash.0]);
        self.ask(&self.call(Method::PUT, url)).await.map(drop)
    }
}
