//! What the daemon needs of the wallet file.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kms_core::{Password, SignatureId, Wallet, with_wiped_stack};
use kms_crypto::seal::SealKey;
use kms_keystore::{Entry, KdfCost, Keystore, KeystoreError, Refresh, journal_key_for_legacy};

/// An open wallet file, or something that behaves like one in a test.
pub trait Store: Send + Sync {
    /// The wallet file. The journal and the lock lie beside it.
    fn path(&self) -> &Path;

    /// The identity of the store, to which its journal is bound. All zeros for every legacy file.
    fn id(&self) -> [u8; 16];

    /// Notices what other processes did to the file. Called before each poll.
    ///
    /// # Errors
    /// The file is gone, or is another one now.
    fn refresh(&self) -> Result<(), KeystoreError>;

    /// Stands for the wallets as they are listed now: other bytes after every change.
    ///
    /// # Errors
    /// The file can't be read.
    fn edition(&self) -> Result<Vec<u8>, KeystoreError>;

    /// Calls `each` with every wallet, newest first, without having all of them in memory.
    ///
    /// # Errors
    /// The file can't be read.
    fn for_each_entry(&self, each: &mut dyn FnMut(Entry)) -> Result<(), KeystoreError>;

    /// One wallet, opened.
    ///
    /// # Errors
    /// [`KeystoreError::NotFound`], [`KeystoreError::RowDamaged`], or the file can't be read.
    fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError>;

    /// The key of the journal; none for a legacy file.
    fn journal_key(&self) -> Option<SealKey>;

    /// The journal keys of before the store's data key was changed, the latest first.
    ///
    /// # Errors
    /// The file can't be read.
    fn former_journal_keys(&self) -> Result<Vec<SealKey>, KeystoreError> {
        Ok(Vec::new())
    }

    /// The key that the journal of a legacy file has, made from the password and the journal's `salt`; none for a
    /// store that never was one. Asked at the start only.
    ///
    /// # Errors
    /// The key can't be derived.
    fn legacy_journal_key(&self, salt: &[u8; 16]) -> Result<Option<SealKey>, KeystoreError>;

    /// Called when the start is over and the password is not needed any more.
    fn forget_password(&self) {}
}

/// A wallet file as the commands open it.
pub struct OpenStore {
    path: PathBuf,
    keystore: Mutex<Keystore>,
    password: Mutex<Option<Password>>,
}

impl OpenStore {
    /// Takes over an open wallet file. The password is kept until the journal is open, and only where the
    /// journal may need it: for a store that is, or began as, a legacy file.
    pub fn new(keystore: Keystore, password: Password) -> Self {
        let password = keystore.is_from_legacy().then_some(password);
        let path = keystore.path().to_owned();
        Self { path, keystore: Mutex::new(keystore), password: Mutex::new(password) }
    }

    fn keystore(&self) -> MutexGuard<'_, Keystore> {
        self.keystore.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn password(&self) -> MutexGuard<'_, Option<Password>> {
        self.password.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for OpenStore {
    fn path(&self) -> &Path {
        &self.path
    }

    fn id(&self) -> [u8; 16] {
        *self.keystore().store_id().as_bytes()
    }

    fn refresh(&self) -> Result<(), KeystoreError> {
        // A legacy file is decrypted for it.
        if with_wiped_stack(|| self.keystore().refresh())? == Refresh::Reopened {
            tracing::info!("the wallet file was replaced or upgraded; its wallets were read again");
        }
        Ok(())
    }

    fn edition(&self) -> Result<Vec<u8>, KeystoreError> {
        self.keystore().edition()
    }

    fn for_each_entry(&self, each: &mut dyn FnMut(Entry)) -> Result<(), KeystoreError> {
        self.keystore().for_each_entry(each)
    }

    fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError> {
        self.keystore().wallet(id)
    }

    fn journal_key(&self) -> Option<SealKey> {
        self.keystore().journal_key()
    }

    fn former_journal_keys(&self) -> Result<Vec<SealKey>, KeystoreError> {
        with_wiped_stack(|| self.keystore().former_journal_keys())
    }

    fn legacy_journal_key(&self, salt: &[u8; 16]) -> Result<Option<SealKey>, KeystoreError> {
        let password = self.password();
        let derive = |p| journal_key_for_legacy(p, salt, KdfCost::RECOMMENDED);
        with_wiped_stack(|| password.as_ref().map(derive).transpose())
    }

    fn forget_password(&self) {
        *self.password() = None;
    }
}
