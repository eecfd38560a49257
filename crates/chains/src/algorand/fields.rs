//! The fields of transactions: what the SDK calls them, and what they are called in what is signed.

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    /// In the payload.
    pub(super) name: &'static str,
    /// In what is signed.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Address,
    Number,
    Flag,
    Text,
    Bytes,
    /// 32 bytes.
    Fixed,
}

const fn field(name: &'static str, key: &'static str, kind: Kind) -> Field {
    Field { name, key, kind }
}

/// Of all transactions.
pub(super) const COMMON: &[Field] = &[
    field("from", "snd", Kind::Address),
    field("fee", "fee", Kind::Number),
    field("firstRound", "fv", Kind::Number),
    field("lastRound", "lv", Kind::Number),
    field("genesisID", "gen", Kind::Text),
    field("genesisHash", "gh", Kind::Fixed),
    field("note", "note", Kind::Bytes),
    field("lease", "lx", Kind::Fixed),
    field("group", "grp", Kind::Fixed),
    field("reKeyTo", "rekey", Kind::Address),
];

/// Of all transactions, and must be there.
pub(super) const REQUIRED: &[&str] = &["from", "fee", "firstRound", "lastRound", "genesisHash"];

/// What the SDK writes and nothing of which is signed.
pub(super) const IGNORED: &[&str] = &["name", "tag", "type", "flatFee"];

/// The fields that a type of transaction has of its own.
pub(super) fn own(kind: &str) -> Option<&'static [Field]> {
    match kind {
        "pay" => Some(PAYMENT),
        "axfer" => Some(TOKEN_TRANSFER),
        "acfg" => Some(TOKEN_CONFIGURATION),
        "afrz" => Some(TOKEN_FREEZE),
        _ => None,
    }
}

const PAYMENT: &[Field] = &[
    field("to", "rcv", Kind::Address),
    field("amount", "amt", Kind::Number),
    field("closeRemainderTo", "close", Kind::Address),
];

const TOKEN_TRANSFER: &[Field] = &[
    field("to", "arcv", Kind::Address),
    field("amount", "aamt", Kind::Number),
    field("assetIndex", "xaid", Kind::Number),
    field("closeRemainderTo", "aclose", Kind::Address),
    field("assetRevocationTarget", "asnd", Kind::Address),
];

const TOKEN_CONFIGURATION: &[Field] = &[field("assetIndex", "caid", Kind::Number)];

const TOKEN_FREEZE: &[Field] = &[
    field("assetIndex", "faid", Kind::Number),
    field("freezeAccount", "fadd", Kind::Address),
    field("freezeState", "afrz", Kind::Flag),
];

/// The parameters of a token, which `acfg` has in a map of their own.
pub(super) const PARAMETERS: &[Field] = &[
    field("assetTotal", "t", Kind::Number),
    field("assetDecimals", "dc", Kind::Number),
    field("assetDefaultFrozen", "df", Kind::Flag),
    field("assetUnitName", "un", Kind::Text),
    field("assetName", "an", Kind::Text),
    field("assetURL", "au", Kind::Text),
    field("assetMetadataHash", "am", Kind::Fixed),
    field("assetManager", "m", Kind::Address),
    field("assetReserve", "r", Kind::Address),
    field("assetFreeze", "f", Kind::Address),
    field("assetClawback", "c", Kind::Address),
];

/// The key of that map.
pub(super) const PARAMETERS_KEY: &str = "apar";
