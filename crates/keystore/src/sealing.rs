//! Keys, associated data, the header, and the state with its set hash.

use std::fmt;
use std::path::Path;

use kms_core::Password;
use kms_crypto::seal::{Aad, KEY_LEN, SealKey, TAG_LEN, random_bytes};
use zeroize::Zeroizing;

use crate::kdf::{self, SALT_LEN};
use crate::record::Content;
use crate::rows::{Clear, Head, Header, Row, Tag};
use crate::tally::Tally;
use crate::{KdfCost, KeystoreError, Options};

/// The format this program writes and reads.
pub(crate) const FORMAT: i64 = 1;

/// Names a store for as long as it lives. Random; a copy of the file keeps it.
///
/// Legacy files have no identity: the old program draws a new salt whenever it writes, and moving a file
/// changes its path. So they all share [`StoreId::LEGACY`], and what binds a journal to one of them is
/// the password. A store that was upgraded says so ([`Keystore::is_from_legacy`](crate::Keystore::is_from_legacy)).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreId([u8; 16]);

impl StoreId {
    /// Of every legacy file: sixteen zeros.
    pub const LEGACY: Self = Self([0; 16]);

    /// The id with these bytes, for who has written them down.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({self})")
    }
}

/// The subkeys of a store, one for each purpose. The data key itself is kept to be wrapped again.
#[derive(Debug)]
pub(crate) struct Keys {
    data: SealKey,
    rows: SealKey,
    index: SealKey,
    set: SealKey,
    state: SealKey,
}

impl Keys {
    pub(crate) fn new(data: SealKey) -> Self {
        Self {
            rows: data.derive("tatum-kms store: rows"),
            index: data.derive("tatum-kms store: index"),
            set: data.derive("tatum-kms store: set"),
            state: data.derive("tatum-kms store: state"),
            data,
        }
    }

    /// The key of the daemon's journal.
    pub(crate) fn journal(&self) -> SealKey {
        self.data.derive("tatum-kms store: journal")
    }

    /// A new header with this data key wrapped under `password`.
    pub(crate) fn wrap(
        &self,
        store_id: StoreId,
        from_legacy: bool,
        epoch: i64,
        cost: KdfCost,
        password: &Password,
    ) -> Result<Header, KeystoreError> {
        let mut salt = [0; SALT_LEN];
        random_bytes(&mut salt)?;
        let wrapped_key = Vec::new();
        let mut header =
            Header { format: FORMAT, store_id, from_legacy, epoch, cost, salt, wrapped_key };
        let key = kdf::derive(password, &salt, cost)?;
        header.wrapped_key = key.seal(&header_aad(&header), self.data.expose_secret())?;
        Ok(header)
    }

    /// The keys of the store with this header. The cost is checked before anything is derived.
    pub(crate) fn unwrap(
        path: &Path,
        header: &Header,
        password: &Password,
        options: &Options,
    ) -> Result<Self, KeystoreError> {
        check_cost(path, header.cost, options)?;
        let key = kdf::derive(password, &header.salt, header.cost)?;
        let wrong = || KeystoreError::WrongPassword { path: path.to_owned() };
        let data = key.open(&header_aad(header), &header.wrapped_key).map_err(|_| wrong())?;
        SealKey::try_init_with_mut(|out| {
            out.copy_from_slice(<&[u8; 32]>::try_from(&data[..]).map_err(|_| wrong())?);
            Ok(())
        })
        .map(Self::new)
    }

    /// Seals a row.
    pub(crate) fn seal_row(
        &self,
        store_id: StoreId,
        clear: Clear,
        content: &Content,
    ) -> Result<Row, KeystoreError> {
        let sealed = self.rows.seal(&row_aad(store_id, &clear), &content.encode())?;
        Ok(Row { clear, sealed })
    }

    /// Opens a row, which proves its clear columns too.
    pub(crate) fn open_row(&self, store_id: StoreId, row: &Row) -> Result<Content, KeystoreError> {
        self.rows
            .open(&row_aad(store_id, &row.clear), &row.sealed)
            .ok()
            .and_then(|content| Content::decode(&content))
            .ok_or_else(|| KeystoreError::RowDamaged { id: row.clear.id.clone() })
    }

