//! The binary transactions inside payloads and answers, so that what is mutated is not their hexadecimal form.
//!
//! An input is the length of its texts (two bytes, little-endian), the texts as [`transaction`] has them, and
//! the binary transaction, which takes the place of the one in the texts. Hashes that stand beside it are
//! computed anew: else nothing would get past them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_chains::registry::CHAINS;
use kms_crypto::hash::sha256;
use serde_json::Value;

use crate::{parts, transaction};

/// The chains whose transactions arrive in a binary form.
pub const TICKERS: [&str; 5] = ["XLM", "SOL", "BCH", "TRON", "ADA"];

/// The member of an answer for ADA that holds the transaction.
const UNSIGNED: &str = "unsigned_transaction";

/// The target, for one of [`TICKERS`].
pub fn fuzz(ticker: &str, data: &[u8]) {
    let Some((length, rest)) = data.split_first_chunk() else { return };
    let length = usize::from(u16::from_le_bytes(*length));
    let Some((texts, binary)) = rest.split_at_checked(length) else { return };
    let Some((_, flags, texts)) = parts::split(texts) else { return };
    let [keys, item, template, answers @ ..] = &texts[..] else { return };
    let answers = answers.iter().map(|text| (*text).to_owned()).collect();
    let Some((payload, answers)) = insert(ticker, binary, template, answers) else { return };
    let place = CHAINS.iter().position(|chain| chain.spec().ticker.0 == ticker);
    let place = place.and_then(|place| u8::try_from(place).ok()).expect("it is in the registry");
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    transaction::check(place, flags, keys, item, &payload, &answers);
}

/// An input of the target out of one of [`transaction::fuzz`], if it holds a binary transaction.
pub fn seed(ticker: &str, input: &[u8]) -> Option<Vec<u8>> {
    let (_, _, texts) = parts::split(input)?;
    let binary = extract(ticker, texts.get(2)?, &texts)?;
    let length = u16::try_from(input.len()).ok()?;
    Some([&length.to_le_bytes()[..], input, &binary].concat())
}

/// The payload and the answers with this transaction in them.
fn insert(
    ticker: &str,
    binary: &[u8],
    template: &str,
    mut answers: Vec<String>,
) -> Option<(String, Vec<String>)> {
    let digits = hex::encode(binary);
    let mut json: Value = serde_json::from_str(template).unwrap_or_default();
    let payload = match ticker {
        "XLM" => STANDARD.encode(binary),
        "BCH" => format!("{digits}:{}", template.split_once(':').map_or("[]", |(_, list)| list)),
        "SOL" => {
            *json.as_object_mut()?.get_mut("txData")? = digits.into();
            json.to_string()
        }
        "TRON" => {
            json.as_object_mut()?.insert("txID".to_owned(), hex::encode(sha256(binary)).into());
            json.as_object_mut()?.insert("raw_data_hex".to_owned(), digits.into());
            json.to_string()
        }
        _ => {
            let answer = answers.iter_mut().find(|text| text.contains(UNSIGNED))?;
            let mut json: Value = serde_json::from_str(answer).ok()?;
            let hash = kms_chains::fuzzing::cardano_hash(&digits).unwrap_or_default();
            for payload in json.get_mut("payloads")?.as_array_mut()? {
                payload.as_object_mut()?.insert("hex_bytes".to_owned(), hex::encode(hash).into());
            }
            json.as_object_mut()?.insert(UNSIGNED.to_owned(), digits.into());
            *answer = json.to_string();
            template.to_owned()
        }
    };
    Some((payload, answers))
}

/// The transaction in a payload or in the last answer.
fn extract(ticker: &str, payload: &str, texts: &[&str]) -> Option<Vec<u8>> {
    let member = |json: &str, name: &str| {
        let json: Value = serde_json::from_str(json).ok()?;
        hex::decode(json.get(name)?.as_str()?).ok()
    };
    match ticker {
        "XLM" => STANDARD.decode(payload).ok(),
        "BCH" => hex::decode(payload.split_once(':')?.0).ok(),
        "SOL" => member(payload, "txData"),
        "TRON" => member(payload, "raw_data_hex"),
        _ => texts.iter().skip(3).find_map(|text| member(text, UNSIGNED)),
    }
}
