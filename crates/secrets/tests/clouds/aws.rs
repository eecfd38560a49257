//! AWS Secrets Manager, as `moto` plays it.

use std::fs;

use crate::PASSWORD;
use crate::moto::{Moto, REGION, settings};
use crate::program::{Variable, failure, password};

const MEMBER: Variable<'_> = ("TATUM_KMS_AWS_SECRET_KEY", "pwd");

#[test]
fn a_secret_of_every_kind_is_read_or_refused() {
    let Some(moto) = Moto::start() else { return };
    let json = serde_json::json!({ "Name": "json", "SecretString": format!(r#"{{"user":"kms","pwd":"{PASSWORD}"}}"#) });
    moto.secrets_manager("CreateSecret", &json.to_string());
    let plain = serde_json::json!({ "Name": "plain", "SecretString": format!("{PASSWORD}\n") });
    moto.secrets_manager("CreateSecret", &plain.to_string());
    // In Base64: the password, and two bytes that are no UTF-8.
    for (name, bytes) in [("binary", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ=="), ("odd", "//4=")] {
        let binary = serde_json::json!({ "Name": name, "SecretBinary": bytes });
        moto.secrets_manager("CreateSecret", &binary.to_string());
    }
    moto.secrets_manager("CreateSecret", r#"{"Name":"valueless"}"#);
    moto.secrets_manager("CreateSecret", r#"{"Name":"gone","SecretString":"battery"}"#);
    moto.secrets_manager("DeleteSecret", r#"{"SecretId":"gone"}"#);
    let url = moto.url();
    let with_member = |secret| [settings(&url, secret), vec![MEMBER]].concat();
    assert_eq!(password("aws", &with_member("json")), PASSWORD);
    for secret in ["plain", "binary"] {
        assert_eq!(password("aws", &settings(&url, secret)), PASSWORD, "{secret}");
    }
    for (given, part) in [
        (settings(&url, "json"), "is a JSON object; set TATUM_KMS_AWS_SECRET_KEY to the member"),
        (with_member("plain"), "the secret `plain` is not a JSON object"),
        (settings(&url, "odd"), "the secret `odd` is not text"),
        (
            settings(&url, "none"),
            "there is no secret `none` in eu-west-1; check TATUM_KMS_AWS_SECRET_NAME",
        ),
        (settings(&url, "valueless"), "there is no version AWSCURRENT of the secret `valueless`"),
        (settings(&url, "gone"), "check whether the secret is about to be deleted"),
        (
            [settings(&url, "json"), vec![("TATUM_KMS_AWS_SECRET_KEY", "pass")]].concat(),
            "has no member `pass`; set TATUM_KMS_AWS_SECRET_KEY",
        ),
    ] {
        let error = failure("aws", &given);
        assert!(error.starts_with("AWS Secrets Manager: ") && error.contains(part), "{error}");
    }
    of_a_web_identity(&url);
}

/// The service account of a pod has a role, which AWS's token service gives credentials for.
fn of_a_web_identity(url: &str) {
    let place = tempfile::tempdir().unwrap();
    let token = place.path().join("token");
    fs::write(&token, "eyJ0eXAi.eyJzdWIi.c2ln").unwrap();
    let given = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", REGION),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/kms"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("TATUM_KMS_AWS_SECRET_NAME", "plain"),
    ];
    assert_eq!(password("aws", &given), PASSWORD);
}
