//! Signed transactions: read, and their signature checked over the canonical encoding.

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, VerifyingKey};
use rmpv::Value as Packed;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512_256};

use super::address::{self, Key};
use super::encoding;
use crate::chain::Identity;

/// What stands before the bytes that are signed.
const PREFIX: &[u8] = b"TX";

const COMMON: &[&str] = &["fee", "fv", "gen", "gh", "lv", "note", "snd", "type"];
const PAYMENT: &[&str] = &["amt", "rcv"];
const ASSET_TRANSFER: &[&str] = &["aamt", "arcv", "xaid"];

const BAD_SIGNATURE: &str = "At least one signature didn't pass verification";

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// In microAlgo.
    Pay { to: Key, units: u64 },
    /// In base units. Of nothing to oneself, it opens a holding.
    Transfer { asset: u64, to: Key, units: u64 },
}

/// A transaction whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    /// The Base32 of its hash.
    pub(super) id: String,
    pub(super) sender: Key,
    /// Whose key has signed.
    pub(super) signer: Key,
    /// In microAlgo.
    pub(super) fee: u64,
    pub(super) first_valid: u64,
    pub(super) last_valid: u64,
    /// Whether it names the network it is for.
    pub(super) genesis_hash: Key,
    pub(super) action: Action,
}

impl SignedTransaction {
    /// Reads the hex of a broadcast. The errors are algod's, where it has one.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let bytes =
            hex::decode(text).map_err(|error| format!("the transaction is no hex: {error}"))?;
        let undecodable = || "msgpack decode error: the transaction can't be read".to_owned();
        let envelope = encoding::read(&bytes).filter(Packed::is_map).ok_or_else(undecodable)?;
        check_fields(&envelope, &[&["sig", "sgnr", "txn"]])?;
        let fields =
            Fields(get(&envelope, "txn").filter(|one| one.is_map()).ok_or_else(undecodable)?);
        let action = fields.action()?;
        let encoded = encoding::canonical(fields.0).ok_or_else(undecodable)?;
        let message = [PREFIX, &encoded].concat();
        let sender = fields.key("snd").ok_or_else(undecodable)?;
        let signer = Fields(&envelope).key("sgnr").unwrap_or(sender);
        let signature = get(&envelope, "sig").and_then(Packed::as_slice);
        check_signature(&signer, &message, signature).ok_or(BAD_SIGNATURE)?;
        Ok(Self {
            id: BASE32_NOPAD.encode(&Sha512_256::digest(&message)),
            sender,
            signer,
            fee: fields.number("fee"),
            first_valid: fields.number("fv"),
            last_valid: fields.number("lv"),
            genesis_hash: fields.key("gh").unwrap_or_default(),
            action,
        })
    }

    /// What it says of itself. Accounts keep no numbers here.
    pub(super) fn identity(&self) -> Identity {
        let sender = Some(address::write(&self.sender));
        Identity { hash: self.id.clone(), sender, nonce: None, inputs: Vec::new() }
    }

    /// As the API shows it, but for what became of it.
    pub(super) fn view(&self) -> Value {
        let mut view = json!({
            "id": self.id, "sender": address::write(&self.sender), "fee": self.fee,
            "firstValid": self.first_valid, "lastValid": self.last_valid,
        });
        match &self.action {
            Action::Pay { to, units } => {
                view["txType"] = "pay".into();
                view["paymentTransaction"] =
                    json!({ "receiver": address::write(to), "amount": units });
            }
            Action::Transfer { asset, to, units } => {
                view["txType"] = "axfer".into();
                view["assetTransferTransaction"] =
                    json!({ "assetId": asset, "receiver": address::write(to), "amount": units });
            }
        }
        view
    }
}

/// The fields of a map.
struct Fields<'a>(&'a Packed);

impl Fields<'_> {
    /// The types of transaction that are served, with the fields that they may have.
    fn action(&self) -> Result<Action, String> {
        let kind = get(self.0, "type").and_then(Packed::as_str).unwrap_or_default();
        match kind {
            "pay" => {
                check_fields(self.0, &[COMMON, PAYMENT])?;
                let to = self.key("rcv").unwrap_or_default();
                Ok(Action::Pay { to, units: self.number("amt") })
            }
            "axfer" => {
                check_fields(self.0, &[COMMON, ASSET_TRANSFER])?;
                let (to, asset) = (self.key("arcv").unwrap_or_default(), self.number("xaid"));
                Ok(Action::Transfer { asset, to, units: self.number("aamt") })
            }
            other => Err(format!(
                "unknown tx type {}: the sandbox takes pay and axfer only",
                other.escape_debug()
            )),
        }
    }

    /// 0 where there is none.
    fn number(&self, name: &str) -> u64 {
        get(self.0, name).and_then(Packed::as_u64).unwrap_or_default()
    }

    fn key(&self, name: &str) -> Option<Key> {
        get(self.0, name)?.as_slice()?.try_into().ok()
    }
}

fn get<'a>(map: &'a Packed, name: &str) -> Option<&'a Packed> {
    let field = map.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name));
    field.map(|(_, value)| value)
}

/// Nothing is passed over: what is not known here is refused.
fn check_fields(map: &Packed, known: &[&[&str]]) -> Result<(), String> {
    let names = map.as_map().into_iter().flatten().map(|(key, _)| key.as_str().unwrap_or_default());
    let mut unknown = names.filter(|name| !known.iter().any(|list| list.contains(name)));
    match unknown.next() {
        None => Ok(()),
        Some(name) => Err(format!(
            "msgpack decode error: no matching struct field found when decoding stream map with \
             key {}",
            name.escape_debug()
        )),
    }
}

fn check_signature(signer: &Key, message: &[u8], signature: Option<&[u8]>) -> Option<()> {
    let key = VerifyingKey::from_bytes(signer).ok()?;
    let signature = Signature::from_slice(signature?).ok()?;
    key.verify_strict(message, &signature).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A payment of 12.345678 ALGO, signed by algosdk for the test network.
    const PAYMENT: &str = include_str!("../../tests/fixtures/algo-payment.hex");

    #[test]
    fn what_others_have_signed_is_read() {
        let signed = SignedTransaction::read(PAYMENT.trim()).unwrap();
        let sender = "KWAJNI5PKSSNAHHSOCXUCRKIIELD7CFWRO2FV4DZY5TZKLCCZKVV45Y5YI";
        assert_eq!(address::write(&signed.sender), sender);
        assert_eq!((signed.signer, signed.fee), (signed.sender, 1000));
        assert_eq!((signed.first_valid, signed.last_valid), (29_483_799, 29_484_799));
        assert!(matches!(signed.action, Action::Pay { units: 12_345_678, .. }));
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let bytes = hex::decode(PAYMENT.trim()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(SignedTransaction::read(&hex::encode(changed)).is_err(), "byte {at}");
            assert!(SignedTransaction::read(&hex::encode(&bytes[..at])).is_err(), "cut at {at}");
        }
    }
}
