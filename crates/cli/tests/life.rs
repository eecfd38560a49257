//! The life of a wallet file: passwords, keys, backups, exports, formats.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use support::{ETH_WALLET, Outcome, PASSWORD, SECRETS, User};

const NEW: &str = "new horse";

impl User {
    /// Runs a command line with other variables set.
    fn run_env(&self, line: &str, variables: &[(&str, &str)]) -> Outcome {
        let mut command = self.command(line.split_whitespace());
        command.envs(variables.iter().copied());
        support::run(command)
    }
}

fn with_password(user: &User, line: &str, password: &str) -> Outcome {
    user.run_env(line, &[("TATUM_KMS_PASSWORD", password)])
}

fn three_wallets() -> User {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    user.run("generatemanagedprivatekeybatch BTC 2").ok();
    user
}

#[test]
fn the_password_can_be_changed_from_every_source() {
    let user = three_wallets();
    let before = user.run("export").ok().stdout;
    let changed = user.run_env("changepassword", &[("TATUM_KMS_NEW_PASSWORD", NEW)]).ok();
    assert_eq!(
        changed.json(),
        json!({"wallets": 3, "newDataKey": true, "copiesUnderOldPassword": []})
    );
    assert!(changed.stderr.contains("still open with the old password"), "{}", changed.stderr);
    user.run("export").failed("wrong password");
    assert_eq!(with_password(&user, "export", NEW).ok().stdout, before);

    // Both as lines of standard input: the present one first.
    let mut command = user.command(["changepassword", "--rewrapOnly"]);
    command.env_remove("TATUM_KMS_PASSWORD");
    let quick = support::run_with(command, "new horse\nthird horse\n").ok();
    assert_eq!(quick.json()["newDataKey"], false);
    assert!(quick.stderr.contains("without --rewrapOnly that ends"), "{}", quick.stderr);

    let next = user.home.path().join("next");
    fs::write(&next, format!("{PASSWORD}\n")).unwrap();
    fs::set_permissions(&next, fs::Permissions::from_mode(0o600)).unwrap();
    let from_file = "changepassword --new-password-file next --rewrap-only";
    with_password(&user, from_file, "third horse").ok();
    assert_eq!(user.run("export").ok().stdout, before);
    user.run("verify").ok();
}

#[test]
fn a_password_is_not_changed_by_mistake() {
    let user = three_wallets();
    let before = support::snapshot(user.home.path());
    let change = |next: &str| user.run_env("changepassword", &[("TATUM_KMS_NEW_PASSWORD", next)]);
    change(PASSWORD).failed("rotatekey");
    change("").failed("the password is missing");
    with_password(&user, "changepassword", "wrong").failed("wrong password");
    user.run("changepassword --newPasswordFile nowhere").failed("nowhere");
    User::new().run("changepassword").failed("no wallet file");
    assert_eq!(support::snapshot(user.home.path()), before);
}

#[test]
fn an_old_file_is_upgraded_and_its_copy_named_when_the_password_changes() {
    let user = User::with_legacy("broken/ok.dat");
    let changed = user.run_env("changepassword", &[("TATUM_KMS_NEW_PASSWORD", NEW)]).ok();
    let copy = user.store().with_extension("dat.legacy-sealed");
    assert_eq!(changed.json()["copiesUnderOldPassword"], json!([copy]));
    assert_eq!(with_password(&user, "verify", NEW).ok().json()["wallets"], 3);
    user.run("export").failed("wrong password");
}

