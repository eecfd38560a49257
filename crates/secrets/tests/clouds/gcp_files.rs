//! Google Secret Manager, asked by what a file of credentials says.
//!
//! The token exchange is that of "Method: token" of the REST reference of Google's Security Token Service, and the
//! signed token that of AIP-4111.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::PASSWORD;
use crate::gcp::{CHECKSUM, ENCODED, LATEST, TOKEN, access};
use crate::program::{failure, password};
use crate::server::{Asked, KEY, Reply, Server, nobody};

const ACCOUNT: &str = "kms@my-project.iam.gserviceaccount.com";

/// A file of credentials with this content.
struct File {
    path: PathBuf,
    _place: TempDir,
}

fn file(content: &Value) -> File {
    let place = TempDir::new().unwrap();
    let path = place.path().join("credentials.json");
    std::fs::write(&path, content.to_string()).unwrap();
    File { path, _place: place }
}

fn variables<'a>(url: &'a str, file: &'a File) -> [(&'a str, &'a str); 4] {
    [
        ("TATUM_KMS_GCP_PROJECT", "my-project"),
        ("TATUM_KMS_GCP_SECRET", "kms"),
        ("TATUM_KMS_GCP_ENDPOINT", url),
        ("TATUM_KMS_GCP_CREDENTIALS_FILE", file.path.to_str().unwrap()),
    ]
}

fn service_account() -> Value {
    json!({
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "4943ab3f1b0d5a2f0f9d2a",
        "private_key": KEY,
        "client_email": ACCOUNT,
        "client_id": "103029384756",
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

/// The configuration of a workload identity whose tokens come from the file `subject` and are exchanged at `url`.
fn workload(url: &str, subject: &str) -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/kms",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{url}/v1/token"),
        "credential_source": { "file": subject },
    })
}

/// The claims of a token, if the account's key signed it.
fn claims(asked: &Asked) -> Value {
    let token = asked.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header["alg"], "RS256");
    serde_json::from_slice(&decode(claims)).unwrap()
}

