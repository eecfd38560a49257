//! MessagePack in Algorand's canonical form: keys in the order of their bytes, the shortest form of everything,
//! and nothing that is zero.
//!
//! <https://github.com/msgpack/msgpack/blob/master/spec.md>

use std::collections::BTreeMap;

/// A value of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(u64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
    /// An address, a hash or a lease, of which all zeros are none.
    Fixed([u8; 32]),
    Map(Map),
}

/// In the order of the keys.
pub(super) type Map = BTreeMap<&'static str, Value>;

impl Value {
    fn is_zero(&self) -> bool {
        match self {
            Self::Number(number) => *number == 0,
            Self::Flag(flag) => !flag,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Fixed(bytes) => *bytes == [0; 32],
            Self::Map(map) => map.values().all(Self::is_zero),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => write_number(*number, out),
            Self::Flag(flag) => out.push(if *flag { 0xc3 } else { 0xc2 }),
            Self::Text(text) => {
                write_length(
                    text.len(),
                    Some((0xa0, 31)),
                    [Some(0xd9), Some(0xda), Some(0xdb)],
                    out,
                );
                out.extend_from_slice(text.as_bytes());
            }
            Self::Bytes(bytes) => write_bytes(bytes, out),
            Self::Fixed(bytes) => write_bytes(bytes, out),
            Self::Map(map) => write_map(map, out),
        }
    }
}

/// The bytes of a map without its zeros.
pub(super) fn encode(map: &Map) -> Vec<u8> {
    let mut out = Vec::with_capacity(300);
    write_map(map, &mut out);
    out
}

fn write_map(map: &Map, out: &mut Vec<u8>) {
    let present = || map.iter().filter(|(_, value)| !value.is_zero());
    write_length(present().count(), Some((0x80, 15)), [None, Some(0xde), Some(0xdf)], out);
    for (key, value) in present() {
        Value::Text((*key).to_owned()).write(out);
        value.write(out);
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_length(bytes.len(), None, [Some(0xc4), Some(0xc5), Some(0xc6)], out);
    out.extend_from_slice(bytes);
}

fn write_number(number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    match number {
        0..=0x7f => out.push(bytes[7]),
        0x80..=0xff => out.extend([0xcc, bytes[7]]),
        0x100..=0xffff => out.extend([&[0xcd], &bytes[6..]].concat()),
        0x1_0000..=0xffff_ffff => out.extend([&[0xce], &bytes[4..]].concat()),
        _ => out.extend([&[0xcf][..], &bytes].concat()),
    }
}

/// A length: in the marker itself up to `most`, else in 1, 2 or 4 bytes behind the marker for as many.
fn write_length(
    length: usize,
    short: Option<(u8, u8)>,
    markers: [Option<u8>; 3],
    out: &mut Vec<u8>,
) {
    let length = u32::try_from(length).expect("no payload is as long as 4 GiB");
    let bytes = length.to_be_bytes();
    match (short, markers, length) {
        (Some((marker, most)), ..) if length <= u32::from(most) => out.push(marker | bytes[3]),
        (_, [Some(marker), ..], 0..=0xff) => out.extend([marker, bytes[3]]),
        (_, [_, Some(marker), _], 0..=0xffff) => out.extend([marker, bytes[2], bytes[3]]),
        (_, [.., marker], _) => {
            out.push(marker.expect("every kind has a form for long ones"));
            out.extend(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex_of(value: Value) -> String {
        hex::encode(encode(&Map::from([("k", value)])))
    }

    #[test]
    fn the_shortest_forms() {
        for (number, hex) in [
            (1, "01"),
            (0x7f, "7f"),
            (0x80, "cc80"),
            (0x100, "cd0100"),
            (0x1_0000, "ce00010000"),
            (u64::MAX, "cfffffffffffffffff"),
        ] {
            assert_eq!(hex_of(Value::Number(number)), format!("81a16b{hex}"));
        }
        for (length, start) in [(31, "bf"), (32, "d920"), (256, "da0100"), (65_536, "db00010000")] {
            assert!(
                hex_of(Value::Text("a".repeat(length))).starts_with(&format!("81a16b{start}61"))
            );
        }
        for (length, start) in [(1, "c401"), (255, "c4ff"), (256, "c50100"), (65_536, "c600010000")]
        {
            assert!(hex_of(Value::Bytes(vec![1; length])).starts_with(&format!("81a16b{start}01")));
        }
        assert_eq!(hex_of(Value::Flag(true)), "81a16bc3");
    }

    #[test]
    fn zeros_are_left_out() {
        let empty = Value::Map(Map::from([("a", Value::Number(0))]));
        for zero in [
            Value::Number(0),
            Value::Flag(false),
            Value::Text(String::new()),
            Value::Bytes(Vec::new()),
            Value::Fixed([0; 32]),
            empty,
        ] {
            assert_eq!(hex_of(zero), "80");
        }
    }
}
