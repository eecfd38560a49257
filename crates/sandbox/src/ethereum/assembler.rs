//! A tiny assembler for EVM code: opcodes, constants, and labels to jump to.

use std::collections::HashMap;

use revm::bytecode::opcode::{CODECOPY, JUMPDEST, JUMPI, PUSH1, PUSH2, RETURN};

/// Code under construction.
#[derive(Default)]
pub(super) struct Assembler {
    code: Vec<u8>,
    labels: HashMap<&'static str, usize>,
    jumps: Vec<(usize, &'static str)>,
}

impl Assembler {
    /// Appends opcodes.
    pub(super) fn op(&mut self, opcodes: &[u8]) -> &mut Self {
        self.code.extend_from_slice(opcodes);
        self
    }

    /// Puts a constant of 1 to 32 bytes on the stack.
    pub(super) fn push(&mut self, constant: &[u8]) -> &mut Self {
        let length = u8::try_from(constant.len()).expect("a constant is short");
        assert!((1..=32).contains(&length), "the EVM's words have 1 to 32 bytes");
        self.code.push(PUSH1 + length - 1);
        self.code.extend_from_slice(constant);
        self
    }

    /// Jumps to a label if the word on the stack isn't zero.
    pub(super) fn jump_if(&mut self, label: &'static str) -> &mut Self {
        self.code.push(PUSH2);
        self.jumps.push((self.code.len(), label));
        self.code.extend_from_slice(&[0, 0, JUMPI]);
        self
    }

    /// Marks a place to jump to.
    pub(super) fn label(&mut self, label: &'static str) -> &mut Self {
        let earlier = self.labels.insert(label, self.code.len());
        assert!(earlier.is_none(), "the label `{label}` is set twice");
        self.code.push(JUMPDEST);
        self
    }

    /// The code, with the jumps filled in.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut code = self.code;
        for (at, label) in self.jumps {
            let target = *self.labels.get(label).expect("every label jumped to is set");
            let target = u16::try_from(target).expect("contract code is below 24 KiB");
            code[at..at + 2].copy_from_slice(&target.to_be_bytes());
        }
        code
    }
}

/// What is put in the data of a transaction without recipient, so that this code lives there afterwards.
pub(super) fn deployment(runtime: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(runtime.len()).expect("contract code is below 24 KiB").to_be_bytes();
    let prefix = |offset: u8| {
        let mut code = Assembler::default();
        code.push(&length).push(&[offset]).push(&[0]).op(&[CODECOPY]);
        code.push(&length).push(&[0]).op(&[RETURN]);
        code.finish()
    };
    // The offset is one byte whatever its value: the prefix knows its own length.
    let offset = u8::try_from(prefix(0).len()).expect("the prefix is a dozen bytes");
    [prefix(offset), runtime].concat()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;
    use revm::bytecode::opcode::{CALLVALUE, STOP};

    use super::*;

    #[test]
    fn jumps_find_their_labels() {
        let mut code = Assembler::default();
        code.op(&[CALLVALUE]).jump_if("end").push(&[0xab, 0xcd]).label("end").op(&[STOP]);
        assert_eq!(hex::encode(code.finish()), "3461000857".to_owned() + "61abcd" + "5b00");
    }
}
