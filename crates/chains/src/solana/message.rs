//! Messages: what is signed, read strictly and never rearranged.
//!
//! <https://solana.com/docs/core/transactions#message>

/// A key of 32 bytes.
pub(super) type Key = [u8; 32];

/// A message of either version, and where its blockhash is.
#[derive(Debug)]
pub(super) struct Message {
    bytes: Vec<u8>,
    blockhash: usize,
    /// The accounts that are written out. The first of them pays the fee.
    pub(super) keys: Vec<Key>,
    /// How many of them sign.
    pub(super) required: usize,
    /// Accounts that stand in tables, as table and place; those that are written to come first.
    pub(super) loaded: Vec<(Key, u8)>,
    pub(super) instructions: Vec<Instruction>,
}

/// A call of a program.
#[derive(Debug)]
pub(super) struct Instruction {
    pub(super) program: Key,
    /// Places among the accounts that are written out and, behind them, those from tables.
    pub(super) accounts: Vec<u8>,
    pub(super) data: Vec<u8>,
}

/// The largest transaction that nodes take, signatures included.
const MAX_TRANSACTION: usize = 1232;
pub(super) const SYSTEM: Key = [0; 32];
/// The instruction of the system program that makes a blockhash last.
pub(super) const ADVANCE_NONCE: [u8; 4] = [4, 0, 0, 0];

const CUT_SHORT: &str = "is cut short";

impl Message {
    /// # Errors
    /// What is wrong, to stand after the name of the field.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let mut reader = Reader(&bytes);
        let mut first = reader.byte()?;
        let versioned = first & 0x80 != 0;
        if versioned {
            if first != 0x80 {
                return Err(format!("is a message of version {}; only 0 is known", first & 0x7f));
            }
            first = reader.byte()?;
        }
        let (required, readonly_signed) = (usize::from(first), usize::from(reader.byte()?));
        let readonly = usize::from(reader.byte()?);
        let keys = reader.list(Reader::key)?;
        if required == 0 || readonly_signed >= required || required + readonly > keys.len() {
            return Err("has a header that does not fit its accounts".to_owned());
        }
        let blockhash = bytes.len() - reader.0.len();
        reader.key()?;
        let calls = reader.list(|reader| {
            Ok((reader.byte()?, reader.list(Reader::byte)?, reader.list(Reader::byte)?))
        })?;
        let loaded = if versioned { reader.tables()? } else { Vec::new() };
        if !reader.0.is_empty() {
            return Err(format!("has {} bytes behind its end", reader.0.len()));
        }
        if 1 + 64 * required + bytes.len() > MAX_TRANSACTION {
            return Err(format!("is too long; a transaction has at most {MAX_TRANSACTION} bytes"));
        }
        let accounts = keys.len() + loaded.len();
        let mut instructions = Vec::with_capacity(calls.len());
        for (program, places, data) in calls {
            let key = keys.get(usize::from(program)).filter(|_| program != 0);
            let program = *key.ok_or("calls a program that is none of its accounts")?;
            if places.iter().any(|place| usize::from(*place) >= accounts) {
                return Err("has an instruction with an account that is not there".to_owned());
            }
            instructions.push(Instruction { program, accounts: places, data });
        }
        let mut seen = std::collections::HashSet::new();
        if !keys.iter().all(|key| seen.insert(key)) {
            return Err("has an account twice".to_owned());
        }
        Ok(Self { blockhash, keys, required, loaded, instructions, bytes })
    }

    /// The bytes that are signed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The accounts whose keys must sign, in the order of their signatures.
    pub(super) fn signers(&self) -> &[Key] {
        &self.keys[..self.required]
    }

    /// The account of the nonce that the message has in place of a recent blockhash.
    pub(super) fn nonce_account(&self) -> Option<&Key> {
        let first = self.instructions.first()?;
        let is_advance = first.program == SYSTEM && first.data == ADVANCE_NONCE;
        let place = first.accounts.first().filter(|_| is_advance)?;
        self.keys.get(usize::from(*place))
    }

    pub(super) fn blockhash(&self) -> &Key {
        self.bytes[self.blockhash..].first_chunk().expect("its place was found when it was read")
    }

    /// Puts a blockhash in the place of the one that came.
    pub(super) fn set_blockhash(&mut self, blockhash: &Key) {
        self.bytes[self.blockhash..self.blockhash + 32].copy_from_slice(blockhash);
    }
}

/// What has not been read yet.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, String> {
        let (byte, rest) = self.0.split_first().ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(*byte)
    }

    fn key(&mut self) -> Result<Key, String> {
        let (key, rest) = self.0.split_first_chunk().ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(*key)
    }

    /// A length in one to three bytes, seven bits each, the lowest first, in its shortest form.
    fn length(&mut self) -> Result<usize, String> {
        let mut length = 0;
        for shift in [0, 7, 14] {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let shortest = byte != 0 || shift == 0;
                return if shortest && length <= usize::from(u16::MAX) {
                    Ok(length)
                } else {
                    Err("has a length that is not in its shortest form".to_owned())
                };
            }
        }
        Err("has a length of more than 16 bits".to_owned())
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        (0..self.length()?).map(|_| read(self)).collect()
    }

    /// Which accounts stand in which tables: all that are written to, then all others.
    fn tables(&mut self) -> Result<Vec<(Key, u8)>, String> {
        let tables = self.list(|reader| {
            Ok((reader.key()?, reader.list(Reader::byte)?, reader.list(Reader::byte)?))
        })?;
        let places = |table: Key, places: &[u8]| -> Vec<(Key, u8)> {
            places.iter().map(|place| (table, *place)).collect()
        };
        let writable = tables.iter().flat_map(|(table, writable, _)| places(*table, writable));
        let readonly = tables.iter().flat_map(|(table, _, readonly)| places(*table, readonly));
        Ok(writable.chain(readonly).collect())
    }
}
