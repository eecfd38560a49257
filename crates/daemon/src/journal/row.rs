//! One row of the journal, sealed and open.

use std::fmt;

use kms_core::{
    Network, PendingId, PendingTransaction, Sequence, SignedTransaction, TransactionHash,
};
use kms_crypto::seal::{Aad, SealError, SealKey};
use rusqlite::Row;
use zeroize::Zeroizing;

use super::JournalError;
use crate::content::Content;

/// How far a transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was handed out; nothing has been signed.
    Seen,
    /// The approval server agreed; nothing has been signed.
    Approved,
    /// The bytes exist, and may have been sent.
    Signed,
    /// The network has it; the API does not count it as complete yet.
    Sent,
    /// Nothing is left to do.
    Completed,
    /// It can't be done, and nothing was signed: it was denied for good.
    Failed,
    /// The first send was refused. The bytes are kept; nothing is signed anew.
    Refused,
    /// The API handed out another content under the same id, or it failed again and again. Nothing more
    /// is done with it.
    Quarantined,
    /// The operator decided that nothing more is done with it.
    Discarded,
}

impl State {
    /// Every state, in the order of a transaction's life.
    pub const ALL: [Self; 9] = [
        Self::Seen,
        Self::Approved,
        Self::Signed,
        Self::Sent,
        Self::Completed,
        Self::Failed,
        Self::Refused,
        Self::Quarantined,
        Self::Discarded,
    ];

    /// The word in the journal and in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Quarantined => "quarantined",
            Self::Discarded => "discarded",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of a pending id.
pub(crate) struct Entry {
    pub(crate) id: PendingId,
    pub(crate) chain: String,
    pub(crate) network: Network,
    pub(crate) content: Content,
    pub(crate) state: State,
    pub(crate) record: Record,
    /// What is sent; gone once the transaction is complete.
    pub(crate) data: Option<String>,
}

/// What is kept of a transaction for ever.
pub(crate) struct Record {
    pub(crate) hash: TransactionHash,
    pub(crate) sequence: Option<Sequence>,
}

impl Entry {
    pub(crate) fn new(
        tx: &PendingTransaction,
        network: Network,
        content: Content,
        state: State,
        record: Record,
        data: Option<String>,
    ) -> Self {
        let (id, chain) = (tx.id.clone(), tx.ticker.clone());
        Self { id, chain, network, content, state, record, data }
    }

    /// What is to be sent, if it has not been wiped.
    pub(crate) fn transaction(&self) -> Option<SignedTransaction> {
        let data = self.data.clone()?;
        Some(SignedTransaction { data, hash: self.record.hash.clone() })
    }

    /// The columns `record` and `bytes`.
    pub(super) fn seal(
        &self,
        key: &SealKey,
        store: &[u8; 16],
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), SealError> {
        let aad = Place {
            store,
            id: self.id.as_str(),
            chain: &self.chain,
            network: name(self.network),
            content: &self.content.0,
        };
        let record = key.seal(&aad.record(self.state), &self.record.to_bytes())?;
        let bytes = self.data.as_ref().map(|data| key.seal(&aad.bytes(), data.as_bytes()));
        Ok((record, bytes.transpose()?))
    }
}

impl Record {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (account, number) = match &self.sequence {
            Some(sequence) => (Some(&sequence.account), Some(sequence.number)),
            None => (None, None),
        };
        // Strings and a number: this can't fail.
        Zeroizing::new(serde_json::to_vec(&(&self.hash.0, account, number)).unwrap_or_default())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hash, account, number): (String, Option<String>, Option<u64>) =
            serde_json::from_slice(bytes).ok()?;
        let sequence = account.zip(number).map(|(account, number)| Sequence { account, number });
        Some(Self { hash: TransactionHash(hash), sequence })
    }
}

/// What the sealed parts of a row belong to.
struct Place<'a> {
    store: &'a [u8; 16],
    id: &'a str,
    chain: &'a str,
    network: &'a str,
    content: &'a [u8],
}

impl Place<'_> {
    fn aad(&self, purpose: &str) -> Aad {
        let place = Aad::new(purpose).field(self.store).text(self.id);
        place.text(self.chain).text(self.network).field(self.content)
    }

    fn record(&self, state: State) -> Aad {
        self.aad("tatum-kms journal record").text(state.as_str())
    }

    fn bytes(&self) -> Aad {
        self.aad("tatum-kms journal bytes")
    }
}

/// The word for a network in the journal.
pub(super) fn name(network: Network) -> &'static str {
    if network.is_testnet() { "testnet" } else { "mainnet" }
}

/// The columns that [`read`] expects.
pub(super) const COLUMNS: &str = "id, chain, network, content, state, record, bytes";

/// A row as it lies in the file.
pub(super) struct RawRow {
    id: String,
    chain: String,
    network: String,
    content: Vec<u8>,
    state: String,
    record: Vec<u8>,
    bytes: Option<Vec<u8>>,
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<RawRow> {
    Ok(RawRow {
        id: row.get(0)?,
        chain: row.get(1)?,
        network: row.get(2)?,
        content: row.get(3)?,
        state: row.get(4)?,
        record: row.get(5)?,
        bytes: row.get(6)?,
    })
}

impl RawRow {
    pub(super) fn open(self, key: &SealKey, store: &[u8; 16]) -> Result<Entry, JournalError> {
        let damaged = || JournalError::Damaged { id: kms_tatum::escaped(&self.id) };
        self.try_open(key, store).ok_or_else(damaged)
    }

    fn try_open(&self, key: &SealKey, store: &[u8; 16]) -> Option<Entry> {
        let state = State::ALL.into_iter().find(|state| state.as_str() == self.state)?;
        let networks = [Network::Mainnet, Network::Testnet];
        let network = networks.into_iter().find(|network| name(*network) == self.network)?;
        let place = Place {
            store,
            id: &self.id,
            chain: &self.chain,
            network: &self.network,
            content: &self.content,
        };
        let record = key.open(&place.record(state), &self.record).ok()?;
        let data = match &self.bytes {
            Some(bytes) => {
                let open = key.open(&place.bytes(), bytes).ok()?;
                Some(str::from_utf8(&open).ok()?.to_owned())
            }
            None => None,
        };
        Some(Entry {
            id: self.id.parse().ok()?,
            chain: self.chain.clone(),
            network,
            content: Content(self.content.as_slice().try_into().ok()?),
            state,
            record: Record::from_bytes(&record)?,
            data,
        })
    }
}
