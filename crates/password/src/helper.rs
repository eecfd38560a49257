//! A secret store of a cloud, through the program `tatum-kms-secrets`.
//!
//! The process that holds keys links no client of a cloud. The program is looked for beside this one and
//! nowhere else, must be of the same version, and is called as `tatum-kms-secrets STORE`. Its settings are
//! in its environment. It prints the password as the first line of standard output and exits with 0;
//! otherwise it says why on standard error, which passes through, and exits with another code.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

use kms_core::Password;

use crate::{ChildEnvironment, PasswordError, Problem, child};

/// The program's name.
const PROGRAM: &str = "tatum-kms-secrets";
/// The version that it must have.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A kind of secret store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStore {
    /// AWS Secrets Manager.
    Aws,
    /// Azure Key Vault.
    Azure,
    /// Google Secret Manager.
    Gcp,
    /// HashiCorp Vault and OpenBao.
    Vault,
    /// The VGS vault.
    Vgs,
}

impl SecretStore {
    /// The flag that chooses it.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Aws => "--aws",
            Self::Azure => "--azure",
            Self::Gcp => "--gcp",
            Self::Vault => "--vault",
            Self::Vgs => "--vgs",
        }
    }

    /// Its name in reports, in capitals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Azure => "AZURE",
            Self::Gcp => "GCP",
            Self::Vault => "VAULT",
            Self::Vgs => "VGS",
        }
    }

    /// What the settings begin with that the program needs for it.
    pub fn prefix(self) -> String {
        format!("TATUM_KMS_{}_", self.name())
    }
}

/// A call of the program.
pub struct Helper {
    store: SecretStore,
    environment: ChildEnvironment,
}

impl Helper {
    /// `environment` gives the program the settings of `store`, and takes all others away from it.
    pub fn new(store: SecretStore, environment: ChildEnvironment) -> Self {
        Self { store, environment }
    }

    pub(crate) fn password(&self) -> Result<Password, PasswordError> {
        let own = std::env::current_exe()
            .map_err(|error| Problem::NotStarted(error).at(self.place(Path::new(PROGRAM))))?;
        self.password_by(&own.with_file_name(PROGRAM), child::patience())
    }

    fn password_by(&self, program: &Path, patience: Duration) -> Result<Password, PasswordError> {
        if is_missing(program) {
            return Err(PasswordError::HelperMissing {
                flag: self.store.flag(),
                path: program.to_owned(),
                version: VERSION,
            });
        }
        self.check_version(program, patience)?;
        let mut command = Command::new(program);
        command.arg(self.store.flag().trim_start_matches('-'));
        self.environment.apply(&mut command);
        child::password(&mut command, patience).map_err(|problem| problem.at(self.place(program)))
    }

    fn check_version(&self, program: &Path, patience: Duration) -> Result<(), PasswordError> {
        let mut command = Command::new(program);
        command.arg("--version");
        let nothing = ChildEnvironment { with: Vec::new(), ..self.environment.clone() };
        nothing.apply(&mut command);
        let line = child::first_line(&mut command, patience)
            .map_err(|problem| problem.at(self.place(program)))?;
        if *line == VERSION.as_bytes() {
            return Ok(());
        }
        let found = version(&line)
            .map_or_else(|| "no known version".to_owned(), |version| format!("version {version}"));
        Err(PasswordError::HelperVersion { path: PathBuf::from(program), found, version: VERSION })
    }

    fn place(&self, program: &Path) -> String {
        format!("{}, called for {},", program.display(), self.store.flag())
    }
}

fn is_missing(program: &Path) -> bool {
    fs::metadata(program).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The line, if it looks like a version and not like anything else.
fn version(line: &[u8]) -> Option<&str> {
    const LONGEST: usize = 24;
    let text = std::str::from_utf8(line).ok()?;
    let parts = text.split(['.', '-', '+']);
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && parts.into_iter().all(|part| part.chars().all(|c| c.is_ascii_alphanumeric()));
    (plain && text.contains('.') && text.len() <= LONGEST).then_some(text)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use zeroize::Zeroizing;

    use super::*;

    /// A program that answers `--version` with ours, and anything else by `script`.
    fn program(place: &TempDir, version: &str, script: &str) -> PathBuf {
        let path = place.path().join(PROGRAM);
        let text =
            format!("#!/bin/sh\nif [ \"$1\" = --version ]; then\n{version}\nexit\nfi\n{script}\n");
        // Written by another process: a file that this one has open for writing can't be run, and a
        // test beside this one may be starting a process that has it open, too.
        let write = "printf %s \"$1\" > \"$2\" && chmod 700 \"$2\"";
        let written = Command::new("sh").args(["-c", write, "sh", &text]).arg(&path).status();
        assert!(written.unwrap().success());
        path
    }

    fn ours() -> String {
        format!("echo {VERSION}")
    }

    fn fetch(program: &Path) -> Result<String, String> {
        let environment = ChildEnvironment {
            without: vec!["CARGO_PKG_NAME"],
            with: vec![("TATUM_KMS_AWS_REGION", Zeroizing::new("eu-west-1".to_owned()))],
        };
        let helper = Helper::new(SecretStore::Aws, environment);
        let found = helper.password_by(program, Duration::from_secs(20));
        found.map(|found| found.expose_secret().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_told_the_store_and_its_settings() {
        let place = TempDir::new().unwrap();
        let script = "echo \"$* $TATUM_KMS_AWS_REGION ${CARGO_PKG_NAME-none}\"";
        let password = fetch(&program(&place, &ours(), script)).unwrap();
        assert_eq!(password, "aws eu-west-1 none");
    }

    #[test]
    fn where_it_is_missing_the_other_sources_are_named() {
        let error = fetch(Path::new("/nonexistent/tatum-kms-secrets")).unwrap_err();
        for part in ["--aws", "/nonexistent/tatum-kms-secrets", VERSION, "--passwordFile"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn another_version_is_not_asked() {
        let place = TempDir::new().unwrap();
        let script = "echo hunter2";
        let error = fetch(&program(&place, "echo 7.0.0-rc.1", script)).unwrap_err();
        assert!(error.contains("is of version 7.0.0-rc.1, and this program of"), "{error}");
        for odd in ["echo hunter2", "echo 1.2 hunter2", "printf '9.\\033[2J'", "true", "yes 1."] {
            let error = fetch(&program(&place, odd, script)).unwrap_err();
            assert!(!error.contains("hunter2") && !error.contains('\u{1b}'), "{error}");
            assert!(error.contains("no known version") || error.contains("more than"), "{error}");
        }
    }

    #[test]
    fn its_failure_is_said_without_its_output() {
        let place = TempDir::new().unwrap();
        let failed = fetch(&program(&place, &ours(), "echo hunter2; exit 1")).unwrap_err();
        assert!(failed.ends_with("failed (exit status: 1); try it by hand"), "{failed}");
        assert!(failed.contains("called for --aws") && !failed.contains("hunter2"), "{failed}");
        let silent = fetch(&program(&place, &ours(), "true")).unwrap_err();
        assert!(silent.contains("printed no password"), "{silent}");
        let path = program(&place, &ours(), "true");
        assert!(Command::new("chmod").arg("600").arg(&path).status().unwrap().success());
        assert!(fetch(&path).unwrap_err().contains("can't be run"));
    }
}
