//! The recovery script in `docs/` opens what the program wrote, with nothing of the program's code.
//!
//! It needs Python with the packages `argon2-cffi` and `cryptography`; `./check` installs them under
//! `target/tools/python`. Without them the test says that it skips, unless TATUM_KMS_REQUIRE_RECOVERY is 1.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Outcome, PASSWORD, User};

#[expect(clippy::disallowed_methods, reason = "whether tools must be there is set outside")]
fn is_required() -> bool {
    std::env::var_os("TATUM_KMS_REQUIRE_RECOVERY").is_some_and(|value| value == "1")
}

/// A Python that has the packages.
fn python() -> Option<PathBuf> {
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let own = target.join("tools/python/bin/python3");
    [own, PathBuf::from("python3")].into_iter().find(|python| {
        let mut check = Command::new(python);
        check.args(["-c", "import argon2, cryptography"]);
        check.output().is_ok_and(|output| output.status.success())
    })
}

fn recover(python: &Path, file: &Path, password: &str) -> Outcome {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recover-wallet.py");
    let mut command = Command::new(python);
    command.arg(script).arg(file).env("TATUM_KMS_PASSWORD", password);
    support::run(command)
}

#[test]
fn a_stranger_opens_the_wallet_file_with_python() {
    let Some(python) = python() else {
        assert!(!is_required(), "Python with argon2-cffi and cryptography is missing; run ./check");
        println!("skipped: no Python with argon2-cffi and cryptography");
        return;
    };
    let user = User::with_legacy("twohundred-unicode.wallet.dat");
    let secret = "пароль-密码-é-🔑";
    let run = |line: &str| {
        let mut command = user.command(line.split_whitespace());
        command.env("TATUM_KMS_PASSWORD", secret).env("TATUM_KMS_EXPORT_PASSWORD", "ex port");
        support::run(command).ok()
    };
    let id = run("generatemanagedwallet ETH").id();
    run(&format!("nextaddress {id} --count 3"));
    run(&format!("label {id} treasury"));
    run("generatemanagedprivatekeybatch SOL 2 --testnet");
    run("export --encrypted wallets.export");
    run("rotatekey");
    let expected = run("export").stdout;
    let recovered = recover(&python, &user.store(), secret).ok();
    assert_eq!(recovered.stdout, expected);
    assert_eq!(recovered.stderr, "");
    let export = user.home.path().join("wallets.export");
    assert_eq!(recover(&python, &export, "ex port").ok().stdout, expected);
    let wrong = recover(&python, &export, PASSWORD);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(1), ""));
}
