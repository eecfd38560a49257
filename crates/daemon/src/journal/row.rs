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

#[cfg(test)]
mod tests {
    use kms_core::{Expiry, Sequence, TransactionHash};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::{ProptestConfig, any};

    use super::*;
    use crate::journal::{Over, Signing};

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_row_opens_as_it_was_sealed_and_in_its_place_only(
            (hash, account, number) in any::<(String, String, u64)>(),
            (expiry, reason, intent) in any::<(Option<String>, Option<String>, Option<String>)>(),
            data: Option<String>,
            times in vec((0..9_usize, any::<i64>()), 0..5),
            chosen in (0..9_usize, any::<bool>()),
            over in option::of(any::<bool>()),
        ) {
            let key = SealKey::init_with_mut(|out| out.fill(7));
            let sequence = Some(Sequence { account, number });
            let signing = Signing {
                hash: TransactionHash(hash),
                sequence,
                digest: "00".to_owned(),
                expiry: expiry.map(Expiry),
                over: over.map(|failed| if failed { Over::Failed } else { Over::Expired }),
                settled: true,
            };
            let record = Record {
                signing: Some(signing.clone()),
                earlier: vec![signing.clone()],
                times: times.iter().map(|(state, at)| (State::ALL[*state], *at)).collect(),
                reason,
                tries: 3,
                report: Report::Due,
                retry: true,
                unfinished: false,
                intent,
            };
            let entry = Entry {
                id: "a".parse().unwrap(),
                chain: "ETH".to_owned(),
                network: Network::from_testnet(chosen.1),
                content: Content([5; 32]),
                state: State::ALL[chosen.0],
                record,
                data,
                version: 1,
            };
            let sealed = entry.seal(&key, &[1; 16]).unwrap();
            let row = || RawRow {
                id: "a".to_owned(),
                chain: "ETH".to_owned(),
                network: name(entry.network).to_owned(),
                content: vec![5; 32],
                state: entry.state.as_str().to_owned(),
                version: 1,
                record: sealed.record.clone(),
                bytes: sealed.bytes.clone(),
            };
            let back = row().open(&key, &[1; 16]).unwrap();
            assert!(sealed.due && back.record.signing == Some(signing));
            assert_eq!((back.data, back.state), (entry.data.clone(), entry.state));
            let written = |record: &Record| serde_json::to_string(record).unwrap();
            assert_eq!(written(&back.record), written(&entry.record));
            let other = State::ALL[(chosen.0 + 1) % 9].as_str().to_owned();
            assert!(RawRow { state: other, ..row() }.open(&key, &[1; 16]).is_err());
            assert!(RawRow { id: "b".to_owned(), ..row() }.open(&key, &[1; 16]).is_err());
            assert!(row().open(&key, &[2; 16]).is_err());
        }
    }
}
