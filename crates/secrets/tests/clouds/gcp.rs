//! Google Secret Manager, asked by a machine of Google's.
//!
//! The exchanges are those of Google's documentation, with other values in them: "projects.secrets.versions.access" of
//! the REST reference of Secret Manager, and "Authenticate workloads to Google Cloud APIs using service accounts" of
//! Compute Engine for the metadata server.

use crate::PASSWORD;
use crate::program::{Variable, password};
use crate::server::{Asked, Reply, Server};

pub(crate) const TOKEN: &str = "ya29.c.b0AXv0zTPKeFhZ";
pub(crate) const LATEST: &str = "GET /v1/projects/my-project/secrets/kms/versions/latest:access";
/// "correct horse battery staple", and its CRC-32C (computed apart from the program).
pub(crate) const ENCODED: &str = "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==";
pub(crate) const CHECKSUM: &str = "3181209946";

/// What Secret Manager answers, once somebody shows the token.
pub(crate) fn access(asked: &Asked, data: &str, checksum: &str) -> Reply {
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    let name = "projects/123456789012/secrets/kms/versions/3";
    let payload = format!(r#"{{"data":"{data}","dataCrc32c":"{checksum}"}}"#);
    Reply::Json(200, format!(r#"{{"name":"{name}","payload":{payload}}}"#))
}

/// What the metadata server answers.
pub(crate) fn metadata(asked: &Asked) -> Reply {
    assert_eq!(asked.line, "GET /computeMetadata/v1/instance/service-accounts/default/token");
    assert_eq!(asked.header("metadata-flavor"), Some("Google"));
    let body = format!(r#"{{"access_token":"{TOKEN}","expires_in":3599,"token_type":"Bearer"}}"#);
    Reply::Google(200, body)
}

/// The variables of a machine of Google's, all served by `server`.
pub(crate) fn machine<'a>(url: &'a str, host: &'a str) -> Vec<Variable<'a>> {
    vec![
        ("TATUM_KMS_GCP_PROJECT", "my-project"),
        ("TATUM_KMS_GCP_SECRET", "kms"),
        ("TATUM_KMS_GCP_ENDPOINT", url),
        ("GCE_METADATA_HOST", host),
    ]
}

#[test]
fn a_machine_of_googles_asks_who_it_is() {
    let server = Server::start(|asked| match asked.path() {
        LATEST => access(asked, ENCODED, CHECKSUM),
        _ => metadata(asked),
    });
    assert_eq!(password("gcp", &machine(&server.url(), &server.host())), PASSWORD);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_version_and_a_member_of_json() {
    // {"user":"u","pwd":"correct horse battery staple"}
    let data = "eyJ1c2VyIjoidSIsInB3ZCI6ImNvcnJlY3QgaG9yc2UgYmF0dGVyeSBzdGFwbGUifQ==";
    let server = Server::start(move |asked| match asked.path() {
        "GET /v1/projects/my-project/secrets/kms/versions/3:access" => {
            access(asked, data, "1870773795")
        }
        _ => metadata(asked),
    });
    let (url, host) = (server.url(), server.host());
    let mut variables = machine(&url, &host);
    variables.extend([("TATUM_KMS_GCP_VERSION", "3"), ("TATUM_KMS_GCP_KEY", "pwd")]);
    assert_eq!(password("gcp", &variables), PASSWORD);
}

#[test]
fn a_secret_of_a_region_is_named_in_full() {
    let name = "projects/my-project/locations/europe-west3/secrets/kms/versions/2";
    let server = Server::start(move |asked| {
        if asked.path() == format!("GET /v1/{name}:access") {
            access(asked, ENCODED, CHECKSUM)
        } else {
            metadata(asked)
        }
    });
    let (url, host) = (server.url(), server.host());
    let variables = [
        ("TATUM_KMS_GCP_SECRET", name),
        ("TATUM_KMS_GCP_ENDPOINT", &url),
        ("GCE_METADATA_HOST", &host),
    ];
    assert_eq!(password("gcp", &variables), PASSWORD);
}
