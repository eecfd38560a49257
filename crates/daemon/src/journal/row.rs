//! One row of the journal, sealed and open.

use kms_core::Network;
use kms_crypto::seal::{Aad, SealError, SealKey};
use rusqlite::Row;
use zeroize::Zeroizing;

use super::JournalError;
use super::entry::{Entry, Record, Report, State};
use crate::content::Content;

/// The sealed columns of a row, and those that are derived from it.
pub(super) struct Sealed {
    pub(super) record: Vec<u8>,
    pub(super) bytes: Option<Vec<u8>>,
    /// A clear copy for look-ups: whether a report is due.
    pub(super) due: bool,
}

impl Entry {
    pub(super) fn seal(&self, key: &SealKey, store: &[u8; 16]) -> Result<Sealed, SealError> {
        let place = Place {
            store,
            id: self.id.as_str(),
            chain: &self.chain,
            network: name(self.network),
            content: &self.content.0,
        };
        // Texts and numbers: this can't fail, and what is empty does not open again.
        let plain = Zeroizing::new(serde_json::to_vec(&self.record).unwrap_or_default());
        let record = key.seal(&place.record(self.state), &plain)?;
        let bytes = self.data.as_ref().map(|data| key.seal(&place.bytes(), data.as_bytes()));
        Ok(Sealed { record, bytes: bytes.transpose()?, due: self.record.report == Report::Due })
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
pub(super) const COLUMNS: &str = "id, chain, network, content, state, version, record, bytes";

/// A row as it lies in the file.
pub(super) struct RawRow {
    id: String,
    chain: String,
    network: String,
    content: Vec<u8>,
    state: String,
    version: i64,
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
        version: row.get(5)?,
        record: row.get(6)?,
        bytes: row.get(7)?,
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
        let plain = Zeroizing::new(key.open(&place.record(state), &self.record).ok()?);
        let record: Record = serde_json::from_slice(&plain).ok()?;
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
            record,
            data,
            version: self.version,
        })
    }
}