    /// What a row adds to the set hash.
    pub(crate) fn element(&self, row: &Row) -> [u8; 32] {
        let tag = row.sealed.last_chunk::<TAG_LEN>().map_or(&[][..], |tag| &tag[..]);
        let fields = Aad::new("tatum-kms set element");
        self.set.mac(&fields.text(&row.clear.id).number(row.clear.version).field(tag))
    }

    /// The tag under which an address is found.
    pub(crate) fn address_tag(&self, chain: &str, network: &str, address: &str) -> Tag {
        self.tag("address", chain, network, address.as_bytes())
    }

    /// The tag under which a key is found, on whatever chain and network.
    pub(crate) fn identity_tag(&self, identity: &[u8]) -> Tag {
        self.tag("identity", "", "", identity)
    }

    /// The tags of a row with this content.
    pub(crate) fn tags(&self, clear: &Clear, content: &Content) -> Vec<Tag> {
        let extras = &content.extras;
        let address =
            extras.address.as_deref().map(|a| self.address_tag(&clear.chain, &clear.network, a));
        let identity = extras.identity.as_deref().map(|i| self.identity_tag(i));
        address.into_iter().chain(identity).collect()
    }

    fn tag(&self, what: &str, chain: &str, network: &str, value: &[u8]) -> Tag {
        let fields = Aad::new("tatum-kms lookup").text(what).text(chain).text(network);
        self.index.mac(&fields.field(value))
    }

    /// Seals the state of the store with this header.
    pub(crate) fn seal_state(
        &self,
        header: &Header,
        state: &State,
    ) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.state.seal(&state_aad(header), &state.encode())?)
    }

    /// Opens the state: proves that these keys, this store and this epoch belong together.
    pub(crate) fn open_state(&self, path: &Path, head: &Head) -> Result<State, KeystoreError> {
        self.state
            .open(&state_aad(&head.header), &head.state)
            .ok()
            .and_then(|bytes| State::decode(&bytes))
            .ok_or_else(|| KeystoreError::StateDamaged { path: path.to_owned() })
    }
}

/// Refuses a cost outside the limits; called before any derivation.
pub(crate) fn check_cost(
    path: &Path,
    found: KdfCost,
    options: &Options,
) -> Result<(), KeystoreError> {
    let (floor, ceiling) = (options.kdf_floor, options.kdf_ceiling);
    if found.is_within(&floor, &ceiling) {
        return Ok(());
    }
    Err(KeystoreError::KdfOutOfBounds { path: path.to_owned(), found, floor, ceiling })
}

fn header_aad(header: &Header) -> Aad {
    Aad::new("tatum-kms store header")
        .number(header.format)
        .field(header.store_id.as_bytes())
        .number(header.from_legacy.into())
        .number(header.epoch)
        .number(header.cost.memory_kib.into())
        .number(header.cost.passes.into())
        .number(header.cost.lanes.into())
        .field(&header.salt)
}

fn state_aad(header: &Header) -> Aad {
    Aad::new("tatum-kms store state")
        .number(header.format)
        .field(header.store_id.as_bytes())
        .number(header.epoch)
}

fn row_aad(store_id: StoreId, clear: &Clear) -> Aad {
    Aad::new("tatum-kms wallet row")
        .number(FORMAT)
        .field(store_id.as_bytes())
        .text(&clear.id)
        .number(clear.version)
        .text(&clear.chain)
        .text(&clear.network)
        .text(&clear.kind)
        .number(clear.position)
}

/// How many rows there are, how often they were changed, and the hash of their set.
///
/// The hash is the sum, modulo 2^256, of [`Keys::element`] of every row: a keyed hash of a multiset, which
/// one row more or less changes by one addition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) count: u64,
    pub(crate) generation: u64,
    /// Little-endian.
    pub(crate) sum: [u8; 32],
    /// `count` by chain and network; believed where it adds up to that.
    pub(crate) tally: Tally,
    pub(crate) former: FormerKeys,
}

/// The journal keys of earlier data keys, oldest first, 32 bytes each. The journal is another file: it can't
/// get its new key in the moment in which the store gets its own, so until then it opens with one of these.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct FormerKeys(Zeroizing<Vec<u8>>);

