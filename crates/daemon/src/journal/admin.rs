//! The journal for the operator: what is in it, and what may be decided about an item by hand.
//!
//! Works while a daemon runs on the same journal: SQLite lets both in, and a row that the other one
//! changed meanwhile is not written over.

use kms_core::{Network, PendingId, TransactionHash};
use kms_keystore::StoreId;

use super::{Entry, Journal, JournalError, Report, Signing, State};
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
    /// Until when what was signed last can be executed, in the words of its chain, where that ends.
    pub expiry: Option<String>,
    /// The signed bytes; gone once it is complete.
    pub data: Option<String>,
}

/// The journal, opened by hand.
pub struct JournalAdmin(Journal);

impl JournalAdmin {
    /// Opens the journal of `store`; none if no daemon has made one yet.
    ///
    /// # Errors
    /// It belongs to another wallet file, or can't be read.
    pub fn open(store: &dyn Store) -> Result<Option<Self>, JournalError> {
        Ok(Journal::open_existing(store)?.map(Self))
    }

    /// Whether the journal has the present key of its wallet file. If not, somebody else had it open when
    /// this was opened, and it gets that key when it is opened next.
    pub fn has_present_key(&self) -> bool {
        self.0.current
    }

    /// Whether the journal still has the key that comes from the password of a legacy file.
    pub fn is_of_legacy_file(&self) -> bool {
        self.0.store == *StoreId::LEGACY.as_bytes()
    }

    /// Everything that is known, by the time it was first seen. Blocks; not for use in a runtime.
    ///
    /// # Errors
    /// The journal can't be read, or a row is damaged.
    pub fn items(&self) -> Result<Vec<JournalItem>, JournalError> {
        let rows = self.0.select("TRUE").get_blocking()?;
        Ok(rows.open(&self.0)?.into_iter().map(JournalItem::from).collect())
    }

    /// What is known of one pending transaction. Blocks.
    ///
    /// # Errors
    /// The journal can't be read, or the row is damaged.
    pub fn item(&self, id: &PendingId) -> Result<Option<JournalItem>, JournalError> {
        Ok(self.entry(id)?.map(JournalItem::from))
    }

    /// Has the next pass handle the transaction again. What was signed already is signed anew in such a
    /// way that the two exclude each other on chain; where that can't be, the pass says so. Where signatures
    /// expire, the pass sends the same bytes until they have, and signs anew only then. Blocks.
    ///
    /// # Errors
    /// [`JournalError::NotFound`], [`JournalError::NotNow`] for what is sent, complete, discarded or
    /// changed its content, or the journal can't be written.
    pub fn retry(&self, id: &PendingId) -> Result<JournalItem, JournalError> {
        let mut entry = self.known(id)?;
        let not_now = |why| JournalError::NotNow { id: id.clone(), state: entry.state, why };
        let signed = entry.is_live();
        match entry.state {
            State::Sent => return Err(not_now("the network has it, only the API has to be told")),
            State::Completed => return Err(not_now("nothing is left to do")),
            State::Discarded => {
                return Err(not_now("what was discarded stays so; make a new transaction"));
            }
            State::Quarantined if signed => {
                let why = "its content changed after it was signed; discard it and make a new transaction";
                return Err(not_now(why));
            }
            State::Seen | State::Approved | State::Failed | State::Quarantined => {
                entry = entry.afresh();
            }
            State::Signed | State::Refused => entry.record.retry = true,
        }
        (entry.record.tries, entry.record.report) = (0, Report::None);
        self.0.keep_blocking(entry).map(JournalItem::from)
    }

    /// Has no pass handle the transaction any more. What was signed can still be sent by whoever has it,
    /// so its bytes are wiped, and its hash stays known. Blocks.
    ///
    /// # Errors
    /// [`JournalError::NotFound`], [`JournalError::NotNow`] for what is complete, or the journal can't be written.
    pub fn discard(&self, id: &PendingId) -> Result<JournalItem, JournalError> {
        let entry = self.known(id)?;
        if entry.state == State::Completed {
            let why = "nothing is left to do";
            return Err(JournalError::NotNow { id: id.clone(), state: entry.state, why });
        }
        self.0.keep_blocking(entry.into_state(State::Discarded)).map(JournalItem::from)
    }

    fn known(&self, id: &PendingId) -> Result<Entry, JournalError> {
        self.entry(id)?.ok_or_else(|| JournalError::NotFound { id: id.clone() })
    }

    fn entry(&self, id: &PendingId) -> Result<Option<Entry>, JournalError> {
        let raw = self.0.raw(id).get_blocking()?;
        raw.map(|raw| raw.open(&self.0.key, &self.0.store)).transpose()
    }
}

impl From<Entry> for JournalItem {
    fn from(entry: Entry) -> Self {
        let hash = entry.hash().cloned();
        let (account, nonce) = match entry.sequence() {
            Some(sequence) => (Some(sequence.account.clone()), Some(sequence.number)),
            None => (None, None),
        };
        let Entry { id, chain, network, state, record, data, .. } = entry;
        let last = record.signing.filter(Signing::is_live);
        Self {
            id,
            chain,
            network,
            state,
            times: record.times,
            hash,
            earlier: record.earlier.into_iter().map(|signing| signing.hash).collect(),
            account,
            nonce,
            reason: record.reason,
            tries: record.tries,
            reported: record.report == Report::Done,
            retry: record.retry,
            intent: record.intent,
            expiry: last.and_then(|signing| signing.expiry).map(|expiry| expiry.0),
            data,
        }
    }
}
