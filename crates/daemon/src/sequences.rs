//! The one place where nonces are given out.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kms_chains::Sequences;
use kms_core::{PendingId, Sequence, Ticker};

/// The numbers of one account that are kept. Nodes hold fewer of one account in their pools.
const MOST: usize = 1024;

/// The numbers that signed transactions have taken, by chain and account.
///
/// Those of this process, and those of earlier ones that are in flight according to the journal. The network learns of a
/// transaction a while after it was sent; until then its own answer is too low. Whatever this lets through is asked
/// of the journal, which never forgets a number ([`Journal::holders`](crate::journal::Journal::holders)).
#[derive(Debug, Default)]
pub(crate) struct SequenceBook {
    taken: Mutex<HashMap<(String, String), Numbers>>,
}

/// The numbers of one account.
#[derive(Debug, Default)]
struct Numbers {
    /// For whom each was taken: a hash of the pending id, since there are many of them.
    taken: BTreeMap<u64, u64>,
    /// Everything below this is taken, for whomever.
    history: u64,
}

impl Numbers {
    fn take(&mut self, number: u64, id: &PendingId) {
        self.taken.insert(number, owner(id));
        while self.taken.len() > MOST {
            let Some((lowest, _)) = self.taken.pop_first() else { return };
            self.history = self.history.max(lowest.saturating_add(1));
        }
    }

    /// The lowest that is free, where the network has counted up to `from_network`.
    fn next(&mut self, from_network: u64) -> u64 {
        self.taken = self.taken.split_off(&from_network);
        let mut next = from_network.max(self.history);
        for number in self.taken.range(next..).map(|(number, _)| *number) {
            if number != next {
                break;
            }
            next = next.saturating_add(1);
        }
        next
    }
}

fn owner(id: &PendingId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl SequenceBook {
    /// A transaction of `chain` with this number was signed for `id`.
    pub(crate) fn take(&self, chain: &str, sequence: &Sequence, id: &PendingId) {
        let key = (chain.to_owned(), sequence.account.clone());
        self.lock().entry(key).or_default().take(sequence.number, id);
    }

    /// The transaction that was signed for `id` with this number came to nothing; another may conflict
    /// with it.
    pub(crate) fn release(&self, chain: &str, sequence: &Sequence, id: &PendingId) {
        let key = (chain.to_owned(), sequence.account.clone());
        if let Some(numbers) = self.lock().get_mut(&key)
            && numbers.taken.get(&sequence.number) == Some(&owner(id))
        {
            numbers.taken.remove(&sequence.number);
        }
    }

    /// Whether a transaction that was signed for another than `id` has this number.
    pub(crate) fn is_taken(&self, chain: &str, sequence: &Sequence, id: &PendingId) -> bool {
        let key = (chain.to_owned(), sequence.account.clone());
        let book = self.lock();
        let other = book.get(&key).and_then(|numbers| numbers.taken.get(&sequence.number));
        other.is_some_and(|other| *other != owner(id))
    }

    /// The numbers of one chain. For what was signed already there is only the number that it had.
    pub(crate) fn of<'a>(
        &'a self,
        chain: Ticker,
        signed: Option<&'a Sequence>,
    ) -> ChainSequences<'a> {
        ChainSequences { book: self, chain, signed, lost: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Numbers>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The book, opened at one chain: accounts of different chains may be spelled alike.
pub(crate) struct ChainSequences<'a> {
    book: &'a SequenceBook,
    chain: Ticker,
    signed: Option<&'a Sequence>,
    lost: AtomicBool,
}

impl ChainSequences<'_> {
    /// Whether the network has counted beyond the number that there is.
    pub(crate) fn lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Sequences for ChainSequences<'_> {
    /// The lowest number that is free: one that a refused transaction had is used before those above it,
    /// which would wait for it for ever.
    fn next(&self, account: &str, from_network: u64) -> u64 {
        if let Some(signed) = self.signed.filter(|signed| signed.account == account) {
            self.lost.store(from_network > signed.number, Ordering::Relaxed);
            return signed.number;
        }
        let mut taken = self.book.lock();
        let Some(numbers) = taken.get_mut(&(self.chain.0.to_owned(), account.to_owned())) else {
            return from_network;
        };
        numbers.next(from_network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u64) -> Sequence {
        Sequence { account: "0xa".to_owned(), number }
    }

    fn id(id: &str) -> PendingId {
        id.parse().unwrap()
    }

    #[test]
    fn the_next_number_is_the_lowest_that_nobody_has() {
        let book = SequenceBook::default();
        let eth = book.of(Ticker("ETH"), None);
        assert_eq!(eth.next("0xa", 5), 5);
        book.take("ETH", &number(5), &id("a"));
        book.take("ETH", &number(6), &id("b"));
        book.take("ETH", &number(8), &id("c"));
        assert_eq!(eth.next("0xa", 5), 7);
        assert_eq!(eth.next("0xa", 8), 9);
        assert_eq!(eth.next("0xb", 5), 5);
        assert_eq!(book.of(Ticker("BSC"), None).next("0xa", 5), 5);
    }

    #[test]
    fn only_the_latest_are_kept_and_those_before_them_stay_taken() {
        let book = SequenceBook::default();
        let many = 3 * u64::try_from(MOST).unwrap();
        for taken in 0..many {
            book.take("ETH", &number(taken), &id(&format!("id{taken}")));
        }
        assert_eq!(book.of(Ticker("ETH"), None).next("0xa", 0), many);
        assert!(book.is_taken("ETH", &number(many - 1), &id("other")));
        assert_eq!(book.lock().values().map(|numbers| numbers.taken.len()).sum::<usize>(), MOST);
    }

    #[test]
    fn a_refused_number_is_free_again_unless_another_has_taken_it() {
        let book = SequenceBook::default();
        book.take("ETH", &number(7), &id("a"));
        book.release("ETH", &number(7), &id("a"));
        assert_eq!(book.of(Ticker("ETH"), None).next("0xa", 7), 7);
        book.take("ETH", &number(7), &id("b"));
        book.release("ETH", &number(7), &id("a"));
        assert!(book.is_taken("ETH", &number(7), &id("a")));
        assert!(!book.is_taken("ETH", &number(7), &id("b")));
    }

    #[test]
    fn what_was_signed_keeps_its_number() {
        let (book, seven) = (SequenceBook::default(), number(7));
        book.take("ETH", &seven, &id("a"));
        let again = book.of(Ticker("ETH"), Some(&seven));
        assert_eq!((again.next("0xa", 7), again.lost()), (7, false));
        assert_eq!((again.next("0xa", 8), again.lost()), (7, true));
    }
}
