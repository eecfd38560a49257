//! No secret comes out where it was not asked for: not whole, and not six characters of it.
//!
//! Every command and every way of the daemon runs with secrets that are known here, and everything that comes
//! out is searched: standard output and error, both forms of the log at debug level, what is sent to the
//! API and to the approval server, every file beside the store, the pages of `--listen`, the command line.
#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use rustix::process::Signal;
use serde_json::{Value, json};

use support::api::{Api, Seen, transfer};
use support::marked::Marked;
use support::running::{Running, until};
use support::{Outcome, User, run, run_with, snapshot};

const PASSWORD: &str = "Xq7#vZ0p Kw4&Rt9L";
const NEXT_PASSWORD: &str = "Bk6$Nd1+ Qw8?Zx3T";
const API_KEY: &str = "t-Zx9Qw3Ev7Rb5-Yn1Tm8";
const APPROVAL_SECRET: &str = "Gh5!Bv2%Jd8@Ls6^Pf3*";
const HEADER: &str = "Wm4~Cx6+Hz2=Ny9";
const MINT_KEY: &str = "5Tq8Wd3Fk7Hm2Vb9Xc4Zr6Np1Js0Lg";
/// Its words stand in no text of ours.
const MNEMONIC: &str =
    "jaguar zebra oxygen kidney walnut umbrella pizza velvet quiz lizard nuclear zone";
/// Two runs of six digits each, which random digits hardly ever have.
const KEY: &str = "0xe7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7";

/// What is set around every command.
const SETTINGS: &[(&str, &str)] = &[
    ("TATUM_KMS_PASSWORD", PASSWORD),
    ("TATUM_API_KEY", API_KEY),
    ("TATUM_KMS_APPROVAL_SECRET", APPROVAL_SECRET),
    ("TATUM_KMS_VGS_PASSWORD", HEADER),
    ("TATUM_KMS_AWS_SECRET_ACCESS_KEY", HEADER),
    ("TATUM_KMS_DEBUG_MODE", "true"),
    ("TATUM_RETRIES", "0"),
];

/// What the commands say that print secrets because they are for that.
const WALLET: &[&str] = &["mnemonic", "key", "derived key", "WIF", "raw key"];

struct Suspect {
    user: User,
    marked: Marked,
    /// The commands that were run.
    ran: BTreeSet<String>,
    items: u32,
}

impl Suspect {
    fn new() -> Self {
        let mut marked = Marked::default();
        marked.add("password", PASSWORD);
        marked.add("next password", NEXT_PASSWORD);
        marked.add("API key", API_KEY);
        marked.add("approval secret", APPROVAL_SECRET);
        marked.add("header", HEADER);
        marked.add("mint key", MINT_KEY);
        marked.add("mnemonic", MNEMONIC);
        marked.add("key", KEY);
        marked.add("key", KEY.to_uppercase());
        marked.add("raw key", [0xe7; 32]);
        Self { user: User::new(), marked, ran: BTreeSet::new(), items: 0 }
    }

    fn command(&mut self, line: &str) -> Command {
        self.ran.insert(line.split(' ').next().unwrap().to_owned());
        let mut command = self.user.command(line.split_whitespace());
        command.envs(SETTINGS.iter().copied());
        command.env("TATUM_KMS_EXTERNAL_HEADERS", format!("X-Token: {HEADER}"));
        command
    }

    /// Runs a command that may print the secrets in `shown`, and nothing of any other.
    fn run(&mut self, line: &str, input: &str, shown: &[&str]) -> Outcome {
        let command = self.command(line);
        self.watch(line, run_with(command, input), shown)
    }

    fn quiet(&mut self, line: &str) -> Outcome {
        self.run(line, "", &[])
    }

    fn watch(&self, line: &str, outcome: Outcome, shown: &[&str]) -> Outcome {
        self.marked.check(&format!("the output of {line}"), &outcome.stdout, shown);
        self.marked.check(&format!("the talk of {line}"), &outcome.stderr, &[]);
        outcome
    }

    /// The daemon with the API at `url`.
    fn daemon(&mut self, flags: &str, url: &str) -> Command {
        let mut command = self.command(&format!("daemon --testnet {flags}"));
        command.env("TATUM_API_URL", url);
        command
    }

