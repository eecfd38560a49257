//! What is said where Vault gives no password.

use crate::program::{Variable, failure, failure_within};
use crate::server::{CERTIFICATE, Reply, Server, nobody};
use crate::vault::TOKEN;

fn settings(url: &str) -> Vec<Variable<'_>> {
    vec![
        ("TATUM_KMS_VAULT_ADDR", url),
        ("TATUM_KMS_VAULT_TOKEN", TOKEN),
        ("TATUM_KMS_VAULT_PATH", "kms"),
    ]
}

#[test]
fn what_is_refused_is_said() {
    const DELETED: &str = r#"{"request_id":"1","lease_id":"","renewable":false,"lease_duration":0,"data":{"data":null,"metadata":{"created_time":"2026-03-22T02:24:06Z","custom_metadata":null,"deletion_time":"2026-03-23T00:00:00Z","destroyed":false,"version":3}},"wrap_info":null,"warnings":null,"auth":null}"#;
    const OTHER_ENGINE: &str = r#"{"request_id":"1","lease_id":"","renewable":false,"lease_duration":0,"data":null,"wrap_info":null,"warnings":["Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use."],"auth":null}"#;
    for (status, body, expected) in [
        (
            403,
            r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#,
            "no permission to read the secret `secret/kms` (HTTP status 403); grant read on its path",
        ),
        (
            403,
            r#"{"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}"#,
            "the credentials were refused (HTTP status 403); check whether the token has ended",
        ),
        (
            404,
            r#"{"errors":[]}"#,
            "there is no secret `kms` in the mount `secret`; check TATUM_KMS_VAULT_PATH",
        ),
        (404, OTHER_ENGINE, "TATUM_KMS_VAULT_KV"),
        (
            404,
            DELETED,
            "there is no version 3 of the secret `secret/kms` that can be read; it may be deleted",
        ),
        (
            503,
            r#"{"errors":["Vault is sealed"]}"#,
            "(HTTP status 503); it may be sealed or starting",
        ),
        (307, "", "(HTTP status 307); it names another server, which is not followed"),
        (500, "battery", "(HTTP status 500); check TATUM_KMS_VAULT_ADDR"),
    ] {
        let error = failure("vault", &settings(&Server::always(status, body).url()));
        assert!(error.starts_with("Vault: ") && error.contains(expected), "{error}");
    }
    let server = Server::always(404, r#"{"errors":[]}"#);
    let url = server.url();
    let given = [settings(&url), vec![("TATUM_KMS_VAULT_VERSION", "9")]].concat();
    assert!(failure("vault", &given).contains("there is no version 9 of the secret `secret/kms`"));
}

#[test]
fn an_answer_of_somebody_else_is_not_shown() {
    const TAIL: &str = r#""request_id":"1","lease_id":"","renewable":false,"lease_duration":0}"#;
    let two = |data: &str| {
        format!(
            r#"{{"data":{{"data":{data},"metadata":{{"created_time":"","deletion_time":"","destroyed":false,"version":1}}}},{TAIL}"#
        )
    };
    for (body, part) in [
        ("correct horse battery staple".to_owned(), "it is not the JSON that is expected"),
        (two(r#""battery""#), "it is not the JSON that is expected"),
        (two(r#"{"pwd":"battery"}"#), "has no member `password`; set TATUM_KMS_VAULT_KEY"),
        (
            two(r#"{"password":{"battery":1}}"#),
            "member `password` of the secret `secret/kms` is not text",
        ),
        (two(r#"{"password":"battery\nbattery"}"#), "has several lines"),
        (two(r#"{"password":""}"#), "is empty"),
    ] {
        let server = Server::start(move |_| Reply::Json(200, body.clone()));
        let error = failure("vault", &settings(&server.url()));
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_login_that_is_refused_is_said() {
    for (status, body) in [
        (400, r#"{"errors":["invalid role or secret ID"]}"#),
        (403, r#"{"errors":["permission denied"]}"#),
    ] {
        let server = Server::always(status, body);
        let url = server.url();
        let given = [
            ("TATUM_KMS_VAULT_ADDR", url.as_str()),
            ("TATUM_KMS_VAULT_ROLE_ID", "role"),
            ("TATUM_KMS_VAULT_SECRET_ID", "approle-secret"),
            ("TATUM_KMS_VAULT_PATH", "kms"),
        ];
        let error = failure("vault", &given);
        let expected = format!(
            "the credentials were refused (HTTP status {status} at the login); check the role"
        );
        assert!(error.contains(&expected), "{error}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn where_nobody_answers_it_is_said() {
    let error = failure("vault", &settings(&nobody()));
    assert!(error.contains("127.0.0.1 can't be reached: Connection refused"), "{error}");
    let secure = Server::secure(|_| Reply::Json(200, "{}".to_owned()));
    // Nobody has signed its certificate; or somebody else, for another one.
    let error = failure("vault", &settings(&secure.url()));
    assert!(
        error.contains("no secure connection to 127.0.0.1: invalid peer certificate"),
        "{error}"
    );
    assert!(secure.asked().is_empty());
    let silent = Server::start(|_| Reply::Silence);
    let error = failure_within(&["--timeout", "1", "vault"], &settings(&silent.url()));
    assert!(error.contains("no answer within 1 seconds"), "{error}");
}

#[test]
fn settings_that_cannot_be_right_are_named() {
    let url = nobody();
    let without = |name: &str| -> Vec<Variable<'_>> {
        settings(&url).into_iter().filter(|(known, _)| *known != name).collect()
    };
    for (name, part) in [
        (
            "TATUM_KMS_VAULT_ADDR",
            "TATUM_KMS_VAULT_ADDR is not set; set it to the address of the server",
        ),
        (
            "TATUM_KMS_VAULT_PATH",
            "TATUM_KMS_VAULT_PATH is not set; set it to the path of the secret",
        ),
        ("TATUM_KMS_VAULT_TOKEN", "no credentials were found; set TATUM_KMS_VAULT_TOKEN"),
    ] {
        let error = failure("vault", &without(name));
        assert!(error.contains(part), "{error}");
    }
    for (name, value, part) in [
        ("TATUM_KMS_VAULT_ADDR", "http://vault.example.com", "begins with http://"),
        ("TATUM_KMS_VAULT_KV", "3", "must be 1 or 2"),
        ("TATUM_KMS_VAULT_VERSION", "newest", "is not a whole number"),
        ("TATUM_KMS_VAULT_TOKEN", "hvs.\none", "has characters in it that no token has"),
        ("TATUM_KMS_VAULT_NAMESPACE", "a b", "has characters in it that no namespace has"),
        (
            "TATUM_KMS_VAULT_ROLE_ID",
            "role",
            "is set, and so is TATUM_KMS_VAULT_TOKEN; set one of them",
        ),
    ] {
        let given = [without(name), vec![(name, value)]].concat();
        let error = failure("vault", &given);
        assert!(error.contains(&format!("{name} {part}")), "{error}");
    }
    for (file, part) in
        [("/nonexistent", "can't be read"), (env!("CARGO_MANIFEST_PATH"), "no certificate in PEM")]
    {
        let mut given = settings("https://127.0.0.1:9");
        given.push(("TATUM_KMS_VAULT_CACERT", file));
        let error = failure("vault", &given);
        assert!(error.contains("TATUM_KMS_VAULT_CACERT names") && error.contains(part), "{error}");
    }
    let given =
        [("TATUM_KMS_VAULT_KUBERNETES_ROLE", "kms"), ("TATUM_KMS_VAULT_JWT_FILE", "/nonexistent")];
    let error = failure("vault", &[&without("TATUM_KMS_VAULT_TOKEN")[..], &given].concat());
    assert!(
        error.contains(
            "TATUM_KMS_VAULT_JWT_FILE or its default names /nonexistent, which can't be read"
        ),
        "{error}"
    );
    assert!(std::path::Path::new(CERTIFICATE).exists());
}
