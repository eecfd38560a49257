//! HashiCorp Vault and OpenBao.
//!
//! The exchanges are those of the API's documentation ("KV secrets engine" version 1 and 2, "AppRole auth method",
//! "Kubernetes auth method"), with the members around `data` and `auth` that servers send with every answer.

use std::fs;

use crate::PASSWORD;
use crate::program::{Variable, password};
use crate::server::{Asked, Reply, Server};

/// A token as Vault makes them.
pub(crate) const TOKEN: &str = "hvs.CAESIJ-one";
/// The token that a login gives.
const OF_LOGIN: &str = "hvs.CAESIJ-two";

/// The answer around `data`, or around `auth`.
fn envelope(data: &str, auth: &str) -> String {
    format!(
        r#"{{"request_id":"0c8e0c5c-1b7f-4f1b-8d6c-4a3c0d0c6a01","lease_id":"","renewable":false,"lease_duration":0,"data":{data},"wrap_info":null,"warnings":null,"auth":{auth},"mount_type":"kv"}}"#
    )
}

fn version_two(version: u64) -> String {
    let metadata = format!(
        r#"{{"created_time":"2026-03-22T02:24:06.945319214Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":{version}}}"#
    );
    let data =
        format!(r#"{{"data":{{"user":"kms","password":"{PASSWORD}"}},"metadata":{metadata}}}"#);
    envelope(&data, "null")
}

fn login() -> Reply {
    let auth = format!(
        r#"{{"client_token":"{OF_LOGIN}","accessor":"0e9e354a-520f-df04-6867-ee81cae3d42d","policies":["default","kms"],"token_policies":["default","kms"],"metadata":{{"role_name":"kms"}},"lease_duration":2764800,"renewable":true,"entity_id":"a8cfc1e4","token_type":"service","orphan":true,"mfa_requirement":null,"num_uses":0}}"#
    );
    Reply::Json(200, envelope("null", &auth))
}

/// A server with both versions of the engine and two ways to log in.
fn vault(asked: &Asked) -> Reply {
    let is_known = [TOKEN, OF_LOGIN].contains(&asked.header("x-vault-token").unwrap_or_default());
    match line(asked) {
        "POST /v1/auth/approle/login"
        | "POST /v1/auth/kubernetes/login"
        | "POST /v1/auth/k8s/eu/login" => login(),
        _ if !is_known => Reply::Json(403, r#"{"errors":["permission denied"]}"#.to_owned()),
        "GET /v1/secret/data/tatum/kms" => Reply::Json(200, version_two(4)),
        "GET /v1/kv/data/kms?version=2" => Reply::Json(200, version_two(2)),
        "GET /v1/old/kms" => {
            Reply::Json(200, envelope(&format!(r#"{{"pwd":"{PASSWORD}","ttl":"1h"}}"#), "null"))
        }
        "POST /v1/auth/token/revoke-self" => Reply::Json(204, String::new()),
        _ => Reply::Json(404, r#"{"errors":[]}"#.to_owned()),
    }
}

fn read(given: &[Variable<'_>]) -> Vec<Asked> {
    let server = Server::start(vault);
    let url = server.url();
    let given = [&[("TATUM_KMS_VAULT_ADDR", url.as_str())], given].concat();
    assert_eq!(password("vault", &given), PASSWORD);
    server.asked()
}

fn lines(asked: &[Asked]) -> Vec<&str> {
    asked.iter().map(line).collect()
}

/// The method, the path and what was asked for with it, if anything was.
fn line(asked: &Asked) -> &str {
    asked.line.trim_end_matches('?')
}

#[test]
fn by_a_token_from_both_versions_of_the_engine() {
    let asked = read(&[("TATUM_KMS_VAULT_TOKEN", TOKEN), ("TATUM_KMS_VAULT_PATH", "tatum/kms")]);
    assert_eq!(lines(&asked), ["GET /v1/secret/data/tatum/kms"]);
    assert_eq!(asked[0].header("x-vault-namespace"), None);
    read(&[
        ("TATUM_KMS_VAULT_TOKEN", TOKEN),
        ("TATUM_KMS_VAULT_MOUNT", "kv/"),
        ("TATUM_KMS_VAULT_PATH", "/kms"),
        ("TATUM_KMS_VAULT_VERSION", "2"),
    ]);
    let asked = read(&[
        ("TATUM_KMS_VAULT_TOKEN", TOKEN),
        ("TATUM_KMS_VAULT_KV", "1"),
        ("TATUM_KMS_VAULT_MOUNT", "old"),
        ("TATUM_KMS_VAULT_PATH", "kms"),
        ("TATUM_KMS_VAULT_KEY", "pwd"),
        ("TATUM_KMS_VAULT_NAMESPACE", "finance/kms"),
    ]);
    assert_eq!(lines(&asked), ["GET /v1/old/kms"]);
    assert_eq!(asked[0].header("x-vault-namespace"), Some("finance/kms"));
}

#[test]
fn by_an_approle_whose_token_is_revoked_afterwards() {
    let asked = read(&[
        ("TATUM_KMS_VAULT_ROLE_ID", "db02de05-fa39-4855-059b-67221c5c2f63"),
        ("TATUM_KMS_VAULT_SECRET_ID", "approle-secret"),
        ("TATUM_KMS_VAULT_PATH", "tatum/kms"),
        ("TATUM_KMS_VAULT_NAMESPACE", "finance"),
        // Only where nothing of ours is set.
        ("VAULT_TOKEN", "hvs.other"),
        ("VAULT_NAMESPACE", "other"),
    ]);
    let expected = [
        "POST /v1/auth/approle/login",
        "GET /v1/secret/data/tatum/kms",
        "POST /v1/auth/token/revoke-self",
    ];
    assert_eq!(lines(&asked), expected);
    let sent: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(sent["role_id"], "db02de05-fa39-4855-059b-67221c5c2f63");
    assert_eq!(sent["secret_id"], "approle-secret");
    assert_eq!(asked[0].header("x-vault-token"), None);
    assert_eq!(asked[2].header("x-vault-token"), Some(OF_LOGIN));
    assert!(asked.iter().all(|asked| asked.header("x-vault-namespace") == Some("finance")));
}

#[test]
fn by_the_service_account_of_a_pod() {
    let place = tempfile::tempdir().unwrap();
    let jwt = place.path().join("token");
    fs::write(&jwt, "eyJ0eXAi.eyJzdWIi.c2ln\n").unwrap();
    let common = [
        ("TATUM_KMS_VAULT_KUBERNETES_ROLE", "kms"),
        ("TATUM_KMS_VAULT_JWT_FILE", jwt.to_str().unwrap()),
        ("TATUM_KMS_VAULT_PATH", "tatum/kms"),
    ];
    let asked = read(&common);
    assert_eq!(asked[0].line, "POST /v1/auth/kubernetes/login");
    let sent: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(sent, serde_json::json!({ "role": "kms", "jwt": "eyJ0eXAi.eyJzdWIi.c2ln" }));
    let mount = ("TATUM_KMS_VAULT_AUTH_MOUNT", "k8s/eu");
    let asked = read(&[&common[..], &[mount]].concat());
    assert_eq!(asked[0].line, "POST /v1/auth/k8s/eu/login");
}

#[test]
fn by_the_variables_that_every_program_for_vault_knows() {
    let server = Server::start(vault);
    let url = server.url();
    let given = [
        ("VAULT_ADDR", url.as_str()),
        ("VAULT_TOKEN", TOKEN),
        ("VAULT_NAMESPACE", "finance"),
        ("TATUM_KMS_VAULT_PATH", "tatum/kms"),
    ];
    assert_eq!(password("vault", &given), PASSWORD);
    assert_eq!(server.asked()[0].header("x-vault-namespace"), Some("finance"));
}

#[test]
fn over_tls_by_a_private_authority() {
    let server = Server::secure(vault);
    let url = server.url();
    let given = [
        ("TATUM_KMS_VAULT_ADDR", url.as_str()),
        ("TATUM_KMS_VAULT_CACERT", crate::server::CERTIFICATE),
        ("TATUM_KMS_VAULT_TOKEN", TOKEN),
        ("TATUM_KMS_VAULT_PATH", "tatum/kms"),
    ];
    assert_eq!(password("vault", &given), PASSWORD);
}
