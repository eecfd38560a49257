//! Scripts as text: hexadecimal, or the readable form of bitcore.

use bitcoin::ScriptBuf;
use bitcoin::opcodes::Opcode;

/// A script above this is never valid (consensus).
const MAX_BYTES: usize = 10_000;

/// Reads a script: hexadecimal digits, or words such as `OP_DUP OP_HASH160 20 0x… OP_EQUALVERIFY`, where
/// data stands behind its length and, from 76 bytes on, behind the name of the push.
///
/// # Errors
/// What is wrong, to stand after the name of the field, without the text.
pub(super) fn read(text: &str) -> Result<ScriptBuf, String> {
    if text.len() > 4 * MAX_BYTES {
        return Err(too_long());
    }
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = if is_hex {
        hex::decode(text).map_err(|_| "has an odd number of hexadecimal digits".to_owned())?
    } else {
        words(text).ok_or_else(|| {
            "is neither hexadecimal nor a script in the readable form of bitcore".to_owned()
        })?
    };
    if bytes.len() > MAX_BYTES {
        return Err(too_long());
    }
    Ok(ScriptBuf::from_bytes(bytes))
}

fn too_long() -> String {
    format!("is longer than the {MAX_BYTES} bytes that a script can have")
}

fn words(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        let width = match word {
            "OP_PUSHDATA1" => 1,
            "OP_PUSHDATA2" => 2,
            "OP_PUSHDATA4" => 4,
            _ => 0,
        };
        if width > 0 {
            bytes.push(opcode(word)?);
            let length: u32 = words.next()?.parse().ok()?;
            let little_endian = length.to_le_bytes();
            if little_endian[width..].iter().any(|byte| *byte != 0) {
                return None;
            }
            bytes.extend(&little_endian[..width]);
            bytes.extend(data(words.next()?, length)?);
        } else if let Some(opcode) = opcode(word) {
            bytes.push(opcode);
        } else {
            let length: u8 = word.parse().ok().filter(|length| (1..76).contains(length))?;
            bytes.push(length);
            bytes.extend(data(words.next()?, u32::from(length))?);
        }
    }
    Some(bytes)
}

fn data(word: &str, length: u32) -> Option<Vec<u8>> {
    let bytes = hex::decode(word.strip_prefix("0x")?).ok()?;
    (u32::try_from(bytes.len()) == Ok(length)).then_some(bytes)
}

/// The opcode with a name, as Bitcoin Core has them; small numbers also as `OP_1`.
fn opcode(name: &str) -> Option<u8> {
    const OP_1: u8 = 0x51;
    match name {
        "OP_0" | "OP_FALSE" => return Some(0),
        "OP_TRUE" => return Some(OP_1),
        "OP_1NEGATE" => return Some(OP_1 - 2),
        "OP_CHECKLOCKTIMEVERIFY" | "OP_NOP2" => return Some(0xb1),
        "OP_CHECKSEQUENCEVERIFY" | "OP_NOP3" => return Some(0xb2),
        _ => {}
    }
    let rest = name.strip_prefix("OP_")?;
    if let Some(number) = rest.parse::<u8>().ok().filter(|number| (1..=16).contains(number)) {
        return Some(OP_1 - 1 + number);
    }
    (0x4c..=0xb9).find(|code| Opcode::from(*code).to_string() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let key = "11".repeat(20);
        let long = "22".repeat(105);
        for (text, bytes) in [
            (String::new(), String::new()),
            (format!("0014{key}"), format!("0014{key}")),
            (format!("OP_0 20 0x{key}"), format!("0014{key}")),
            (
                format!("OP_DUP OP_HASH160 20 0x{key} OP_EQUALVERIFY OP_CHECKSIG"),
                format!("76a914{key}88ac"),
            ),
            (format!("OP_0 OP_PUSHDATA1 105 0x{long}"), format!("004c69{long}")),
            (format!("OP_PUSHDATA2 105 0x{long}"), format!("4d6900{long}")),
            ("OP_1 OP_16 OP_CHECKMULTISIG OP_RETURN".to_owned(), "5160ae6a".to_owned()),
        ] {
            assert_eq!(read(&text).unwrap().to_hex_string(), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_no_script_is_refused() {
        let huge = "00".repeat(MAX_BYTES + 1);
        for bad in [
            "0",
            "0x00",
            "OP_NOSUCH",
            "20 0x11",
            "20 ",
            "1 11",
            "76 0x00",
            "OP_PUSHDATA1 256 0x00",
            "OP_DUP  OP_DUP",
            &huge,
            &huge.repeat(3),
        ] {
            assert!(read(bad).is_err(), "{bad:.40}");
        }
    }
}
