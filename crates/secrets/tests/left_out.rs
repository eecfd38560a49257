//! A build without any store: `cargo test -p kms-secrets --no-default-features`.

#![cfg(not(any(
    feature = "aws",
    feature = "azure",
    feature = "gcp",
    feature = "vault",
    feature = "vgs"
)))]
#![allow(clippy::unwrap_used)]

use std::process::Command;

#[test]
fn a_store_that_is_left_out_says_how_to_build_it() {
    for (store, title) in [
        ("aws", "AWS Secrets Manager"),
        ("azure", "Azure Key Vault"),
        ("gcp", "Google Secret Manager"),
        ("vault", "Vault"),
        ("vgs", "VGS"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tatum-kms-secrets"));
        let output = command.arg(store).env_clear().output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        let expected = format!(
            "tatum-kms-secrets: {title}: this tatum-kms-secrets was built without it; build it with \
             `cargo build --release -p kms-secrets --features {store}`\n"
        );
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    }
}

#[test]
fn its_version_is_that_of_tatum_kms() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tatum-kms-secrets"));
    let output = command.arg("--version").output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, concat!(env!("CARGO_PKG_VERSION"), "\n").as_bytes());
}
