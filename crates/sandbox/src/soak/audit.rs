//! Was everything paid, and nothing twice?

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;

use super::books::Books;
use crate::pending::{Entry, State};

/// What is wrong, one sentence each. Empty if nothing is.
pub(super) async fn audit(books: &Books, entries: &[Entry]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let by_id: HashMap<_, _> =
        entries.iter().map(|entry| (entry.transaction.id.as_str(), entry)).collect();
    for id in &books.queued {
        match by_id.get(id.as_str()) {
            Some(entry) => wrong.extend(check_entry(entry).map(|why| format!("{id}: {why}"))),
            None => wrong.push(format!("{id}: the API has lost it")),
        }
    }
    wrong.extend(check_nonces(&books.transfers, &books.nonces().await?));
    for ((chain, address), expected) in &books.balances {
        let found = books.balance(chain, address).await?;
        if found != *expected {
            wrong.push(format!("{chain} {address} holds {found} units, not {expected}"));
        }
    }
    Ok(wrong)
}

/// One signed transaction for each pending one, on chain, and the API knows it by that hash.
fn check_entry(entry: &Entry) -> Option<String> {
    let hashes: Vec<_> =
        entry.transactions.iter().map(|sent| sent.identity.hash.as_str()).collect();
    let [hash] = hashes[..] else {
        return Some(format!("{} distinct transactions were broadcast: {hashes:?}", hashes.len()));
    };
    if entry.broadcasts != [hash] {
        return Some(format!("on chain are {:?}, signed was {hash}", entry.broadcasts));
    }
    if entry.state != State::Completed {
        return Some(format!("it is {:?}, not completed; errors: {:?}", entry.state, entry.errors));
    }
    let completed_with = entry.transaction.tx_id.as_deref().unwrap_or_default();
    if completed_with != hash {
        return Some(format!("it was completed with {completed_with}, signed was {hash}"));
    }
    let reported = entry.errors.first()?;
    Some(format!("it was reported as failed, but it was sent: {reported}"))
}

/// From 0 on without a gap, as many as there were transfers.
fn check_nonces(
    transfers: &BTreeMap<String, u64>,
    mined: &BTreeMap<String, Vec<u64>>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (sender, count) in transfers {
        let mined = mined.get(sender).map(Vec::as_slice).unwrap_or_default();
        if !mined.iter().copied().eq(0..*count) {
            let gap = (0..).zip(mined).find(|(expected, found)| expected != *found);
            let detail = gap.map_or_else(
                || "no gap among them".to_owned(),
                |(expected, found)| format!("{found} is in the place of {expected}"),
            );
            let mined = mined.len();
            wrong.push(format!("{sender} has {mined} nonces on chain, not {count}; {detail}"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(hashes: &[&str], state: &str, errors: &[&str]) -> Entry {
        let sent: Vec<_> = hashes
            .iter()
            .map(|hash| json!({ "hash": hash, "times": 1, "accepted": true }))
            .collect();
        serde_json::from_value(json!({
            "id": "1", "chain": "ETH", "hashes": [], "serializedTransaction": "{}",
            "txId": "0xa", "state": state, "polls": 1, "broadcasts": hashes,
            "transactions": sent, "errors": errors, "times": { "queued": 1 },
        }))
        .unwrap()
    }

    #[test]
    fn exactly_one_transaction_passes() {
        assert_eq!(check_entry(&entry(&["0xa"], "completed", &[])), None);
        for (entry, words) in [
            (entry(&[], "pending", &[]), "0 distinct transactions"),
            (entry(&["0xa", "0xb"], "completed", &[]), "2 distinct transactions"),
            (entry(&["0xb"], "completed", &[]), "it was completed with 0xa, signed was 0xb"),
            (entry(&["0xa"], "pending", &["no"]), "it is Pending, not completed"),
            (entry(&["0xa"], "completed", &["no"]), "it was reported as failed"),
        ] {
            let found = check_entry(&entry).unwrap();
            assert!(found.starts_with(words), "{found}");
        }
    }

    #[test]
    fn a_gap_shows() {
        let transfers = BTreeMap::from([("a".to_owned(), 3)]);
        let mined = |nonces: &[u64]| BTreeMap::from([("a".to_owned(), nonces.to_vec())]);
        assert!(check_nonces(&transfers, &mined(&[0, 1, 2])).is_empty());
        for (nonces, words) in [
            (&[0, 2][..], "2 is in the place of 1"),
            (&[0, 1], "no gap among them"),
            (&[0, 1, 2, 3], "no gap among them"),
        ] {
            let wrong = check_nonces(&transfers, &mined(nonces));
            assert!(wrong[0].ends_with(words), "{wrong:?}");
        }
    }
}
