//! What help texts show is what happens.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use support::User;
use support::console::{Terminal, is_like, steps};

/// The two wallets that the examples have: the mnemonic that everybody knows, and the key of EIP-155's example.
const WALLETS: &str = r#"{
"6d78dad2-518f-4e76-8255-8f1df0de6886":{"xpub":"xpub6EF8jXqFeFEW5bwMU7RpQtHkzE4KJxcqJtvkCjJumzW8CPpacXkb92ek4WzLQXjL93HycJwTPUAcuNxCqFPKKU5m5Z2Vq4nCyh5CyPeBFFr","mnemonic":"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about","chain":"ETH","testnet":false},
"0c64cc04-f412-4e57-aa51-ee6cb5e034c0":{"address":"0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f","privateKey":"0x4646464646464646464646464646464646464646464646464646464646464646","chain":"BSC","testnet":true}}"#;

/// The commands with examples that show what they print.
const SHOWN: &[&str] = &[
    "generatemanagedwallet",
    "generatemanagedprivatekeybatch",
    "getaddress",
    "nextaddress",
    "list",
    "find",
    "label",
    "verify",
    "rotatekey",
    "backup",
];

#[test]
fn examples_print_what_they_show() {
    for command in SHOWN {
        let user = User::with_wallets(WALLETS);
        user.run("migrate --to current").ok();
        let help = user.run(&format!("{command} --help")).ok().stdout;
        let (_, help) = help.split_once("Examples:\n").unwrap();
        let examples = help.split("\n\n").next().unwrap();
        let lines = examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
        let shown: Vec<_> =
            steps(lines).into_iter().filter(|step| !step.shown.is_empty()).collect();
        assert!(!shown.is_empty(), "{command} shows nothing");
        let mut terminal = Terminal::of(&user);
        for step in shown {
            let printed = terminal.run(&step.command).ok().stdout;
            assert!(is_like(&step.shown, &printed), "{step:?}\n{printed}");
        }
    }
}

/// Else it would not be run above.
#[test]
fn no_other_example_shows_what_it_prints() {
    let user = User::new();
    let all = user.run("--help").ok().stdout;
    let commands = all.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let names = commands.take_while(|line| line.starts_with("  ")).filter_map(|line| {
        line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split_whitespace().next()
    });
    for name in names.filter(|name| !SHOWN.contains(name) && *name != "help") {
        let help = user.run(&format!("{name} --help")).ok().stdout;
        let (_, help) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name}"));
        let examples = help.split("\n\n").next().unwrap();
        assert!(examples.lines().all(|line| line.starts_with("  $ ")), "{name}: {examples}");
    }
}
