//! The config file, what `checkconfig` says of all settings, and which files are trusted.
#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use support::{PASSWORD, User, run};

const NEVER: &str = "http://127.0.0.1:9";

/// Writes a file in the user's home, for its owner only.
fn put(user: &User, name: &str, text: &str) -> PathBuf {
    let path = user.home.path().join(name);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).unwrap();
    }
    fs::write(&path, text).unwrap();
    set_mode(&path, 0o600);
    path
}

fn set_mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn settings(user: &User, line: &str) -> Value {
    user.run(&format!("checkconfig --output json {line}")).ok().json()["settings"].clone()
}

/// Value and origin of a setting.
fn shown(settings: &Value, key: &str) -> (Value, String) {
    (settings[key]["value"].clone(), settings[key]["from"].as_str().unwrap().to_owned())
}

#[test]
fn each_source_wins_over_the_next() {
    let user = User::new();
    let line = "checkconfig --output json --envFile other.env";
    put(&user, "other.env", "");
    let first = |expected: &str, from: &str, environment: Option<&str>| {
        let mut command = user.command(line.split(' '));
        if let Some(url) = environment {
            command.env("TATUM_API_URL", url);
        }
        let all = run(command.arg_testnet()).ok().json()["settings"].clone();
        let (value, origin) = shown(&all, "apiUrl");
        assert_eq!(value, json!(expected));
        assert!(origin.contains(from), "{origin}");
    };
    put(&user, ".tatumrc/config.toml", "api-url = 'https://from.config'\n");
    first("https://from.config", "config.toml", None);
    put(&user, "other.env", "TATUM_API_URL=https://from.other\n");
    first("https://from.other", "other.env", None);
    put(&user, ".env", "TATUM_API_URL=https://from.here\n");
    first("https://from.here", "./.env", None);
    first("https://from.environment", "environment", Some("https://from.environment"));
}

/// A flag at the end of a command.
trait Testnet {
    fn arg_testnet(self) -> Self;
}

impl Testnet for std::process::Command {
    fn arg_testnet(mut self) -> Self {
        self.arg("--testnet");
        self
    }
}

#[test]
fn profiles_and_flags_reach_every_command() {
    let user = User::new();
    let config =
        "path = 'live.dat'\nperiod = 7\n[profile.staging]\npath = 'staging.dat'\ntestnet = true\n";
    let file = put(&user, ".tatumrc/config.toml", config);
    user.run("generatemanagedwallet ETH --profile staging").ok();
    assert!(user.home.path().join("staging.dat").exists());
    assert!(!user.home.path().join("live.dat").exists());
    let listed = user.run("list --profile staging").ok().json();
    assert_eq!(listed[0]["network"], "testnet");
    let mut command = user.command(["list"]);
    command.env("TATUM_KMS_PROFILE", "staging");
    assert_eq!(run(command).ok().json(), listed);
    user.run("list").failed("live.dat");
    assert_eq!(user.run("list --path staging.dat --testnet").ok().json(), listed);

    let staging = settings(&user, "--profile=staging");
    let place = format!("{} [profile.staging]", file.display());
    assert_eq!(shown(&staging, "path"), (json!("staging.dat"), place.clone()));
    assert_eq!(shown(&staging, "testnet"), (json!("true"), place));
    assert_eq!(shown(&staging, "period"), (json!("7"), file.display().to_string()));
    assert_eq!(shown(&staging, "maxTries"), (json!("5"), "default".to_owned()));
    assert_eq!(shown(&staging, "apiUrl"), (json!("https://api.tatum.io"), "default".to_owned()));
    assert_eq!(shown(&staging, "vetNodeUrl").1, "default");
    let typed = settings(&user, "--path other.dat");
    assert_eq!(shown(&typed, "path"), (json!("other.dat"), "flag".to_owned()));
    user.run("list --profile live").failed("no profile `live`; it has these: staging");
}

#[test]
fn the_daemon_takes_its_flags_from_there() {
    let user = User::new();
    user.run("generatemanagedwallet ETH --testnet").ok();
    put(&user, "key", "t-from-a-file\n");
    let config = format!(
        "testnet = true\napiKeyFile = 'key'\napiUrl = '{NEVER}'\nretries = 0\nlogFormat = 'json'\n\
         chain = ['ETH']\nmaxFee = {{ ETH = 0.05 }}\n"
    );
    put(&user, "c.toml", &config);
    let pass = user.run("daemon --runOnce --config c.toml --output json");
    assert_eq!(pass.code, Some(1), "{}", pass.stderr);
    let pass = pass.hides(&["t-from"]);
    assert_eq!(pass.json()["network"], "testnet");
    assert_eq!(pass.json()["failedPolls"][0]["chain"], "ETH");
    assert!(pass.stderr.lines().any(|line| line.starts_with('{')), "{}", pass.stderr);
    put(&user, "c.toml", "testnet = true\nmaxFee = { FOO = 1 }\n");
    user.run("daemon --config c.toml").failed("`maxFee` in c.toml can't be used");
    user.run("daemon --config none.toml").failed("no file `none.toml`; check --config");
    // What is on the command line counts, even where it needs what is in the file.
    put(&user, "c.toml", "externalUrl = 'https://127.0.0.1:9'\napiKeyFile = 'key'\n");
    user.run("daemon --config c.toml --externalUrlCa none.pem").failed("none.pem");
}

