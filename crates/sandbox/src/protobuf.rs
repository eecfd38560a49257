//! The little of protobuf that transactions need: numbers and bytes, those of value zero left out.

/// A message under construction. Fields are to be written in the order of their numbers.
#[derive(Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// A number; negative ones take ten bytes, as int64 does.
    pub(crate) fn number(mut self, field: u64, value: i64) -> Self {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value.cast_unsigned());
        }
        self
    }

    /// Bytes, a text or another message.
    pub(crate) fn bytes(mut self, field: u64, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        if !value.is_empty() {
            self.varint(field << 3 | 2);
            self.varint(u64::try_from(value.len()).unwrap_or(u64::MAX));
            self.0.extend_from_slice(value);
        }
        self
    }

    /// The whole.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_standard_has_them() {
        // The examples of the encoding guide: 150 and "testing".
        let message = Message::default().number(1, 150).bytes(2, "testing").number(3, 0);
        assert_eq!(hex::encode(message.finish()), "089601120774657374696e67");
        let negative = Message::default().number(1, -2).finish();
        assert_eq!(hex::encode(negative), "08feffffffffffffffff01");
    }
}