    /// One pass of the daemon, in both forms of the log.
    fn passes(&mut self, flags: &str, api: &Api) -> Vec<Outcome> {
        let mut all = Vec::new();
        for form in ["human", "json"] {
            let line = format!("--runOnce --logFormat {form} --output json {flags}");
            let command = self.daemon(&line, &api.url);
            all.push(self.watch(&line, run(command), &[]));
            self.sent(api, &["API key"], &[]);
            self.files();
        }
        all
    }

    /// What was sent to `server`: heads and paths may hold `in_head`, bodies `in_body`.
    fn sent(&self, server: &Api, in_head: &[&str], in_body: &[&str]) {
        for Seen { method, path, head, body } in server.to_any() {
            self.marked.check(&format!("the head of {method} {path}"), path + &head, in_head);
            self.marked.check(&format!("the body of {method}"), body, in_body);
        }
    }

    /// Every file in the user's home: the store, the journal with its log, the status file, locks.
    fn files(&self) -> Vec<String> {
        let files = snapshot(self.user.home.path());
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        for (path, content, _) in &files {
            self.marked.check(&path.display().to_string(), content, &[]);
        }
        files.iter().map(|(path, ..)| name(path)).collect()
    }

    fn id(&mut self) -> String {
        self.items += 1;
        format!("5e6645712b55823d{:08x}", self.items)
    }

    fn transfer(&mut self, wallet: &str) -> Value {
        transfer(&self.id(), wallet)
    }

    fn with_payload(&mut self, chain: &str, wallet: &str, payload: &str) -> Value {
        let mut item = transfer(&self.id(), wallet);
        item["chain"] = json!(chain);
        item["serializedTransaction"] = json!(payload);
        item
    }
}

/// Signature ids.
struct Wallets {
    key: String,
    words: String,
    solana: String,
}

fn accepted() -> (u16, String) {
    (200, "{\"txId\":\"0x00\"}".to_owned())
}

#[test]
fn nothing_of_a_secret_comes_out() {
    let mut suspect = Suspect::new();
    let wallets = commands(&mut suspect);
    sources(&mut suspect);
    mistakes(&mut suspect, &wallets);
    running(&mut suspect, &wallets);
    what_the_api_hands_out(&mut suspect, &wallets);
    what_servers_answer(&mut suspect, &wallets);
    let list = suspect.quiet("help").ok().stdout;
    let list = list.split("\n\n").find_map(|part| part.strip_prefix("Commands:\n")).unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.map(|line| line.split_whitespace().next().unwrap()) {
        assert!(suspect.ran.contains(name), "run the command {name} in this test, too");
    }
}

fn commands(suspect: &mut Suspect) -> Wallets {
    let words = suspect.run("storemanagedwallet ETH --testnet", MNEMONIC, &[]).ok().id();
    let key = suspect.run("storemanagedprivatekey ETH --testnet", KEY, &[]).ok().id();
    let derived = suspect.run(&format!("getprivatekey {words} 0"), "", WALLET).ok();
    suspect.marked.add_random_digits("derived key", &derived.text("privateKey"));
    let coins = suspect.run("storemanagedwallet BTC --testnet", MNEMONIC, &[]).ok().id();
    let wif = suspect.run(&format!("getprivatekey {coins} 0"), "", WALLET).ok();
    suspect.marked.add("WIF", wif.text("privateKey"));
    assert!(suspect.marked.is_in("WIF", &wif.stdout));

    // Words drawn at random may be among ours.
    suspect.run("generatewallet ETH", "", WALLET).ok();
    let spare = suspect.quiet("generatemanagedwallet XLM --testnet").ok().id();
    let solana = suspect.quiet("generatemanagedwallet SOL --testnet").ok().id();
    suspect.quiet("generatemanagedprivatekeybatch ETH 2 --testnet").ok();
    for (id, secret) in [(&words, "mnemonic"), (&key, "key")] {
        let shown = suspect.run(&format!("getmanagedwallet {id}"), "", WALLET).ok();
        assert!(suspect.marked.is_in(secret, &shown.stdout));
    }
    suspect.run(&format!("getprivatekey {key}"), "", WALLET).ok();
    suspect.run("export", "", WALLET).ok();
    suspect.quiet(&format!("getaddress {words} 7")).ok();
    suspect.quiet(&format!("getaddress {key}")).ok();
    suspect.quiet(&format!("report {words},{key}")).ok();
    suspect.quiet("report --bundle bundle.json").ok();
    suspect.quiet("checkconfig").ok();
    suspect.quiet("checkconfig --output json").ok();
    suspect.quiet("config init example.toml").ok();
    address_book(suspect, &words);
    suspect.quiet(&format!("removewallet {spare}")).ok();
    life_of_the_file(suspect);
    suspect.quiet("completions bash").ok();
    suspect.quiet("man").ok();
    suspect.quiet("status");
    suspect.quiet("pending list");
    suspect.files();
    Wallets { key, words, solana }
}

