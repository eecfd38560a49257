//! The VGS vault.
//!
//! The answer is that of "Reveal a single alias" and "Reveal multiple aliases" of the reference of VGS's Vault API,
//! version 1, with other values in it; Tatum KMS asks for a single one.

use crate::PASSWORD;
use crate::program::{Variable, failure, failure_within, password};
use crate::server::{Reply, Server, nobody};

const ALIAS: &str = "tok_live_5UpnbMvaihRuRwz5QXwBFw";

fn variables(url: &str) -> Vec<Variable<'_>> {
    vec![
        ("TATUM_KMS_VGS_ALIAS", ALIAS),
        ("TATUM_KMS_VGS_USERNAME", "US1234"),
        ("TATUM_KMS_VGS_PASSWORD", "vgs-secret"),
        ("TATUM_KMS_VGS_ENDPOINT", url),
    ]
}

/// A value as VGS reveals it.
fn entry(value: &str) -> String {
    let aliases = format!(r#"[{{"alias":"{ALIAS}","format":"UUID"}}]"#);
    let value = serde_json::to_string(value).unwrap();
    format!(
        r#"{{"value":{value},"classifiers":["password"],"aliases":{aliases},"created_at":"2019-08-10T11:45:30Z","storage":"PERSISTENT"}}"#
    )
}

#[test]
fn an_alias_is_revealed() {
    let bodies = [
        format!(r#"{{"data":[{}]}}"#, entry(PASSWORD)),
        format!(r#"{{"data":{{"{ALIAS}":{}}}}}"#, entry(PASSWORD)),
    ];
    for body in bodies {
        let server = Server::start(move |_| Reply::Json(200, body.clone()));
        assert_eq!(password("vgs", &variables(&server.url())), PASSWORD);
        let asked = server.asked();
        let [asked] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(asked.line, format!("GET /aliases/{ALIAS}"));
        // US1234:vgs-secret
        assert_eq!(asked.header("authorization"), Some("Basic VVMxMjM0OnZncy1zZWNyZXQ="));
    }
}

#[test]
fn a_member_of_json() {
    let json = format!(r#"{{"pwd":"{PASSWORD}"}}"#);
    let server =
        Server::start(move |_| Reply::Json(200, format!(r#"{{"data":[{}]}}"#, entry(&json))));
    let url = server.url();
    let mut variables = variables(&url);
    variables.push(("TATUM_KMS_VGS_KEY", "pwd"));
    assert_eq!(password("vgs", &variables), PASSWORD);
}

#[test]
fn what_is_refused_is_said() {
    for (status, body, part) in [
        (
            401,
            r#"{"errors":[{"status":401,"title":"Unauthorized"}]}"#,
            "the credentials were refused (HTTP 401); check TATUM_KMS_VGS_USERNAME",
        ),
        (
            403,
            "",
            "no permission to read the value of TATUM_KMS_VGS_ALIAS (HTTP 403); have the support of VGS allow",
        ),
        (404, "", "there is no value of TATUM_KMS_VGS_ALIAS in 127.0.0.1:"),
        (418, "", "the store answered with an error (HTTP 418)"),
        (200, "correct horse battery staple", "it is not JSON"),
        (200, r#"{"data":[]}"#, "it has no value for the alias"),
        (200, r#"{"data":[{"value":7}]}"#, "its JSON lacks a member"),
        (
            200,
            r#"{"data":[{"value":""}]}"#,
            "the password in the value of TATUM_KMS_VGS_ALIAS is empty",
        ),
    ] {
        let error = failure("vgs", &variables(&Server::always(status, body).url()));
        assert!(error.starts_with("VGS: ") && error.contains(part), "{error}");
        assert!(!error.contains(ALIAS), "{error}");
    }
}

#[test]
fn time_and_size_are_bounded() {
    let endless = Server::start(|_| Reply::Json(200, " ".repeat(300_000)));
    let error = failure("vgs", &variables(&endless.url()));
    assert!(error.contains("it has more than 262144 bytes"), "{error}");
    let silent = Server::start(|_| Reply::Silence);
    let error = failure_within(&["--timeout", "1", "vgs"], &variables(&silent.url()));
    assert!(error.contains("no answer within 1 seconds"), "{error}");
}

#[test]
fn where_nobody_answers_it_is_said() {
    let error = failure("vgs", &variables(&nobody()));
    assert!(error.contains("can't be reached: Connection refused"), "{error}");
    let secure = Server::secure(|_| Reply::Json(200, "{}".to_owned()));
    let error = failure("vgs", &variables(&secure.url()));
    assert!(error.contains("no secure connection to 127.0.0.1:"), "{error}");
    let error = failure("vgs", &variables("http://api.example.com"));
    assert!(error.contains("TATUM_KMS_VGS_ENDPOINT begins with http://"), "{error}");
}

#[test]
fn what_is_not_set_is_named() {
    let url = nobody();
    for without in ["TATUM_KMS_VGS_ALIAS", "TATUM_KMS_VGS_USERNAME", "TATUM_KMS_VGS_PASSWORD"] {
        let given: Vec<_> =
            variables(&url).into_iter().filter(|(name, _)| *name != without).collect();
        let error = failure("vgs", &given);
        assert!(error.contains(&format!("{without} is not set; set it to the ")), "{error}");
    }
}
