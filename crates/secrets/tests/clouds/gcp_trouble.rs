//! What is said where Google Secret Manager gives no password.
//!
//! The errors are of the form of "Errors" of Google's API design guide, with messages as they are seen in issues of
//! Google's clients.

use crate::gcp::{ENCODED, LATEST, access, machine, metadata};
use crate::program::{failure, failure_within};
use crate::server::{Reply, Server, nobody};

/// What is said if Secret Manager answers this.
fn of_manager(status: u16, body: &'static str) -> String {
    let server = Server::start(move |asked| match asked.path() {
        LATEST => Reply::Json(status, body.to_owned()),
        _ => metadata(asked),
    });
    failure("gcp", &machine(&server.url(), &server.host()))
}

#[test]
fn what_is_refused_is_said() {
    for (status, body, expected) in [
        (
            403,
            r#"{"error":{"code":403,"message":"Permission 'secretmanager.versions.access' denied for resource 'projects/my-project/secrets/kms/versions/latest' (or it may not exist).","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"IAM_PERMISSION_DENIED","domain":"iam.googleapis.com"}]}}"#,
            "no permission to read the secret `kms` (IAM_PERMISSION_DENIED); grant the account \
             roles/secretmanager.secretAccessor on it, if it is in project `my-project`",
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"Secret Manager API has not been used in project 1 before or it is disabled.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"}]}}"#,
            "the store answered with an error (SERVICE_DISABLED); enable secretmanager.googleapis.com in project \
             `my-project`",
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#,
            "no permission to read the secret `kms` (ACCESS_TOKEN_SCOPE_INSUFFICIENT); give the machine the scope \
             cloud-platform",
        ),
        (
            404,
            r#"{"error":{"code":404,"message":"Secret [projects/1/secrets/kms] not found or has no versions.","status":"NOT_FOUND"}}"#,
            "there is no secret `kms` with a version in project `my-project`; check TATUM_KMS_GCP_SECRET and \
             TATUM_KMS_GCP_PROJECT",
        ),
        (
            404,
            r#"{"error":{"code":404,"message":"Secret Version [projects/1/secrets/kms/versions/9] not found.","status":"NOT_FOUND"}}"#,
            "there is no version latest of the secret `kms` of project `my-project` that can be read; check \
             TATUM_KMS_GCP_VERSION",
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"Secret Version [projects/1/secrets/kms/versions/4] is in DISABLED state.","status":"FAILED_PRECONDITION"}}"#,
            "there is no version latest of the secret `kms` of project `my-project` that can be read; it is disabled \
             or destroyed: enable it, or name another in TATUM_KMS_GCP_VERSION",
        ),
        (
            401,
            r#"{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}"#,
            "the credentials were refused (UNAUTHENTICATED); check that the key of the account is not deleted, and \
             this machine's clock",
        ),
        (
            404,
            "<!DOCTYPE html>",
            "the store answered with an error (HTTP 404); check TATUM_KMS_GCP_SECRET and TATUM_KMS_GCP_ENDPOINT",
        ),
    ] {
        assert_eq!(of_manager(status, body), format!("Google Secret Manager: {expected}"));
    }
}

#[test]
fn an_answer_that_is_none_is_said() {
    for (body, part) in [
        ("correct horse battery staple", "it is not JSON"),
        ("{}", "its JSON lacks a member"),
        (r#"{"payload":{"data":"battery"}}"#, "the secret is not Base64"),
        (r#"{"payload":{"data":"/////w=="}}"#, "the secret `kms` is not text"),
    ] {
        let error = of_manager(200, body);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_does_not_match_its_checksum_is_refused() {
    let server = Server::start(|asked| match asked.path() {
        LATEST => access(asked, ENCODED, "1"),
        _ => metadata(asked),
    });
    let error = failure("gcp", &machine(&server.url(), &server.host()));
    assert!(error.contains("the secret does not match its checksum"), "{error}");
}

#[test]
fn where_there_is_no_machine_of_googles_it_is_said() {
    let url = nobody();
    let host = url.strip_prefix("http://").unwrap();
    let error = failure("gcp", &machine(&url, host));
    assert!(
        error.contains("no credentials were found; set TATUM_KMS_GCP_CREDENTIALS_FILE"),
        "{error}"
    );
    // Other clouds have something at the same address.
    let other = Server::always(200, r#"{"access_token":"x"}"#);
    let error = failure("gcp", &machine(&url, &other.host()));
    assert!(error.contains("is no metadata server of Google's"), "{error}");
    let bare = Server::start(|_| Reply::Google(404, "not found".to_owned()));
    let error = failure("gcp", &machine(&url, &bare.host()));
    assert!(error.contains("knows no service account"), "{error}");
    let error = failure("gcp", &machine(&url, "example.com"));
    assert!(error.contains("GCE_METADATA_HOST begins with http://"), "{error}");
}

#[test]
fn where_nobody_answers_it_is_said() {
    let google = Server::start(metadata);
    let error = failure("gcp", &machine(&nobody(), &google.host()));
    assert!(error.contains("can't be reached: Connection refused"), "{error}");
    let secure = Server::secure(metadata);
    let error = failure("gcp", &machine(&secure.url(), &google.host()));
    assert!(error.contains("no secure connection to 127.0.0.1:"), "{error}");
    let silent = Server::start(|_| Reply::Silence);
    let arguments = ["--timeout", "1", "gcp"];
    let error = failure_within(&arguments, &machine(&silent.url(), &google.host()));
    assert!(error.contains("no answer within 1 seconds"), "{error}");
}

#[test]
fn what_is_not_set_is_named() {
    let url = nobody();
    for without in ["TATUM_KMS_GCP_PROJECT", "TATUM_KMS_GCP_SECRET"] {
        let variables: Vec<_> =
            machine(&url, "127.0.0.1:9").into_iter().filter(|(name, _)| *name != without).collect();
        let error = failure("gcp", &variables);
        assert!(error.contains(&format!("{without} is not set; set it to the ")), "{error}");
    }
}
