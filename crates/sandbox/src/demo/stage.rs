//! What the demo plays on: a sandbox, a KMS with an empty home, and a client like an application's.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::client::Application;
use crate::kms::{API_KEY, Kms, stop_daemon};
use crate::output::{print, say};
use crate::page::{Mode, PageSettings};
use crate::server::{Running, Settings};

/// Seconds between the polls of the daemon that stays.
const PERIOD: u64 = 1;

/// Everything the chains on show need.
pub(super) struct Stage {
    pub(super) kms: Kms,
    application: Application,
    sandbox: Running,
}

impl Stage {
    /// Starts the sandbox and gives the KMS a home.
    pub(super) async fn set(binary: PathBuf, port: u16) -> Result<Self> {
        let page = PageSettings { mode: Mode::Automatic, ..PageSettings::default() };
        let api_key = Some(API_KEY.to_owned());
        let sandbox =
            Running::start(Settings { api_key, page, ..Settings::default() }, port).await?;
        let base = sandbox.base_url();
        say(&format!("sandbox: a Tatum API of our own at {base}"));
        let kms = Kms::at_home(binary, &base)?;
        Ok(Self { kms, application: Application::new(base)?, sandbox })
    }

    /// Keeps the sandbox and a daemon running until Ctrl-C.
    pub(super) async fn stay(self) -> Result<()> {
        let flags = [self.kms.approver(), format!("--period={PERIOD}")];
        let mut daemon = self.kms.start_daemon(&flags)?;
        say("");
        say("The sandbox and the daemon keep running, until Ctrl-C. Open the page:");
        print(&self.sandbox.page_url());
        say(
            "Try next: set Approvals to \"Ask me\", queue a transfer from one of the wallets, read",
        );
        say("what the daemon is about to sign, and approve or deny it.");
        tokio::select! {
            ended = daemon.wait() => {
                bail!("the daemon ended with {}; it said: {}", ended?, self.kms.last_words())
            }
            pressed = tokio::signal::ctrl_c() => pressed.context("Ctrl-C can't be waited for")?,
        }
        // Ctrl-C may have reached the daemon too; what it has begun it ends.
        if daemon.try_wait()?.is_none() {
            stop_daemon(&mut daemon).await?;
        }
        Ok(())
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
