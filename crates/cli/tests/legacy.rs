//! Stores that the old program wrote, whole and broken.

mod support;

use std::fs;

use support::{ETH_WALLET, PASSWORD, SECRETS, UNKNOWN, User, legacy, run};

#[test]
fn export_is_byte_identical_before_and_after_the_upgrade() {
    let manifest = fs::read_to_string(legacy("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    for entry in manifest.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        let user = User::with_legacy(file);
        let with_password = |line: &str| {
            let mut command = user.command(line.split_whitespace());
            command.env("TATUM_KMS_PASSWORD", entry["password"].as_str().unwrap());
            run(command)
        };
        let expected =
            fs::read_to_string(legacy(&file.replace(".wallet.dat", ".export.json"))).unwrap();
        let before = support::snapshot(user.home.path());
        let export = with_password("export").ok();
        assert_eq!(export.stdout, expected, "{file}");
        assert!(export.stderr.contains("old format"), "{}", export.stderr);
        assert_eq!(support::snapshot(user.home.path()), before);

        let upgrade = with_password("generatemanagedwallet ETH").ok();
        assert!(upgrade.stderr.contains("upgraded") && upgrade.stderr.contains(".legacy-sealed"));
        with_password(&format!("removewallet {}", upgrade.id())).ok();
        let export = with_password("export").ok();
        assert_eq!(export.stdout, expected, "{file}");
        assert_eq!(export.stderr, "");
    }
}

#[test]
fn a_failed_command_does_not_upgrade() {
    let user = User::with_legacy("broken/ok.dat");
    let before = support::snapshot(user.home.path());
    user.run(&format!("removewallet {UNKNOWN}")).failed(UNKNOWN);
    user.run_with("storemanagedwallet ETH --testnet", support::MNEMONIC).failed(ETH_WALLET);
    user.run_with("storemanagedprivatekey ETH", "nonsense").failed("not valid");
    assert_eq!(support::snapshot(user.home.path()), before);
    let address = user.run(&format!("getaddress {ETH_WALLET} 0")).ok();
    assert_eq!(address.text("address"), "0x9858effd232b4033e47d90003d41ec34ecaeda94");
    assert_eq!(support::snapshot(user.home.path()), before);
    user.run(&format!("removewallet {ETH_WALLET}")).ok().hides(SECRETS);
}

#[test]
fn a_wallet_of_another_kind_is_named() {
    let user = User::with_legacy("broken/ok.dat");
    let xrp = "33333333-3333-4333-8333-333333333333";
    assert_eq!(user.run(&format!("getmanagedwallet {xrp}")).ok().text("chain"), "XRP");
    let report = user.run(&format!("report {ETH_WALLET},{xrp}")).ok().hides(SECRETS).json();
    assert_eq!(report["wallets"][ETH_WALLET]["type"], "MNEMONIC");
    assert_eq!(report["wallets"][xrp]["type"], "SECRET");
}

#[test]
fn broken_stores_fail_in_one_sentence_and_tell_no_secret() {
    let whole =
        ["ok.dat", "trailing-newline.dat", "empty-object.dat", "json-null.dat", "json-array.dat"];
    for entry in fs::read_dir(legacy("broken")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".dat") || whole.contains(&name.as_str()) {
            continue;
        }
        let user = User::with_legacy(&format!("broken/{name}"));
        let before = support::snapshot(user.home.path());
        for line in [
            "export".to_owned(),
            format!("getmanagedwallet {ETH_WALLET}"),
            format!("getprivatekey {ETH_WALLET} 0"),
            format!("getaddress {ETH_WALLET} 0"),
            format!("removewallet {ETH_WALLET}"),
            format!("report {ETH_WALLET}"),
        ] {
            user.run(&line).failed("").hides(SECRETS);
        }
        // An empty file is no store: the commands that make wallets begin one there.
        if name != "empty.dat" {
            user.run("generatemanagedwallet ETH").failed("").hides(SECRETS);
            user.run("generatemanagedprivatekeybatch ETH 2").failed("").hides(SECRETS);
            user.run_with("storemanagedwallet ETH", support::MNEMONIC).failed("").hides(SECRETS);
        }
        assert_eq!(support::snapshot(user.home.path()), before, "{name}");
    }
}

#[test]
fn a_wrong_password_changes_nothing() {
    for fixture in ["broken/ok.dat", "one-simple.wallet.dat"] {
        let user = User::with_legacy(fixture);
        let before = support::snapshot(user.home.path());
        for line in ["export", "generatemanagedwallet ETH", "generatemanagedprivatekeybatch ETH 1"]
        {
            let mut command = user.command(line.split_whitespace());
            command.env("TATUM_KMS_PASSWORD", "wrong password 1");
            run(command).failed("wrong password").hides(&["wrong password 1", PASSWORD]);
        }
        assert_eq!(support::snapshot(user.home.path()), before);
    }
}

#[test]
fn an_old_file_put_back_is_refused() {
    let user = User::with_legacy("broken/ok.dat");
    user.run("generatemanagedwallet ETH").ok();
    fs::copy(legacy("broken/ok.dat"), user.store()).unwrap();
    user.run("export").failed("--allowLegacyAgain");
    user.run("export --allowLegacyAgain").ok();
}
