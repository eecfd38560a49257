//! Was everything paid, and nothing twice?

use std::collections::HashMap;

use anyhow::Result;

use super::books::{Account, Books};
use crate::pending::{Entry, State};

/// The entries of the API, by pending id.
type Entries<'a> = HashMap<&'a str, &'a Entry>;

/// What is wrong, one sentence each. Empty if nothing is.
pub(super) async fn audit(books: &Books, entries: &[Entry]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let entries: Entries<'_> =
        entries.iter().map(|entry| (entry.transaction.id.as_str(), entry)).collect();
    for id in &books.queued {
        match entries.get(id.as_str()) {
            Some(entry) => wrong.extend(check_entry(entry).map(|why| format!("{id}: {why}"))),
            None => wrong.push(format!("{id}: the API has lost it")),
        }
    }
    for book in &books.chains {
        let ticker = book.chain.ticker();
        for account in &book.accounts {
            let numbers = check_numbers(numbers_of(account, &entries), account.queued.len());
            let address = &account.sender.address;
            wrong.extend(numbers.map(|why| format!("{ticker} {address} {why}")));
        }
        for (address, expected) in &book.balances {
            let found = books.balance(book, address).await?;
            if found != *expected {
                wrong.push(format!("{ticker} {address} holds {found} units, not {expected}"));
            }
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
    if entry.broadcasts.is_empty() || entry.broadcasts.iter().any(|sent| sent != hash) {
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

/// The numbers that the transactions of an account have on chain, in order. Empty on chains on which
/// they have none.
fn numbers_of(account: &Account, entries: &Entries<'_>) -> Vec<u64> {
    let of_account = account.queued.iter().filter_map(|id| entries.get(id.as_str()));
    let taken = of_account.flat_map(|entry| &entry.transactions).filter(|sent| sent.accepted);
    let mut numbers: Vec<_> = taken.filter_map(|sent| sent.identity.nonce).collect();
    numbers.sort_unstable();
    numbers
}

/// One after the other without a gap, as many as there were transfers.
fn check_numbers(numbers: Vec<u64>, transfers: usize) -> Option<String> {
    let first = *numbers.first()?;
    let found = numbers.len();
    if let Some((expected, found)) =
        (first..).zip(numbers).find(|(expected, found)| expected != found)
    {
        return Some(format!("has {found} on chain in the place of number {expected}"));
    }
    (found != transfers).then(|| format!("has {found} numbers on chain, not {transfers}"))
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
        assert_eq!(check_numbers(vec![5, 6, 7], 3), None);
        assert_eq!(check_numbers(Vec::new(), 3), None);
        for (numbers, words) in [
            (vec![0, 2], "has 2 on chain in the place of number 1"),
            (vec![0, 0], "has 0 on chain in the place of number 1"),
            (vec![0, 1], "has 2 numbers on chain, not 3"),
            (vec![0, 1, 2, 3], "has 4 numbers on chain, not 3"),
        ] {
            assert_eq!(check_numbers(numbers, 3).as_deref(), Some(words));
        }
    }
}
