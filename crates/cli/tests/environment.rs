//! Settings: flags, environment, `.env` files.
#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::{PASSWORD, User, run};

/// A command without a password in its environment.
fn bare(user: &User, line: &str) -> support::Outcome {
    let mut command = user.command(line.split_whitespace());
    command.env_remove("TATUM_KMS_PASSWORD");
    run(command)
}

/// Writes a file that only its owner may write, whatever the umask of who runs the tests.
fn put(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_password_in_an_env_file_is_taken_literally() {
    let user = User::new();
    let mut command = user.command(["generatemanagedwallet", "ETH"]);
    command.env("TATUM_KMS_PASSWORD", "pa$$word#1 $HOME");
    run(command).ok();
    put(&user.home.path().join(".env"), "TATUM_KMS_PASSWORD='pa$$word#1 $HOME'\n");
    let export = bare(&user, "export").ok();
    assert_eq!(export.stderr, "read ./.env: TATUM_KMS_PASSWORD\n");
    assert!(export.json().is_object());
}

#[test]
fn nearer_settings_win() {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    let set = |file: &str, password: &str| {
        put(&user.home.path().join(file), &format!("TATUM_KMS_PASSWORD={password}\n"));
    };
    bare(&user, "export").failed("the password is missing");
    set(".tatumrc/.env", PASSWORD);
    bare(&user, "export").ok();
    set("other.env", "wrong");
    bare(&user, "export --envFile other.env").failed("wrong password");
    bare(&user, "export --env-file=other.env").failed("wrong password");
    set(".env", PASSWORD);
    bare(&user, "export --envFile other.env").ok();
    set(".env", "wrong");
    assert_eq!(bare(&user, "export").code, Some(1));
    user.run("export").ok();
}

#[test]
fn a_missing_file_matters_only_if_it_was_asked_for() {
    let user = User::new();
    user.run("checkconfig").ok();
    user.run("checkconfig --envFile nosuch.env").failed("nosuch.env");
    user.run("checkconfig --envFile .").failed("can't be read");
    fs::create_dir(user.home.path().join(".env")).unwrap();
    assert!(user.run("checkconfig").ok().stderr.contains("./.env is left out"));
}

#[test]
fn checkconfig_shows_what_is_set_and_no_secret() {
    let user = User::new();
    let mut command = user.command(["checkconfig"]);
    command.env("TATUM_API_KEY", "t-0123456789").env("TATUM_KMS_AWS_REGION", "eu-west-1");
    let shown = run(command).ok().hides(&["t-0123", PASSWORD, "correc"]);
    let store = user.store();
    for line in [
        "Version                          : 0.1.0".to_owned(),
        format!("Wallet file path                 : {}", store.display()),
        "Wallet exists                    : false".to_owned(),
        "Wallet store type                : LOCAL".to_owned(),
        "TATUM_API_KEY                    : set".to_owned(),
        "TATUM_KMS_PASSWORD               : set".to_owned(),
        "TATUM_KMS_VGS_ALIAS              : not set".to_owned(),
        "TATUM_KMS_AWS_REGION             : eu-west-1".to_owned(),
        "TATUM_KMS_DEBUG_MODE             : N/A".to_owned(),
    ] {
        assert!(shown.stdout.lines().any(|shown| shown == line), "{line}\n{}", shown.stdout);
    }
    assert!(user.run("checkconfig --aws").ok().stdout.contains(": AWS\n"));
    assert!(!store.exists());
}

#[test]
fn the_daemon_says_what_it_lacks() {
    let user = User::new();
    user.run("daemon --testnet").failed("TATUM_API_KEY");
    let with = |name: &str, value: &str, expected: &str| {
        let mut command = user.command(["daemon", "--testnet", "--runOnce"]);
        command.env("TATUM_API_KEY", "key").env(name, value);
        run(command).failed(expected);
    };
    with("TATUM_API_URL", "example.com", "TATUM_API_URL");
    with("TATUM_API_URL", "http://example.com", "https://");
    with("TATUM_RETRIES", "many", "TATUM_RETRIES");
    with("TATUM_RETRY_DELAY", "-1", "TATUM_RETRY_DELAY");
    with("TATUM_RETRIES", "1", "no wallet file");
}

#[test]
fn a_key_on_the_command_line_is_warned_of_once() {
    let user = User::new();
    let warned = |stderr: &str| stderr.matches("warning: --apiKey can be seen").count();
    let daemon = user.run("daemon --testnet --apiKey=key").failed("no wallet file");
    assert_eq!(warned(&daemon.stderr), 1, "{}", daemon.stderr);
    for line in ["generatewallet ETH", "checkconfig", "report", "status", "config init new.toml"] {
        let outcome = user.run(&format!("{line} --apiKey=key"));
        assert_eq!(warned(&outcome.stderr), 1, "{line}: {}", outcome.stderr);
    }
    assert_eq!(warned(&user.run("checkconfig").ok().stderr), 0);
}

#[test]
fn a_wrong_password_ends_the_daemon_at_once() {
    let user = User::new();
    user.run("generatemanagedwallet ETH --testnet").ok();
    let mut command = user.command(["daemon", "--testnet"]);
    command.env("TATUM_API_KEY", "key").env("TATUM_KMS_PASSWORD", "wrong");
    run(command).failed("wrong password");
}
