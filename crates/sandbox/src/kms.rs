//! The real `tatum-kms`, run in a directory and an environment of its own.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::chains::NODES;
use crate::page::APPROVAL_PATH;

/// Made up: the sandbox takes what it was told to take.
pub const API_KEY: &str = "sandbox-demo-key";

/// Guards wallets that are deleted a moment later.
pub const PASSWORD: &str = "a password for trying only";

/// Milliseconds: loopback needs no manners.
const RETRY_DELAY: &str = "50";

/// How long a daemon may take to stop when asked to.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// How much of its log is shown when something is wrong.
const LAST_LINES: usize = 15;

const TIME_LIMIT: Duration = Duration::from_secs(600);

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
    /// What daemons find in their environment in addition.
    environment: Vec<(&'static str, OsString)>,
}

impl Kms {
    /// Makes an empty home.
    pub fn at_home(binary: PathBuf, api: &str) -> Result<Self> {
        let home = TempDir::with_prefix("tatum-kms-").context("no temporary directory")?;
        Ok(Self { binary, home, api: api.to_owned(), environment: Vec::new() })
    }

    /// Makes a home with a copy of a store that has not been used by a daemon.
    pub fn with_store(binary: PathBuf, api: &str, store: &Path) -> Result<Self> {
        let kms = Self::at_home(binary, api)?;
        std::fs::copy(store, kms.store()).context("the store can't be copied")?;
        Ok(kms)
    }

    /// The same with something more in the environment of its daemons.
    pub(crate) fn with_environment(mut self, more: Vec<(&'static str, OsString)>) -> Self {
        self.environment = more;
        self
    }

    /// Its directory, deleted in the end.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
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
        Wallet::read(&self.ask(&args).await?)
    }

    /// The same for many of them.
    pub async fn make_private_keys(&self, chain: &str, count: usize) -> Result<Vec<Wallet>> {
        let what = "generatemanagedprivatekeybatch";
        let output = self.run(&[what, chain, &count.to_string(), "--testnet"]).await?;
        let read = |line: &str| Wallet::read(&serde_json::from_str(line)?);
        output.lines().map(read).collect::<Result<_>>().with_context(|| format!("of `{what}`"))
    }

    /// `generatemanagedwallet` and `getaddress`: a mnemonic, and its address at an index.
    pub async fn make_mnemonic(&self, chain: &str, index: u32) -> Result<Wallet> {
        let wallet = self.ask(&["generatemanagedwallet", chain, "--testnet"]).await?;
        let signature_id = field(&wallet, "signatureId")?;
        Ok(Wallet { address: self.address(&signature_id, index).await?, signature_id })
    }

    /// `getaddress`: the address of a mnemonic at an index.
    pub async fn address(&self, signature_id: &str, index: u32) -> Result<String> {
        let address = self.ask(&["getaddress", signature_id, &index.to_string()]).await?;
        field(&address, "address")
    }

    /// `daemon --runOnce`: signs what waits on a chain, and ends.
    pub async fn run_daemon_once(&self, chain: &str) -> Result<()> {
        let (chain, key) = (format!("--chain={chain}"), format!("--apiKey={API_KEY}"));
        self.run(&["daemon", "--testnet", "--runOnce", &chain, &key]).await.map(drop)
    }

    /// The same, with the sandbox asked before anything is signed.
    pub(crate) async fn run_asking_daemon_once(&self, chain: &str) -> Result<()> {
        let (chain, approver) = (format!("--chain={chain}"), self.approver());
        self.run(&["daemon", "--testnet", "--runOnce", &chain, &approver]).await.map(drop)
    }

    /// The flag that has the sandbox asked before anything is signed.
    pub(crate) fn approver(&self) -> String {
        format!("--externalUrl={}{APPROVAL_PATH}", self.api)
    }

    /// `daemon`: runs until it is stopped. What it says goes to a file, after what earlier ones said.
    pub fn start_daemon(&self, flags: &[String]) -> Result<Child> {
        let log = self.log();
        let log = OpenOptions::new().create(true).append(true).open(&log);
        let log = log.context("the daemon's log can't be written")?;
        self.command(&["daemon", "--testnet"])
            .args(flags)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} can't be run", self.binary.display()))
    }

    /// Where the daemons of [`start_daemon`](Self::start_daemon) write what they say.
    pub fn log(&self) -> PathBuf {
        self.home.path().join("daemon.log")
    }

    /// The end of what they have said.
    pub fn last_words(&self) -> String {
        let log = std::fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }

    async fn ask(&self, args: &[&str]) -> Result<Value> {
        let output = self.run(args).await?;
        serde_json::from_str(&output)
            .with_context(|| format!("`tatum-kms {}` printed no JSON", args[0]))
    }

    async fn run(&self, args: &[&str]) -> Result<String> {
        let what = args[0];
        let output = timeout(TIME_LIMIT, self.command(args).output())
            .await
            .with_context(|| format!("`tatum-kms {what}` did not end in {TIME_LIMIT:?}"))?
            .with_context(|| format!("{} can't be run", self.binary.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`tatum-kms {what}` ended with {}: {}", output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn command(&self, args: &[&str]) -> Command {
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
            .env("TATUM_RETRY_DELAY", RETRY_DELAY)
            .envs(NODES.iter().map(|(setting, path)| (setting, format!("{}{path}", self.api))))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(path) = search_path() {
            command.env("PATH", path);
        }
        command
    }
}

impl Wallet {
    fn read(json: &Value) -> Result<Self> {
        let (signature_id, address) = (field(json, "signatureId")?, field(json, "address")?);
        Ok(Self { signature_id, address })
    }
}

/// Asks a daemon to stop, as a service manager does.
pub async fn stop_daemon(daemon: &mut Child) -> Result<()> {
    let Some(id) = daemon.id() else { bail!("the daemon ended just before it was to stop") };
    let told = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
    told.context("`kill` can't be run")?;
    let status = timeout(STOP_LIMIT, daemon.wait()).await;
    let status = status.context("the daemon did not stop on SIGTERM")??;
    if !status.success() {
        bail!("on SIGTERM the daemon ended with {status}, not with 0");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "PATH is handed on, nothing is set by it")]
fn search_path() -> Option<OsString> {
    std::env::var_os("PATH")
}

fn field(value: &Value, name: &str) -> Result<String> {
    value[name]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("tatum-kms answered without `{name}`"))
}
