//! Wallet files: the old format, ours, and what lies sealed in it.

use std::path::Path;
use std::sync::LazyLock;

use kms_core::Password;
use kms_keystore::{KdfCost, Keystore, KeystoreError, Options, fuzzing};
use serde_json::{Map, Value};

use crate::sentence;

/// A store with a few wallets, made by [`crate::seeds::store`] with [`password`] and [`options`].
pub static STORE: &[u8] = include_bytes!("../fixtures/wallet.dat");

/// The password of every store here.
pub fn password() -> Password {
    Password::new("correct horse battery staple".to_owned())
}

/// The least that Argon2id can do, so that a store is opened in no time.
pub fn options() -> Options {
    let least = KdfCost { memory_kib: 8, passes: 1, lanes: 1 };
    Options {
        kdf: least,
        kdf_floor: least,
        kdf_ceiling: KdfCost { memory_kib: 64, passes: 2, lanes: 2 },
        ..Options::default()
    }
}

/// A file of the old format as such; a text sealed into one; a sealed copy of one.
pub fn legacy(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 4 {
        0 => check(fuzzing::legacy_file(rest, &password()).err()),
        1 => check(fuzzing::legacy_copy(rest, &password(), &options()).err()),
        2 => {
            let sealed = fuzzing::seal_legacy_copy(rest, &password(), &options()).expect("sealed");
            let back = fuzzing::legacy_copy(&sealed, &password(), &options()).expect("ours");
            assert_eq!(&back[..], rest, "the copy holds something else");
        }
        _ => {
            let _ = str::from_utf8(rest).map(legacy_text);
        }
    }
}

/// What is sealed comes back wallet by wallet, or is refused as a whole.
fn legacy_text(text: &str) {
    let file = fuzzing::seal_legacy(text, &password()).expect("there is randomness");
    let wallets = match fuzzing::legacy_file(&file, &password()) {
        Ok(wallets) => wallets,
        Err(error) => {
            let damaged = matches!(
                error,
                KeystoreError::LegacyDamaged { .. } | KeystoreError::LegacyWrongPassword { .. }
            );
            assert!(damaged, "{error}");
            return check(Some(error));
        }
    };
    for (_, json) in &wallets {
        assert!(text.contains(json.as_str()), "a wallet that was not in the file");
        let _ = fuzzing::entry(json);
    }
    if let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) {
        assert_eq!(wallets.len(), object.len(), "wallets were lost");
        for (id, json) in &wallets {
            let value = serde_json::from_str::<Value>(json).expect("a part of JSON is JSON");
            assert_eq!(Some(&value), object.get(id), "a wallet changed");
        }
    }
}

/// What is sealed in rows and in the state: read, it is written as it was.
pub fn rows(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let written = match choice % 3 {
        0 => fuzzing::content(rest),
        1 => fuzzing::state(rest),
        _ => {
            let _ = str::from_utf8(rest).map(fuzzing::entry);
            None
        }
    };
    if let Some(written) = written {
        // The first programs kept no tally; what they wrote is written with an empty one.
        let as_before = written[..] == *rest || written[..] == [rest, &[0; 8]].concat();
        assert!(as_before, "read as something that is written differently");
    }
}

/// A whole file of ours that somebody without the password has changed: refused, or all its wallets are as
/// they were.
///
/// The input changes [`STORE`]: its new length (two bytes, 0 for as it is), then changes of a place (two bytes), a
/// length (one byte) and as many bytes.
pub fn file(data: &[u8]) {
    static EXPECTED: LazyLock<Vec<(String, String)>> =
        LazyLock::new(|| wallets(STORE).expect("the store as it was made opens"));
    let Some(changed) = changed(data) else { return };
    match wallets(&changed) {
        Ok(found) => assert_eq!(found, *EXPECTED, "a changed store says something else"),
        Err(error) => check(Some(error)),
    }
}

fn changed(data: &[u8]) -> Option<Vec<u8>> {
    let mut store = STORE.to_vec();
    let (length, mut rest) = data.split_first_chunk()?;
    match usize::from(u16::from_le_bytes(*length)) {
        0 => {}
        length => store.resize(length, 0),
    }
    while let Some((at, after)) = rest.split_first_chunk() {
        let at = usize::from(u16::from_le_bytes(*at));
        let (length, after) = after.split_first()?;
        let (bytes, after) = after.split_at_checked(usize::from(*length).min(after.len()))?;
        if let Some(place) = store.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        rest = after;
    }
    Some(store)
}

/// Id and JSON of the wallets in a file, after all of it was checked.
fn wallets(file: &[u8]) -> Result<Vec<(String, String)>, KeystoreError> {
    let folder = tempfile::tempdir_in(memory()).expect("there is a place for it");
    let path = folder.path().join("wallet.dat");
    std::fs::write(&path, file).expect("there is a place for it");
    let options = Options { allow_loose_permissions: true, ..options() };
    let store = Keystore::open(&path, &password(), &options)?;
    store.verify()?;
    let mut found = Vec::new();
    store.for_each::<KeystoreError>(|id, json| {
        found.push((id.to_owned(), json.expose_secret().to_owned()));
        Ok(())
    })?;
    let entries = store.entries()?;
    assert_eq!(entries.len(), found.len(), "listed and opened are not the same");
    Ok(found)
}

/// Where files cost nothing.
fn memory() -> std::path::PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() }
}

fn check(error: Option<KeystoreError>) {
    if let Some(error) = error {
        sentence::check(&error.to_string(), &[]);
    }
}
