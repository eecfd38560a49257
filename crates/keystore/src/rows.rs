//! What holds the rows of a store. SQLite today; the trait is all that another database would need.
//!
//! Nothing that comes from here is trusted until it was opened.

use std::path::Path;

use crate::kdf::SALT_LEN;
use crate::record::Kind;
use crate::tally::Tally;
use crate::{Entry, KdfCost, KeystoreError, StoreId};
use kms_core::Network;

/// A keyed hash under which a row can be found.
pub(crate) type Tag = [u8; 32];

/// What is needed to come from the password to the data key. One per store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Version of the format.
    pub(crate) format: i64,
    /// Names the store.
    pub(crate) store_id: StoreId,
    /// Whether it began as a legacy file.
    pub(crate) from_legacy: bool,
    /// Counts the changes of the password, from 1.
    pub(crate) epoch: i64,
    /// Cost of the derivation.
    pub(crate) cost: KdfCost,
    /// Salt of the derivation.
    pub(crate) salt: [u8; SALT_LEN],
    /// The data key, sealed under the key from the password.
    pub(crate) wrapped_key: Vec<u8>,
}

/// The columns of a row that anybody can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clear {
    /// Order of the list, newest highest, from 1.
    pub(crate) position: i64,
    /// Id of the wallet.
    pub(crate) id: String,
    /// The generation of the store that wrote the row.
    pub(crate) version: i64,
    /// Chain code.
    pub(crate) chain: String,
    /// `mainnet` or `testnet`.
    pub(crate) network: String,
    /// A [`Kind`].
    pub(crate) kind: String,
}

impl Clear {
    pub(crate) fn entry(&self) -> Result<Entry, KeystoreError> {
        let damaged = || KeystoreError::RowDamaged { id: self.id.clone() };
        let network = [Network::Mainnet, Network::Testnet]
            .into_iter()
            .find(|network| network.to_string() == self.network)
            .ok_or_else(damaged)?;
        let kind: Kind = self.kind.parse().map_err(|()| damaged())?;
        Ok(Entry { id: self.id.clone(), ticker: self.chain.clone(), network, kind })
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// In the clear, and authenticated with the rest.
    pub(crate) clear: Clear,
    /// The rest.
    pub(crate) sealed: Vec<u8>,
}

/// Header and sealed state as they belong together.
pub(crate) struct Head {
    pub(crate) header: Header,
    pub(crate) state: Vec<u8>,
}

/// The whole store at one moment.
pub(crate) struct Snapshot {
    pub(crate) head: Head,
    /// Newest first.
    pub(crate) rows: Vec<Row>,
}

/// What is done with a row and its tags.
pub(crate) type Each<'a> = dyn FnMut(Row, &[Tag]) -> Result<(), KeystoreError> + 'a;

/// Reads rows, and changes them in transactions.
pub(crate) trait Rows: Send {
    /// Header and state at one moment.
    fn head(&self) -> Result<Head, KeystoreError>;
    /// The clear columns of at most `limit` rows from `position` downwards, newest first.
    fn list(&self, position: i64, limit: u32) -> Result<Vec<Clear>, KeystoreError>;
    /// One row.
    fn row(&self, id: &str) -> Result<Option<Row>, KeystoreError>;
    /// The clear columns of the rows with this tag, newest first.
    fn tagged(&self, tag: &Tag) -> Result<Vec<Clear>, KeystoreError>;
    /// At most `limit` rows from `position` downwards, newest first.
    fn page(&self, position: i64, limit: u32) -> Result<Vec<Row>, KeystoreError>;
    /// How many rows there are of each chain and network.
    fn tally(&self) -> Result<Tally, KeystoreError>;
    /// Everything at one moment.
    fn snapshot(&self) -> Result<Snapshot, KeystoreError>;
    /// Every row with its tags, newest first, and the head, all of one moment. Writers wait until it is
    /// over, and `each` must not come back here.
    fn scan(&self, each: &mut Each<'_>) -> Result<Head, KeystoreError>;
    /// Everything, as of one moment, in a new wallet file at `path`, a name that nobody else looks at.
    fn copy_to(&self, path: &Path) -> Result<(), KeystoreError>;
    /// Whether a trace of a row that was removed is left, in free space too.
    fn has_trace(&self, gone: &[u8]) -> Result<bool, KeystoreError>;
    /// Writes everything anew, without what is left of removed rows.
    fn compact(&self) -> Result<(), KeystoreError>;
    /// Checks that what holds the rows is sound in itself, seals aside.
    fn check(&self) -> Result<(), KeystoreError>;
    /// Runs `work` as the only writer. All of it is durable on return, or on an error none of it.
    fn change(
        &mut self,
        work: &mut dyn FnMut(&dyn Change) -> Result<(), KeystoreError>,
    ) -> Result<(), KeystoreError>;
}

/// A transaction of the only writer.
pub(crate) trait Change {
    fn head(&self) -> Result<Head, KeystoreError>;
    fn row(&self, id: &str) -> Result<Option<Row>, KeystoreError>;
    /// How many rows there are of each chain and network.
    fn tally(&self) -> Result<Tally, KeystoreError>;
    /// The highest position; 0 in an empty store.
    fn top(&self) -> Result<i64, KeystoreError>;
    fn insert(&self, row: &Row, tags: &[Tag]) -> Result<(), KeystoreError>;
    /// Removes a row and its tags.
    fn delete(&self, position: i64) -> Result<(), KeystoreError>;
    fn put_head(&self, head: &Head) -> Result<(), KeystoreError>;
}
