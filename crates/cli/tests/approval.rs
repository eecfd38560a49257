//! The flags about the approval server, and where its secrets may come from.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;

use support::api::{Api, Seen, daemon, user_with_key};
use support::run;

fn header<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    seen.head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

#[test]
fn headers_and_secret_come_from_flags_environment_and_files() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, || (200, "{}".to_owned()));
    let approver = Api::start(|_| (503, String::new()));
    fs::write(user.home.path().join("headers"), "X-Three: t0ken-3\n\n").unwrap();
    fs::write(user.home.path().join("secret"), "file-0123456789abcdef\n").unwrap();
    let mut command = daemon(&user, &api.url, "--runOnce --externalUrlHeaderFile headers");
    command.args(["--externalUrl", &approver.url, "--externalUrlHeader", "X-One: t0ken-1"]);
    command.env("TATUM_KMS_EXTERNAL_HEADERS", "X-Two: t0ken-2\nX-Four: t0ken-4");
    command.env("TATUM_KMS_APPROVAL_SECRET", "from-the-environment");
    let outcome = run(command).hides(&["t0ken", "from-the-environment"]);
    assert_eq!(outcome.code, Some(1));
    let seen = &approver.to("GET", "/")[0];
    for (name, value) in [("x-one", "1"), ("x-two", "2"), ("x-three", "3"), ("x-four", "4")] {
        assert_eq!(header(seen, name), Some(format!("t0ken-{value}").as_str()));
    }
    assert_eq!(header(seen, "x-kms-signature").unwrap().len(), 64);

    // The file is used though the variable is too short to be.
    let flags = "--runOnce --approvalSecretFile secret --strictApproval";
    let mut command = daemon(&user, &api.url, flags);
    command.args(["--externalUrl", &approver.url]).env("TATUM_KMS_APPROVAL_SECRET", "short");
    assert_eq!(run(command).code, Some(1));
    assert_eq!(approver.to("GET", "/").len(), 2);
}

#[test]
fn what_would_be_unsafe_does_not_start() {
    let (user, _) = user_with_key();
    let failed = |flags: &str, secret: &str, expected: &str| {
        let mut command = daemon(&user, "http://127.0.0.1:1", &format!("--runOnce {flags}"));
        command.env("TATUM_KMS_APPROVAL_SECRET", secret);
        run(command).failed(expected).hides(&["t0ken", "0123456789"]);
    };
    let secret = "0123456789abcdef";
    let url = "--externalUrl http://approver.internal/kms";
    failed(&format!("{url} --strictApproval"), secret, "https://");
    failed("--externalUrl https://a/kms --strictApproval", "", "TATUM_KMS_APPROVAL_SECRET");
    failed("--externalUrl https://a/kms --strictApproval", "0123456789", "10 bytes");
    failed(&format!("{url} --externalUrlHeader t0ken"), secret, "Name: value");
    failed(&format!("{url} --externalUrlHeader Host:t0ken"), secret, "host");
    failed(&format!("{url} --approvalSecretFile nosuch"), secret, "nosuch");
    failed(&format!("{url} --externalUrlCa nosuch"), secret, "nosuch");
    fs::write(user.home.path().join("pem"), "nonsense").unwrap();
    failed(&format!("{url} --externalUrlCa pem"), secret, "https://");
    failed("--externalUrl https://a/kms --externalUrlCa pem", secret, "--externalUrlCa");
    let pair = "--externalUrlCert pem --externalUrlKey pem";
    failed(&format!("--externalUrl https://a/kms {pair}"), secret, "--externalUrlCert");
}

#[test]
fn flags_that_need_each_other_say_so() {
    let (user, _) = user_with_key();
    let usage = |flags: &str, expected: &str| {
        user.run(&format!("daemon --testnet {flags}")).usage(expected);
    };
    usage("--strictApproval", "--externalUrl");
    usage("--externalUrlHeader a:b", "--externalUrl");
    usage("--externalUrl https://a --externalUrlCert pem", "--externalUrlKey");
    usage("--externalUrl https://a --maxDenials=-1", "whole number");
    usage("--externalUrl https://a --externalUrlTimeout 0", "above 0");
}
