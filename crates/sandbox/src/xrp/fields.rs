//! The binary form of transactions, taken apart: which field stands where.
//!
//! <https://xrpl.org/docs/references/protocol/binary-format>

use std::ops::Range;

/// Type and number of a field, which together are its place in the order of fields.
pub(super) type Code = (u8, u8);

pub(super) const TRANSACTION_TYPE: Code = (1, 2);
pub(super) const FLAGS: Code = (2, 2);
pub(super) const SOURCE_TAG: Code = (2, 3);
pub(super) const SEQUENCE: Code = (2, 4);
pub(super) const DESTINATION_TAG: Code = (2, 14);
pub(super) const LAST_LEDGER: Code = (2, 27);
pub(super) const SET_FLAG: Code = (2, 33);
pub(super) const CLEAR_FLAG: Code = (2, 34);
pub(super) const AMOUNT: Code = (6, 1);
pub(super) const LIMIT_AMOUNT: Code = (6, 3);
pub(super) const FEE: Code = (6, 8);
pub(super) const SIGNING_KEY: Code = (7, 3);
pub(super) const SIGNATURE: Code = (7, 4);
pub(super) const ACCOUNT: Code = (8, 1);
pub(super) const DESTINATION: Code = (8, 3);
pub(super) const MEMOS: Code = (15, 9);

const OBJECT: u8 = 14;
const ARRAY: u8 = 15;
const END_OF_OBJECT: Code = (OBJECT, 1);
const END_OF_ARRAY: Code = (ARRAY, 1);
/// Memos are objects in an array; nothing served here is deeper.
const MAX_DEPTH: usize = 4;

/// A transaction with its fields found.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    found: Vec<Field>,
}

struct Field {
    code: Code,
    /// With its code.
    whole: Range<usize>,
    value: Range<usize>,
}

impl<'a> Fields<'a> {
    /// Finds the fields; none where they don't end with the bytes or are not in their one order.
    pub(super) fn find(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        let mut found: Vec<Field> = Vec::new();
        while reader.at < bytes.len() {
            let field = reader.field(0)?;
            if found.last().is_some_and(|last| last.code >= field.code) {
                return None;
            }
            found.push(field);
        }
        Some(Self { bytes, found })
    }

    /// What a field holds, without code and length.
    pub(super) fn get(&self, code: Code) -> Option<&'a [u8]> {
        let field = self.found.iter().find(|field| field.code == code)?;
        self.bytes.get(field.value.clone())
    }

    pub(super) fn u16(&self, code: Code) -> Option<u16> {
        Some(u16::from_be_bytes(self.get(code)?.try_into().ok()?))
    }

    pub(super) fn u32(&self, code: Code) -> Option<u32> {
        Some(u32::from_be_bytes(self.get(code)?.try_into().ok()?))
    }

    /// The first field that is none of these.
    pub(super) fn other_than(&self, known: &[&[Code]]) -> Option<Code> {
        let is_known = |code: &Code| known.iter().any(|list| list.contains(code));
        self.found.iter().map(|field| field.code).find(|code| !is_known(code))
    }

    /// All bytes but those of one field.
    pub(super) fn without(&self, code: Code) -> Vec<u8> {
        let kept = self.found.iter().filter(|field| field.code != code);
        kept.flat_map(|field| &self.bytes[field.whole.clone()]).copied().collect()
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn field(&mut self, depth: usize) -> Option<Field> {
        let start = self.at;
        let code = self.code()?;
        let value = match code.0 {
            1 => self.take(2)?,
            2 => self.take(4)?,
            3 => self.take(8)?,
            4 => self.take(16)?,
            5 => self.take(32)?,
            6 => self.amount()?,
            7 | 8 | 19 => {
                let length = self.length()?;
                self.take(length)?
            }
            16 => self.take(1)?,
            17 => self.take(20)?,
            OBJECT => self.nested(END_OF_OBJECT, depth)?,
            ARRAY => self.nested(END_OF_ARRAY, depth)?,
            _ => return None,
        };
        Some(Field { code, whole: start..self.at, value })
    }

    /// Half a byte each; what does not fit stands in a byte of its own behind.
    fn code(&mut self) -> Option<Code> {
        let both = self.byte()?;
        let kind = if both >> 4 == 0 { self.byte()? } else { both >> 4 };
        let number = if both & 15 == 0 { self.byte()? } else { both & 15 };
        Some((kind, number))
    }

    fn amount(&mut self) -> Option<Range<usize>> {
        let is_issued = self.bytes.get(self.at)? & 0x80 != 0;
        self.take(if is_issued { 48 } else { 8 })
    }

    fn length(&mut self) -> Option<usize> {
        let first = usize::from(self.byte()?);
        Some(match first {
            0..=192 => first,
            193..=240 => 193 + (first - 193) * 256 + usize::from(self.byte()?),
            241..=254 => {
                let (second, third) = (usize::from(self.byte()?), usize::from(self.byte()?));
                12_481 + (first - 241) * 65_536 + second * 256 + third
            }
            _ => return None,
        })
    }

    /// Up to the end marker, which belongs to it.
    fn nested(&mut self, end: Code, depth: usize) -> Option<Range<usize>> {
        if depth == MAX_DEPTH {
            return None;
        }
        let start = self.at;
        loop {
            let before = self.at;
            if self.code()? == end {
                return Some(start..before);
            }
            self.at = before;
            self.field(depth + 1)?;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|range| self.bytes[range.start])
    }

    fn take(&mut self, length: usize) -> Option<Range<usize>> {
        let range = self.at..self.at.checked_add(length)?;
        self.bytes.get(range.clone())?;
        self.at = range.end;
        Some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_their_order_only() {
        // TransactionType 3, Sequence 5, LastLedgerSequence 6, a memo, in this order.
        let memo = "f9ea7d0161e1f1";
        let text = format!("120003240000000520{}{memo}", "1b00000006");
        let bytes = hex::decode(text).unwrap();
        let fields = Fields::find(&bytes).unwrap();
        assert_eq!((fields.u16(TRANSACTION_TYPE), fields.u32(SEQUENCE)), (Some(3), Some(5)));
        assert_eq!((fields.u32(LAST_LEDGER), fields.get(FEE)), (Some(6), None));
        assert_eq!(fields.get(MEMOS), Some(&bytes[15..20]));
        assert_eq!(fields.other_than(&[&[TRANSACTION_TYPE], &[SEQUENCE]]), Some(LAST_LEDGER));
        assert_eq!(fields.without(SEQUENCE), [&bytes[..3], &bytes[8..]].concat());
        for cut in (0..bytes.len()).filter(|cut| ![0, 3, 8, 14].contains(cut)) {
            assert!(Fields::find(&bytes[..cut]).is_none(), "{cut}");
        }
        let swapped = [&bytes[3..8], &bytes[..3]].concat();
        assert!(Fields::find(&swapped).is_none());
    }
}
