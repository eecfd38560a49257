//! One pending transaction, from the API's words to ours.

use kms_core::{
    KeyRef, Payload, PendingId, PendingTransaction, SignatureId, Withdrawal, WithdrawalInput,
};
use serde_json::{Map, Value};

/// The most wallets, signatures or inputs of one transaction.
const MAX_PARTS: usize = 2_000;

/// A pending transaction that could be read.
#[derive(Clone, Debug)]
pub struct PendingItem {
    /// What it says.
    pub transaction: PendingTransaction,
    /// All of it as JSON, for the approval server. Members keep their order; of a member given twice
    /// the last counts, here as in [`transaction`](Self::transaction).
    pub json: Payload,
    /// The transaction it has been completed with, which a pending one should not have.
    pub completed_with: Option<String>,
}

/// A pending transaction that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadItem {
    /// Its id, if that much could be read.
    pub id: Option<PendingId>,
    /// What is wrong with it. Quotes nothing but member names.
    pub problem: String,
}

impl PendingItem {
    /// Reads one item of a poll's answer.
    pub(crate) fn read(text: &str) -> Result<Self, BadItem> {
        let mut object = match serde_json::from_str(text) {
            Ok(Value::Object(object)) => object,
            _ => return Err(BadItem { id: None, problem: "it is not a JSON object".to_owned() }),
        };
        let id: Option<PendingId> =
            object.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        match Self::from_object(&mut object) {
            Ok(item) => Ok(item),
            Err(problem) => Err(BadItem { id, problem }),
        }
    }

    fn from_object(object: &mut Map<String, Value>) -> Result<Self, String> {
        let json = Payload::new(serde_json::to_string(object).map_err(|_| "it is not JSON")?);
        let mut transaction = PendingTransaction {
            id: text(object, "id")?.parse().map_err(|e| format!("`id`: {e}"))?,
            ticker: text(object, "chain")?.to_owned(),
            wallets: list(object, "hashes")?.iter().map(wallet).collect::<Result<_, _>>()?,
            signers: list(object, "signatures")?.iter().map(signer).collect::<Result<_, _>>()?,
            index: index(object.get("index")).map_err(|e| format!("`index` {e}"))?,
            payload: Payload::new(String::new()),
            withdrawal: withdrawal(object)?,
        };
        let completed_with = match object.get("txId") {
            Some(Value::String(hash)) if !hash.is_empty() => Some(hash.clone()),
            _ => None,
        };
        // Moved, not copied: it counts as secret.
        transaction.payload = match object.get_mut("serializedTransaction").map(Value::take) {
            Some(Value::String(payload)) => Payload::new(payload),
            _ => return Err("`serializedTransaction` is not a text".to_owned()),
        };
        Ok(Self { transaction, json, completed_with })
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    object.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is not a text"))
}

/// A list that may be missing.
fn list<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) if list.len() <= MAX_PARTS => Ok(list),
        Some(Value::Array(_)) => Err(format!("`{name}` has more than {MAX_PARTS} entries")),
        Some(_) => Err(format!("`{name}` is not a list")),
    }
}

fn wallet(value: &Value) -> Result<SignatureId, String> {
    let id = value.as_str().ok_or("`hashes` has an entry that is not a text")?;
    id.parse().map_err(|e| format!("`hashes`: {e}"))
}

fn signer(value: &Value) -> Result<KeyRef, String> {
    let id = value.get("id").and_then(Value::as_str);
    let id = id.ok_or("`signatures` has an entry without `id`")?;
    Ok(KeyRef {
        wallet: id.parse().map_err(|e| format!("`signatures`: {e}"))?,
        index: index(value.get("index")).map_err(|e| format!("`index` in `signatures` {e}"))?,
    })
}

/// A derivation index: a whole number or its decimal text; absent and null mean none.
fn index(value: Option<&Value>) -> Result<Option<u32>, &'static str> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        Some(_) => None,
    };
    let number = number.and_then(|number| u32::try_from(number).ok());
    number.map(Some).ok_or("is not a whole number from 0 to 4294967295")
}

fn withdrawal(object: &Map<String, Value>) -> Result<Option<Withdrawal>, String> {
    let id = match object.get("withdrawalId") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(id)) if id.is_empty() => return Ok(None),
        Some(Value::String(id)) => id.parse().map_err(|e| format!("`withdrawalId`: {e}"))?,
        Some(_) => return Err("`withdrawalId` is not a text".to_owned()),
    };
    let inputs = match object.get("withdrawalResponses") {
        None | Some(Value::Null) => None,
        Some(_) => {
            let entries = list(object, "withdrawalResponses")?;
            Some(entries.iter().map(input).collect::<Result<_, _>>()?)
        }
    };
    Ok(Some(Withdrawal { id, inputs }))
}

