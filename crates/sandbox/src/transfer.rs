//! Transfers that a person asks for: the request is the one that an application would send, and goes
//! the same way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// So many wishes are remembered.
const MOST: usize = 10_000;

/// Who pays, in the request for a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The wallet, which the KMS knows the address of.
    Wallet,
    /// The address, in the member of this name.
    Account(&'static str),
    /// Outputs of the address, which also gets the change; the fee is this one.
    Outputs(String),
}

/// How a transfer of a chain's coin is asked for at `/v3/{path}/transaction`.
#[derive(Clone, Debug)]
pub struct Form {
    /// Who pays.
    pub sender: Sender,
    /// The member that carries a text which goes on chain.
    pub memo: Option<&'static str>,
    /// The name of the coin, where the request has to give it.
    pub currency: Option<&'static str>,
}

/// What the person at the page wants.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wish {
    pub(crate) chain: String,
    pub(crate) to: String,
    /// In coins.
    pub(crate) amount: String,
    pub(crate) signature_id: String,
    pub(crate) index: Option<u64>,
    pub(crate) from: Option<String>,
    pub(crate) memo: Option<String>,
}

/// What was wished for, until the daemon says what it will sign.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Wished {
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) amount: String,
}

impl Form {
    /// One without a text.
    pub fn of(sender: Sender) -> Self {
        Self { sender, memo: None, currency: None }
    }

    /// The body of the request.
    pub(crate) fn body(&self, wish: &Wish) -> Value {
        let mut signer = Map::new();
        signer.insert("signatureId".to_owned(), wish.signature_id.clone().into());
        if let Some(index) = wish.index {
            signer.insert("index".to_owned(), index.into());
        }
        let from = wish.from.clone().unwrap_or_default();
        let mut body = Map::new();
        match &self.sender {
            Sender::Outputs(fee) => {
                let mut payer = Map::from_iter([("address".to_owned(), from.clone().into())]);
                payer.extend(signer);
                body.insert("fromAddress".to_owned(), json!([payer]));
                let target = json!({ "address": wish.to, "value": wish.amount });
                body.insert("to".to_owned(), json!([target]));
                body.insert("fee".to_owned(), fee.clone().into());
                body.insert("changeAddress".to_owned(), from.into());
            }
            sender => {
                if let Sender::Account(name) = sender {
                    body.insert((*name).to_owned(), from.into());
                }
                body.insert("to".to_owned(), wish.to.clone().into());
                body.insert("amount".to_owned(), wish.amount.clone().into());
                body.extend(signer);
            }
        }
        if let Some(currency) = self.currency {
            body.insert("currency".to_owned(), currency.into());
        }
        let memo = wish.memo.as_ref().filter(|memo| !memo.is_empty());
        if let (Some(name), Some(memo)) = (self.memo, memo) {
            body.insert(name.to_owned(), memo.clone().into());
        }
        Value::from(body)
    }
}

/// Wishes by the id of their pending transaction.
#[derive(Default)]
pub(crate) struct Wishes(Mutex<HashMap<String, Wished>>);

impl Wishes {
    pub(crate) fn keep(&self, id: &str, wish: Wish) {
        let mut wishes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wishes.len() < MOST {
            let from = wish.from.filter(|from| !from.is_empty());
            let amount = format!("{} {}", wish.amount, wish.chain);
            wishes.insert(id.to_owned(), Wished { from, to: wish.to, amount });
        }
    }

    pub(crate) fn of(&self, id: &str) -> Option<Wished> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        let text = str::to_owned;
        Wish {
            chain: text("X"),
            to: text("b"),
            amount: text("1.5"),
            signature_id: text("id"),
            index: Some(2),
            from: Some(text("a")),
            memo: Some(text("hi")),
        }
    }

    #[test]
    fn the_request_is_that_of_the_chain() {
        let plain = Form { memo: Some("data"), currency: Some("X"), ..Form::of(Sender::Wallet) };
        let expected = json!({
            "to": "b", "amount": "1.5", "signatureId": "id", "index": 2, "currency": "X", "data": "hi",
        });
        assert_eq!(plain.body(&wish()), expected);
        let account = Form::of(Sender::Account("fromAccount"));
        let bare = Wish { index: None, memo: None, ..wish() };
        let expected =
            json!({ "fromAccount": "a", "to": "b", "amount": "1.5", "signatureId": "id" });
        assert_eq!(account.body(&bare), expected);
        let outputs = Form::of(Sender::Outputs("0.1".to_owned()));
        let expected = json!({
            "fromAddress": [{ "address": "a", "signatureId": "id", "index": 2 }],
            "to": [{ "address": "b", "value": "1.5" }], "fee": "0.1", "changeAddress": "a",
        });
        assert_eq!(outputs.body(&wish()), expected);
    }
}
