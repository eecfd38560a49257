//! The one place where nonces are given out.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kms_chains::Sequences;
use kms_core::{Sequence, Ticker};

/// The numbers that signed transactions have taken, by chain and account.
///
/// Those of this process, and those of earlier ones that are not finished according to the journal. The
/// network learns of a transaction a while after it was sent; until then its own answer is too low.
#[derive(Debug, Default)]
pub(crate) struct SequenceBook {
    taken: Mutex<HashMap<(String, String), BTreeSet<u64>>>,
}

impl SequenceBook {
    /// A transaction of `chain` with this number was signed.
    pub(crate) fn take(&self, chain: &str, sequence: &Sequence) {
        let key = (chain.to_owned(), sequence.account.clone());
        self.lock().entry(key).or_default().insert(sequence.number);
    }

    /// The transaction with this number was refused; another may conflict with it.
    pub(crate) fn release(&self, chain: &str, sequence: &Sequence) {
        let key = (chain.to_owned(), sequence.account.clone());
        if let Some(numbers) = self.lock().get_mut(&key) {
            numbers.remove(&sequence.number);
        }
    }

    /// The numbers of one chain.
    pub(crate) fn of(&self, chain: Ticker) -> ChainSequences<'_> {
        ChainSequences { book: self, chain }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), BTreeSet<u64>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The book, opened at one chain: accounts of different chains may be spelled alike.
pub(crate) struct ChainSequences<'a> {
    book: &'a SequenceBook,
    chain: Ticker,
}

impl Sequences for ChainSequences<'_> {
    fn next(&self, account: &str, from_network: u64) -> u64 {
        let mut taken = self.book.lock();
        let Some(numbers) = taken.get_mut(&(self.chain.0.to_owned(), account.to_owned())) else {
            return from_network;
        };
        // What the network has counted is history.
        *numbers = numbers.split_off(&from_network);
        numbers.last().map_or(from_network, |highest| highest.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_number_is_above_the_network_and_everything_signed() {
        let book = SequenceBook::default();
        let eth = book.of(Ticker("ETH"));
        let number = |number| Sequence { account: "0xa".to_owned(), number };
        assert_eq!(eth.next("0xa", 5), 5);
        book.take("ETH", &number(5));
        book.take("ETH", &number(6));
        assert_eq!(eth.next("0xa", 5), 7);
        assert_eq!(eth.next("0xa", 9), 9);
        assert_eq!(eth.next("0xb", 5), 5);
        assert_eq!(book.of(Ticker("BSC")).next("0xa", 5), 5);
    }

    #[test]
    fn a_refused_number_is_free_again() {
        let book = SequenceBook::default();
        let seven = Sequence { account: "0xa".to_owned(), number: 7 };
        book.take("ETH", &seven);
        book.release("ETH", &seven);
        assert_eq!(book.of(Ticker("ETH")).next("0xa", 7), 7);
    }
}
