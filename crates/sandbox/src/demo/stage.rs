//! What the demo plays on: a sandbox, a KMS with an empty home, and a client like an application's.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use crate::client::Application;
use crate::kms::{API_KEY, Kms};
use crate::output::say;
use crate::server::{Running, Settings};

/// Everything the chains on show need.
pub(super) struct Stage {
    pub(super) kms: Kms,
    application: Application,
    _sandbox: Running,
}

impl Stage {
    /// Starts the sandbox and gives the KMS a home.
    pub(super) async fn set(binary: PathBuf) -> Result<Self> {
        let settings = Settings { api_key: Some(API_KEY.to_owned()), ..Settings::default() };
        let sandbox = Running::start(settings, 0).await?;
        let base = sandbox.base_url();
        say(&format!("sandbox: a Tatum API of our own at {base}"));
        let kms = Kms::at_home(binary, &base)?;
        Ok(Self { kms, application: Application::new(base)?, _sandbox: sandbox })
    }

    /// Asks the API.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        self.application.get(path).await
    }

    /// Tells the API.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.application.post(path, body).await
    }
}
