//! The payload of a pending transaction, read strictly.

use kms_core::{Network, PendingTransaction};
use serde_json::{Map, Value};

use super::Xrp;
use super::address::Address;
use super::amount;
use super::definitions::{DEFINITIONS, Format};
use crate::chain::Chain as _;
use crate::error::PayloadError;
use crate::{described, json, number};

/// A transaction as it will be signed, but for the key and the signature.
pub(super) struct Request {
    pub(super) fields: Map<String, Value>,
    pub(super) kind: &'static str,
    /// The account that acts and pays, as classic address.
    pub(super) account: String,
    /// In drops.
    pub(super) fee: u64,
    /// 0 where a ticket stands in its place.
    pub(super) sequence: u32,
    pub(super) last_ledger: Option<u32>,
}

fn problem(field: &'static str, problem: impl Into<String>) -> PayloadError {
    PayloadError::Field { field, problem: problem.into() }
}

impl Request {
    /// Reads and checks the payload.
    pub(super) fn read(
        chain: &Xrp,
        tx: &PendingTransaction,
        network: Network,
    ) -> Result<Self, PayloadError> {
        let mut fields = json::object(chain.spec().ticker.0, &tx.payload)?;
        fields.retain(|_, value| !value.is_null());
        for signature in ["TxnSignature", "Signers"] {
            if fields.contains_key(signature) {
                let what = format!("the field `{signature}`");
                return Err(PayloadError::Unsupported { what, why: "it is signed already" });
            }
        }
        // Whose key signs is decided here.
        fields.insert("SigningPubKey".to_owned(), Value::String(String::new()));
        let format = format(&fields)?;
        for (account, tag) in [("Account", "SourceTag"), ("Destination", "DestinationTag")] {
            split_address(&mut fields, account, tag, network)?;
        }
        // Tags that stood in an address are fields as well.
        check_members(&fields, format)?;
        let whole = |name: &'static str| {
            number::read::<u32>(fields.get(name)).map_err(|found| problem(name, found))
        };
        let (sequence, ticket) = (whole("Sequence")?.unwrap_or(0), whole("TicketSequence")?);
        match (sequence, ticket) {
            (0, None) => return Err(problem("Sequence", "is 0, but there is no TicketSequence")),
            (1.., Some(_)) => return Err(problem("Sequence", "must be 0 beside a TicketSequence")),
            _ => {}
        }
        let last_ledger = whole("LastLedgerSequence")?;
        let text =
            |name: &'static str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let fee = amount::drops(text("Fee")).map_err(|found| problem("Fee", found))?;
        let account = text("Account").to_owned();
        Ok(Self { kind: format.name, account, fee, sequence, last_ledger, fields })
    }
}

fn format(fields: &Map<String, Value>) -> Result<&'static Format, PayloadError> {
    const NAME: &str = "TransactionType";
    match fields.get(NAME) {
        Some(Value::String(name)) => DEFINITIONS.format(name).ok_or_else(|| {
            problem(NAME, format!("is {}, which is not known", described::name(name)))
        }),
        _ => Err(problem(NAME, "is missing, or not a text")),
    }
}

/// Every field must belong to the kind of transaction, and those that it needs must be there.
fn check_members(fields: &Map<String, Value>, format: &'static Format) -> Result<(), PayloadError> {
    let known = || DEFINITIONS.common.iter().chain(&format.fields);
    if let Some(name) = fields.keys().find(|name| !known().any(|(known, _)| known == name)) {
        let what = format!("the field {}", described::name(name));
        return Err(PayloadError::Unsupported {
            what,
            why: "this kind of transaction has no such field",
        });
    }
    match known().find(|(name, needed)| *needed && !fields.contains_key(*name)) {
        Some((name, _)) => Err(problem(name, format!("is missing; {} needs it", format.name))),
        None => Ok(()),
    }
}

/// Writes an address as classic one, and its tag where tags are.
fn split_address(
    fields: &mut Map<String, Value>,
    name: &'static str,
    tag_name: &'static str,
    network: Network,
) -> Result<(), PayloadError> {
    let Some(given) = fields.get(name) else { return Ok(()) };
    let text = given.as_str().ok_or_else(|| problem(name, "is not a text"))?;
    let address = Address::read(text, network).map_err(|found| problem(name, found))?;
    if let Some(tag) = address.tag {
        let other: Option<u32> =
            number::read(fields.get(tag_name)).map_err(|found| problem(tag_name, found))?;
        if other.is_some_and(|other| other != tag) {
            return Err(problem(tag_name, format!("is not the tag {tag} that the address holds")));
        }
        fields.insert(tag_name.to_owned(), Value::from(tag));
    }
    fields.insert(name.to_owned(), Value::String(address.account.to_classic()));
    Ok(())
}
