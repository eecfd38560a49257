//! What AWS Secrets Manager is asked and by whom, and what is said where it gives no password.
//!
//! The errors are those of "GetSecretValue" and "Common Errors" of AWS's reference.

use std::fs;

use crate::PASSWORD;
use crate::moto::{REGION, settings};
use crate::program::{Variable, failure, failure_within, password};
use crate::server::{Asked, Reply, Server, nobody};

/// A set of credentials as containers and instances are given them.
const ROLE: &str = r#"{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"ASIAROLE","SecretAccessKey":"aws-role-secret","Token":"aws-session","Expiration":"2199-01-01T00:00:00Z"}"#;
/// How long a session with the metadata server lasts.
const SESSION: &str = "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";

/// Secrets Manager, the token server of a container and the metadata server of an instance in one.
fn aws(asked: &Asked) -> Reply {
    match asked.path() {
        "POST /" => Reply::Json(200, format!(r#"{{"Name":"kms","SecretString":"{PASSWORD}"}}"#)),
        "GET /role" | "GET /latest/meta-data/iam/security-credentials/kms" => {
            Reply::Json(200, ROLE.to_owned())
        }
        "PUT /latest/api/token" => Reply::Headed(200, SESSION, "aws-imds".to_owned()),
        path if path.starts_with("GET /latest/meta-data/iam/security-credentials") => {
            Reply::Json(200, "kms".to_owned())
        }
        _ => Reply::Json(404, String::new()),
    }
}

/// The request for the secret, which there is one of.
fn of_the_secret(server: &Server) -> Asked {
    let mut asked = server.asked().into_iter().filter(|asked| asked.line == "POST /");
    let first = asked.next().unwrap();
    assert!(asked.next().is_none());
    first
}

#[test]
fn it_is_asked_with_the_key_of_the_settings() {
    let server = Server::start(aws);
    let url = server.url();
    let mut given = settings(&url, "kms");
    // Which would count otherwise.
    given.extend([("AWS_ACCESS_KEY_ID", "AKIAOTHER"), ("AWS_SECRET_ACCESS_KEY", "aws-other")]);
    assert_eq!(password("aws", &given), PASSWORD);
    let asked = of_the_secret(&server);
    assert_eq!(asked.body, r#"{"SecretId":"kms"}"#);
    assert_eq!(asked.header("x-amz-target"), Some("secretsmanager.GetSecretValue"));
    let signature = asked.header("authorization").unwrap();
    assert!(signature.contains("Credential=AKIAIOSFODNN7EXAMPLE/"), "{signature}");
    assert!(signature.contains(&format!("/{REGION}/secretsmanager/aws4_request")), "{signature}");
    assert_eq!(asked.header("x-amz-security-token"), None);
}

#[test]
fn otherwise_by_whom_the_surroundings_name() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("credentials");
    let script = format!(
        "printf '%s' '{}'",
        ROLE.replace("\"Code\":\"Success\"", "\"Version\":1")
            .replace("\"Token\"", "\"SessionToken\"")
    );
    fs::write(
        &file,
        format!(
            "[kms]\naws_access_key_id=ASIAROLE\naws_secret_access_key=aws-role-secret\naws_session_token=aws-session\n\
             [by-program]\ncredential_process=sh -c \"{}\"\n",
            script.replace('"', "\\\"")
        ),
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let server = Server::start(aws);
    let url = server.url();
    let role = format!("{url}/role");
    let surroundings: [&[Variable<'_>]; 4] = [
        &[
            ("AWS_ACCESS_KEY_ID", "ASIAROLE"),
            ("AWS_SECRET_ACCESS_KEY", "aws-role-secret"),
            ("AWS_SESSION_TOKEN", "aws-session"),
        ],
        &[("AWS_SHARED_CREDENTIALS_FILE", file), ("AWS_PROFILE", "kms")],
        &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &role)],
        &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)],
    ];
    for surroundings in surroundings {
        let server = Server::start(aws);
        let endpoint = server.url();
        let mut given = vec![
            ("TATUM_KMS_AWS_SECRET_NAME", "kms"),
            ("TATUM_KMS_AWS_ENDPOINT", &endpoint),
            ("AWS_REGION", REGION),
        ];
        given.extend(surroundings);
        assert_eq!(password("aws", &given), PASSWORD);
        let asked = of_the_secret(&server);
        assert!(asked.header("authorization").unwrap().contains("Credential=ASIAROLE/"));
        assert_eq!(asked.header("x-amz-security-token"), Some("aws-session"));
    }
}

