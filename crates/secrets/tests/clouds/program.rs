//! The program, started with these variables and no others.

use std::process::Command;

/// Texts that no failure may show, whatever it is about.
const SECRETS: &[&str] = &[
    crate::PASSWORD,
    "battery",
    "eyJ0eXAi",
    "ya29.",
    "app-secret",
    "vgs-secret",
    "header-secret",
    crate::moto::SECRET_KEY,
    "aws-role-secret",
    "aws-session",
    "hvs.",
    "approle-secret",
    "PRIVATE KEY",
];

/// A variable and its value.
pub(crate) type Variable<'a> = (&'a str, &'a str);

/// The password that the program prints for `store`.
pub(crate) fn password(store: &str, variables: &[Variable<'_>]) -> String {
    let (code, stdout, stderr) = run(&[store], variables);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout.strip_suffix('\n').unwrap().to_owned()
}

/// The sentence that it prints in place of one. It is one line, and has nothing secret in it.
pub(crate) fn failure(store: &str, variables: &[Variable<'_>]) -> String {
    failure_within(&[store], variables)
}

/// The same with these arguments.
pub(crate) fn failure_within(arguments: &[&str], variables: &[Variable<'_>]) -> String {
    let (code, stdout, stderr) = run(arguments, variables);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    for secret in SECRETS {
        assert!(!stderr.contains(secret), "{secret} in: {stderr}");
    }
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let sentence = stderr.trim_end().strip_prefix("tatum-kms-secrets: ").unwrap();
    sentence.to_owned()
}

fn run(arguments: &[&str], variables: &[Variable<'_>]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tatum-kms-secrets"))
        .args(arguments)
        .env_clear()
        // What is not there must not make a request go elsewhere.
        .env("http_proxy", "http://127.0.0.1:9")
        .env("https_proxy", "http://127.0.0.1:9")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
