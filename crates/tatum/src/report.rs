//! Telling the API which transactions failed, so that it can tell the application.

use kms_core::PendingId;
use reqwest::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::ApiError;

/// A transaction that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub id: PendingId,
    /// Why, in words that may leave the perimeter: they end up in the application's web hook.
    pub reason: String,
}

#[derive(Serialize)]
struct Report<'a> {
    errors: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    signature_id: &'a str,
    error: &'a str,
}

impl Client {
    /// Reports all failures of a pass in one call. Nothing is sent when there is none.
    ///
    /// # Errors
    /// The API did not take the report.
    pub async fn report(&self, failures: &[Failure]) -> Result<(), ApiError> {
        if failures.is_empty() {
            return Ok(());
        }
        let entries =
            failures.iter().map(|f| Entry { signature_id: f.id.as_str(), error: &f.reason });
        let report = Report { errors: entries.collect() };
        let call = self.call(Method::POST, self.url("/v3/tatum/kms/batch")).json(&report);
        self.ask(&call).await.map(drop)
    }
}
