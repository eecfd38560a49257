//! Protocol Buffers on the wire: just numbers and byte strings, read strictly.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// What a field holds. The other wire types have no place in the messages that are signed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire<'a> {
    /// A number. Negative ones are in two's complement of 64 bits.
    Number(u64),
    /// A byte string, a text or a message.
    Bytes(&'a [u8]),
}

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    #[error("it breaks off")]
    Short,
    #[error("a number in it is not written in its shortest form, or is above 2^64 - 1")]
    Number,
    #[error("it has a wire type other than numbers and byte strings")]
    Type,
}

/// All fields of a message, in order.
///
/// # Errors
/// The bytes are no message, or one that no encoder writes.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Vec<(u64, Wire<'_>)>, WireError> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = number(&mut bytes)?;
        let value = match key & 7 {
            0 => Wire::Number(number(&mut bytes)?),
            2 => {
                let length = usize::try_from(number(&mut bytes)?).map_err(|_| WireError::Short)?;
                let (value, rest) = bytes.split_at_checked(length).ok_or(WireError::Short)?;
                bytes = rest;
                Wire::Bytes(value)
            }
            _ => return Err(WireError::Type),
        };
        fields.push((key >> 3, value));
    }
    Ok(fields)
}

fn number(bytes: &mut &[u8]) -> Result<u64, WireError> {
    let mut value = 0_u64;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first().ok_or(WireError::Short)?;
        *bytes = rest;
        let digit = u64::from(byte & 0x7f);
        if place == 9 && digit > 1 {
            return Err(WireError::Number);
        }
        value |= digit << (7 * place);
        if byte & 0x80 == 0 {
            let shortest = *byte != 0 || place == 0;
            return if shortest { Ok(value) } else { Err(WireError::Number) };
        }
    }
    Err(WireError::Number)
}

/// Writes `value` as a number of seven bits to a byte.
pub(crate) fn write_number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f).to_le_bytes()[0];
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Writes a number as the field `field`; zero is left out.
pub(crate) fn write_field(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        write_number(out, field << 3);
        write_number(out, value);
    }
}

/// Writes a byte string as the field `field`, also when it is empty.
pub(crate) fn write_bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    write_number(out, field << 3 | 2);
    write_number(out, value.len() as u64);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::any;

    use super::*;

    /// The examples of the encoding guide: a = 150, b = "testing".
    #[test]
    fn the_examples_of_the_guide() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
        assert_eq!(read(&bytes), Ok(vec![(1, Wire::Number(150)), (2, Wire::Bytes(b"testing"))]));
        let mut out = Vec::new();
        write_field(&mut out, 1, 150);
        write_field(&mut out, 3, 0);
        write_bytes(&mut out, 2, b"testing");
        assert_eq!(out, bytes);
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            fields in vec((1..1_u64 << 29, any::<u64>(), vec(any::<u8>(), 0..40)), 0..8),
        ) {
            let (mut out, mut expected) = (Vec::new(), Vec::new());
            for (number, value, bytes) in &fields {
                write_bytes(&mut out, *number, bytes);
                expected.push((*number, Wire::Bytes(bytes)));
                write_field(&mut out, *number, *value);
                expected.extend((*value != 0).then_some((*number, Wire::Number(*value))));
            }
            assert_eq!(read(&out), Ok(expected));
        }

        #[test]
        fn what_is_read_is_written_as_it_was(bytes in vec(any::<u8>(), 0..30)) {
            let Ok(fields) = read(&bytes) else { return Ok(()) };
            let mut out = Vec::new();
            for (number, value) in fields {
                match value {
                    Wire::Bytes(value) => write_bytes(&mut out, number, value),
                    Wire::Number(value) => {
                        write_number(&mut out, number << 3);
                        write_number(&mut out, value);
                    }
                }
            }
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn every_number_round_trips() {
        for value in [0, 1, 127, 128, 1 << 53, u64::MAX >> 1, u64::MAX] {
            let mut out = vec![8];
            write_number(&mut out, value);
            assert_eq!(read(&out), Ok(vec![(1, Wire::Number(value))]));
        }
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        for (bytes, error) in [
            (&[8][..], WireError::Short),
            (&[8, 0x80], WireError::Short),
            (&[8, 0x80, 0], WireError::Number),
            (&[8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], WireError::Number),
            (&[0x12, 5, 1], WireError::Short),
            (&[9, 0, 0, 0, 0, 0, 0, 0, 0], WireError::Type),
        ] {
            assert_eq!(read(bytes), Err(error));
        }
    }
}