#[test]
fn a_service_account_signs_its_token() {
    let server = Server::start(|_| {
        let payload = format!(r#"{{"data":"{ENCODED}","dataCrc32c":"{CHECKSUM}"}}"#);
        Reply::Json(200, format!(r#"{{"payload":{payload}}}"#))
    });
    let file = file(&service_account());
    assert_eq!(password("gcp", &variables(&server.url(), &file)), PASSWORD);
    let asked = server.asked();
    let [access] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(access.path(), LATEST);
    let claims = claims(access);
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(ACCOUNT), &json!(ACCOUNT)));
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
}

#[test]
fn the_variable_of_other_clients_is_read_too() {
    let server =
        Server::start(|_| Reply::Json(200, format!(r#"{{"payload":{{"data":"{ENCODED}"}}}}"#)));
    let file = file(&service_account());
    let url = server.url();
    let variables = [
        ("GOOGLE_CLOUD_PROJECT", "my-project"),
        ("TATUM_KMS_GCP_SECRET", "kms"),
        ("TATUM_KMS_GCP_ENDPOINT", &url),
        ("GOOGLE_APPLICATION_CREDENTIALS", file.path.to_str().unwrap()),
    ];
    assert_eq!(password("gcp", &variables), PASSWORD);
}

#[test]
fn a_workload_identity_exchanges_its_token() {
    let server = Server::start(|asked| match asked.path() {
        LATEST => access(asked, ENCODED, CHECKSUM),
        _ => Reply::Json(
            200,
            json!({
                "access_token": TOKEN,
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer",
                "expires_in": 3599,
            })
            .to_string(),
        ),
    });
    let place = TempDir::new().unwrap();
    let subject = place.path().join("token");
    std::fs::write(&subject, "kubernetes.token.sig").unwrap();
    let url = server.url();
    let file = file(&workload(&url, subject.to_str().unwrap()));
    // Google's client, unlike this program, asks the proxy of the environment.
    let variables = [&variables(&url, &file)[..], &[("no_proxy", "127.0.0.1")]].concat();
    assert_eq!(password("gcp", &variables), PASSWORD);
    let exchange = &server.asked()[0];
    assert_eq!(exchange.line, "POST /v1/token");
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", "kubernetes.token.sig"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    ] {
        assert_eq!(exchange.field(name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn a_user_is_exchanged_for_an_account() {
    let server = Server::start(|asked| match asked.path() {
        LATEST => access(asked, ENCODED, CHECKSUM),
        "POST /token" => Reply::Json(
            200,
            r#"{"access_token":"ya29.user","expires_in":3599,"token_type":"Bearer"}"#.to_owned(),
        ),
        _ => {
            assert_eq!(asked.header("authorization"), Some("Bearer ya29.user"));
            let expires = "2100-01-01T00:00:00Z";
            Reply::Json(200, json!({"accessToken": TOKEN, "expireTime": expires}).to_string())
        }
    });
    let url = server.url();
    let path = format!("/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken");
    let file = file(&json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": format!("{url}{path}"),
        "source_credentials": {
            "type": "authorized_user",
            "client_id": "id",
            "client_secret": "app-secret",
            "refresh_token": "1//refresh",
            "token_uri": format!("{url}/token"),
        },
    }));
    let variables = [&variables(&url, &file)[..], &[("no_proxy", "127.0.0.1")]].concat();
    assert_eq!(password("gcp", &variables), PASSWORD);
    assert_eq!(server.asked()[1].line, format!("POST {path}"));
}

#[test]
fn a_token_server_that_is_not_there_is_said() {
    let url = nobody();
    let place = TempDir::new().unwrap();
    let subject = place.path().join("token");
    std::fs::write(&subject, "kubernetes.token.sig").unwrap();
    let file = file(&workload(&url, subject.to_str().unwrap()));
    let variables = [&variables(&url, &file)[..], &[("no_proxy", "127.0.0.1")]].concat();
    let error = failure("gcp", &variables);
    let host = url.strip_prefix("http://").unwrap();
    assert!(error.contains(&format!("{host} can't be reached: ")), "{error}");
}

#[test]
fn a_file_that_is_no_use_is_said() {
    let url = nobody();
    let mut broken = service_account();
    broken["private_key"] = json!(KEY.replace('M', "N"));
    let mut short = service_account();
    short.as_object_mut().unwrap().remove("client_email");
    for (content, part) in [
        (
            json!("PRIVATE KEY"),
            "which has no `type` that is known; it is a JSON file that Google made",
        ),
        (json!({"type": "other", "k": "PRIVATE KEY"}), "which has no `type` that is known"),
        (short, "which has not the members that its `type` needs"),
        (
            broken,
            "the credentials were refused (there is no token for them); check the file that \
                  TATUM_KMS_GCP_CREDENTIALS_FILE names",
        ),
        (workload(&url, "/nonexistent"), "the credentials were refused"),
    ] {
        let error = failure("gcp", &variables(&url, &file(&content)));
        assert!(error.contains(part), "{error}");
    }
    let missing = File { path: "/nonexistent/key.json".into(), _place: TempDir::new().unwrap() };
    let error = failure("gcp", &variables(&url, &missing));
    assert!(
        error.contains("TATUM_KMS_GCP_CREDENTIALS_FILE names /nonexistent/key.json, which can't"),
        "{error}"
    );
}

#[test]
fn an_exchange_that_is_refused_is_said() {
    let server = Server::always(
        400,
        r#"{"error":"invalid_grant","error_description":"The audience in ID Token eyJ0eXAi does not match."}"#,
    );
    let place = TempDir::new().unwrap();
    let subject = place.path().join("token");
    std::fs::write(&subject, "eyJ0eXAi.token.sig").unwrap();
    let url = server.url();
    let file = file(&workload(&url, subject.to_str().unwrap()));
    let variables = [&variables(&url, &file)[..], &[("no_proxy", "127.0.0.1")]].concat();
    let error = failure("gcp", &variables);
    let part =
        format!("the credentials were refused ({} says HTTP 400); check the file", server.host());
    assert!(error.contains(&part), "{error}");
}