#[test]
fn verify_derives_every_address_and_names_what_is_doubtful() {
    let user = User::new();
    for chain in ["ETH", "BTC", "SOL", "XRP", "XLM", "ADA", "ALGO", "TRON", "EGLD", "BNB", "VET"] {
        user.run(&format!("generatemanagedwallet {chain} --testnet")).ok();
    }
    user.run("generatemanagedprivatekeybatch CELO 5").ok();
    let summary = user.run("verify").ok().json();
    // A wallet of EGLD holds nothing but its mnemonic.
    let expected =
        json!({"format": "current", "wallets": 16, "derived": 15, "unusable": 0, "doubts": []});
    assert_eq!(summary, expected);

    // A store whose rows are sound, but one address is another wallet's.
    let other = User::with_legacy("broken/ok.dat");
    assert_eq!(other.run("verify").ok().json()["format"], "legacy");
    let doubtful = User::with_legacy("broken/ok.dat");
    plant_wrong_address(&doubtful);
    let outcome = doubtful.run("verify").hides(SECRETS);
    assert_eq!(outcome.code, Some(1));
    let doubts = outcome.json()["doubts"].clone();
    assert_eq!(doubts.as_array().unwrap().len(), 1, "{doubts}");
    assert_eq!(doubts[0]["signatureId"], ETH_WALLET);
    assert!(doubts[0]["problem"].as_str().unwrap().contains("xpub"), "{doubts}");
    assert!(outcome.stderr.contains(ETH_WALLET), "{}", outcome.stderr);
}

/// Rewrites the old file with another xpub in one wallet: the old format notices nothing.
fn plant_wrong_address(user: &User) {
    let fixtures = support::legacy("broken/ok.plaintext.json");
    let mut wallets: Value = serde_json::from_slice(&fs::read(fixtures).unwrap()).unwrap();
    wallets[ETH_WALLET]["xpub"] = json!("xpub-of-somebody-else");
    fs::write(user.home.path().join("plain"), wallets.to_string()).unwrap();
    let openssl = "openssl enc -aes-256-cbc -md md5 -salt -pass env:TATUM_KMS_PASSWORD -a -A \
                   -in plain -out .tatumrc/wallet.dat";
    user.shell(openssl).ok();
}

#[test]
fn a_flipped_bit_in_a_row_is_named_by_verify() {
    let user = three_wallets();
    let bytes = fs::read(user.store()).unwrap();
    let id = user.run("export").ok().json().as_object().unwrap().keys().next().unwrap().clone();
    // The row begins with its id; what is sealed follows.
    let at = bytes.windows(id.len()).rposition(|window| window == id.as_bytes()).unwrap();
    let places = bytes.windows(id.len()).enumerate();
    let row = places.filter(|(_, window)| *window == id.as_bytes()).map(|(at, _)| at);
    for at in row.chain([at]) {
        let mut flipped = bytes.clone();
        flipped[at + 200] ^= 1;
        fs::write(user.store(), &flipped).unwrap();
        let outcome = user.run("verify");
        if outcome.code == Some(1) && outcome.stdout.contains(&id) {
            assert!(outcome.stderr.contains(&id));
            return;
        }
    }
    panic!("no flip was noticed");
}

#[test]
fn a_backup_comes_back() {
    let user = three_wallets();
    let told = user.run("backup safe.dat").ok().json();
    assert_eq!(told, json!({"file": "safe.dat", "wallets": 3}));
    let mode = user.home.path().join("safe.dat").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    user.run("backup safe.dat").failed("not overwritten");
    user.run("verify --path safe.dat").ok();
    let before = user.run("export").ok().stdout;
    let later = user.run("generatemanagedwallet ETH").ok().id();

    user.run("restore safe.dat").failed("--replace");
    let restored = user.run("restore safe.dat --replace").ok();
    let kept = user.store().with_extension("dat.replaced");
    assert_eq!(restored.json(), json!({"wallets": 3, "kept": kept, "missing": [later]}));
    assert!(restored.stderr.contains(&later), "{}", restored.stderr);
    assert_eq!(user.run("export").ok().stdout, before);
    user.run(&format!("getmanagedwallet {later} --path {}", kept.display())).ok();

    let elsewhere = user.run("restore safe.dat --path new/wallet.dat").ok().json();
    assert_eq!(elsewhere, json!({"wallets": 3, "kept": null, "missing": []}));
    with_password(&user, "restore safe.dat --path x.dat", "wrong").failed("wrong password");
    user.run("restore nowhere.dat --path x.dat").failed("nowhere.dat");
    assert!(!user.home.path().join("x.dat").exists());
}