impl FormerKeys {
    /// These keys and one more.
    pub(crate) fn with(&self, key: &SealKey) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() + KEY_LEN));
        bytes.extend_from_slice(&self.0);
        bytes.extend_from_slice(key.expose_secret());
        Self(bytes)
    }

    /// The keys, the latest first.
    pub(crate) fn keys(&self) -> Vec<SealKey> {
        let (keys, _) = self.0.as_chunks::<KEY_LEN>();
        keys.iter()
            .rev()
            .map(|key| SealKey::init_with_mut(|out| out.copy_from_slice(key)))
            .collect()
    }
}

impl fmt::Debug for FormerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormerKeys([redacted])")
    }
}

impl State {
    pub(crate) fn add(&mut self, element: &[u8; 32]) {
        let mut carry = false;
        for (digit, more) in self.sum.iter_mut().zip(element) {
            (*digit, carry) = digit.carrying_add(*more, carry);
        }
        self.count += 1;
    }

    /// Takes an element back; none if the state counts no rows.
    pub(crate) fn remove(&mut self, element: &[u8; 32]) -> Option<()> {
        self.count = self.count.checked_sub(1)?;
        let mut borrow = false;
        for (digit, less) in self.sum.iter_mut().zip(element) {
            (*digit, borrow) = digit.borrowing_sub(*less, borrow);
        }
        Some(())
    }

    /// Whether the tally is that of all rows. The first programs did not keep one.
    pub(crate) fn has_tally(&self) -> bool {
        self.tally.total() == Some(self.count)
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let tally = self.tally.encode();
        let len = 48 + tally.len() + self.former.0.len();
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.generation.to_le_bytes());
        out.extend_from_slice(&self.sum);
        out.extend_from_slice(&tally);
        out.extend_from_slice(&self.former.0);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (sum, rest) = rest.split_first_chunk()?;
        let (tally, former) = Tally::decode(rest)?;
        former.len().is_multiple_of(KEY_LEN).then(|| Self {
            count: u64::from_le_bytes(*count),
            generation: u64::from_le_bytes(*generation),
            sum: *sum,
            tally,
            former: FormerKeys(Zeroizing::new(former.to_vec())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_carries_and_comes_back() {
        let mut state = State::default();
        state.add(&[0xff; 32]);
        let mut one = [0; 32];
        one[0] = 1;
        state.add(&one);
        assert_eq!((state.count, state.sum), (2, [0; 32]));
        state.remove(&one).unwrap();
        assert_eq!((state.count, state.sum), (1, [0xff; 32]));
        state.remove(&[0xff; 32]).unwrap();
        assert_eq!(state, State::default());
        assert_eq!(state.remove(&one), None);
    }

    #[test]
    fn the_state_survives_encoding() {
        let mut state = State { count: 3, generation: 9, sum: [5; 32], ..State::default() };
        assert_eq!(State::decode(&state.encode()), Some(state.clone()));
        assert!(!state.has_tally());
        (0..3).for_each(|_| state.tally.add("ETH", "testnet"));
        let bytes = state.encode();
        assert_eq!(State::decode(&bytes), Some(state.clone()));
        assert!(state.has_tally());
        // As programs without a tally wrote it.
        let old = State::decode(&bytes[..48]).unwrap();
        assert!(!old.has_tally() && old.sum == state.sum);
        for cut in (0..bytes.len()).filter(|cut| *cut != 48) {
            assert_eq!(State::decode(&bytes[..cut]), None);
        }
        for fill in [1, 2] {
            state.former = state.former.with(&SealKey::init_with_mut(|key| key.fill(fill)));
        }
        let longer = state.encode();
        assert_eq!(longer[..bytes.len()], bytes[..]);
        let back = State::decode(&longer).unwrap();
        assert_eq!(back, state);
        assert_eq!(back.former.keys()[0].expose_secret(), &[2; 32]);
        assert_eq!(State::decode(&longer[..longer.len() - 1]), None);
    }

    #[test]
    fn debug_output_shows_no_key() {
        let keys = Keys::new(SealKey::init_with_mut(|key| key.fill(0x41)));
        let former = FormerKeys::default().with(&SealKey::init_with_mut(|key| key.fill(0x41)));
        let shown = format!("{keys:?} {former:?}");
        assert!(shown.contains("redacted") && !shown.contains("65") && !shown.contains("41"));
    }
}
