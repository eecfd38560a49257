//! Azure Key Vault, asked by everybody who may be asking.
//!
//! The exchanges are those of Microsoft's documentation, with other values in them: "Get Secret" of the REST
//! reference of Key Vault, "OAuth 2.0 client credentials flow" and "How to use managed identities on a virtual machine"
//! of Entra ID, "REST endpoint reference" of App Service.

use tempfile::TempDir;

use crate::PASSWORD;
use crate::program::{Variable, password};
use crate::server::{Asked, CERTIFICATE, Reply, Server};

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const CLIENT: &str = "99999999-8888-7777-6666-555555555555";
pub(crate) const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.c2ln";
const VERSION: &str = "4387e9f3d6e14c459867679a90fd0f79";

/// What Key Vault answers, once somebody shows the token.
pub(crate) fn vault(asked: &Asked, value: &str) -> Reply {
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(asked.field("api-version").as_deref(), Some("7.4"));
    let id = "https://myvault.vault.azure.net/secrets/kms/4387e9f3d6e14c459867679a90fd0f79";
    let value = serde_json::to_string(value).unwrap();
    let attributes = r#"{"enabled":true,"created":1493938410,"updated":1493938410,"recoveryLevel":"Recoverable+Purgeable"}"#;
    Reply::Json(200, format!(r#"{{"value":{value},"id":"{id}","attributes":{attributes}}}"#))
}

/// What Entra ID answers.
pub(crate) fn entra() -> Reply {
    let token = r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"#;
    Reply::Json(200, format!("{token}\"{TOKEN}\"}}"))
}

/// What a metadata server answers: numbers are text there.
fn metadata() -> Reply {
    let body = format!(
        r#"{{"access_token":"{TOKEN}","client_id":"{CLIENT}","expires_in":"86371","expires_on":"1506484173",
            "ext_expires_in":"86399","not_before":"1506397473","resource":"https://vault.azure.net","token_type":"Bearer"}}"#
    );
    Reply::Json(200, body)
}

/// The variables of an application with a secret, all served by `server`.
pub(crate) fn application(url: &str) -> Vec<Variable<'_>> {
    vec![
        ("TATUM_KMS_AZURE_VAULTURL", url),
        ("TATUM_KMS_AZURE_SECRETNAME", "kms"),
        ("TATUM_KMS_AZURE_TENANT_ID", TENANT),
        ("TATUM_KMS_AZURE_CLIENT_ID", CLIENT),
        ("TATUM_KMS_AZURE_CLIENT_SECRET", "app-secret~1"),
        ("TATUM_KMS_AZURE_AUTHORITY", url),
    ]
}

#[test]
fn an_application_shows_its_secret() {
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ => entra(),
    });
    assert_eq!(password("azure", &application(&server.url())), PASSWORD);
    let asked = server.asked();
    let [token, secret] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(token.line, format!("POST /{TENANT}/oauth2/v2.0/token"));
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "app-secret~1"),
        ("scope", "https://vault.azure.net/.default"),
    ] {
        assert_eq!(token.field(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(secret.line, "GET /secrets/kms?api-version=7.4");
}

#[test]
fn a_version_and_a_member_of_json() {
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms/4387e9f3d6e14c459867679a90fd0f79" => {
            vault(asked, &format!(r#"{{"user":"u","pwd":"{PASSWORD}"}}"#))
        }
        _ => entra(),
    });
    let url = server.url();
    let mut variables = application(&url);
    variables.extend([("TATUM_KMS_AZURE_SECRETVERSION", VERSION), ("TATUM_KMS_AZURE_KEY", "pwd")]);
    assert_eq!(password("azure", &variables), PASSWORD);
}

#[test]
fn a_workload_of_kubernetes_shows_its_token() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("azure-identity-token");
    std::fs::write(&file, "kubernetes.token.sig\n").unwrap();
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ => entra(),
    });
    let url = server.url();
    // As the webhook of Azure Workload Identity sets them.
    let variables = [
        ("TATUM_KMS_AZURE_VAULTURL", url.as_str()),
        ("TATUM_KMS_AZURE_SECRETNAME", "kms"),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
        ("AZURE_AUTHORITY_HOST", &url),
    ];
    assert_eq!(password("azure", &variables), PASSWORD);
    let token = &server.asked()[0];
    assert_eq!(token.line, format!("POST /{TENANT}/oauth2/v2.0/token"));
    for (name, value) in [
        ("client_id", CLIENT),
        ("client_assertion", "kubernetes.token.sig"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("grant_type", "client_credentials"),
    ] {
        assert_eq!(token.field(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(token.field("client_secret"), None);
}

#[test]
fn a_virtual_machine_asks_who_it_is() {
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ => metadata(),
    });
    let url = server.url();
    let mut variables = vec![
        ("TATUM_KMS_AZURE_VAULTURL", url.as_str()),
        ("TATUM_KMS_AZURE_SECRETNAME", "kms"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &url),
    ];
    assert_eq!(password("azure", &variables), PASSWORD);
    variables.push(("TATUM_KMS_AZURE_CLIENT_ID", CLIENT));
    assert_eq!(password("azure", &variables), PASSWORD);
    let asked = server.asked();
    let [system, _, user, _] = asked.as_slice() else { panic!("{asked:?}") };
    for asked in [system, user] {
        assert_eq!(asked.path(), "GET /metadata/identity/oauth2/token");
        assert_eq!(asked.header("metadata"), Some("true"));
        assert_eq!(asked.field("api-version").as_deref(), Some("2018-02-01"));
        assert_eq!(asked.field("resource").as_deref(), Some("https://vault.azure.net"));
    }
    assert_eq!(system.field("client_id"), None);
    assert_eq!(user.field("client_id").as_deref(), Some(CLIENT));
}

#[test]
fn a_container_app_asks_with_its_header() {
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ => metadata(),
    });
    let url = server.url();
    let endpoint = format!("{url}/msi/token");
    let variables = [
        ("TATUM_KMS_AZURE_VAULTURL", url.as_str()),
        ("TATUM_KMS_AZURE_SECRETNAME", "kms"),
        ("IDENTITY_ENDPOINT", &endpoint),
        ("IDENTITY_HEADER", "header-secret"),
    ];
    assert_eq!(password("azure", &variables), PASSWORD);
    let token = &server.asked()[0];
    assert_eq!(token.path(), "GET /msi/token");
    assert_eq!(token.header("x-identity-header"), Some("header-secret"));
    assert_eq!(token.field("api-version").as_deref(), Some("2019-08-01"));
    assert_eq!(token.field("resource").as_deref(), Some("https://vault.azure.net"));
}

#[test]
fn an_overloaded_server_is_asked_again() {
    let asked_before = std::sync::atomic::AtomicBool::new(false);
    let server = Server::start(move |asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ if asked_before.swap(true, std::sync::atomic::Ordering::SeqCst) => entra(),
        _ => Reply::Json(503, String::new()),
    });
    assert_eq!(password("azure", &application(&server.url())), PASSWORD);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn certificates_that_the_system_trusts_are_trusted() {
    let server = Server::secure(|asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ => entra(),
    });
    let url = server.url();
    let mut variables = application(&url);
    variables.push(("SSL_CERT_FILE", CERTIFICATE));
    assert_eq!(password("azure", &variables), PASSWORD);
}
