//! Who has which place in the order of an account, for ever.
//!
//! The network counts late, one of its nodes counts later than another, and all of them stand still at a gap: their
//! answer may be a number that a transaction above the gap has had for long. So whoever is given a place asks here
//! first. Where a network began anew, as test networks do, who has a place is for its node to say.

use kms_core::{Network, PendingId, Sequence, Ticker};
use kms_crypto::seal::{Aad, SealKey};
use rusqlite::Connection;

use super::entry::Entry;
use super::{Journal, JournalError, Rows, row};

/// Makes the names under which places are in the file: it does not say which accounts there are.
#[derive(Debug)]
pub(super) struct Places(SealKey);

/// The rows for which something was signed that is not known to come to nothing.
pub(super) const HOLDS: &str =
    "state NOT IN ('seen', 'approved', 'failed', 'refused', 'discarded')";

/// What a place is called in the file.
pub(super) type Name = [u8; 32];

impl Places {
    /// Those of a journal with this key.
    pub(super) fn new(key: &SealKey) -> Self {
        Self(key.derive("tatum-kms journal place"))
    }

    fn name(&self, chain: &str, network: Network, sequence: &Sequence) -> Name {
        let place = Aad::new("tatum-kms journal place").text(chain).text(row::name(network));
        self.0.mac(&place.text(&sequence.account).field(&sequence.number.to_be_bytes()))
    }

    /// The place that was signed for, if there is one.
    pub(super) fn of(&self, entry: &Entry) -> Option<Name> {
        let sequence = entry.sequence()?;
        Some(self.name(&entry.chain, entry.network, sequence))
    }
}

/// Keeps that something with this place was signed for `id`.
pub(super) fn keep(connection: &Connection, place: &Name, id: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO place VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute((place, id)).map(drop)
}

impl Journal {
    /// For whom else something with this place was signed that is not known to come to nothing.
    pub(crate) async fn holders(
        &self,
        chain: Ticker,
        network: Network,
        sequence: &Sequence,
        id: &PendingId,
    ) -> Result<Vec<Entry>, JournalError> {
        let (place, id) = (self.places.name(chain.0, network, sequence), id.as_str().to_owned());
        let answer = self.writer.read(move |connection| {
            let sql = format!(
                "SELECT {} FROM place JOIN item USING (id) WHERE place = ?1 AND id <> ?2 AND {HOLDS}",
                row::COLUMNS
            );
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_map((place, id), row::read)?.collect::<Result<_, _>>().map(Rows)
        });
        answer.get().await?.open(self)
    }
}
