//! Where the password comes from: flags, settings, systemd's credential, standard input.
#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use support::api::{Api, KEY, transfer, user_with_key};
use support::{ETH_WALLET, Outcome, PASSWORD, User, run, run_with};

/// A command that is told of no password by its environment.
fn bare(user: &User, line: &str) -> Command {
    let mut command = user.command(line.split_whitespace());
    command.env_remove("TATUM_KMS_PASSWORD").env("PATH", "/usr/bin:/bin");
    command
}

/// A user with a store, and the password in the file `password`.
fn user() -> (User, PathBuf) {
    let user = User::new();
    user.run("generatemanagedwallet ETH --testnet").ok();
    let path = user.home.path().join("password");
    write(&path, PASSWORD);
    (user, path)
}

fn write(path: &Path, text: &str) {
    fs::write(path, format!("{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Runs a shell line in which `$KMS` is the program, without a password in the environment.
fn shell(user: &User, line: &str) -> Outcome {
    user.shell(&format!("unset TATUM_KMS_PASSWORD; {line}"))
}

#[test]
fn each_source_opens_the_store() {
    let (user, _) = user();
    run(bare(&user, "export --passwordFile password")).ok();
    run(bare(&user, "--password-file=password export")).ok();
    shell(&user, "\"$KMS\" export --passwordFd 3 3< password").ok();
    shell(&user, "cat password | \"$KMS\" export --password-fd=0").ok();
    shell(&user, "\"$KMS\" export --passwordCommand 'cat password | cat'").ok();
    shell(&user, "\"$KMS\" export --password-command='cat password'").ok();
    shell(&user, "TATUM_KMS_PASSWORD_FILE=password \"$KMS\" export").ok();
    shell(&user, "TATUM_KMS_PASSWORD_COMMAND='cat password' \"$KMS\" export").ok();
    shell(&user, "\"$KMS\" export < password").ok();
}

#[test]
fn a_new_store_can_be_made_by_each_source() {
    let user = User::new();
    write(&user.home.path().join("password"), PASSWORD);
    for (number, flags) in
        ["--passwordFile password", "--passwordCommand 'cat password'", "--passwordFd 3 3<password"]
            .iter()
            .enumerate()
    {
        let path = format!("--path store-{number}.dat");
        shell(&user, &format!("\"$KMS\" generatemanagedwallet ETH {path} {flags}")).ok();
        user.run(&format!("export {path}")).ok();
    }
}

#[test]
fn systemds_credential_is_taken_where_nothing_else_is_said() {
    let (user, _) = user();
    let directory = user.home.path().join("credentials");
    fs::create_dir(&directory).unwrap();
    let with = |password: Option<&str>, line: &str| {
        let mut command = bare(&user, line);
        command.env("CREDENTIALS_DIRECTORY", &directory);
        password.map(|password| command.env("TATUM_KMS_PASSWORD", password));
        run(command)
    };
    with(None, "export").failed("no source is named");
    write(&directory.join("tatum-kms-password"), PASSWORD);
    with(None, "export").ok();
    with(Some("wrong"), "export").failed("wrong password");
    write(&directory.join("tatum-kms-password"), "wrong");
    with(Some(PASSWORD), "export").ok();
    with(None, "export --passwordFile password").ok();
}

#[test]
fn a_flag_wins_over_settings_and_two_of_a_kind_are_refused() {
    let (user, path) = user();
    let with = |name: &str, value: &str, line: &str| {
        let mut command = bare(&user, line);
        command.env("TATUM_KMS_PASSWORD", "wrong").env(name, value);
        run(command)
    };
    with("TATUM_RETRIES", "1", "export --passwordFile password").ok();
    with("TATUM_RETRIES", "1", "export").failed("wrong password");
    let both = with("TATUM_KMS_PASSWORD_FILE", "password", "export");
    both.failed("TATUM_KMS_PASSWORD and TATUM_KMS_PASSWORD_FILE are both set");
    with("TATUM_KMS_PASSWORD_FILE", "nosuch", "export --passwordFile password").ok();
    user.run("export --passwordFile x --passwordFd 3")
        .usage("--passwordFile and --passwordFd both");
    user.run("--aws export --vgs").usage("--aws and --vgs both say where the password comes from");
    user.run("export --passwordCommand=").usage("--passwordCommand is empty");
    for number in ["1", "2", "-1", "x", "99999999999"] {
        user.run(&format!("export --passwordFd {number}")).usage("a file descriptor to read from");
    }
    // What is nearer decides, of whatever kind it is.
    write(&user.home.path().join(".env"), "TATUM_KMS_PASSWORD=wrong");
    let mut command = bare(&user, "export");
    command.env("TATUM_KMS_PASSWORD_FILE", path);
    run(command).ok();
}

#[test]
fn what_has_no_password_is_named_in_one_sentence() {
    let (user, path) = user();
    let fails = |line: &str, why: &str| {
        shell(&user, &format!("\"$KMS\" export {line}")).failed(why).hides(&["hunter2", PASSWORD]);
    };
    fails("--passwordFile nosuch", "the password file nosuch can't be read");
    fails("--passwordFd 77", "file descriptor 77, named by --passwordFd, is not open");
    fails("--passwordFd 3 3</dev/null", "is empty");
    fails("--passwordFd 0", "is empty");
    fails(
        "--passwordCommand 'echo hunter2; false'",
        "the password command failed (exit status: 1)",
    );
    fails("--passwordCommand 'true hunter2'", "the password command printed no password");
    fails("--passwordCommand 'echo hunter2'", "wrong password");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    fails("--passwordFile password", "can be written by others (mode 666)");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    let warned = run(bare(&user, "export --passwordFile password")).ok();
    assert!(warned.stderr.starts_with("warning: the password file password can be read by"));
}

#[test]
fn a_command_gets_none_of_our_settings_and_may_talk() {
    let (user, _) = user();
    let line = "TATUM_API_KEY=k TATUM_KMS_PASSWORD=hunter2 \"$KMS\" export --passwordCommand \
                'env | grep -c ^TATUM >&2; cat password'";
    let outcome = shell(&user, line).ok();
    assert_eq!(outcome.stderr, "0\n");
    // What is on standard input is not for the command.
    let import = "storemanagedwallet ETH --passwordCommand";
    let mut command = bare(&user, import);
    command.arg("cat; cat password");
    run_with(command, support::MNEMONIC).ok();
}

#[test]
fn a_command_in_the_current_directorys_settings_is_not_run() {
    let (user, _) = user();
    let line = "TATUM_KMS_PASSWORD_COMMAND=touch trap; cat password";
    write(&user.home.path().join(".env"), line);
    let refused = run(bare(&user, "export"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("warning: TATUM_KMS_PASSWORD_COMMAND in ./.env is left out"));
    assert!(!user.home.path().join("trap").exists());
    run(bare(&user, "export --envFile .env")).ok();
}

#[test]
fn a_batch_on_standard_input_leaves_no_room_for_the_password() {
    let (user, _) = user();
    let batch = "storemanagedwallet ETH --testnet --batch";
    run(bare(&user, batch)).failed("so the password can't come from there");
    run(bare(&user, &format!("{batch} --passwordFd 0"))).failed("can't come from there");
    let command = bare(&user, &format!("{batch} --passwordFile password"));
    run_with(command, support::MNEMONIC).ok();
}

#[test]
fn a_secret_store_is_asked_by_the_program_beside_ours() {
    let (user, _) = user();
    let place = user.home.path().join("bin");
    fs::create_dir(&place).unwrap();
    let install = |version: &str| {
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo {version} && exit\n\
             echo \"$1 $TATUM_KMS_AWS_REGION$TATUM_KMS_VGS_ALIAS$TATUM_API_KEY\" >&2\ncat password\n"
        );
        let line = "ln -f \"$KMS\" bin/tatum-kms 2>/dev/null || cp \"$KMS\" bin/tatum-kms
            cat > bin/tatum-kms-secrets && chmod 700 bin/tatum-kms-secrets";
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(user.home.path());
        command.env("KMS", env!("CARGO_BIN_EXE_tatum-kms"));
        run_with(command, &script).ok();
    };
    let export = |flags: &str| {
        let settings = "TATUM_KMS_AWS_REGION=eu TATUM_KMS_VGS_ALIAS=alias TATUM_API_KEY=key";
        shell(&user, &format!("{settings} PATH=/usr/bin:/bin:$PWD bin/tatum-kms export {flags}"))
    };
    install("0.1.0");
    for (flag, told) in
        [("aws", "aws eu\n"), ("vgs", "vgs alias\n"), ("azure", "azure \n"), ("gcp", "gcp \n")]
    {
        assert_eq!(export(&format!("--{flag}")).ok().stderr, told);
    }
    assert!(export("--vault").ok().stderr.starts_with("vault "));
    install("0.0.9");
    export("--aws").failed("is of version 0.0.9, and this program of version 0.1.0");
    fs::rename(place.join("tatum-kms-secrets"), user.home.path().join("tatum-kms-secrets"))
        .unwrap();
    let missing = export("--azure").failed("--azure needs the program tatum-kms-secrets");
    assert!(missing.stderr.contains("--passwordFile, --passwordFd, --passwordCommand"));
}

#[test]
fn the_daemon_takes_each_source_and_begins_anew_with_it() {
    let (user, wallet) = user_with_key();
    write(&user.home.path().join("password"), PASSWORD);
    let api = Api::with_pending(serde_json::json!([transfer(support::api::ID, &wallet)]), || {
        (200, "{\"txId\":\"0x00\"}".to_owned())
    });
    let set = format!("TATUM_API_KEY={KEY} TATUM_API_URL={} TATUM_RETRIES=0", api.url);
    let daemon = format!("{set} \"$KMS\" daemon --testnet --runOnce --chain=ETH");
    for source in [
        "--passwordFile password",
        "--passwordFd 3 3< password",
        "--passwordFd 5 5< password",
        "--passwordFd 0 < password",
        "--passwordCommand 'env | grep TATUM >&2; cat password'",
    ] {
        let outcome = shell(&user, &format!("{daemon} {source}")).ok();
        assert!(!outcome.stderr.contains("TATUM_"), "{}", outcome.stderr);
    }
    shell(&user, &format!("cat password | {daemon} --passwordFd 0")).ok();
    shell(&user, &format!("TATUM_KMS_PASSWORD_FILE=password {daemon}")).ok();
    shell(&user, &format!("TATUM_KMS_PASSWORD_COMMAND='cat password' {daemon}")).ok();
    shell(&user, &format!("{daemon} --passwordFd 3")).failed("file descriptor 3");
}

#[test]
fn the_config_file_names_a_source_and_what_is_nearer_wins() {
    let (user, _) = user();
    let config = |text: &str| write(&user.home.path().join(".tatumrc/config.toml"), text);
    config("passwordFile = 'password'");
    run(bare(&user, "export")).ok();
    assert_eq!(run(bare(&user, "report")).ok().json()["store"]["health"], "sound");
    let mut wrong = bare(&user, "export");
    wrong.env("TATUM_KMS_PASSWORD", "wrong");
    run(wrong).failed("wrong password");
    run(bare(&user, "export --passwordFile nosuch")).failed("nosuch");

    config("aws = true");
    run(bare(&user, "export")).failed_by_store("--aws");
    user.run("export").ok();
    assert_eq!(user.run("checkconfig --output json").ok().json()["storeType"], "LOCAL");
    run(bare(&user, "export --passwordFile password")).ok();
    config("gcp = true\npasswordCommand = 'cat password'");
    run(bare(&user, "export")).failed("`gcp` and `passwordCommand` in");

    config("aws = true\n[profile.a]\npasswordCommand = 'cat password'");
    run(bare(&user, "export --profile a")).ok();
    let shown = run(bare(&user, "checkconfig --profile a --output json")).ok();
    let shown = shown.hides(&["cat password"]).json();
    assert_eq!(shown["settings"]["passwordCommand"]["value"], "set");
    assert_eq!(shown["storeType"], "LOCAL");
    run(bare(&user, "export --profile a --passwordFd 9")).failed("file descriptor 9");
}

/// Every command, with arguments that it takes.
fn commands() -> Vec<(String, bool)> {
    let id = ETH_WALLET;
    let needing = [
        "generatemanagedwallet ETH".to_owned(),
        "storemanagedwallet ETH".to_owned(),
        "storemanagedprivatekey ETH".to_owned(),
        "storemanagedwallet ETH --batch".to_owned(),
        "storemanagedprivatekey ETH --batch".to_owned(),
        "generatemanagedprivatekeybatch ETH 2".to_owned(),
        format!("getmanagedwallet {id}"),
        format!("getprivatekey {id}"),
        format!("getaddress {id} 0"),
        format!("nextaddress {id}"),
        "list".to_owned(),
        "find 0x6c0c79223f7771e311161633f2cd2107d305ca8b".to_owned(),
        format!("label {id} name"),
        format!("removewallet {id}"),
        "export".to_owned(),
        "import all.export".to_owned(),
        "verify".to_owned(),
        "changepassword".to_owned(),
        "rotatekey".to_owned(),
        "backup copy.dat".to_owned(),
        "restore copy.dat".to_owned(),
        "migrate --to current".to_owned(),
        format!("report {id}"),
        "daemon --testnet --apiKey=key".to_owned(),
        "pending list".to_owned(),
        "pending show 5e6645712b55823de7ea82f1".to_owned(),
        "pending retry 5e6645712b55823de7ea82f1".to_owned(),
        "pending discard 5e6645712b55823de7ea82f1".to_owned(),
        "status".to_owned(),
    ];
    let free = [
        "generatewallet ETH",
        "report",
        "checkconfig",
        "config init c.toml",
        "help",
        "completions bash",
        "man",
    ]
    .map(str::to_owned);
    needing.map(|line| (line, true)).into_iter().chain(free.map(|line| (line, false))).collect()
}

#[test]
fn no_command_waits_for_input_that_cannot_come() {
    let (user, _) = user();
    let lines = commands();
    let help = user.run("help").ok().stdout;
    let list = help.split("\n\n").find_map(|part| part.strip_prefix("Commands:\n")).unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()) {
        assert!(lines.iter().any(|(line, _)| line.split(' ').next() == Some(name)), "{name}");
    }
    for (line, needs_password) in lines {
        let start = Instant::now();
        let outcome = run(bare(&user, &line));
        assert!(start.elapsed() < Duration::from_secs(10), "{line}");
        if !needs_password {
            outcome.ok();
        } else if line == "status" {
            // Says whether daemons run, and none does.
            assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        } else {
            outcome.failed("");
        }
    }
}
