//! What the memory of a daemon holds once it has signed, and who can see it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kms_core::{Mnemonic, Seed};
use kms_crypto::bip32::{ExtendedKey, HARDENED};
use kms_crypto::bip39;
use rustix::process::Signal;
use serde_json::{Value, json};

use support::api::{Api, ID, daemon, transfer, user_with_key};
use support::memory::scan;
use support::needles::Needles;
use support::running::{Running, until};
use support::{PASSWORD, User, legacy};

const OTHER_ID: &str = "5e6645712b55823de7ea82f2";
const SKIPPED: &str = "skipped: only root can read the memory of a process that can't be dumped";

fn accepted() -> (u16, String) {
    (200, "{\"txId\":\"0x00\"}".to_owned())
}

fn number(digits: &str) -> [u8; 32] {
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let byte = |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
    std::array::from_fn(byte)
}

/// The mnemonic, whole and in runs of three words, its seed, and the keys on the way to the first address.
fn add_mnemonic(needles: &mut Needles, words: &str) {
    needles.add("secret mnemonic", words.as_bytes());
    let words: Vec<&str> = words.split(' ').collect();
    for run in words.windows(3) {
        needles.add("secret words", run.join(" ").as_bytes());
    }
    needles.add("secret words, joined", words.concat().as_bytes());
    let seed: Seed = bip39::seed(&Mnemonic::new(words.join(" ")));
    for half in seed.expose_secret().chunks(32) {
        needles.add_number("secret seed", half.try_into().unwrap());
    }
    let path = [44 | HARDENED, 1 | HARDENED, HARDENED, 0, 0];
    for depth in 0..=path.len() {
        let node = ExtendedKey::derive(&seed, &path[..depth]).unwrap();
        let name = format!("secret key at depth {depth}");
        node.private_key().expose_bytes(|bytes| needles.add_number(&name, bytes));
    }
}

/// Waits until it has polled twice more: nothing of what it did before is in work any more.
fn rest(api: &Api) {
    let polls = || api.to("POST", "/v3/kms/pending/").len();
    let before = polls();
    until("poll", || polls() >= before + 2);
}

#[test]
fn no_secret_is_left_after_a_signature() {
    let (user, key_wallet) = user_with_key();
    let seed_wallet = user.run("generatemanagedwallet ETH --testnet").ok().id();
    let show = |line: &str, member: &str| user.run(line).ok().text(member);
    let mut needles = Needles::default();
    needles.add("secret password", PASSWORD.as_bytes());
    let key = show(&format!("getmanagedwallet {key_wallet}"), "privateKey");
    needles.add_number("secret stored key", &number(&key));
    add_mnemonic(&mut needles, &show(&format!("getmanagedwallet {seed_wallet}"), "mnemonic"));
    let derived = show(&format!("getprivatekey {seed_wallet} 0"), "privateKey");
    needles.add_number("secret derived key", &number(&derived));
    needles.add("public: wallet", key_wallet.as_bytes());

    let mut other = transfer(OTHER_ID, &seed_wallet);
    other["index"] = json!(0);
    let open = Arc::new(AtomicBool::default());
    let gate = open.clone();
    let api = Api::with_pending(json!([transfer(ID, &key_wallet), other]), move || {
        until("permission", || gate.load(Ordering::Relaxed));
        accepted()
    });
    needles.add("public: address of the API", api.url.as_bytes());
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 0.2"));
    // Both are signed, and hardly anything has happened since that would cover traces up.
    until("broadcasts", || api.to("POST", "/v3/ethereum/broadcast").len() == 2);
    let early = scan(daemon.id(), &needles);
    open.store(true, Ordering::Relaxed);
    rest(&api);
    for scan in [early, scan(daemon.id(), &needles)] {
        let Some(scan) = scan else { return eprintln!("{SKIPPED}") };
        assert!(scan.has("public: wallet") && scan.has("public: address of the API"), "{scan:?}");
        let secret = scan.found.iter().filter(|found| found.starts_with("secret"));
        let secret: Vec<_> = secret.collect();
        assert!(secret.is_empty(), "of {} bytes: {secret:#?}", scan.bytes);
    }
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}