/// The password by each of its sources, and what is said where one has none.
fn sources(suspect: &mut Suspect) {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let write = |name: &str, content: &[u8]| {
        fs::write(path(name), content).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o600)).unwrap();
        path(name)
    };
    let right = write("right", PASSWORD.as_bytes());
    let long = write("long", PASSWORD.repeat(300).as_bytes());
    let wrong = write("wrong", MINT_KEY.as_bytes());
    let broken = write("broken", &[PASSWORD.as_bytes(), b"\xff"].concat());
    let failing = write("failing", format!("echo '{PASSWORD}'; exit 1").as_bytes());
    let silent = write("silent", format!(": '{PASSWORD}'").as_bytes());
    for command in ["export", "daemon --testnet --runOnce --logFormat json"] {
        let shown = if command == "export" { WALLET } else { &[] };
        for (file, opens) in [(&right, true), (&wrong, false), (&long, false), (&broken, false)] {
            for source in [
                vec!["--passwordFile", file],
                vec!["--passwordFd", "0"],
                vec!["--passwordCommand", &format!("cat {file}")],
            ] {
                by_source(suspect, command, &source, file, opens, shown);
            }
        }
        for file in [&failing, &silent] {
            // The text of the command is a secret, too, as far as we can help it.
            let line = fs::read_to_string(file).unwrap();
            by_source(suspect, command, &["--passwordCommand", &line], file, false, &[]);
        }
    }
    let mut command = suspect.command("checkconfig");
    command.env("TATUM_KMS_PASSWORD_COMMAND", format!("echo '{PASSWORD}'"));
    suspect.watch("checkconfig", run(command), &[]).ok();
}

fn by_source(
    suspect: &mut Suspect,
    line: &str,
    source: &[&str],
    input: &str,
    opens: bool,
    shown: &[&str],
) {
    let mut command = suspect.command(line);
    // Nobody answers there.
    command.env("TATUM_API_URL", "http://127.0.0.1:9");
    command.env_remove("TATUM_KMS_PASSWORD").env("PATH", "/usr/bin:/bin");
    command.args(source).stdin(fs::File::open(input).unwrap());
    let outcome = run(command);
    let code = if opens && line == "export" { Some(0) } else { Some(1) };
    assert_eq!(outcome.code, code, "{line} {}: {}", source[0], outcome.stderr);
    suspect.watch(&format!("{line} {}", source[0]), outcome, shown);
}

fn address_book(suspect: &mut Suspect, words: &str) {
    let next = suspect.quiet(&format!("nextaddress {words}")).ok().text("address");
    suspect.quiet(&format!("find {next}")).ok();
    suspect.quiet(&format!("label {words} treasury")).ok();
    suspect.quiet("list").ok();
    suspect.run("storemanagedprivatekey ETH --testnet --batch", KEY, &[]).ok();
    suspect.run("storemanagedwallet ETH --testnet --batch", MNEMONIC, &[]).ok();
}

/// In the end the file has the password and the wallets that it had.
fn life_of_the_file(suspect: &mut Suspect) {
    let change = |suspect: &mut Suspect, from: &str, to: &str| {
        let mut command = suspect.command("changepassword");
        command.env("TATUM_KMS_PASSWORD", from).env("TATUM_KMS_NEW_PASSWORD", to);
        let outcome = run(command);
        suspect.watch("changepassword", outcome, &[]).ok();
    };
    change(suspect, PASSWORD, NEXT_PASSWORD);
    change(suspect, NEXT_PASSWORD, PASSWORD);
    for line in ["rotatekey", "verify", "backup backup.dat", "migrate --to current"] {
        suspect.quiet(line).ok();
    }
    suspect.quiet("restore backup.dat --replace").ok();
    suspect.quiet("migrate --to legacy --path old.dat").failed("");
    suspect.quiet("restore backup.dat --path old.dat").ok();
    suspect.quiet("migrate --to legacy --yes --path old.dat").ok();
    for line in ["export --encrypted all.export", "import all.export --path other.dat"] {
        let mut command = suspect.command(line);
        command.env("TATUM_KMS_EXPORT_PASSWORD", NEXT_PASSWORD);
        let outcome = run(command);
        suspect.watch(line, outcome, &[]).ok();
    }
    suspect.quiet("import all.export --path other.dat").failed("");
    suspect.files();
}

