//! Scripts as bitcore writes them for people: `OP_DUP OP_HASH160 20 0x… OP_EQUALVERIFY OP_CHECKSIG`.

use bitcoin::Script;
use bitcoin::script::Instruction;

/// Writes a script that an address stands for.
pub(super) fn write(script: &Script) -> String {
    let words = script.instructions().flatten().map(|instruction| match instruction {
        Instruction::PushBytes(bytes) if bytes.is_empty() => "OP_0".to_owned(),
        Instruction::PushBytes(bytes) => format!("{} 0x{}", bytes.len(), hex::encode(bytes)),
        // Here bitcore's names differ from rust-bitcoin's.
        Instruction::Op(op) if (0x51..=0x60).contains(&op.to_u8()) => {
            format!("OP_{}", op.to_u8() - 0x50)
        }
        Instruction::Op(op) => op.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::spec::BITCOIN;
    use super::super::{address, p2pkh_address};
    use super::*;

    #[test]
    fn scripts_read_as_bitcore_writes_them() {
        let hash = "07".repeat(20);
        let p2pkh = address::read(&BITCOIN, &p2pkh_address(&BITCOIN, [7; 20])).unwrap();
        assert_eq!(
            write(&p2pkh),
            format!("OP_DUP OP_HASH160 20 0x{hash} OP_EQUALVERIFY OP_CHECKSIG")
        );
        for (script, text) in [
            (format!("0014{hash}"), format!("OP_0 20 0x{hash}")),
            (format!("a914{hash}87"), format!("OP_HASH160 20 0x{hash} OP_EQUAL")),
            (format!("5114{hash}"), format!("OP_1 20 0x{hash}")),
        ] {
            let script = bitcoin::ScriptBuf::from_hex(&script).unwrap();
            assert_eq!(write(&script), text);
        }
    }
}
