//! What the demo plays on: a sandbox, a KMS with an empty home, and a client like an application's.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::kms::{API_KEY, Kms};
use crate::output::say;
use crate::server::{Running, Settings};

/// Everything the chains on show need.
pub(super) struct Stage {
    pub(super) kms: Kms,
    sandbox: Running,
    client: reqwest::Client,
}

impl Stage {
    /// Starts the sandbox and gives the KMS a home.
    pub(super) async fn set(binary: PathBuf) -> Result<Self> {
        let settings = Settings { api_key: Some(API_KEY.to_owned()), ..Settings::default() };
        let sandbox = Running::start(settings, 0).await?;
        say(&format!("sandbox: a Tatum API of our own at {}", sandbox.base_url()));
        let kms = Kms::at_home(binary, &sandbox.base_url())?;
        Ok(Self { kms, sandbox, client: crate::http::client()? })
    }

    /// Asks the API.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        self.send(self.client.get(self.url(path)), path).await
    }

    /// Tells the API.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(self.client.post(self.url(path)).json(body), path).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url())
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