#[test]
fn an_encrypted_export_is_merged_once() {
    let user = three_wallets();
    let export = [("TATUM_KMS_EXPORT_PASSWORD", "ex port")];
    let told = user.run_env("export --encrypted all.export", &export).ok().hides(SECRETS);
    assert_eq!(told.json(), json!({"file": "all.export", "wallets": 3}));
    user.run_env("export --encrypted all.export", &export).failed("not overwritten");
    user.run("export --path all.export").failed("wrong password");

    let line = "import all.export --path other.dat";
    let first = user.run_env(line, &export).ok().json();
    assert_eq!(first["added"].as_array().unwrap().len(), 3);
    let second = user.run_env(line, &export).ok().json();
    assert_eq!(second, json!({"added": [], "present": 3, "sameKey": []}));
    let exported = user.run("export").ok().stdout;
    assert_eq!(user.run("export --path other.dat").ok().stdout, exported);

    // A key that was stored by hand under another id.
    let wallets: Value = serde_json::from_str(&exported).unwrap();
    let (id, key) = wallets
        .as_object()
        .unwrap()
        .iter()
        .find_map(|(id, wallet)| Some((id, wallet["privateKey"].as_str()?)))
        .unwrap();
    let stored = user.run_with("storemanagedprivatekey BTC --path third.dat", key).ok().id();
    let third = user.run_env("import all.export --path third.dat", &export).ok();
    assert_eq!(third.json()["sameKey"], json!([{"signatureId": id, "storedAs": stored}]));
    assert!(third.stderr.contains(&stored), "{}", third.stderr);
    let other = user.run_with("storemanagedprivatekey BTC --testnet --path fourth.dat", key).code;
    // The key is spelled for mainnet; where it is no key of testnet, there is nothing to refuse.
    if other == Some(0) {
        let line = "import all.export --path fourth.dat";
        user.run_env(line, &export).failed("--allowBothNetworks");
        user.run_env(&format!("{line} --allowBothNetworks"), &export).ok();
    }
    user.run("import nowhere.export").failed("nowhere.export");
    user.run_env("import all.export --path x.dat", &[("TATUM_KMS_EXPORT_PASSWORD", "wrong")])
        .failed("wrong password");
    assert!(!user.home.path().join("x.dat").exists());
}

#[test]
fn the_formats_can_be_changed_both_ways() {
    let user = User::with_legacy("broken/ok.dat");
    let before = user.run("export").ok().stdout;
    let unchanged = user.run("migrate --to legacy").ok().json();
    assert_eq!(unchanged, json!({"format": "legacy", "wallets": 3, "changed": false}));
    let current = user.run("migrate --to current").ok().json();
    assert_eq!(current, json!({"format": "current", "wallets": 3, "changed": true}));
    user.run("migrate --to legacy").failed("--yes");
    let back = user.run("migrate --to legacy --yes").ok().json();
    assert_eq!((&back["format"], &back["changed"]), (&json!("legacy"), &json!(true)));
    user.run("export").failed("--allowLegacyAgain");
    assert_eq!(user.run("export --allowLegacyAgain").ok().stdout, before);
    // It is what OpenSSL, and so the old program, reads.
    let openssl = "openssl enc -d -aes-256-cbc -md md5 -pass env:TATUM_KMS_PASSWORD -a -A \
                   -in .tatumrc/wallet.dat";
    let plain: Value = serde_json::from_str(&user.shell(openssl).ok().stdout).unwrap();
    assert_eq!(plain, serde_json::from_str::<Value>(&before).unwrap());
    user.run("migrate --to paper").usage("legacy");
}

#[test]
fn a_script_removes_without_being_asked() {
    let user = three_wallets();
    let export = user.run("export").ok().json();
    let mut ids = export.as_object().unwrap().keys();
    user.run(&format!("removewallet {}", ids.next().unwrap())).ok();
    user.run(&format!("removewallet --yes {}", ids.next().unwrap())).ok();
    assert_eq!(user.run("verify").ok().json()["wallets"], 1);
}

#[test]
fn what_help_teaches_of_these_commands() {
    let user = User::new();
    for command in [
        "verify",
        "changepassword",
        "rotatekey",
        "backup",
        "restore",
        "migrate",
        "import",
        "export",
    ] {
        let help = user.run(&format!("{command} --help")).ok().stdout;
        assert!(help.contains("Examples:\n") && help.contains(command), "{help}");
    }
}
