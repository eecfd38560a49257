//! The real `tatum-kms`, run in a directory and an environment of its own.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// Made up: the sandbox takes what it was told to take.
pub const API_KEY: &str = "sandbox-demo-key";

/// Guards wallets that are deleted a moment later.
pub const PASSWORD: &str = "a password for trying only";

const TIME_LIMIT: Duration = Duration::from_secs(180);

/// A wallet the KMS has made.
#[derive(Debug)]
pub struct Wallet {
    /// The id applications know it by.
    pub signature_id: String,
    /// Its address, at the index that was asked for.
    pub address: String,
}

/// The program and its home.
pub struct Kms {
    binary: PathBuf,
    home: TempDir,
    api: String,
}

impl Kms {
    /// Makes an empty home.
    pub fn at_home(binary: PathBuf, api: &str) -> Result<Self> {
        let home = TempDir::with_prefix("tatum-kms-").context("no temporary directory")?;
        Ok(Self { binary, home, api: api.to_owned() })
    }

    /// Where its wallets are.
    pub fn store(&self) -> PathBuf {
        self.home.path().join("wallet.dat")
    }

    /// Whether it has a chain; an older one may not.
    pub async fn knows(&self, chain: &str) -> Result<bool> {
        match self.run(&["generatewallet", chain, "--testnet"]).await {
            Ok(_) => Ok(true),
            Err(error) if error.to_string().contains("is not known") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// `generatemanagedprivatekeybatch`: a wallet that is one private key.
    pub async fn make_private_key(&self, chain: &str) -> Result<Wallet> {
        let args = ["generatemanagedprivatekeybatch", chain, "1", "--testnet"];
        let wallet = self.ask(&args).await?;
        Ok(Wallet {
            signature_id: field(&wallet, "signatureId")?,
            address: field(&wallet, "address")?,
        })
    }

    /// `generatemanagedwallet` and `getaddress`: a mnemonic, and its address at an index.
    pub async fn make_mnemonic(&self, chain: &str, index: u32) -> Result<Wallet> {
        let wallet = self.ask(&["generatemanagedwallet", chain, "--testnet"]).await?;
        let signature_id = field(&wallet, "signatureId")?;
        let address = self.ask(&["getaddress", &signature_id, &index.to_string()]).await?;
        Ok(Wallet { address: field(&address, "address")?, signature_id })
    }

    /// `daemon --runOnce`: signs what waits on a chain, and ends.
    pub async fn run_daemon_once(&self, chain: &str) -> Result<()> {
        let (chain, key) = (format!("--chain={chain}"), format!("--apiKey={API_KEY}"));
        self.run(&["daemon", "--testnet", "--runOnce", &chain, &key]).await.map(drop)
    }

    async fn ask(&self, args: &[&str]) -> Result<Value> {
        let output = self.run(args).await?;
        serde_json::from_str(&output)
            .with_context(|| format!("`tatum-kms {}` printed no JSON", args[0]))
    }

    async fn run(&self, args: &[&str]) -> Result<String> {
        let what = args[0];
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .arg("--path")
            .arg(self.store())
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("TATUM_API_URL", &self.api)
            .env("TATUM_API_KEY", API_KEY)
            .env("TATUM_KMS_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(path) = search_path() {
            command.env("PATH", path);
        }
        let output = tokio::time::timeout(TIME_LIMIT, command.output())
            .await
            .with_context(|| format!("`tatum-kms {what}` did not end in {TIME_LIMIT:?}"))?
            .with_context(|| format!("{} can't be run", self.binary.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`tatum-kms {what}` ended with {}: {}", output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "PATH is handed on, nothing is set by it")]
fn search_path() -> Option<std::ffi::OsString> {
    std::env::var_os("PATH")
}

fn field(value: &Value, name: &str) -> Result<String> {
    value[name]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("tatum-kms answered without `{name}`"))
}
