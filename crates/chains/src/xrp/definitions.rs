//! What the ledger knows: its fields and its transactions, read from `definitions.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A field of transactions and of the objects in them.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Type and field code, which fix the order of fields.
    pub(super) code: (u8, u8),
    /// Whether signatures cover it.
    pub(super) signed: bool,
}

/// How the value of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of so many bytes.
    UInt(usize),
    Int32,
    /// So many bytes.
    Hash(usize),
    Amount,
    Blob,
    Account,
    Object,
    Array,
    PathSet,
    Vector256,
    Issue,
    Bridge,
    Currency,
    Number,
}

/// A kind of transaction.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) name: &'static str,
    pub(super) code: u16,
    /// The fields it has beside those of all transactions, and whether they must be there.
    pub(super) fields: Vec<(&'static str, bool)>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    fields: HashMap<&'static str, Field>,
    /// The fields of all transactions.
    pub(super) common: Vec<(&'static str, bool)>,
    formats: HashMap<&'static str, Format>,
}

/// The definitions of the current ledger.
pub(super) static DEFINITIONS: LazyLock<Definitions> =
    LazyLock::new(|| Definitions::read(include_str!("definitions.txt")));

impl Definitions {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }

    pub(super) fn format(&self, name: &str) -> Option<&Format> {
        self.formats.get(name)
    }

    /// The text is part of the program, so that a fault in it is one of the program.
    fn read(text: &'static str) -> Self {
        let mut definitions = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let mut word = || words.next().expect("a line of the definitions is cut short");
            match word() {
                "field" => {
                    let field = Field {
                        name: word(),
                        kind: kind(word()),
                        code: (number(word()), number(word())),
                        signed: word() == "s",
                    };
                    definitions.fields.insert(field.name, field);
                }
                "common" => definitions.common = words.map(member).collect(),
                "transaction" => {
                    let (name, code) = (word(), number(word()));
                    let fields = words.map(member).collect();
                    definitions.formats.insert(name, Format { name, code, fields });
                }
                other => panic!("{other} is nothing that is defined"),
            }
        }
        definitions
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().expect("a code of the definitions is no number in range")
}

/// A field of a transaction; `!` marks those that must be there.
fn member(word: &'static str) -> (&'static str, bool) {
    word.strip_suffix('!').map_or((word, false), |name| (name, true))
}

fn kind(name: &str) -> Kind {
    match name {
        "UInt8" => Kind::UInt(1),
        "UInt16" => Kind::UInt(2),
        "UInt32" => Kind::UInt(4),
        "UInt64" => Kind::UInt(8),
        "Int32" => Kind::Int32,
        "Hash128" => Kind::Hash(16),
        "Hash160" => Kind::Hash(20),
        "Hash192" => Kind::Hash(24),
        "Hash256" => Kind::Hash(32),
        "Amount" => Kind::Amount,
        "Blob" => Kind::Blob,
        "AccountID" => Kind::Account,
        "STObject" => Kind::Object,
        "STArray" => Kind::Array,
        "PathSet" => Kind::PathSet,
        "Vector256" => Kind::Vector256,
        "Issue" => Kind::Issue,
        "XChainBridge" => Kind::Bridge,
        "Currency" => Kind::Currency,
        "Number" => Kind::Number,
        other => panic!("{other} is no type of field"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_complete_in_themselves() {
        let mut codes: Vec<_> = DEFINITIONS.fields.values().map(|field| field.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count, "two fields have the same code");
        assert!(count > 300 && DEFINITIONS.formats.len() > 70);
        let formats = DEFINITIONS.formats.values().flat_map(|format| &format.fields);
        for (name, _) in formats.chain(&DEFINITIONS.common) {
            assert!(DEFINITIONS.field(name).is_some(), "{name} is not defined");
        }
        assert_eq!(DEFINITIONS.field("TxnSignature").unwrap().code, (7, 4));
        assert_eq!(DEFINITIONS.format("TrustSet").unwrap().code, 20);
    }
}
