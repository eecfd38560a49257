//! Running the program as a user does, in a home of its own.
// Each test file uses some of it, and what goes wrong in a helper is a failed test.
#![allow(dead_code, clippy::unwrap_used)]

pub(crate) mod api;
pub(crate) mod console;
pub(crate) mod marked;
pub(crate) mod memory;
pub(crate) mod needles;
pub(crate) mod running;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The password of the stores in these tests, and of the broken fixtures.
pub(crate) const PASSWORD: &str = "correct horse";
/// The ids in the fixture `broken/ok.dat`.
pub(crate) const ETH_WALLET: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const UNKNOWN: &str = "99999999-9999-4999-8999-999999999999";
/// What must never be printed of the fixtures.
pub(crate) const SECRETS: &[&str] = &["abandon", "cV6NTLu255", "sEdSLR6q", PASSWORD];
/// The mnemonic that everybody knows.
pub(crate) const MNEMONIC: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

/// A user with an empty home.
pub(crate) struct User {
    pub(crate) home: TempDir,
}

/// What came out of a command.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl User {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// A user whose default store is a copy of a fixture of the old format.
    pub(crate) fn with_legacy(fixture: &str) -> Self {
        let user = Self::new();
        fs::create_dir(user.home.path().join(".tatumrc")).unwrap();
        user.close_directory();
        fs::copy(legacy(fixture), user.store()).unwrap();
        user
    }

    /// A user whose default store is an old one with these wallets, as JSON.
    pub(crate) fn with_wallets(wallets: &str) -> Self {
        let user = Self::new();
        fs::create_dir(user.home.path().join(".tatumrc")).unwrap();
        user.close_directory();
        write_legacy_store(&user.store(), wallets);
        user
    }

    /// Nobody else may write in it, whatever the umask of who runs the tests.
    fn close_directory(&self) {
        let directory = self.home.path().join(".tatumrc");
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// The default store.
    pub(crate) fn store(&self) -> PathBuf {
        self.home.path().join(".tatumrc/wallet.dat")
    }

    /// A command in the user's home, with the password set and nothing else.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tatum-kms"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        command.env("TATUM_KMS_PASSWORD", PASSWORD).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command line, split at blanks.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        run(self.command(line.split_whitespace()))
    }

    /// Runs a command line with something to read.
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Outcome {
        run_with(self.command(line.split_whitespace()), input)
    }

    /// Runs a shell line in which `$KMS` is the program.
    pub(crate) fn shell(&self, line: &str) -> Outcome {
        let mut command = Command::new("sh");
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        command.env("TATUM_KMS_PASSWORD", PASSWORD).env("PATH", "/usr/bin:/bin");
        command.env("KMS", env!("CARGO_BIN_EXE_tatum-kms")).args(["-c", line]);
        command.stdin(Stdio::null());
        run(command)
    }
}

impl Outcome {
    /// Checks that it succeeded.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Checks that it failed with one sentence that says `what`, and nothing on stdout.
    pub(crate) fn failed(self, what: &str) -> Self {
        assert_eq!(self.code, Some(1), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        let errors: Vec<&str> =
            self.stderr.lines().filter(|line| !line.starts_with("warning: ")).collect();
        assert_eq!(errors.len(), 1, "{}", self.stderr);
        assert!(errors[0].starts_with("error: ") && errors[0].contains(what), "{}", self.stderr);
        self
    }

    /// Checks that there was no password from the secret store of `flag`, which nothing is set for. The program
    /// that asks it may have been built beside ours, and then says more.
    pub(crate) fn failed_by_store(self, flag: &str) -> Self {
        assert_eq!(self.code, Some(1), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        let missing = self.stderr.contains(&format!("error: {flag} needs the program"));
        let asked = self.stderr.contains(&format!("tatum-kms-secrets, called for {flag}, failed"))
            && self.stderr.contains(" is not set; set it to ");
        assert!(missing || asked, "{}", self.stderr);
        self
    }

    /// Checks that the command line was refused with a text that says `what`.
    pub(crate) fn usage(self, what: &str) -> Self {
        assert_eq!(self.code, Some(2), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.stderr.contains(what), "{}", self.stderr);
        self
    }

    /// Checks that none of these texts came out.
    pub(crate) fn hides(self, secrets: &[&str]) -> Self {
        for secret in secrets {
            assert!(!self.stdout.contains(secret), "{}", self.stdout);
            assert!(!self.stderr.contains(secret), "{}", self.stderr);
        }
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// A text member of standard output.
    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap().to_owned()
    }

    /// The signature id that was printed.
    pub(crate) fn id(&self) -> String {
        self.text("signatureId")
    }
}

pub(crate) fn run(mut command: Command) -> Outcome {
    outcome(command.output().unwrap())
}

pub(crate) fn run_with(mut command: Command, input: &str) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    outcome(child.wait_with_output().unwrap())
}

fn outcome(output: std::process::Output) -> Outcome {
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file written by the old program.
pub(crate) fn legacy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../keystore/tests/fixtures").join(name)
}

/// A wallet file as Tatum KMS writes it, by OpenSSL.
pub(crate) fn write_legacy_store(store: &Path, wallets: &str) {
    let mut openssl = Command::new("openssl");
    openssl.args("enc -aes-256-cbc -md md5 -salt -base64 -A -pass env:PW".split(' '));
    openssl.env("PW", PASSWORD).arg("-out").arg(store);
    let written = run_with(openssl, wallets);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
}

/// What lies in a directory: names, contents and modes.
pub(crate) fn snapshot(directory: &Path) -> Vec<(PathBuf, Vec<u8>, u32)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let mode = metadata.permissions().mode();
        if metadata.is_dir() {
            all.push((path.clone(), Vec::new(), mode));
            all.extend(snapshot(&path));
        } else {
            all.push((path.clone(), fs::read(&path).unwrap(), mode));
        }
    }
    all.sort();
    all
}
