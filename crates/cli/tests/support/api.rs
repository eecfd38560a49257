//! A Tatum API, or an approval server, that answers as a test says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::User;

/// The API key of the daemons in these tests. The API's node calls carry it in their path.
pub(crate) const KEY: &str = "t-test-0123456789abcdef";
/// The pending transaction that [`Api::with_transfer`] hands out.
pub(crate) const ID: &str = "5e6645712b55823de7ea82f1";
/// What must not be seen of its payload.
pub(crate) const PAYLOAD: &str = "gasPrice";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

type Script = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

/// The server; it ends with the test.
pub(crate) struct Api {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Api {
    /// Answers every request by `script`, each on a thread of its own.
    pub(crate) fn start(script: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (all, script): (_, Arc<Script>) = (seen.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, script) = (all.clone(), script.clone());
                thread::spawn(move || answer(stream, &all, &*script));
            }
        });
        Self { url, seen }
    }

    /// An API that hands out one transfer of `wallet` and answers its broadcast by `broadcast`.
    pub(crate) fn with_transfer(
        wallet: &str,
        broadcast: impl Fn() -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        Self::with_pending(json!([transfer(ID, wallet)]), broadcast)
    }

    /// An API that hands out `pending` and answers broadcasts by `broadcast`.
    pub(crate) fn with_pending(
        pending: Value,
        broadcast: impl Fn() -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", path) if path.starts_with("/v3/kms/pending/") => {
                (200, of_chain(&pending, path))
            }
            ("POST", "/v3/ethereum/broadcast") => broadcast(),
            ("POST", path) if path.starts_with("/v3/ethereum/web3/") => (200, node(&seen.body)),
            ("PUT", _) | ("POST", "/v3/tatum/kms/batch") => (200, String::new()),
            _ => (404, "{}".to_owned()),
        })
    }

    /// All requests.
    pub(crate) fn to_any(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests with this method whose path starts like this.
    pub(crate) fn to(&self, method: &str, path: &str) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.retain(|one| one.method == method && one.path.starts_with(path));
        seen
    }
}

/// Those of the chain that `path` names.
fn of_chain(pending: &Value, path: &str) -> String {
    let chain = |item: &&Value| path.contains(&format!("/{}", item["chain"].as_str().unwrap()));
    Value::from_iter(pending.as_array().unwrap().iter().filter(chain).cloned()).to_string()
}

/// A pending transfer of ether from `wallet`, a private key; a mnemonic needs an `index` too.
pub(crate) fn transfer(id: &str, wallet: &str) -> Value {
    let payload = json!({
        "from": 0, "to": "0x687422eea2cb73b5d3e242ba5456b782919afc85", "value": "1000",
        "gas": "21000", "gasPrice": "20000000000",
    });
    let payload = payload.to_string();
    json!({"id": id, "chain": "ETH", "hashes": [wallet], "serializedTransaction": payload})
}

/// An Ethereum of Sepolia's number.
fn node(body: &str) -> String {
    let question: Value = serde_json::from_str(body).unwrap();
    let result = match question["method"].as_str().unwrap() {
        "eth_chainId" => json!("0xaa36a7"),
        "net_version" => json!("11155111"),
        "eth_getTransactionCount" => json!("0x5"),
        "eth_getTransactionByHash" => Value::Null,
        _ => json!("0x5208"),
    };
    json!({"jsonrpc": "2.0", "id": question["id"], "result": result}).to_string()
}

fn answer(mut stream: TcpStream, all: &Mutex<Vec<Seen>>, script: &Script) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or_default() == 0 {
        return;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() < 3 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let seen = Seen { method, path, head, body: String::from_utf8(body).unwrap() };
    all.lock().unwrap().push(seen.clone());
    let (status, text) = script(&seen);
    let size = text.len();
    let head = "Content-Type: application/json\r\nConnection: close";
    // The daemon may have been killed meanwhile.
    let _ = write!(stream, "HTTP/1.1 {status} X\r\n{head}\r\nContent-Length: {size}\r\n\r\n{text}");
}

/// The daemon of `user`, on testnet, with the API at `url`.
pub(crate) fn daemon(user: &User, url: &str, flags: &str) -> Command {
    let mut command = user.command(["daemon", "--testnet"]);
    command.args(flags.split_whitespace()).env("TATUM_API_URL", url);
    command.env("TATUM_API_KEY", KEY).env("TATUM_RETRIES", "0");
    command
}

/// A user with one private key for Ethereum on testnet, and its id.
pub(crate) fn user_with_key() -> (User, String) {
    let user = User::new();
    let id = user.run("generatemanagedprivatekeybatch ETH 1 --testnet").ok().id();
    (user, id)
}
