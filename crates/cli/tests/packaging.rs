//! What lies in packaging/ says what the program understands: command lines, settings, variables, versions, files.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::User;

const DOCKERFILE: &str = "packaging/docker/Dockerfile";
const COMPOSE: &str = "packaging/compose/compose.yaml";
const KUBERNETES: &str = "packaging/kubernetes/tatum-kms.yaml";
const UNIT: &str = "packaging/systemd/tatum-kms.service";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What follows `key` in each line that begins with it, blanks in front of it aside.
fn after<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix(key)).map(str::trim).collect()
}

/// The words of a list such as `[daemon, --path, "a"]`.
fn words(list: &str) -> Vec<String> {
    let inner = list.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    let words = inner.unwrap_or_else(|| panic!("{list} is no list")).split(',');
    words.map(|word| word.trim().trim_matches('"').to_owned()).filter(|w| !w.is_empty()).collect()
}

/// Checks that the program takes this command line, without running it.
fn is_understood<S: AsRef<str>>(arguments: &[S]) {
    let arguments = arguments.iter().map(AsRef::as_ref).chain(["--help"]);
    User::new().run(&arguments.collect::<Vec<_>>().join(" ")).ok();
}

/// Checks that settings are understood and right, with the files they name put in place.
fn are_right(settings: &str, profile: Option<&str>) {
    let user = User::new();
    let mut named = settings.to_owned();
    for line in settings.lines().filter(|line| line.contains("File = ")) {
        let path = line.split('"').nth(1).unwrap();
        let name = path.replace('/', "-");
        let file = user.home.path().join(name);
        fs::write(&file, "an example of a secret\n").unwrap();
        named = named.replace(path, file.to_str().unwrap());
    }
    let file = user.home.path().join("config.toml");
    fs::write(&file, &named).unwrap();
    let mut arguments = vec!["checkconfig", "--config", file.to_str().unwrap()];
    arguments.extend(profile.into_iter().flat_map(|profile| ["--profile", profile]));
    let mut command = user.command(arguments);
    command.env_remove("TATUM_KMS_PASSWORD").env("TATUM_API_KEY", "key");
    let outcome = support::run(command);
    assert_eq!(outcome.code, Some(0), "{named}\n{}{}", outcome.stdout, outcome.stderr);
}

/// The same, with all examples among the comments made to count.
fn are_right_in_full(settings: &str) {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(example) if !example.starts_with(' ') => example.to_owned(),
        _ => line.to_owned(),
    };
    are_right(&settings.lines().map(uncomment).collect::<Vec<_>>().join("\n"), None);
}

#[test]
fn the_unit_runs_a_command_line_of_this_program_with_good_settings() {
    let unit = text(UNIT);
    let line = after(&unit, "ExecStart=/usr/bin/tatum-kms ");
    assert_eq!(line.len(), 1);
    is_understood(&line[0].split_whitespace().collect::<Vec<_>>());
    let settings = text("packaging/systemd/config.toml");
    are_right_in_full(&settings);
    let seconds = |text: &str, key| after(text, key)[0].parse::<u32>().unwrap();
    assert!(seconds(&unit, "TimeoutStopSec=") > seconds(&settings, "stopTimeout = "));
    assert_eq!(after(&unit, "LoadCredential=")[0], "tatum-kms-password:/etc/tatum-kms/password");
}

#[test]
fn the_image_runs_command_lines_of_this_program_and_has_its_version() {
    let file = text(DOCKERFILE);
    // Those of the last stage, which is the one that is built by default.
    let list = |key| words(after(&file, key).last().unwrap());
    assert_eq!(list("ENTRYPOINT "), ["/usr/local/bin/tatum-kms"]);
    is_understood(&list("CMD "));
    // The health check has a command that stands on a line of its own.
    let check = after(&file, "CMD ").into_iter().map(words);
    let check: Vec<_> = check.filter(|words| words[0] == "/usr/local/bin/tatum-kms").collect();
    assert_eq!(check.len(), 1);
    is_understood(&check[0][1..]);
    assert_eq!(after(&file, "ARG VERSION="), [env!("CARGO_PKG_VERSION")]);
    let rust = after(&file, "ARG RUST_IMAGE=docker.io/library/rust:")[0];
    assert!(rust.starts_with(env!("CARGO_PKG_RUST_VERSION")), "{rust}");
}

#[test]
fn compose_runs_a_command_line_of_this_program_with_good_settings() {
    let file = text(COMPOSE);
    is_understood(&words(after(&file, "command: ")[0]));
    let check = words(after(&file, "test: ")[0]);
    assert_eq!(check[..2], ["CMD", "/usr/local/bin/tatum-kms"]);
    is_understood(&check[2..]);
    let settings = text("packaging/compose/config.toml");
    are_right(&settings, Some("sandbox"));
    are_right_in_full(&settings);
    let known = text("docs/configuration.md");
    for line in after(&file, "TATUM_") {
        let name = format!("`TATUM_{}`", line.split(':').next().unwrap());
        assert!(known.contains(&name), "{name}");
    }
    for hardening in
        ["read_only: true", "cap_drop: [ALL]", "security_opt: [no-new-privileges:true]"]
    {
        assert_eq!(after(&file, hardening).len(), 2, "{hardening}");
    }
    assert_eq!(after(&file, "memlock: "), ["{ soft: -1, hard: -1 }"]);
    assert_eq!(after(&file, "image: tatum-kms:"), [env!("CARGO_PKG_VERSION")]);
}

#[test]
fn the_manifest_runs_a_command_line_of_this_program_with_good_settings() {
    let file = text(KUBERNETES);
    is_understood(&words(after(&file, "args: ")[0]));
    let block = file.split("config.toml: |\n").nth(1).unwrap().split("---").next().unwrap();
    let settings: Vec<_> = block.lines().map(str::trim).collect();
    are_right(&settings.join("\n"), None);
    // One daemon for a store, and time for it to end.
    assert_eq!(after(&file, "replicas: "), ["1"]);
    assert_eq!(after(&file, "strategy: "), ["{ type: Recreate }"]);
    let port = after(&file, "listen = \"0.0.0.0:")[0].trim_end_matches('"');
    assert!(file.contains(&format!("containerPort: {port} ")), "{port}");
    for probe in
        ["httpGet: { path: /healthz, port: watch }", "httpGet: { path: /readyz, port: watch }"]
    {
        assert!(!after(&file, probe).is_empty(), "{probe}");
    }
    assert_eq!(after(&file, "image: tatum-kms:"), [env!("CARGO_PKG_VERSION")]);
}

#[test]
fn the_package_is_made_of_files_that_are_there() {
    let manifest: toml::Table = toml::from_str(&text("crates/cli/Cargo.toml")).unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let mut seen = 0;
    for asset in deb["assets"].as_array().unwrap() {
        let path = asset[0].as_str().unwrap().strip_prefix("../../").unwrap();
        // What is built, and what is a pattern.
        if !path.starts_with("target/") && !path.contains('*') {
            assert!(root().join(path).is_file(), "{path}");
            seen += 1;
        }
    }
    assert!(seen > 5);
    for file in deb["conf-files"].as_array().unwrap() {
        let path = file.as_str().unwrap().trim_start_matches('/');
        let assets = deb["assets"].as_array().unwrap();
        assert!(assets.iter().any(|asset| asset[1].as_str() == Some(path)), "{path}");
    }
}
