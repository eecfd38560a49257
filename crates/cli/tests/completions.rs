//! Completions of shells and manual pages.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::process::Command;

use support::User;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// Whether this program is on the machine.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// What bash would offer behind `words`, the last of which is being typed.
fn offered(user: &User, words: &[&str]) -> Vec<String> {
    let typed = words.join(" ");
    let (word, before) = (words[words.len() - 1], words[words.len() - 2]);
    let script = format!(
        "source ./script; COMP_WORDS=({typed}); COMP_CWORD={}; \
         _tatum__kms tatum-kms '{word}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.len() - 1
    );
    let mut bash = Command::new("bash");
    bash.current_dir(user.home.path()).args(["--norc", "-c", &script]);
    let outcome = support::run(bash).ok();
    outcome.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn scripts_are_sound_and_hold_no_secret() {
    let user = User::new();
    for shell in SHELLS {
        let mut command = user.command(["completions", shell]);
        command.env("TATUM_API_KEY", "t-0123456789");
        let script = support::run(command).ok().hides(&["t-0123456789", support::PASSWORD]).stdout;
        for name in ["generatemanagedwallet", "externalUrlMethod", "external-url-method"] {
            assert!(script.contains(name), "{shell}: {name}");
        }
        let file = user.home.path().join(shell);
        fs::write(&file, script).unwrap();
        if ["bash", "zsh", "fish"].contains(&shell) && is_there(shell) {
            let mut check = Command::new(shell);
            check.arg("-n").arg(&file);
            assert_eq!(support::run(check).ok().stderr, "", "{shell}");
        }
    }
    user.run("completions tcsh").usage("[possible values: bash, elvish, fish, powershell, zsh]");
}

#[test]
fn bash_completes_commands_flags_in_both_spellings_and_chains() {
    let user = User::new();
    fs::write(user.home.path().join("script"), user.run("completions bash").ok().stdout).unwrap();
    assert_eq!(offered(&user, &["tatum-kms", "gener"]).len(), 3);
    assert_eq!(offered(&user, &["tatum-kms", "pending", "re"]), ["retry"]);
    assert_eq!(
        offered(&user, &["tatum-kms", "daemon", "--external-url-m"]),
        ["--external-url-method"]
    );
    assert_eq!(offered(&user, &["tatum-kms", "daemon", "--externalUrlM"]), ["--externalUrlMethod"]);
    assert_eq!(offered(&user, &["tatum-kms", "--env-f"]), ["--env-file"]);
    assert_eq!(offered(&user, &["tatum-kms", "daemon", "--chain", "MA"]), ["MATIC"]);
    assert_eq!(offered(&user, &["tatum-kms", "daemon", "--logFormat", "j"]), ["json"]);
    assert_eq!(offered(&user, &["tatum-kms", "getaddress", "--coun"]), ["--count"]);
}

#[test]
fn manual_pages_are_printed_and_written() {
    let user = User::new();
    let first = user.run("man").ok().stdout;
    assert!(first.contains(".TH tatum") && first.contains(".SH SYNOPSIS"), "{first}");
    assert!(first.contains("TATUM_KMS_PASSWORD_FILE") && !first.contains(support::PASSWORD));
    let daemon = user.run("man --page daemon").ok().stdout;
    assert_eq!(daemon, user.run("man --page tatum-kms-daemon").ok().stdout);
    assert!(daemon.contains("EXIT STATUS") && daemon.contains("stopTimeout"), "{daemon}");
    // Flags of every command are on the first page.
    assert!(first.contains("allowLegacyAgain") && !daemon.contains("allowLegacyAgain"));
    let list = user.run("man --page pending-list").ok().stdout;
    assert!(list.contains("\\-\\-all"), "{list}");
    user.run("man --page nosuch").failed("there is no command `nosuch`");
    user.run("man somewhere --page daemon").usage("--page");

    assert!(user.run("man pages/man1").ok().stderr.contains("pages/man1"));
    let written: Vec<_> = fs::read_dir(user.home.path().join("pages/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let names = ["tatum-kms.1", "tatum-kms-daemon.1", "tatum-kms-pending-list.1"];
    assert!(
        names.iter().all(|name| written.iter().any(|path| path.ends_with(name))),
        "{written:?}"
    );
    assert!(written.len() > 30, "{written:?}");
    if is_there("groff") {
        for page in &written {
            let mut check = Command::new("groff");
            check.args(["-man", "-Tutf8", "-K", "utf8", "-ww", "-z"]).arg(page);
            assert_eq!(support::run(check).ok().stderr, "", "{}", page.display());
        }
    }
    fs::write(user.home.path().join("file"), "").unwrap();
    user.run("man file").failed("`file`");
}

/// Neither asks for settings, which may be wrong, or for a home, which packagers do not have.
#[test]
fn both_work_whatever_is_set() {
    let user = User::new();
    fs::write(user.home.path().join("broken.toml"), "[").unwrap();
    for line in ["completions bash", "man"] {
        let mut command = user.command(line.split(' '));
        command.env_remove("HOME").env("TATUM_KMS_PROFILE", "nosuch");
        support::run(command).ok();
        user.run(&format!("{line} --config broken.toml")).ok();
    }
}
