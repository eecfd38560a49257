//! Debian's litecoind in regtest.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tatum_sandbox::http::loopback_url;
use tatum_sandbox::server::Settings;
use tatum_sandbox::utxo::NodeAt;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{Api, tools};

/// With 1 in it, what is missing fails a test.
pub(crate) const REQUIRE: &str = "TATUM_KMS_REQUIRE_LITECOIND";

/// How many blocks later the reward of a block can be spent.
pub(crate) const MATURITY: u32 = 100;

/// A node on a port and in a directory of its own, ended with the test.
pub(crate) struct Node {
    url: String,
    data: TempDir,
    _process: Child,
}

impl Node {
    /// Starts it, with a wallet that has coins to give.
    pub(crate) async fn start(binary: PathBuf) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let data = TempDir::with_prefix("litecoind-").unwrap();
        let process = Command::new(binary)
            .args(["-regtest", "-server", "-listen=0", "-dnsseed=0", "-txindex=1"])
            .args(["-printtoconsole=0", "-fallbackfee=0.0001"])
            .arg(format!("-rpcport={port}"))
            .arg(format!("-datadir={}", data.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let node = Self { url: format!("http://127.0.0.1:{port}"), data, _process: process };
        node.wait().await;
        node.ask("createwallet", json!(["miner"])).await;
        node.mine(MATURITY + 1).await;
        node
    }

    async fn wait(&self) {
        for _ in 0..300 {
            if self.try_ask("getblockcount", json!([])).await.is_some_and(|count| count == 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("litecoind does not answer at {}", self.url);
    }

    fn cookie(&self) -> PathBuf {
        self.data.path().join("regtest/.cookie")
    }

    /// Asks the node itself, past the sandbox. None while it starts.
    async fn try_ask(&self, method: &str, params: Value) -> Option<Value> {
        let cookie = std::fs::read_to_string(self.cookie()).ok()?;
        let (name, password) = cookie.split_once(':')?;
        let request = json!({ "jsonrpc": "1.0", "id": 1, "method": method, "params": params });
        let client = tatum_sandbox::http::client().unwrap();
        let request = client.post(&self.url).basic_auth(name, Some(password)).json(&request);
        let answer: Value = request.send().await.ok()?.json().await.ok()?;
        answer["error"].is_null().then(|| answer["result"].clone())
    }

    pub(crate) async fn ask(&self, method: &str, params: Value) -> Value {
        let shown = params.to_string();
        let answer = self.try_ask(method, params).await;
        answer.unwrap_or_else(|| panic!("litecoind refused {method} {shown}"))
    }

    pub(crate) async fn mine(&self, blocks: u32) {
        let miner = self.ask("getnewaddress", json!([])).await;
        self.ask("generatetoaddress", json!([blocks, miner])).await;
    }

    pub(crate) async fn api(&self) -> Api {
        let url = loopback_url(&self.url).unwrap();
        let ltc_node = Some(NodeAt { url, cookie: Some(self.cookie()) });
        Api::start_with(Settings { ltc_node, ..Settings::default() }).await
    }
}

/// The program, on the PATH.
pub(crate) fn litecoind() -> Option<PathBuf> {
    tools::found_or_skipped(
        tools::find("litecoind", std::iter::empty()),
        REQUIRE,
        "there is no litecoind; get it with `apt-get install litecoind`",
    )
}
