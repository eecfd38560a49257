//! A client of the sandbox, as applications are.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::kms::API_KEY;

/// Asks and tells the API.
#[derive(Clone)]
pub(crate) struct Application {
    base: String,
    client: reqwest::Client,
}

impl Application {
    pub(crate) fn new(base: String) -> Result<Self> {
        Ok(Self { base, client: crate::http::client()? })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.send(self.client.get(self.url(path)), path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(self.client.post(self.url(path)).json(body), path).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> Result<Value> {
        let answer = request
            .header("x-api-key", API_KEY)
            .send()
            .await
            .with_context(|| format!("the sandbox does not answer {path}"))?;
        let status = answer.status();
        let body: Value = answer.json().await.with_context(|| format!("{path} gave no JSON"))?;
        if !status.is_success() {
            bail!("the sandbox refused {path} with {status}: {body}");
        }
        Ok(body)
    }
}
