//! Transactions as they are sent: signatures, and the message under them.
//!
//! <https://solana.com/docs/core/transactions>

use std::ops::Range;

use super::key::Key;

/// The first bit of a message that is not of the old kind.
const VERSIONED: u8 = 0x80;

/// An instruction, by places in the list of accounts.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    pub(super) program: usize,
    pub(super) accounts: Vec<usize>,
    pub(super) data: Vec<u8>,
}

/// A message of the old kind, or of version 0 without look-up tables.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) required_signatures: usize,
    read_only_signed: usize,
    read_only_unsigned: usize,
    pub(super) accounts: Vec<Key>,
    pub(super) blockhash: Key,
    pub(super) instructions: Vec<Instruction>,
    /// What is signed, as it came.
    pub(super) bytes: Vec<u8>,
}

/// A message and its signatures.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) signatures: Vec<[u8; 64]>,
    pub(super) message: Message,
}

impl Transaction {
    /// Reads it; none where it is cut short, followed by something, or refers to what is not there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let signatures = reader.list(Reader::array)?;
        let message = Message::read(reader.0)?;
        Some(Self { signatures, message })
    }
}

impl Message {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let is_versioned = *bytes.first()? & VERSIONED != 0;
        if is_versioned && reader.byte()? != VERSIONED {
            return None;
        }
        let [required, signed, unsigned] = reader.array()?.map(usize::from);
        let message = Self {
            required_signatures: required,
            read_only_signed: signed,
            read_only_unsigned: unsigned,
            accounts: reader.list(Reader::array)?,
            blockhash: reader.array()?,
            instructions: reader.list(Reader::instruction)?,
            bytes: bytes.to_vec(),
        };
        if is_versioned && reader.length()? != 0 {
            return None;
        }
        (reader.0.is_empty() && message.is_sane()).then_some(message)
    }

    fn is_sane(&self) -> bool {
        let count = self.accounts.len();
        let places = |instruction: &Instruction| {
            // The payer of the fee is no program.
            (1..count).contains(&instruction.program)
                && instruction.accounts.iter().all(|place| *place < count)
        };
        self.required_signatures + self.read_only_unsigned <= count
            && self.read_only_signed < self.required_signatures
            && self.instructions.iter().all(places)
    }

    pub(super) fn signers(&self) -> &[Key] {
        &self.accounts[..self.required_signatures]
    }

    pub(super) fn is_writable(&self, place: usize) -> bool {
        let signed = 0..self.required_signatures - self.read_only_signed;
        let unsigned: Range<usize> =
            self.required_signatures..self.accounts.len() - self.read_only_unsigned;
        signed.contains(&place) || unsigned.contains(&place)
    }

    pub(super) fn is_signer(&self, place: usize) -> bool {
        place < self.required_signatures
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// Seven bits a byte, the lowest first; three bytes at most.
    fn length(&mut self) -> Option<usize> {
        let mut length = 0;
        for shift in [0, 7, 14] {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // There is one way to write a length.
                let is_padded = byte == 0 && shift > 0;
                return (!is_padded && length <= usize::from(u16::MAX)).then_some(length);
            }
        }
        None
    }

    fn list<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.length()?;
        (0..length).map(|_| read(self)).collect()
    }

    fn place(&mut self) -> Option<usize> {
        self.byte().map(usize::from)
    }

    fn instruction(&mut self) -> Option<Instruction> {
        let program = self.place()?;
        let accounts = self.list(Self::place)?;
        let data = self.list(Self::byte)?;
        Some(Instruction { program, accounts, data })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// An SPL transfer to a new account, signed by web3.js.
    const TRANSFER: &str = include_str!("../../tests/fixtures/sol-spl-transfer.txt");

    #[test]
    fn what_others_have_made_is_read() {
        let bytes = STANDARD.decode(TRANSFER.trim()).unwrap();
        let transaction = Transaction::read(&bytes).unwrap();
        let message = &transaction.message;
        assert_eq!((transaction.signatures.len(), message.accounts.len()), (1, 9));
        assert_eq!(message.signers().len(), 1);
        let writable: Vec<_> = (0..9).filter(|place| message.is_writable(*place)).collect();
        assert_eq!(writable, [0, 1, 2]);
        let programs: Vec<_> = message.instructions.iter().map(|one| one.program).collect();
        assert_eq!(programs, [5, 8]);
        for cut in 0..bytes.len() {
            assert!(Transaction::read(&bytes[..cut]).is_none(), "{cut}");
        }
        assert!(Transaction::read(&[&bytes[..], &[0]].concat()).is_none());
    }
}