#[test]
fn mistakes_are_said_in_a_sentence() {
    let user = User::new();
    for (text, expected) in [
        ("perod = 5", "did you mean `period`?"),
        ("period 5", "is not TOML, see its line 1"),
        ("apiKey = 'x'", "is a secret"),
        ("apiKeyFile = 'none'", "there is no file `none`"),
        ("testnet = 'perhaps'", "`testnet` in c.toml can't be used"),
    ] {
        put(&user, "c.toml", text);
        user.run("checkconfig --config c.toml").failed(expected);
        user.run("list --config c.toml").failed(expected);
    }
    user.run("checkconfig --profile x").failed("there is no config file");
}

#[test]
fn checkconfig_fails_where_something_is_wrong() {
    let user = User::new();
    put(&user, "c.toml", "period = 'often'\nlisten = 'here'\n");
    let mut command = user.command(["checkconfig", "--config", "c.toml", "--output", "json"]);
    command.env("TATUM_RETRIES", "many").env("TATUM_API_URL", "nowhere");
    let outcome = run(command).hides(&[PASSWORD]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.starts_with("error: 4 of the settings can't be used"),
        "{}",
        outcome.stderr
    );
    let problems = outcome.json()["problems"].to_string();
    for name in ["`period`", "`listen`", "TATUM_RETRIES", "TATUM_API_URL"] {
        assert!(problems.contains(name), "{problems}");
    }
    put(&user, ".env", "TATUM_API_URL=https://node.example/v3/key\n");
    let lines = user.run("checkconfig --testnet").ok().hides(&["v3/key"]).stdout;
    assert!(lines.lines().any(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        words == ["apiUrl", "https://node.example/…", "./.env"]
    }));
    assert_eq!(user.run("checkconfig").code, Some(1));
}

#[test]
fn a_daemon_on_mainnet_takes_no_url_from_where_it_is_started() {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    let line = format!("daemon --runOnce --externalUrl {NEVER}");
    let daemon = |line: &str| {
        let mut command = user.command(line.split(' '));
        command.env("TATUM_API_KEY", "key").env("TATUM_RETRIES", "0");
        run(command)
    };
    for name in ["TATUM_API_URL", "TATUM_KMS_VET_NODE_URL", "TATUM_KMS_SOL_SECOND_NODE_URL"] {
        put(&user, ".env", &format!("{name}={NEVER}\n"));
        let refused = daemon(&line);
        assert_eq!(refused.code, Some(1));
        let expected = format!("error: {name} comes from ./.env, from where a daemon on mainnet");
        assert!(refused.stderr.contains(&expected), "{}", refused.stderr);
    }
    put(&user, ".env", &format!("TATUM_API_URL={NEVER}\n"));
    let on_testnet = daemon("daemon --runOnce --testnet");
    assert!(!on_testnet.stderr.contains("comes from"), "{}", on_testnet.stderr);
    fs::rename(user.home.path().join(".env"), user.home.path().join("other.env")).unwrap();
    let elsewhere = daemon(&format!("{line} --envFile other.env"));
    assert!(!elsewhere.stderr.contains("comes from"), "{}", elsewhere.stderr);
}

#[test]
fn files_that_others_may_write_do_not_count() {
    let user = User::new();
    for mode in [0o620, 0o602, 0o666] {
        let expected = format!("(mode {mode:03o}), and so decide");
        set_mode(&put(&user, "c.toml", "period = 5\n"), mode);
        user.run("list --config c.toml").failed(&expected);
        set_mode(&put(&user, "other.env", "TATUM_RETRIES=1\n"), mode);
        user.run("list --envFile other.env").failed(&expected);
        set_mode(&put(&user, ".env", "TATUM_RETRIES=1\n"), mode);
        let here = user.run("checkconfig --output json").ok();
        assert!(
            here.stderr.contains("warning: ./.env is left out: others may write"),
            "{}",
            here.stderr
        );
        assert_eq!(here.json()["settings"]["retries"]["from"], "default");
    }
    set_mode(&user.home.path().join(".env"), 0o644);
    let here = user.run("checkconfig --output json").ok();
    assert_eq!(here.json()["settings"]["retries"]["value"], "1");
}

#[test]
fn an_example_is_written_once_and_is_sound() {
    let user = User::new();
    user.run("config init").ok();
    let path = user.home.path().join(".tatumrc/config.toml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\n#period = 5\n") && text.contains("\n#apiKeyFile = "), "{text}");
    user.run("config init").failed("is there already");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    user.run("checkconfig").ok();
    // With everything but the profile in force it is read, too.
    let (settings, _) = text.split_once("#[profile").unwrap();
    let left_out = ["apiKeyFile ", "passwordCommand ", "aws ", "azure ", "gcp ", "vault ", "vgs "];
    let live: String = settings
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(char::is_alphabetic) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .filter(|line| !left_out.iter().any(|key| line.starts_with(key)))
        .collect();
    put(&user, "live.toml", &live);
    user.run("checkconfig --config live.toml").ok();
    user.run("config init live.toml").failed("is there already");
}
