//! How many wallets there are of each chain and network, kept in the state.

use std::collections::BTreeMap;

/// The count of rows by chain and network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<(String, String), u64>);

impl Tally {
    /// Counts a row.
    pub(crate) fn add(&mut self, chain: &str, network: &str) {
        *self.0.entry(key(chain, network)).or_default() += 1;
    }

    /// The reverse of [`add`](Self::add).
    pub(crate) fn remove(&mut self, chain: &str, network: &str) {
        let key = key(chain, network);
        match self.0.get_mut(&key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.0.remove(&key)),
        }
    }

    /// How many rows were counted for a chain and network.
    pub(crate) fn of(&self, chain: &str, network: &str) -> u64 {
        self.0.get(&key(chain, network)).copied().unwrap_or_default()
    }

    /// All of them; nothing if that is no number.
    pub(crate) fn total(&self) -> Option<u64> {
        self.0.values().try_fold(0_u64, |total, count| total.checked_add(*count))
    }

    /// Its length, then in ascending order chain and network, each behind its length, and the count.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for ((chain, network), count) in &self.0 {
            for text in [chain, network] {
                body.extend_from_slice(&length(text.as_bytes()));
                body.extend_from_slice(text.as_bytes());
            }
            body.extend_from_slice(&count.to_le_bytes());
        }
        [&length(&body)[..], &body].concat()
    }

    /// The reverse, and what follows. Where nothing is, nothing was counted.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        if bytes.is_empty() {
            return Some((Self::default(), bytes));
        }
        let (mut body, after) = behind_length(bytes)?;
        let mut counts = BTreeMap::new();
        while !body.is_empty() {
            let (chain, rest) = behind_length(body)?;
            let (network, rest) = behind_length(rest)?;
            let (count, rest) = rest.split_first_chunk()?;
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
            let key = (text(chain)?, text(network)?);
            if counts.last_key_value().is_some_and(|(before, _)| *before >= key) {
                return None;
            }
            counts.insert(key, u64::from_le_bytes(*count));
            body = rest;
        }
        Some((Self(counts), after))
    }
}

impl FromIterator<((String, String), u64)> for Tally {
    fn from_iter<I: IntoIterator<Item = ((String, String), u64)>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}

fn key(chain: &str, network: &str) -> (String, String) {
    (chain.to_owned(), network.to_owned())
}

fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).expect("a length fits in 64 bits").to_le_bytes()
}

/// Bytes behind their length, and what follows.
fn behind_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]

        #[test]
        fn any_tally_survives_encoding(
            counts: Vec<((String, String), u64)>, after: Vec<u8>,
        ) {
            let tally: Tally = counts.into_iter().collect();
            let bytes = [tally.encode(), after.clone()].concat();
            assert_eq!(Tally::decode(&bytes), Some((tally, &after[..])));
        }
    }

    #[test]
    fn rows_are_counted_in_and_out_and_survive_encoding() {
        let mut tally = Tally::default();
        for (chain, network) in [("ETH", "testnet"), ("ETH", "mainnet"), ("ETH", "mainnet")] {
            tally.add(chain, network);
        }
        assert_eq!((tally.of("ETH", "mainnet"), tally.total()), (2, Some(3)));
        let bytes = tally.encode();
        assert_eq!(Tally::decode(&bytes), Some((tally.clone(), &[][..])));
        let longer = [&bytes[..], &[7]].concat();
        assert_eq!(Tally::decode(&longer), Some((tally.clone(), &[7][..])));
        for cut in 1..bytes.len() {
            assert_eq!(Tally::decode(&bytes[..cut]), None);
        }
        let body = &bytes[8..];
        let twice = [&length(&body.repeat(2))[..], body, body].concat();
        assert_eq!(Tally::decode(&twice), None);
        tally.remove("ETH", "testnet");
        tally.remove("ETH", "testnet");
        tally.remove("ETH", "mainnet");
        assert_eq!((tally.of("ETH", "testnet"), tally.total()), (0, Some(1)));
        assert_eq!(Tally::decode(&[]), Some((Tally::default(), &[][..])));
    }
}
