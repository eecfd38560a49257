//! What a transaction does, in words a person or a policy can judge.

use serde::Serialize;

use crate::{Network, Ticker};

/// What will happen when the transaction is mined. Read from the very bytes that are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// The chain's code.
    #[serde(serialize_with = "as_text")]
    pub chain: Ticker,
    /// The network.
    #[serde(serialize_with = "as_text")]
    pub network: Network,
    /// The accounts that pay.
    pub from: Vec<String>,
    /// What is done, in order.
    pub actions: Vec<Action>,
    /// The most that can be paid in fees.
    pub max_fee: Fee,
}

fn as_text<T: std::fmt::Display, S: serde::Serializer>(v: &T, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(v)
}

/// The highest fee a transaction can cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fee {
    /// What it is paid in.
    pub asset: Asset,
    /// In base units, decimal.
    pub amount: String,
}

/// One thing that a transaction does. Amounts are decimal text in base units; on ledgers whose tokens have
/// none (XRP), in the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    /// Value moves from one account to another.
    Transfer {
        /// What moves.
        asset: Asset,
        /// Whose it was, where that is not the payer.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Who gets it.
        to: String,
        /// How much, in base units.
        amount: String,
    },
    /// Value comes back to an account that the payer's keys spend from.
    Change {
        /// What comes back.
        asset: Asset,
        /// Where to.
        to: String,
        /// How much, in base units.
        amount: String,
    },
    /// New tokens come into being.
    Mint {
        /// What is minted.
        asset: Asset,
        /// Who gets it.
        to: String,
        /// How much, in base units.
        amount: String,
    },
    /// Somebody else is allowed to move tokens of the payer.
    Approve {
        /// Which tokens.
        asset: Asset,
        /// Who may move them.
        spender: String,
        /// How many, in base units; `all` where there is no limit, `none` where a right is taken back.
        amount: String,
    },
    /// A contract call that is none of the above.
    Call {
        /// The contract.
        contract: String,
        /// The first four bytes of the data, as `0x` hex, if there are as many.
        #[serde(skip_serializing_if = "Option::is_none")]
        selector: Option<String>,
        /// The size of the data in bytes.
        data_bytes: usize,
    },
    /// A contract is created.
    Deploy {
        /// The size of the init code in bytes.
        data_bytes: usize,
    },
    /// The payer is ready to hold a token, up to a limit (a trust line).
    Trust {
        /// Which token.
        asset: Asset,
        /// How much at most, in the units of the token; 0 takes the trust back.
        limit: String,
    },
    /// Something that is none of the above, or that can't be read: what it is, and all that is known of it.
    Other {
        /// The type of transaction or operation, or the program that is called.
        what: String,
        /// Settings and accounts, as they will be signed.
        details: Vec<String>,
    },
    /// Data is put on chain and does nothing there.
    Memo {
        /// The size of the data in bytes.
        data_bytes: usize,
    },
}

/// Something that has an amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Asset {
    /// The chain's own coin.
    Native {
        /// Its symbol.
        symbol: String,
        /// Decimals between the coin and its base unit.
        decimals: u8,
    },
    /// A token of a contract or an issuer.
    Token {
        /// The standard it follows, for example `ERC-20`.
        standard: String,
        /// The contract or issuer.
        contract: String,
        /// Which one, where tokens are told apart.
        #[serde(skip_serializing_if = "Option::is_none")]
        token_id: Option<String>,
    },
}
