//! Everything that can go wrong with a store. No error holds anything that was decrypted.

use std::io;
use std::path::PathBuf;

use kms_crypto::seal::SealError;

use crate::sqlite::SqliteError;
use crate::{Holder, KdfCost, permissions};

/// Why a store could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// No file there, or an empty one.
    #[error("there is no wallet file at `{path}`; check the path, or make a wallet first")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file of some other kind.
    #[error(
        "`{path}` is neither a wallet file of this program nor one of the old format; check the path"
    )]
    NotAWalletFile {
        /// The file.
        path: PathBuf,
    },
    /// The legacy file is broken, whatever the password.
    #[error("the wallet file `{path}` is damaged: {what}; restore it from a backup")]
    LegacyDamaged {
        /// The file.
        path: PathBuf,
        /// What shows it.
        what: &'static str,
    },
    /// The legacy file does not decrypt to wallets. Its format can not tell why.
    #[error(
        "wrong password for `{path}`, or the file is damaged; try the password again, then a backup"
    )]
    LegacyWrongPassword {
        /// The file.
        path: PathBuf,
    },
    /// A legacy file where the store had been upgraded.
    #[error(
        "`{path}` is a legacy file, but this store was upgraded before (`{marker}` says so); put the upgraded file back, or allow the legacy file explicitly"
    )]
    LegacyAgain {
        /// The file.
        path: PathBuf,
        /// The copy that was left beside it.
        marker: PathBuf,
    },
    /// The header does not open with the key of this password.
    #[error(
        "wrong password for `{path}`, or its header is damaged; try the password again, then a backup"
    )]
    WrongPassword {
        /// The store.
        path: PathBuf,
    },
    /// The header makes no sense, whatever the password.
    #[error("the header of `{path}` is damaged: {what}; restore the file from a backup")]
    HeaderDamaged {
        /// The store.
        path: PathBuf,
        /// Which part of it.
        what: &'static str,
    },
    /// Written by a later version of this program.
    #[error(
        "`{path}` has format version {found}, this program reads version {known}; update the program"
    )]
    UnknownFormat {
        /// The store.
        path: PathBuf,
        /// What its header says.
        found: i64,
        /// What we read.
        known: i64,
    },
    /// Checked before the derivation runs.
    #[error(
        "`{path}` asks for a key derivation of {found}, allowed is from {floor} to {ceiling}; set the limits if you made it so"
    )]
    KdfOutOfBounds {
        /// The store.
        path: PathBuf,
        /// What its header, or the caller, asks for.
        found: KdfCost,
        /// The least.
        floor: KdfCost,
        /// The most.
        ceiling: KdfCost,
    },
    /// Not enough memory, or figures that Argon2id does not know.
    #[error("the key could not be derived with {cost}; give the process more memory")]
    Kdf {
        /// The cost that was asked for.
        cost: KdfCost,
    },
    /// The record with count, generation and set hash.
    #[error("the state record of `{path}` is damaged; restore the file from a backup")]
    StateDamaged {
        /// The store.
        path: PathBuf,
    },
    /// Every row may be authentic, but they are not the rows that were written.
    #[error(
        "the wallets in `{path}` are not those that were written: {what}; restore the file from a backup"
    )]
    SetDamaged {
        /// The store.
        path: PathBuf,
        /// How it shows.
        what: String,
    },
    /// A row that does not open.
    #[error("wallet `{id}` is damaged: its row does not open; restore the file from a backup")]
    RowDamaged {
        /// The id in the row's clear column.
        id: String,
    },
    /// The lookup tags of a row are not what its content says.
    #[error("the lookup tags of wallet `{id}` are damaged; restore the file from a backup")]
    LookupDamaged {
        /// The id of the wallet.
        id: String,
    },
    /// No such wallet.
    #[error("there is no wallet `{id}`; `list` shows all ids")]
    NotFound {
        /// What was asked for.
        id: String,
    },
    /// The id is taken.
    #[error("there is a wallet `{id}` already; nothing was added")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// No index is left whose address was not given out.
    #[error("wallet `{id}` has no index left below 2147483648; make another wallet")]
    IndexesUsedUp {
        /// The id.
        id: String,
    },
    /// A new record without chain, network or anything that signs.
    #[error(
        "the new wallet `{id}` has no secret, chain and testnet flag in its JSON; nothing was added"
    )]
    Unusable {
        /// The id.
        id: String,
    },
    /// Others may read the file.
    #[error("{}", permissions::of_file(.path, *.mode))]
    LoosePermissions {
        /// The store.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others may exchange the file.
    #[error("{}", permissions::of_directory(.path, *.mode))]
    LooseDirectory {
        /// The directory of the store.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody else decides which file is used.
    #[error("{}", permissions::of_link(.path, *.owner))]
    ForeignLink {
        /// The symbolic link.
        path: PathBuf,
        /// The id of the user who owns it.
        owner: u32,
    },
    /// Something beside the store that SQLite would apply to it.
    #[error("`{path}` lies beside the wallet file and would be applied to it; move it away")]
    LeftoverJournal {
        /// The stray file.
        path: PathBuf,
    },
    /// What was written does not read back as the legacy file had it.
    #[error(
        "the upgraded copy of `{path}` does not read back as it was written; nothing was changed"
    )]
    ReadBack {
        /// The legacy file.
        path: PathBuf,
    },
    /// A removed wallet left a trace in free space, and writing the file anew failed.
    #[error(
        "wallet `{id}` was removed, but a trace of its sealed row may be left in free space of the file; `rotatekey` writes the file anew"
    )]
    Trace {
        /// The id of the wallet.
        id: String,
        /// Why it could not be cleared.
        source: Option<Box<KeystoreError>>,
    },
    /// What was sealed under a new key does not open to what was there.
    #[error("the new copy of `{path}` does not read back as the store; nothing was changed")]
    RekeyReadBack {
        /// The store.
        path: PathBuf,
    },
    /// A file that was to be made is there already.
    #[error(
        "there is something at `{path}` already, and it is not overwritten; choose another name"
    )]
    Taken {
        /// Where.
        path: PathBuf,
    },
    /// A store where a backup was to go.
    #[error("there is a wallet file at `{path}` already; nothing was changed")]
    InTheWay {
        /// The store.
        path: PathBuf,
    },
    /// Another program put another file there meanwhile.
    #[error(
        "`{path}` was changed or replaced by another program meanwhile; nothing was changed, run the command again"
    )]
    Replaced {
        /// The store.
        path: PathBuf,
    },
    /// The file of an open store is no longer there.
    #[error("the wallet file `{path}` is gone; put it back")]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// The file is now another store, or has another data key.
    #[error("`{path}` is now another store or has other keys; start again with its password")]
    Rekeyed {
        /// The store.
        path: PathBuf,
    },
    /// Another process upgrades the file.
    #[error(
        "`{path}` is being upgraded by {holder}, and was for the {seconds} s that were waited; try again when that is done"
    )]
    Upgrading {
        /// The store.
        path: PathBuf,
        /// Who does it.
        holder: Holder,
        /// How long was waited.
        seconds: u64,
    },
    /// Not a copy made by an upgrade, or damaged, or the wrong password.
    #[error("`{path}` does not open as a sealed copy of a legacy file: {what}")]
    LegacyCopy {
        /// The copy.
        path: PathBuf,
        /// Why.
        what: &'static str,
    },
    /// SQLite, and what it found.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    /// Sealing failed for want of randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The operating system refused.
    #[error("could not {action} `{path}`")]
    Io {
        /// A verb.
        action: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl KeystoreError {
    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
