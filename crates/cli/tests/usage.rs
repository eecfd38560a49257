//! The command line itself: help, version, mistakes.

mod support;

use support::User;

const COMMANDS: [&str; 20] = [
    "generatewallet",
    "generatemanagedwallet",
    "storemanagedwallet",
    "storemanagedprivatekey",
    "generatemanagedprivatekeybatch",
    "getmanagedwallet",
    "getprivatekey",
    "getaddress",
    "nextaddress",
    "list",
    "find",
    "label",
    "removewallet",
    "export",
    "report",
    "checkconfig",
    "config",
    "daemon",
    "completions",
    "man",
];

#[test]
fn no_arguments_print_the_help() {
    let help = User::new().run("").ok();
    assert_eq!(help.stdout, User::new().run("--help").ok().stdout);
    for command in COMMANDS {
        assert!(help.stdout.contains(command), "{command}");
    }
}

#[test]
fn help_and_version_work_anywhere() {
    let user = User::new();
    for command in COMMANDS {
        let help = user.run(&format!("{command} --help")).ok().stdout;
        assert!(help.contains("Examples:") && help.contains(command), "{help}");
        assert_eq!(user.run(&format!("{command} --version")).ok().stdout, "0.1.0\n");
    }
    assert!(user.run("generatewallet ETH --help").ok().stdout.contains("Examples:"));
    assert_eq!(user.run("--version").ok().stdout, "0.1.0\n");
    assert_eq!(user.run("--testnet --version").ok().stdout, "0.1.0\n");
    assert!(std::fs::read_dir(user.home.path()).unwrap().next().is_none());
}

#[test]
fn flags_are_known_in_both_spellings() {
    let user = User::new();
    user.run("checkconfig --apiKey k --allowLoosePermissions --keepLegacy").ok();
    user.run("checkconfig --api-key=k --allow-loose-permissions --keep-legacy").ok();
    let wallet = user.run("--testnet=true generatewallet ETH").ok();
    assert!(wallet.text("xpub").starts_with("xpub"));
    user.run("generatewallet ETH --testnet=maybe").usage("--testnet");
}

#[test]
fn mistakes_are_answered_with_what_was_meant() {
    let user = User::new();
    user.run("nosuch").usage("unrecognized subcommand 'nosuch'");
    user.run("generatwallet ETH").usage("'generatewallet'");
    user.run("export --testnt").usage("--testnet");
    user.run("daemon --testnet --runonce").usage("--runOnce");
    user.run("generatewallet").usage("<CHAIN>");
    user.run("getaddress").usage("<ID>");
    user.run("generatewallet ETH BSC").usage("BSC");
    user.run("export --path=").usage("the path is empty");
    user.run("checkconfig --apiKey=").usage("--apiKey is empty");
}

#[test]
fn chains_are_known_in_any_case_and_listed_when_not() {
    let user = User::new();
    user.run("generatewallet eth").ok();
    user.run("generatewallet Matic").ok();
    let unknown = user.run("generatewallet FOO").usage("\"FOO\" is not known");
    for chain in ["BSC", "CELO", "ETH", "KCS", "KLAY", "MATIC", "ONE", "XDC"] {
        assert!(unknown.stderr.contains(chain), "{chain}");
    }
    user.run("generatewallet usdt").usage("USDT is a token; use its chain, ETH");
    user.run("generatemanagedwallet CUSD").usage("use its chain, CELO");
    user.run("storemanagedprivatekey FOO").usage("FOO");
    assert!(!user.store().exists());
}

#[test]
fn numbers_are_whole() {
    let user = User::new();
    for count in ["0", "-1", "abc", "2.5", "1e1"] {
        let line = format!("generatemanagedprivatekeybatch ETH {count}");
        user.run(&line).usage("the count is a whole number, 1 or more");
    }
    user.run("generatemanagedprivatekeybatch ETH").usage("<COUNT>");
    for index in ["-1", "abc", "1.9", "5abc", "0x10", "1e3", "4294967296"] {
        let line = format!("getaddress {} {index}", support::ETH_WALLET);
        user.run(&line).usage("an index is a whole number from 0 to 2147483647");
    }
    assert!(!user.store().exists());
}

#[test]
fn the_daemon_is_not_started_by_mistake() {
    let user = User::new();
    user.run("daemon").usage("--externalUrl");
    user.run("daemon --externalUrl=").usage("--externalUrl is empty");
    user.run("daemon --testnet --externalUrl=").usage("--externalUrl is empty");
    user.run("daemon --externalUrl=ftp://example.com").usage("--externalUrl");
    user.run("daemon --testnet --externalUrlMethod=PUT").usage("GET, POST");
    user.run("daemon --testnet --chain=ETH,FOO").usage("FOO");
    user.run("daemon --testnet --wallets=a/b").usage("--wallets");
    user.run("daemon --testnet --transactionIds=../x").usage("--transactionIds");
    user.run("daemon --testnet --maxFee=ETH").usage("CHAIN=AMOUNT");
    for period in ["abc", "0", "-1", "NaN"] {
        let line = format!("daemon --testnet --period {period}");
        user.run(&line).usage("the period is a number of seconds above 0");
    }
}

#[test]
fn what_looks_like_a_secret_is_not_repeated() {
    let user = User::new();
    let line = "storemanagedprivatekey ETH 0x4646464646464646464646464646464646464646";
    user.run(line).usage("never given on the command line").hides(&["464646"]);
    let line = format!("storemanagedwallet ETH {}", support::MNEMONIC);
    user.run(&line).usage("never given on the command line").hides(&["abandon"]);
    user.run("export --password=hunter2").usage("--password").hides(&["hunter2"]);
}
