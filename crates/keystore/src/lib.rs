//! The encrypted wallet file: our format, the legacy format, locking.
//!
//! [`Keystore`] reads a store of either format and never writes. [`Writer`] changes one, and turns a
//! legacy file into ours when it first does. The format is described byte by byte in
//! `docs/wallet-file.md`; where to look in the code:
//!
//! | file | what |
//! |---|---|
//! | `keystore.rs`, `writer.rs` | the two doors |
//! | `vault.rs`, `change.rs` | an open store of our format, whatever holds its rows; what changes it |
//! | `walk.rs` | every wallet of a store, a few in memory at a time |
//! | `refresh.rs` | what another process did to the file of an open store |
//! | `rows.rs`, `sqlite_rows.rs`, `sqlite_moment.rs` | the trait of what holds the rows, and SQLite behind it |
//! | `sealing.rs`, `kdf.rs` | keys, associated data, the header, the state with its set hash |
//! | `tally.rs` | how many wallets there are of each chain |
//! | `checking.rs`, `scrub.rs` | whether what is there was written, and whether what was removed is gone |
//! | `rekey.rs`, `backup.rs`, `transfer.rs`, `downgrade.rs` | new keys, backups, exports, the way back |
//! | `swap.rs`, `beside.rs` | one file in another's place; what is kept beside a store |
//! | `record.rs` | what a wallet's JSON says, and what a sealed row holds |
//! | `legacy.rs`, `legacy_store.rs`, `legacy_copy.rs`, `upgrade.rs` | the old format, its sealed copy, the way out of it |
//! | `sqlite.rs`, `files.rs`, `probe.rs` | SQLite as hostile input; paths, file systems, what stands at a path |
//! | `permissions.rs`, `holder.rs` | who else may read or exchange the file, and who has it locked |
//!
//! # What is protected, and what is not
//!
//! Whoever holds the file without the password learns how many wallets there are, their ids, chains,
//! networks and kinds, and how many share a lookup tag; nothing else. Whoever can change the file can
//! destroy it, but not make it say something else unnoticed: a changed row does not open, and removed,
//! added or replayed rows show wherever the whole set is read ([`Keystore::for_each`],
//! [`Keystore::verify`]). Single reads do not check the set. Putting back a whole earlier file is not
//! noticed here; [`Keystore::generation`] lets somebody who remembers notice it.
//!
//! # Why count and generation are in a state record
//!
//! They could be associated data of the wrapped data key. Every write would then have to wrap the key
//! again, and so hold the password's key for the life of the process. Here they are sealed, together
//! with the set hash, in a record of their own under a subkey of the data key; its associated data names
//! the store and the epoch. The password is needed once, at opening, and a state of another store or of
//! before a change of password does not open.

mod backup;
mod beside;
mod change;
mod checking;
mod downgrade;
mod error;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
mod holder;
mod kdf;
mod keystore;
mod legacy;
mod legacy_copy;
mod legacy_store;
mod options;
mod permissions;
mod probe;
mod record;
mod refresh;
mod rekey;
mod rows;
mod scrub;
mod sealing;
pub mod sqlite;
mod sqlite_moment;
mod sqlite_rows;
mod swap;
mod tally;
mod transfer;
mod upgrade;
mod vault;
mod walk;
mod warning;
mod writer;

pub use backup::{Restored, restore};
pub use beside::kept_copies;
pub use downgrade::Downgraded;
pub use error::KeystoreError;
pub use holder::Holder;
pub use kdf::journal_key_for_legacy;
pub use keystore::{Keystore, Report};
pub use legacy_copy::open_legacy_copy;
pub use options::{Format, KdfCost, Options};
pub use record::{Entry, Extras, Kind, NewRecord};
pub use refresh::Refresh;
pub use sealing::StoreId;
pub use transfer::Standing;
pub use upgrade::Upgraded;
pub use walk::Stored;
pub use warning::Warning;
pub use writer::{Opened, Writer};