/// What is said of a secret that is wrong, or in the wrong place.
fn mistakes(suspect: &mut Suspect, wallets: &Wallets) {
    let chains = ["ETH", "BTC", "BCH", "XRP", "XLM", "SOL", "ALGO", "ADA", "EGLD", "TRON", "FLOW"];
    for chain in chains {
        for text in
            [MINT_KEY, MNEMONIC, &KEY[..40], &format!("{KEY}e7e7"), "5Tq8Wd3Fk7Hm2Vb9\u{1b}Xc"]
        {
            suspect.run(&format!("storemanagedprivatekey {chain}"), text, &[]).failed("");
        }
        for text in [MINT_KEY, KEY, &MNEMONIC[..30], &MNEMONIC.replace("zone", "jaguar")] {
            suspect.run(&format!("storemanagedwallet {chain}"), text, &[]).failed("");
        }
    }
    suspect.run("storemanagedprivatekey ETH --testnet", KEY, &[]);
    suspect.run("storemanagedwallet ETH --testnet", MNEMONIC, &[]);
    suspect.run("storemanagedwallet ETH", MNEMONIC, &[]);
    // On the command line it can't be helped that others see it; it is not repeated.
    for line in ["storemanagedprivatekey ETH", "storemanagedwallet ETH"] {
        for secret in [KEY, MNEMONIC] {
            let mut command = suspect.command(line);
            command.arg(secret);
            let outcome = run(command);
            assert_ne!(outcome.code, Some(0));
            suspect.watch(line, outcome, &[]);
        }
    }
    for line in ["export", "getaddress x", "report x", "pending list", "removewallet x", "daemon"] {
        let line = line.replace('x', &wallets.key);
        let mut command = suspect.command(&line);
        command.env("TATUM_KMS_PASSWORD", MINT_KEY).env("TATUM_API_URL", "http://127.0.0.1:9");
        let outcome = run(command);
        assert_ne!(outcome.code, Some(0), "{line}");
        suspect.watch(&line, outcome, &[]);
    }
    let wrong = [
        ("TATUM_API_KEY", "Gh5!Bv2%\nJd8@Ls6^"),
        ("TATUM_API_URL", MINT_KEY),
        ("TATUM_KMS_APPROVAL_SECRET", "Gh5!Bv2%"),
        ("TATUM_KMS_EXTERNAL_HEADERS", HEADER),
        ("TATUM_KMS_EXTERNAL_HEADERS", "X-Token: Wm4~Cx6+\u{1}Hz2=Ny9"),
    ];
    for (name, value) in wrong {
        let flags = "--runOnce --externalUrl https://127.0.0.1:9 --strictApproval";
        let mut command = suspect.daemon(flags, "http://127.0.0.1:9");
        command.env(name, value);
        let shown = if name == "TATUM_API_URL" { &["mint key"][..] } else { &[] };
        let outcome = run(command);
        assert_ne!(outcome.code, Some(0), "{name}");
        suspect.marked.check(name, outcome.stderr, shown);
    }
}

/// A daemon that signs, and everything that can be seen of it meanwhile.
fn running(suspect: &mut Suspect, wallets: &Wallets) {
    let by_key = suspect.transfer(&wallets.key);
    let mut by_words = suspect.transfer(&wallets.words);
    by_words["index"] = json!(0);
    let ids = [&by_key, &by_words].map(|item| item["id"].as_str().unwrap().to_owned());
    let api = Api::with_pending(json!([by_key, by_words]), accepted);
    let approver = Api::start(|_| (204, String::new()));
    let flags = format!(
        "--period 0.2 --listen 127.0.0.1:0 --externalUrlMethod POST --externalUrl {}",
        approver.url
    );
    let command = suspect.daemon(&flags, &api.url);
    let mut daemon = Running::start(command);
    let address = daemon.logged("address=").unwrap();
    until("broadcasts", || api.to("POST", "/v3/ethereum/broadcast").len() == 2);
    until("status", || suspect.quiet("status").code == Some(0));
    for page in ["healthz", "readyz", "metrics"] {
        suspect.marked.check(page, page_of(&address, page), &[]);
    }
    for id in &ids {
        suspect.quiet(&format!("pending show {id} --bytes")).ok();
        suspect.quiet(&format!("pending retry {id}"));
        suspect.quiet(&format!("pending discard {id}"));
    }
    suspect.quiet("pending list --all").ok();
    let names = suspect.files();
    for kind in [".status", ".journal", ".journal-wal"] {
        assert!(names.iter().any(|name| name.ends_with(kind)), "{names:?}");
    }
    for file in ["cmdline", "environ"] {
        // The environment is open to root only.
        let shown = fs::read(format!("/proc/{}/{file}", daemon.id()));
        suspect.marked.check(file, shown.unwrap_or_default(), &[]);
    }
    assert_eq!(daemon.end(Signal::TERM), Some(0));
    suspect.marked.check("the log", daemon.rest_of_log(), &[]);
    suspect.sent(&api, &["API key"], &[]);
    suspect.sent(&approver, &["header"], &[]);
    suspect.files();
}