#[test]
fn what_is_refused_is_said() {
    for (status, code, message, expected) in [
        (
            400,
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/kms is not authorized",
            "no permission to read the secret `kms` (AccessDeniedException); grant secretsmanager:GetSecretValue",
        ),
        (400, "DecryptionFailure", "", "(DecryptionFailure); grant kms:Decrypt for the key"),
        (
            400,
            "UnrecognizedClientException",
            "",
            "the credentials were refused (UnrecognizedClientException); check",
        ),
        (403, "InvalidSignatureException", "", "and this machine's clock"),
        (400, "ExpiredTokenException", "", "whether its session has ended"),
        (
            400,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
            "there is no secret `kms` in eu-west-1",
        ),
        (400, "ThrottlingException", "", "the store answered with an error (ThrottlingException)"),
    ] {
        let body = serde_json::json!({ "__type": code, "Message": message }).to_string();
        let server = Server::start(move |_| Reply::Json(status, body.clone()));
        let error = failure("aws", &settings(&server.url(), "kms"));
        assert!(error.starts_with("AWS Secrets Manager: ") && error.contains(expected), "{error}");
    }
}

#[test]
fn an_answer_of_somebody_else_is_not_shown() {
    for (status, body, part) in [
        (200, "correct horse battery staple", "it is not the JSON that is expected"),
        (200, r#"{"SecretString":["battery"]}"#, "it is not the JSON that is expected"),
        (200, "{}", "the password in the secret `kms` is empty"),
        (400, r#"{"__type":"battery staple"}"#, "(HTTP status 400); check TATUM_KMS_AWS_ENDPOINT"),
        (500, "battery", "(HTTP status 500); check TATUM_KMS_AWS_ENDPOINT"),
        (301, "battery", "(HTTP status 301); check TATUM_KMS_AWS_ENDPOINT"),
    ] {
        let error = failure("aws", &settings(&Server::always(status, body).url(), "kms"));
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_gives_no_credentials_is_said_without_showing_it() {
    let endpoint = nobody();
    let half = ROLE.replace("aws-role-secret\"", "aws-role-secret");
    for body in [half, "aws-role-secret".to_owned(), ROLE.replace("AccessKeyId", "Id")] {
        for status in [200, 403] {
            let body = body.clone();
            let server = Server::start(move |_| Reply::Json(status, body.clone()));
            let role = format!("{}/role", server.url());
            let error = failure(
                "aws",
                &[
                    ("TATUM_KMS_AWS_SECRET_NAME", "kms"),
                    ("TATUM_KMS_AWS_REGION", REGION),
                    ("TATUM_KMS_AWS_ENDPOINT", &endpoint),
                    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &role),
                ],
            );
            assert!(error.contains("the credentials can't be had ("), "{error}");
        }
    }
}

#[test]
fn where_nobody_answers_it_is_said() {
    let error = failure("aws", &settings(&nobody(), "kms"));
    assert!(error.contains("127.0.0.1 can't be reached: Connection refused"), "{error}");
    let secure = Server::secure(aws);
    let error = failure("aws", &settings(&secure.url(), "kms"));
    assert!(
        error.contains("no secure connection to 127.0.0.1: invalid peer certificate"),
        "{error}"
    );
    assert!(secure.asked().is_empty());
    let silent = Server::start(|_| Reply::Silence);
    let error = failure_within(&["--timeout", "1", "aws"], &settings(&silent.url(), "kms"));
    assert!(error.contains("no answer within 1 seconds"), "{error}");
}

#[test]
fn what_is_not_set_is_named() {
    let url = nobody();
    let without = |names: &[&str]| {
        let given = settings(&url, "kms").into_iter().filter(|(name, _)| !names.contains(name));
        let given: Vec<_> = given.chain([("AWS_EC2_METADATA_DISABLED", "true")]).collect();
        failure("aws", &given)
    };
    for (name, part) in [
        ("TATUM_KMS_AWS_SECRET_NAME", "is not set; set it to the name or the ARN of the secret"),
        (
            "TATUM_KMS_AWS_REGION",
            "is not set; set it to the region of the secret, for example eu-west-1",
        ),
        (
            "TATUM_KMS_AWS_ACCESS_KEY_ID",
            "is not set; set it to the id of the access key, or unset both",
        ),
        ("TATUM_KMS_AWS_SECRET_ACCESS_KEY", "is not set; set it to the secret of the access key"),
    ] {
        let error = without(&[name]);
        assert!(error.contains(&format!("{name} {part}")), "{error}");
    }
    let error = without(&["TATUM_KMS_AWS_ACCESS_KEY_ID", "TATUM_KMS_AWS_SECRET_ACCESS_KEY"]);
    assert!(
        error.contains("no credentials were found; set TATUM_KMS_AWS_ACCESS_KEY_ID"),
        "{error}"
    );
    let far = [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://aws.example.com"),
        ("TATUM_KMS_AWS_ENDPOINT", ""),
    ];
    let error = failure("aws", &[&settings("", "kms")[..], &far].concat());
    assert!(error.contains("AWS_ENDPOINT_URL or the profile begins with http://"), "{error}");
    let far = settings("http://aws.example.com", "kms");
    assert!(failure("aws", &far).contains("TATUM_KMS_AWS_ENDPOINT begins with http://"));
}
