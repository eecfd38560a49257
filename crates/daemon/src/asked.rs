//! The wallets that a chain is polled for, in little memory: 18 bytes each, where the id is a UUID.

use kms_core::SignatureId;
use kms_tatum::MAX_IDS;
use uuid::Uuid;

/// The wallets of one chain that the API is asked about, and that may sign what it answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    chunks: Vec<Chunk>,
}

/// As many wallets as one poll may name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// As they are listed.
    uuids: Vec<Uuid>,
    /// Places in `uuids`, in the order of what is there.
    sorted: Vec<u16>,
    /// Ids from an old file that are no UUIDs.
    others: Vec<SignatureId>,
}

// A place in a chunk is a `u16`.
const _: () = assert!(MAX_IDS <= 1 << 16);

impl Asked {
    /// Adds a wallet behind the others.
    pub(crate) fn push(&mut self, id: SignatureId) {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == MAX_IDS) {
            self.close();
            self.chunks.push(Chunk::default());
        }
        let Some(chunk) = self.chunks.last_mut() else { return };
        match uuid_of(&id) {
            Some(uuid) => chunk.uuids.push(uuid),
            None => chunk.others.push(id),
        }
    }

    /// To be called behind the last wallet.
    pub(crate) fn close(&mut self) {
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.sort();
        }
    }

    /// How many wallets there are.
    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// What is asked in one poll each.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub(crate) fn contains(&self, id: &SignatureId) -> bool {
        let uuid = uuid_of(id);
        self.chunks.iter().any(|chunk| match &uuid {
            Some(uuid) => chunk.find(uuid),
            None => chunk.others.contains(id),
        })
    }
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        self.uuids.len() + self.others.len()
    }

    /// The wallets, written one at a time.
    pub(crate) fn ids(&self) -> impl Iterator<Item = String> + Clone {
        let uuids = self.uuids.iter().map(|uuid| uuid.hyphenated().to_string());
        uuids.chain(self.others.iter().map(SignatureId::to_string))
    }

    fn sort(&mut self) {
        let uuids = &self.uuids;
        let places = (0..=u16::MAX).take(uuids.len());
        self.sorted = places.collect();
        self.sorted.sort_unstable_by_key(|place| uuids[usize::from(*place)]);
        self.uuids.shrink_to_fit();
    }

    fn find(&self, uuid: &Uuid) -> bool {
        self.sorted.binary_search_by_key(uuid, |place| self.uuids[usize::from(*place)]).is_ok()
    }
}

/// The UUID that is written exactly as `id`.
fn uuid_of(id: &SignatureId) -> Option<Uuid> {
    let uuid = Uuid::try_parse(id.as_str()).ok()?;
    let mut text = Uuid::encode_buffer();
    (*uuid.hyphenated().encode_lower(&mut text) == *id.as_str()).then_some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> SignatureId {
        text.parse().unwrap()
    }

    fn asked(ids: &[SignatureId]) -> Asked {
        let mut asked = Asked::default();
        ids.iter().cloned().for_each(|id| asked.push(id));
        asked.close();
        asked
    }

    fn numbered(number: u32) -> SignatureId {
        // Not in the order of their numbers.
        id(&Uuid::from_u128(u128::from(number.wrapping_mul(2_654_435_761)) << 64).to_string())
    }

    #[test]
    fn every_id_comes_back_as_it_was_written() {
        let texts = [
            "6d78dad2-518f-4e76-8255-8f1df0de6886",
            "6D78DAD2-518F-4E76-8255-8F1DF0DE6886",
            "6d78dad2518f4e7682558f1df0de6886",
            "w1",
        ];
        let asked = asked(&texts.map(id));
        assert_eq!(asked.chunks()[0].ids().collect::<Vec<_>>(), texts);
        assert!(texts.iter().all(|text| asked.contains(&id(text))));
        assert!(!asked.contains(&id("6d78dad2-518F-4e76-8255-8f1df0de6886")));
        assert!(!asked.contains(&id("w2")));
        assert_eq!(asked.len(), 4);
    }

    #[test]
    fn full_chunks_keep_the_order_of_the_list_and_find_everything() {
        let ids: Vec<_> = (0..60_000).map(numbered).collect();
        let asked = asked(&ids);
        let sizes: Vec<_> = asked.chunks().iter().map(Chunk::len).collect();
        assert_eq!(sizes, [MAX_IDS, MAX_IDS, 60_000 - 2 * MAX_IDS]);
        let listed: Vec<_> = asked.chunks().iter().flat_map(Chunk::ids).collect();
        assert!(listed.iter().zip(&ids).all(|(listed, id)| listed == id.as_str()));
        assert!(ids.iter().all(|id| asked.contains(id)));
        assert!(!(60_000..61_000).map(numbered).any(|id| asked.contains(&id)));
    }

    #[test]
    fn nothing_is_asked_about_no_wallets() {
        let mut none = Asked::default();
        none.close();
        assert!(none.is_empty() && !none.contains(&id("w1")));
    }
}
