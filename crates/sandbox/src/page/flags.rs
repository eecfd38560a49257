//! What can be set from outside.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use secrecy::SecretString;

use super::approvals::Mode;

/// The fewest bytes of a shared secret, as for the daemon.
const MIN_SECRET: usize = 16;

/// The page and the approval server behind it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The page, and the approvals it gives")]
pub struct PageFlags {
    /// Who answers the daemon's questions at /approve: the person at the page, or a yes
    /// to all
    #[arg(long, value_name = "MODE", value_enum, default_value_t)]
    approvals: Mode,
    /// The file with the secret that the daemon has too: its questions must be signed, and the answers
    /// are
    #[arg(long = "approvalSecretFile", value_name = "FILE")]
    approval_secret_file: Option<PathBuf>,
    /// Makes the page's token from this number, the same at each start; for tests: who knows the number
    /// has the token
    #[arg(long = "pageSeed", value_name = "N")]
    page_seed: Option<u64>,
}

/// How the page is set up.
#[derive(Clone, Debug, Default)]
pub struct PageSettings {
    /// Who answers the daemon's questions.
    pub mode: Mode,
    /// The secret that both sides have.
    pub secret: Option<SecretString>,
    /// What the page's token is made from; chance, where there is none.
    pub seed: Option<u64>,
}

impl PageFlags {
    /// Reads the file that the flags name.
    pub fn settings(self) -> Result<PageSettings> {
        let secret = self.approval_secret_file.as_deref().map(secret).transpose()?;
        Ok(PageSettings { mode: self.approvals, secret, seed: self.page_seed })
    }
}

fn secret(path: &Path) -> Result<SecretString> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map(SecretString::from);
    let text = text.with_context(|| format!("the approval secret in {name} can't be read"))?;
    let secret = SecretString::from(secrecy::ExposeSecret::expose_secret(&text).trim().to_owned());
    let bytes = secrecy::ExposeSecret::expose_secret(&secret).len();
    if bytes < MIN_SECRET {
        bail!(
            "the approval secret in {name} has {bytes} bytes, and fewer than {MIN_SECRET} can be \
             guessed; make one with `openssl rand -hex 32`"
        );
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_is_trimmed_and_must_be_long_enough() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "an example of a secret\n").unwrap();
        assert_eq!(secret(&file).unwrap().expose_secret(), "an example of a secret");
        std::fs::write(&file, "short\n").unwrap();
        let error = secret(&file).unwrap_err().to_string();
        assert!(error.contains("has 5 bytes"), "{error}");
        assert!(secret(&folder.path().join("none")).is_err());
    }
}