#[test]
fn the_password_is_gone_however_it_came() {
    let (user, wallet) = user_with_key();
    let mut needles = Needles::default();
    needles.add("secret password", PASSWORD.as_bytes());
    needles.add("public: wallet", wallet.as_bytes());
    let file = |name: &str, text: String| {
        let path = user.home.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let line = file("line", format!("{PASSWORD}\n"));
    let settings = file("settings.env", format!("TATUM_KMS_PASSWORD=\"{PASSWORD}\"\n"));
    for way in ["line", "file"] {
        let api = Api::with_pending(json!([]), accepted);
        let mut command = daemon(&user, &api.url, "--period 0.2");
        command.env_remove("TATUM_KMS_PASSWORD");
        match way {
            "line" => command.stdin(fs::File::open(&line).unwrap()),
            _ => command.arg("--envFile").arg(&settings),
        };
        let mut daemon = Running::start(command);
        rest(&api);
        let Some(scan) = scan(daemon.id(), &needles) else { return eprintln!("{SKIPPED}") };
        assert!(scan.has("public: wallet") && !scan.has("secret"), "{way}: {:#?}", scan.found);
        assert_eq!(daemon.end(Signal::TERM), Some(0));
    }
}

/// What can't be helped, and shows that a secret would be found.
#[test]
fn a_file_of_the_old_format_takes_its_password_to_be_kept() {
    let user = User::with_legacy("broken/ok.dat");
    let api = Api::with_pending(json!([]), accepted);
    let mut needles = Needles::default();
    needles.add("secret password", PASSWORD.as_bytes());
    let daemon = Running::start(daemon(&user, &api.url, "--period 0.2"));
    rest(&api);
    if let Some(scan) = scan(daemon.id(), &needles) {
        assert!(scan.has("secret password"));
    }
    assert!(legacy("broken/ok.dat").exists());
}

#[test]
fn the_environment_of_a_daemon_holds_none_of_its_settings() {
    let (user, _) = user_with_key();
    let api = Api::with_pending(json!([]), accepted);
    let mut command = daemon(&user, &api.url, "--period 0.2 --externalUrl http://127.0.0.1:9");
    command.env("TATUM_KMS_APPROVAL_SECRET", "0123456789abcdef0123").env("OTHER", "stays");
    let notify = user.home.path().join("notify");
    let systemd = UnixDatagram::bind(&notify).unwrap();
    command.env("NOTIFY_SOCKET", notify);
    let mut daemon = Running::start(command);
    rest(&api);
    let mut told = [0; 100];
    systemd.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let size = systemd.recv(&mut told).unwrap();
    assert_eq!(&told[..size], b"READY=1");
    let read = |file: &str| fs::read(format!("/proc/{}/{file}", daemon.id()));
    let environment = match read("environ") {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => return eprintln!("skipped: {error}"),
    };
    let names: Vec<&str> =
        environment.split_terminator('\0').map(|line| line.split_once('=').unwrap().0).collect();
    assert!(names.contains(&"OTHER") && names.contains(&"HOME"), "{names:?}");
    let ours: Vec<_> = names.iter().filter(|name| name.starts_with("TATUM")).collect();
    assert_eq!(ours, [&"TATUM_KMS_SETTINGS_PIPE"]);
    assert_eq!(read("comm").unwrap(), b"tatum-kms\n");
    let line = String::from_utf8(read("cmdline").unwrap()).unwrap();
    assert!(line.contains("\0daemon\0--testnet\0--period\x000.2\0"), "{line:?}");
    // The signal reaches the process that was started: it is still the same one.
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}

#[test]
fn a_pipe_that_is_not_ours_is_refused() {
    let user = User::new();
    let mut command = user.command(["checkconfig"]);
    command.env("TATUM_KMS_SETTINGS_PIPE", "0");
    support::run(command).failed("TATUM_KMS_SETTINGS_PIPE is set");
}

#[test]
fn nobody_else_can_look_inside_and_no_core_file_is_written() {
    let (user, _) = user_with_key();
    let api = Api::with_pending(json!([]), accepted);
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 0.2"));
    rest(&api);
    let limits = fs::read_to_string(format!("/proc/{}/limits", daemon.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{limits}");
    // What belongs to root whoever runs the process: that is how a process that can't be dumped shows.
    let owner = |process: &str| {
        std::os::unix::fs::MetadataExt::uid(&fs::metadata(format!("/proc/{process}/mem")).unwrap())
    };
    assert_eq!(owner(&daemon.id().to_string()), 0);
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}

fn locked_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmLck:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn told(user: &User) -> Option<Value> {
    let outcome = user.run("status");
    (outcome.code == Some(0)).then(|| outcome.json()[0].clone())
}

#[test]
fn status_says_whether_memory_is_locked() {
    let (user, _) = user_with_key();
    let api = Api::with_pending(json!([]), accepted);
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 0.2"));
    until("status", || told(&user).is_some());
    let locked = locked_kib(daemon.id()) > 0;
    assert_eq!(told(&user).unwrap()["memoryLocked"], Value::Bool(locked));
    let config = user.run("checkconfig").ok().stdout;
    let line = config.lines().find(|line| line.starts_with("Memory ")).unwrap();
    assert_eq!(line.ends_with(": locked"), locked, "{line}");
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}

/// Under a limit, locked memory would make an allocation fail later; the key derivation alone takes 64 MiB.
#[test]
fn a_limit_on_locked_memory_is_no_obstacle() {
    let (user, _) = user_with_key();
    let api = Api::with_pending(json!([]), accepted);
    let plain = daemon(&user, &api.url, "--period 0.2");
    // Root is above limits, so the capability is taken away where that is possible.
    let script = "ulimit -l 65536
        bound='setpriv --inh-caps=-ipc_lock --bounding-set=-ipc_lock'
        $bound true 2>/dev/null || bound=
        exec $bound \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.env_clear().current_dir(user.home.path()).args(["-c", script]);
    command.arg(plain.get_program()).args(plain.get_args()).env("PATH", "/usr/bin:/bin");
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut daemon = Running::start(command);
    rest(&api);
    eprintln!("{} KiB are locked", locked_kib(daemon.id()));
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}

/// The working memory of the key derivation goes back to the operating system.
#[test]
fn the_memory_of_the_key_derivation_is_given_back() {
    let (user, _) = user_with_key();
    let api = Api::with_pending(json!([]), accepted);
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 0.2"));
    rest(&api);
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kib < 32 * 1024, "{line}");
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}
