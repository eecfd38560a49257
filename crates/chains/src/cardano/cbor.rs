//! CBOR (RFC 8949), as far as transactions need it, read strictly: definite lengths, shortest heads.

/// An item. Nested items are read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    /// A number that is not negative.
    Number(u64),
    /// Bytes, as they are.
    Bytes(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// A list of so many items.
    List(u64),
    /// A map of so many pairs.
    Map(u64),
    /// A tag on the item that follows.
    Tag(u64),
    /// `false`, `true`, `null`, and everything else that has no content.
    Simple(u64),
}

/// Reads one item after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// The bytes are no CBOR of the kind that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it breaks off, or has items of a kind or length that transactions do not have")]
pub(super) struct CborError;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CborError> {
        let length = usize::try_from(length).map_err(|_| CborError)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CborError)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next item, without what is nested in it.
    pub(super) fn head(&mut self) -> Result<Head<'a>, CborError> {
        let first = self.take(1)?[0];
        let size = match first & 0x1f {
            small @ 0..=23 => return self.content(first >> 5, u64::from(small)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err(CborError),
        };
        let digits = self.take(size)?;
        let value = digits.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let smallest = [24, 1 << 8, 1 << 16, 1 << 32][usize::from(first & 0x1f) - 24];
        if value < smallest { Err(CborError) } else { self.content(first >> 5, value) }
    }

    fn content(&mut self, kind: u8, value: u64) -> Result<Head<'a>, CborError> {
        Ok(match kind {
            0 => Head::Number(value),
            2 => Head::Bytes(self.take(value)?),
            3 => Head::Text(std::str::from_utf8(self.take(value)?).map_err(|_| CborError)?),
            4 => Head::List(value),
            5 => Head::Map(value),
            6 => Head::Tag(value),
            7 => Head::Simple(value),
            _ => return Err(CborError),
        })
    }

    pub(super) fn number(&mut self) -> Result<u64, CborError> {
        match self.head()? {
            Head::Number(value) => Ok(value),
            _ => Err(CborError),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        match self.head()? {
            Head::Bytes(value) => Ok(value),
            _ => Err(CborError),
        }
    }

    pub(super) fn list(&mut self) -> Result<u64, CborError> {
        match self.head()? {
            Head::List(length) => Ok(length),
            _ => Err(CborError),
        }
    }

    pub(super) fn map(&mut self) -> Result<u64, CborError> {
        match self.head()? {
            Head::Map(length) => Ok(length),
            _ => Err(CborError),
        }
    }

    /// Passes over the next item with all that is nested in it, and returns its bytes.
    pub(super) fn skip(&mut self) -> Result<&'a [u8], CborError> {
        let start = self.rest;
        let mut open = 1_u64;
        while open > 0 {
            let nested = match self.head()? {
                Head::List(length) => length,
                Head::Map(length) => length.checked_mul(2).ok_or(CborError)?,
                Head::Tag(_) => 1,
                _ => 0,
            };
            open = (open - 1).checked_add(nested).ok_or(CborError)?;
        }
        Ok(&start[..start.len() - self.rest.len()])
    }
}

/// Writes a head of major type `kind`.
pub(super) fn write_head(out: &mut Vec<u8>, kind: u8, value: u64) {
    let bytes = value.to_be_bytes();
    let (info, size) = match value {
        0..24 => return out.push(kind << 5 | bytes[7]),
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    out.push(kind << 5 | info);
    out.extend_from_slice(&bytes[8 - size..]);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::any;

    use super::*;

    proptest::proptest! {
        #[test]
        fn heads_survive(numbers in vec(any::<(u64, u8)>(), 1..9)) {
            let numbers: Vec<u64> =
                numbers.iter().map(|(number, shift)| number >> (shift % 64)).collect();
            let mut out = Vec::new();
            write_head(&mut out, 4, numbers.len() as u64);
            numbers.iter().for_each(|number| write_head(&mut out, 0, *number));
            assert_eq!(Reader::new(&out).skip(), Ok(&out[..]));
            let mut reader = Reader::new(&out);
            assert_eq!(reader.list(), Ok(numbers.len() as u64));
            for number in numbers {
                assert_eq!(reader.number(), Ok(number));
            }
            assert!(reader.rest().is_empty());
        }

        #[test]
        fn what_is_passed_over_is_a_part_of_what_there_was(bytes in vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(item) = reader.skip() {
                assert_eq!([item, reader.rest()].concat(), bytes);
            }
        }
    }

    /// From appendix A of RFC 8949.
    #[test]
    fn the_examples_of_rfc_8949() {
        for (digits, head) in [
            ("17", Head::Number(23)),
            ("1818", Head::Number(24)),
            ("1a000f4240", Head::Number(1_000_000)),
            ("1bffffffffffffffff", Head::Number(u64::MAX)),
            ("4401020304", Head::Bytes(&[1, 2, 3, 4])),
            ("6449455446", Head::Text("IETF")),
            ("83010203", Head::List(3)),
            ("a201020304", Head::Map(2)),
            ("c11a514b67b0", Head::Tag(1)),
            ("f6", Head::Simple(22)),
        ] {
            let bytes = hex::decode(digits).unwrap();
            assert_eq!(Reader::new(&bytes).head(), Ok(head), "{digits}");
            assert_eq!(Reader::new(&bytes).skip().map(<[u8]>::len), Ok(bytes.len()));
        }
        for value in [0, 23, 24, 255, 256, 65_535, 65_536, 1 << 32, u64::MAX] {
            let mut out = Vec::new();
            write_head(&mut out, 0, value);
            assert_eq!(Reader::new(&out).number(), Ok(value));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for digits in [
            "",
            "18",
            "1817",
            "190017",
            "5f",
            "44010203",
            "61ff",
            "20",
            "8301",
            "ff",
            "9bffffffffffffffff",
        ] {
            let bytes = hex::decode(digits).unwrap();
            assert_eq!(Reader::new(&bytes).skip(), Err(CborError), "{digits}");
        }
    }
}
