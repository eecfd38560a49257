//! What the tests share: a cheap key derivation, a folder of their own, wallets.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and may panic"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kms_core::{Network, Password, Seed, Wallet, WalletJson};
use kms_keystore::{Extras, KdfCost, Keystore, KeystoreError, NewRecord, Options, Writer};
use tempfile::TempDir;

pub(crate) const CHEAP: KdfCost = KdfCost { memory_kib: 64, passes: 1, lanes: 1 };

pub(crate) fn options() -> Options {
    Options {
        kdf: CHEAP,
        kdf_floor: CHEAP,
        busy_timeout: Duration::from_secs(10),
        ..Options::default()
    }
}

pub(crate) fn password() -> Password {
    Password::new("correct horse".into())
}

pub(crate) fn wrong() -> Password {
    Password::new("wrong horse".into())
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// Set for the processes that a test starts to work, be killed or fail.
const CHILD: &str = "TATUM_KMS_TEST_CHILD";

/// This test binary again, run for the test `child` alone, which finds [`is_child`] then.
pub(crate) fn child_command(child: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", child, "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    command
}

/// Whether this process was started by [`child_command`]. The name of the test does not tell: there are
/// runners that give every test a process of its own.
#[expect(clippy::disallowed_methods, reason = "nothing but tests reads it")]
pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// A folder with a path for a wallet file in it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn with(bytes: &[u8]) -> Self {
        let place = Self::new();
        fs::write(place.path(), bytes).unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o600)).unwrap();
        place
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("wallet.dat")
    }

    pub(crate) fn beside(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("wallet.dat{suffix}"))
    }

    /// Every name in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn open(&self) -> Result<Keystore, KeystoreError> {
        Keystore::open(&self.path(), &password(), &options())
    }

    pub(crate) fn writer(&self) -> Writer {
        self.try_writer().unwrap()
    }

    pub(crate) fn try_writer(&self) -> Result<Writer, KeystoreError> {
        Writer::open_or_create(&self.path(), &password(), &options(), &nothing).map(|both| both.0)
    }

    /// A store with these wallets, added one by one.
    pub(crate) fn store(numbers: std::ops::Range<u32>) -> Self {
        let place = Self::new();
        let mut writer = place.writer();
        for number in numbers {
            writer.add(&[record(number)]).unwrap();
        }
        place
    }

    /// A store with these wallets, added at once.
    pub(crate) fn filled(numbers: std::ops::Range<u32>) -> Self {
        let place = Self::new();
        place.writer().add(&numbers.map(record).collect::<Vec<_>>()).unwrap();
        place
    }

    /// Changes the file behind our back.
    pub(crate) fn sql(&self, statements: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(statements).unwrap();
    }
}

pub(crate) fn nothing(_: &Wallet) -> Extras {
    Extras::default()
}

pub(crate) fn id(number: u32) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

pub(crate) fn json(number: u32) -> String {
    format!(
        r#"{{"mnemonic":"zebra zoo {number}", "xpub":"xpub{number}","chain":"ETH","testnet":true}}"#
    )
}

pub(crate) fn record(number: u32) -> NewRecord {
    NewRecord {
        id: id(number).parse().unwrap(),
        ticker: "ETH".into(),
        network: Network::Testnet,
        json: WalletJson::new(json(number)),
        extras: Extras {
            seed: Some(Seed::init_with_mut(|seed| seed.fill(7))),
            address: Some(format!("0x{number}")),
            identity: Some(format!("identity {number}").into_bytes()),
        },
    }
}

/// Ids and JSON of a store, in its order.
pub(crate) fn contents(store: &Keystore) -> Result<Vec<(String, String)>, KeystoreError> {
    let mut all = Vec::new();
    store.for_each(|id, json| {
        all.push((id.to_owned(), json.expose_secret().to_owned()));
        Ok::<_, KeystoreError>(())
    })?;
    Ok(all)
}

/// The whole chain of an error, as a user meets it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