fn page_of(address: &str, page: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("GET /{page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Pending transactions that can't be signed, with a private key in their payload.
fn what_the_api_hands_out(suspect: &mut Suspect, wallets: &Wallets) {
    let secret = MINT_KEY;
    let solana = [
        json!({"txData": "01", "mintPK": secret}).to_string(),
        format!("{{\"txData\":\"01\",\"mintPK\":\"{secret}"),
        json!({"txData": secret, "mintPK": KEY}).to_string(),
        json!({"txData": "01", "mintPK": {secret: secret}}).to_string(),
        json!({"txData": "01", secret: secret}).to_string(),
    ];
    let full = |name: &str, value: Value| {
        let mut payload = json!({
            "from": 0, "to": "0x687422eea2cb73b5d3e242ba5456b782919afc85", "value": "1000",
            "gas": "21000", "gasPrice": "20000000000",
        });
        payload[name] = value;
        payload.to_string()
    };
    let mut ethereum = vec![secret.to_owned(), format!("[\"{secret}\"]"), format!("\"{secret}\"")];
    // Addresses and amounts are named when they are wrong; they are public. These have no place there.
    for name in ["mintPK", "privateKey", "fromPrivateKey", "mnemonic", "secret"] {
        ethereum.push(full(name, json!(secret)));
        ethereum.push(full(name, json!({"key": [secret]})));
    }
    let mut items = Vec::new();
    for payload in solana {
        items.push(suspect.with_payload("SOL", &wallets.solana, &payload));
    }
    for payload in ethereum {
        items.push(suspect.with_payload("ETH", &wallets.key, &payload));
    }
    items.push(suspect.transfer(support::UNKNOWN));
    let count = items.len();
    let api = Api::with_pending(json!(items), accepted);
    let documents = suspect.passes("--maxTries 1", &api);
    let told: Value = serde_json::from_str(&documents[0].stdout).unwrap();
    assert_eq!(told["items"].as_array().unwrap().len(), count, "{told}");
    assert!(!api.to("POST", "/v3/tatum/kms/batch").is_empty(), "nothing was reported");
}

/// Servers that repeat what they were told.
fn what_servers_answer(suspect: &mut Suspect, wallets: &Wallets) {
    let echo = json!({"message": format!("bad key {API_KEY}"), "data": API_KEY}).to_string();
    for status in [400, 403, 500] {
        let text = echo.clone();
        let item = suspect.transfer(&wallets.key);
        let api = Api::with_pending(json!([item]), move || (status, text.clone()));
        suspect.passes("", &api);
        let text = echo.clone();
        suspect.passes("", &Api::start(move |_| (status, text.clone())));

        let text = format!("{APPROVAL_SECRET} {HEADER}");
        let approver = Api::start(move |_| (status, text.clone()));
        let item = suspect.transfer(&wallets.key);
        let api = Api::with_pending(json!([item]), accepted);
        for flags in ["", "--strictApproval --externalUrlMethod=POST"] {
            suspect.passes(&format!("--externalUrl {} {flags}", approver.url), &api);
            suspect.sent(&approver, &["header"], &[]);
        }
    }
    let item = suspect.transfer(&wallets.key);
    let api = Api::with_pending(json!([item]), accepted);
    suspect.passes("--externalUrl http://127.0.0.1:9", &api);
    let command = suspect.daemon("--runOnce", "http://127.0.0.1:9");
    suspect.watch("a daemon without an API", run(command), &[]);
}
