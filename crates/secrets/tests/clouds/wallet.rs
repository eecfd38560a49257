//! From the secret store to the wallet file: `tatum-kms --aws`, with this program beside it.
//!
//! `cargo build --workspace --bins` puts both where they are looked for. Without `tatum-kms` the test says that it
//! skips, unless TATUM_KMS_REQUIRE_MOTO is 1.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::PASSWORD;
use crate::moto::{Moto, SECRET_KEY, settings, skip};
use crate::program::Variable;

fn tatum_kms() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_tatum-kms-secrets")).with_file_name("tatum-kms");
    if program.exists() {
        return Some(program);
    }
    skip("tatum-kms is not built; cargo build --workspace --bins builds it");
    None
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_wallet_file_is_opened_with_the_password_of_a_secret_store() {
    let Some(program) = tatum_kms() else { return };
    let Some(moto) = Moto::start() else { return };
    let secret =
        serde_json::json!({ "Name": "kms", "SecretString": format!(r#"{{"pwd":"{PASSWORD}"}}"#) });
    moto.secrets_manager("CreateSecret", &secret.to_string());
    let home = tempfile::tempdir().unwrap();
    let run = |line: &str, variables: &[Variable<'_>]| -> Output {
        let mut command = Command::new(&program);
        command.args(line.split(' ')).current_dir(home.path()).env_clear().env("HOME", home.path());
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let url = moto.url();
    let of = |name| [settings(&url, name), vec![("TATUM_KMS_AWS_SECRET_KEY", "pwd")]].concat();
    let made = run("generatemanagedwallet ETH --testnet --aws", &of("kms"));
    assert!(made.status.success(), "{}", text(&made.stderr));
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let id = made["signatureId"].as_str().unwrap();
    // With the password itself, as with the one of the store.
    for (line, variables) in
        [("list", vec![("TATUM_KMS_PASSWORD", PASSWORD)]), ("list --aws", of("kms"))]
    {
        let listed = run(line, &variables);
        assert!(listed.status.success(), "{line}: {}", text(&listed.stderr));
        assert!(text(&listed.stdout).contains(id), "{line}: {}", text(&listed.stdout));
    }
    let refused = run("list --aws", &of("another"));
    let said = text(&refused.stderr);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), ""));
    assert!(
        said.contains("AWS Secrets Manager: there is no secret `another` in eu-west-1"),
        "{said}"
    );
    assert!(!said.contains(PASSWORD) && !said.contains(SECRET_KEY), "{said}");
}
