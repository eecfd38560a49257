//! Amino, as far as transactions need it: protobuf, with four bytes in front of every type that
//! stands for an interface. Read as strictly as `go-amino` does: fields in order, none unknown.

/// The bytes are not what they were taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AminoError;

type Result<T> = std::result::Result<T, AminoError>;

/// How the content of a field is written.
const VARINT: u64 = 0;
const LENGTH: u64 = 2;

/// A message that is read field by field.
pub(super) struct Message<'a> {
    rest: &'a [u8],
    last: u64,
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, last: 0 }
    }

    /// The message behind the four bytes of a registered type.
    pub(super) fn of_type(bytes: &'a [u8], prefix: [u8; 4]) -> Result<Self> {
        bytes.strip_prefix(&prefix).map(Self::new).ok_or(AminoError)
    }

    /// What a length in front says that there is, and nothing behind it.
    pub(super) fn prefixed(bytes: &'a [u8]) -> Result<&'a [u8]> {
        let mut message = Self::new(bytes);
        let content = message.block()?;
        message.end()?;
        Ok(content)
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(AminoError)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(AminoError);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(AminoError)
    }

    fn block(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.varint()?).map_err(|_| AminoError)?;
        let (block, rest) = self.rest.split_at_checked(length).ok_or(AminoError)?;
        self.rest = rest;
        Ok(block)
    }

    /// True, and past the field's head, if the next field is this one. Fields come in order.
    fn is_next(&mut self, number: u64, kind: u64) -> Result<bool> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        let before = self.rest;
        let head = self.varint()?;
        if head >> 3 < self.last {
            return Err(AminoError);
        }
        if head != number << 3 | kind {
            self.rest = before;
            return Ok(false);
        }
        self.last = number;
        Ok(true)
    }

    /// The bytes of a field, if it is there.
    pub(super) fn bytes(&mut self, number: u64) -> Result<Option<&'a [u8]>> {
        if self.is_next(number, LENGTH)? { self.block().map(Some) } else { Ok(None) }
    }

    /// The bytes of a field that may be there any number of times.
    pub(super) fn list(&mut self, number: u64) -> Result<Vec<&'a [u8]>> {
        let mut all = Vec::new();
        while let Some(bytes) = self.bytes(number)? {
            all.push(bytes);
        }
        Ok(all)
    }

    /// The text of a field; empty where it is not there.
    pub(super) fn text(&mut self, number: u64) -> Result<String> {
        let bytes = self.bytes(number)?.unwrap_or_default();
        String::from_utf8(bytes.to_vec()).map_err(|_| AminoError)
    }

    /// The number of a field that is not negative; 0 where it is not there.
    pub(super) fn number(&mut self, number: u64) -> Result<u64> {
        let value = if self.is_next(number, VARINT)? { self.varint()? } else { 0 };
        if i64::try_from(value).is_ok() { Ok(value) } else { Err(AminoError) }
    }

    /// Sees that nothing is left.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(AminoError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order_and_none_is_unknown() {
        let bytes = [0x08, 0xac, 0x02, 0x12, 0x01, 0x61, 0x12, 0x01, 0x62];
        let mut message = Message::new(&bytes);
        assert_eq!(message.number(1), Ok(300));
        assert_eq!(message.list(2), Ok(vec![&b"a"[..], b"b"]));
        assert_eq!((message.number(3), message.end()), (Ok(0), Ok(())));

        let mut backwards = Message::new(&[0x10, 0x01, 0x08, 0x01]);
        assert_eq!((backwards.number(2), backwards.number(3)), (Ok(1), Err(AminoError)));
        let mut unknown = Message::new(&[0x28, 0x01]);
        assert_eq!((unknown.number(1), unknown.end()), (Ok(0), Err(AminoError)));
    }

    #[test]
    fn what_breaks_off_or_overflows_is_an_error() {
        for bytes in [&[0x12, 0x05, 0x61][..], &[0x12], &[0x80]] {
            assert_eq!(Message::new(bytes).bytes(2), Err(AminoError), "{bytes:?}");
        }
        let overflowing = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(Message::new(&overflowing).number(1), Err(AminoError));
        assert_eq!(Message::prefixed(&[0x01, 0x61, 0x62]), Err(AminoError));
        assert_eq!(Message::prefixed(&[0x02, 0x61, 0x62]), Ok(&b"ab"[..]));
    }
}
