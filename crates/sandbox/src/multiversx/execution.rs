//! What a transaction does beside its fee: it moves EGLD, or ESDT tokens by what its data says.

use super::transaction::Transaction;
use super::{TOKEN, gas};
use crate::accounts::{Asset, Movement};

/// The function of the network that moves tokens.
const ESDT_TRANSFER: &str = "ESDTTransfer";

/// What the data of a transaction asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Coins, with a note or without.
    Move,
    /// Tokens, by name.
    Tokens { token: String, units: u128 },
    /// What no node, or not this one, executes; in its words.
    Impossible(&'static str),
}

impl Call {
    /// Reads the data of a transaction.
    pub(super) fn of(tx: &Transaction) -> Self {
        let text = String::from_utf8_lossy(&tx.data);
        let mut parts = text.split('@');
        let function = parts.next().unwrap_or_default();
        if function != ESDT_TRANSFER {
            return if tx.receiver.is_contract() {
                Self::Impossible("contract not found")
            } else if function.contains("ESDT") {
                Self::Impossible("the sandbox moves fungible tokens only; use ESDTTransfer")
            } else {
                Self::Move
            };
        }
        let arguments: Result<Vec<_>, _> = parts.map(hex::decode).collect();
        match arguments.as_deref() {
            Err(_) => Self::Impossible("invalid arguments: not an even number of hex digits"),
            Ok([token, units, ..]) if tx.value == 0 => {
                let token = String::from_utf8_lossy(token).into_owned();
                match read_units(units) {
                    Some(0) => Self::Impossible("negative value"),
                    Some(units) => Self::Tokens { token, units },
                    None => Self::Impossible("insufficient funds"),
                }
            }
            Ok([_, _, ..]) => {
                Self::Impossible("built in function called with tx value is not allowed")
            }
            Ok(_) => Self::Impossible("invalid arguments to process built-in function"),
        }
    }

    /// The gas that it needs on top of that for its data.
    pub(super) fn gas(&self) -> u64 {
        match self {
            Self::Move => 0,
            Self::Tokens { .. } | Self::Impossible(_) => gas::TOKEN_TRANSFER,
        }
    }

    /// What moves beside the fee, or why nothing does.
    pub(super) fn movement(&self, tx: &Transaction) -> Result<Movement, &'static str> {
        let (from, to) = (tx.sender.text(), tx.receiver.text());
        match self {
            Self::Move => Ok(Movement::transfer(Asset::Coin, &from, &to, tx.value)),
            Self::Tokens { token, units } if token == TOKEN => {
                Ok(Movement::transfer(test_token(), &from, &to, *units))
            }
            Self::Tokens { .. } => Err("insufficient funds"),
            Self::Impossible(words) => Err(words),
        }
    }
}

/// What balances of the test token are kept as.
pub(super) fn test_token() -> Asset {
    Asset::Token(TOKEN.to_owned())
}

/// The data of a token transfer.
pub(crate) fn token_transfer(token: &str, units: u128) -> String {
    let digits = format!("{units:x}");
    // Whole bytes: an odd number of digits is what nodes refuse.
    let width = digits.len().next_multiple_of(2);
    format!("{ESDT_TRANSFER}@{}@{digits:0>width$}", hex::encode(token))
}

fn read_units(bytes: &[u8]) -> Option<u128> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[zeros..];
    let mut all = [0; 16];
    all.get_mut(16_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Some(u128::from_be_bytes(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_transfers_have_whole_bytes() {
        assert_eq!(token_transfer("ALC-625812", 12), "ESDTTransfer@414c432d363235383132@0c");
        assert_eq!(read_units(&[0, 1, 0]), Some(256));
        assert_eq!(read_units(&[1; 17]), None);
    }
}