fn input(value: &Value) -> Result<WithdrawalInput, String> {
    let transaction = match value.get("vIn") {
        Some(Value::String(hash)) => hash.clone(),
        None | Some(Value::Null) => String::new(),
        Some(_) => return Err("`vIn` is not a text".to_owned()),
    };
    // The change, which is no input, comes with -1.
    let output = value.get("vInIndex").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let key = value.get("address").and_then(|address| address.get("derivationKey"));
    let index = index(key).map_err(|e| format!("`derivationKey` {e}"))?.unwrap_or_default();
    Ok(WithdrawalInput { transaction, output, index })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any};
    use serde_json::json;

    use super::*;

    fn item(members: &str) -> Result<PendingItem, BadItem> {
        PendingItem::read(&format!(
            r#"{{"id":"5e6645712b55823de7ea82f1","chain":"BTC","serializedTransaction":"s3cret"{members}}}"#
        ))
    }

    #[test]
    fn everything_the_api_says_is_read() {
        let item = item(
            r#","hashes":["w1","w2"],"signatures":[{"id":"w3","index":"7"},{"id":"w4"}],"index":4,
            "withdrawalId":"f1","withdrawalResponses":[
              {"address":{"derivationKey":3},"amount":0.1,"vIn":"ab","vInIndex":1},
              {"amount":1e-8,"vIn":"-1","vInIndex":-1,"address":null}],"txId":null"#,
        )
        .unwrap();
        let tx = item.transaction;
        assert_eq!(tx.wallets.len(), 2);
        assert_eq!(tx.signers[0].index, Some(7));
        assert_eq!(tx.signers[1].index, None);
        assert_eq!(tx.index, Some(4));
        let inputs = tx.withdrawal.unwrap().inputs.unwrap();
        assert_eq!(
            inputs[0],
            WithdrawalInput { transaction: "ab".into(), output: Some(1), index: 3 }
        );
        assert_eq!(inputs[1], WithdrawalInput { transaction: "-1".into(), output: None, index: 0 });
        assert_eq!(item.completed_with, None);
        assert!(item.json.expose_secret().contains(r#""serializedTransaction":"s3cret""#));
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read(
            payload: String,
            wallets in vec("[0-9A-Za-z_-]{1,64}", 0..4),
            signers in vec(("[0-9A-Za-z_-]{1,64}", any::<Option<u32>>()), 0..4),
            index: Option<u32>,
            output in vec((any::<String>(), any::<u32>(), any::<u32>()), 0..3),
        ) {
            let signer = |(id, index): &(String, Option<u32>)| json!({"id": id, "index": index});
            let input = |(hash, output, index): &(String, u32, u32)| {
                json!({"vIn": hash, "vInIndex": output, "address": {"derivationKey": index}})
            };
            let text = json!({
                "id": "a", "chain": "BTC", "serializedTransaction": payload, "hashes": wallets,
                "signatures": signers.iter().map(signer).collect::<Vec<_>>(), "index": index,
                "withdrawalId": "w", "withdrawalResponses": output.iter().map(input).collect::<Vec<_>>(),
            });
            let item = PendingItem::read(&text.to_string()).unwrap();
            assert_eq!(item.json.expose_secret(), text.to_string());
            let tx = item.transaction;
            assert_eq!((tx.payload.expose_secret(), tx.index), (payload.as_str(), index));
            assert!(tx.wallets.iter().map(SignatureId::as_str).eq(&wallets));
            let found = tx.signers.iter().map(|one| (one.wallet.as_str(), one.index));
            assert!(found.eq(signers.iter().map(|(id, index)| (id.as_str(), *index))));
            let inputs = tx.withdrawal.unwrap().inputs.unwrap();
            let found = inputs.into_iter().map(|one| (one.transaction, one.output.unwrap(), one.index));
            assert!(found.eq(output));
        }
    }

    #[test]
    fn indexes_outside_32_bits_are_refused() {
        for bad in ["-1", "1.5", "4294967296", r#""4294967296""#, r#""1x""#, r#""""#, "true", "[1]"]
        {
            let bad_item = item(&format!(r#","hashes":["w"],"index":{bad}"#)).unwrap_err();
            assert!(bad_item.problem.starts_with("`index` is not"), "{bad}: {}", bad_item.problem);
            assert!(bad_item.id.is_some());
        }
        let highest = item(r#","hashes":["w"],"index":"4294967295""#).unwrap();
        assert_eq!(highest.transaction.index, Some(u32::MAX));
    }

    #[test]
    fn problems_name_the_member_and_never_the_payload() {
        for bad in [
            r#","hashes":"w""#,
            r#","hashes":[1]"#,
            r#","hashes":["a/b"]"#,
            r#","signatures":[{}]"#,
            r#","withdrawalId":5"#,
            r#","chain":5"#,
            r#","id":"../x""#,
        ] {
            let bad_item = item(bad).unwrap_err();
            assert!(!bad_item.problem.contains("s3cret"), "{}", bad_item.problem);
        }
        let no_payload =
            PendingItem::read(r#"{"id":"a","chain":"ETH","serializedTransaction":{"k":"s3cret"}}"#);
        assert_eq!(no_payload.unwrap_err().problem, "`serializedTransaction` is not a text");
    }

    #[test]
    fn of_a_member_given_twice_everybody_sees_the_last() {
        let twice = item(r#","serializedTransaction":"other""#).unwrap();
        assert_eq!(twice.transaction.payload.expose_secret(), "other");
        assert!(!twice.json.expose_secret().contains("s3cret"));
    }
}
