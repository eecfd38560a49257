//! A digest of everything a pending transaction asks for.

use kms_core::{KeyRef, PendingTransaction, WithdrawalInput};
use kms_crypto::hash::sha256;
use kms_crypto::seal::Aad;

/// SHA-256 of a pending transaction's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content(pub(crate) [u8; 32]);

impl Content {
    /// The digest of `tx`: chain, wallets, signers, index, payload and withdrawal, each with its length.
    ///
    /// The pending id is not in it: it is what the digest is kept under.
    pub(crate) fn of(tx: &PendingTransaction) -> Self {
        // The payload counts as secret and goes in as a digest, so that no copy of it stays behind.
        let mut fields = Aad::new("tatum-kms pending transaction 1")
            .text(&tx.ticker)
            .field(&sha256(tx.payload.expose_secret().as_bytes()))
            .number(option(tx.index))
            .number(count(tx.wallets.len()));
        for wallet in &tx.wallets {
            fields = fields.text(wallet.as_str());
        }
        fields = fields.number(count(tx.signers.len()));
        for KeyRef { wallet, index } in &tx.signers {
            fields = fields.text(wallet.as_str()).number(option(*index));
        }
        if let Some(withdrawal) = &tx.withdrawal {
            fields = fields.text(withdrawal.id.as_str());
            if let Some(inputs) = &withdrawal.inputs {
                fields = fields.number(count(inputs.len()));
                for WithdrawalInput { transaction, output, index } in inputs {
                    fields =
                        fields.text(transaction).number(option(*output)).number((*index).into());
                }
            }
        }
        Self(sha256(fields.as_bytes()))
    }
}

/// A number that may be missing: -1 stands for none.
fn option(number: Option<u32>) -> i64 {
    number.map_or(-1, i64::from)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use kms_core::{Payload, Withdrawal};

    use super::*;

    fn transaction() -> PendingTransaction {
        PendingTransaction {
            id: "a".parse().unwrap(),
            ticker: "ETH".to_owned(),
            wallets: vec!["w1".parse().unwrap(), "w2".parse().unwrap()],
            signers: vec![KeyRef { wallet: "w3".parse().unwrap(), index: Some(1) }],
            index: None,
            payload: Payload::new("{}".to_owned()),
            withdrawal: Some(Withdrawal { id: "f".parse().unwrap(), inputs: Some(vec![]) }),
        }
    }

    #[test]
    fn every_part_counts() {
        let changes: [fn(&mut PendingTransaction); 9] = [
            |tx| tx.ticker = "BSC".to_owned(),
            |tx| tx.wallets.reverse(),
            |tx| drop(tx.wallets.pop()),
            |tx| tx.signers[0].index = None,
            |tx| tx.index = Some(0),
            |tx| tx.payload = Payload::new("{} ".to_owned()),
            |tx| tx.withdrawal = None,
            |tx| tx.withdrawal.as_mut().unwrap().id = "g".parse().unwrap(),
            |tx| tx.withdrawal.as_mut().unwrap().inputs = None,
        ];
        let original = Content::of(&transaction());
        assert_eq!(original, Content::of(&transaction()));
        for (number, change) in changes.iter().enumerate() {
            let mut tx = transaction();
            change(&mut tx);
            assert_ne!(original, Content::of(&tx), "change {number}");
        }
    }
}
