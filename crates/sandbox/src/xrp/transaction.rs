//! Signed transactions: read, and their signature checked over the bytes as they came.

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey as Ed25519Key};
use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use k256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use super::address;
use super::fields::{self, Code, Fields};
use super::value::{Amount, Currency};
use crate::chain::Identity;

/// `STX`: what stands before the bytes that one key signs.
const SIGN_PREFIX: [u8; 4] = *b"STX\0";
/// `TXN`: what stands before the bytes that are hashed for the identifier.
const HASH_PREFIX: [u8; 4] = *b"TXN\0";
/// What stands before an Ed25519 key.
const ED25519: u8 = 0xed;

const COMMON: &[Code] = &[
    fields::TRANSACTION_TYPE,
    fields::FLAGS,
    fields::SOURCE_TAG,
    fields::SEQUENCE,
    fields::LAST_LEDGER,
    fields::FEE,
    fields::SIGNING_KEY,
    fields::SIGNATURE,
    fields::ACCOUNT,
    fields::MEMOS,
];

/// The only flag that changes nothing: signatures have to be canonical anyway.
const FULLY_CANONICAL: u32 = 1 << 31;

const INVALID: &str = "invalidTransaction";
const BAD_SIGNATURE: &str = "invalidTransaction: fails local checks: Invalid signature.";

/// What a transaction does.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Pay { to: String, amount: Amount, tag: Option<u32> },
    Trust { currency: Currency, limit: u128 },
    SetFlags { set: Option<u32>, clear: Option<u32> },
}

/// A transaction whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    pub(super) hash: String,
    pub(super) account: String,
    /// The account of the key that signed.
    pub(super) signer: String,
    /// In drops.
    pub(super) fee: u64,
    pub(super) sequence: u32,
    /// The last ledger that may contain it.
    pub(super) last_ledger: Option<u32>,
    pub(super) action: Action,
}

impl SignedTransaction {
    /// Reads the hex of a broadcast. The errors are rippled's, where it has one.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let bytes = hex::decode(text).map_err(|_| INVALID.to_owned())?;
        let fields = Fields::find(&bytes).ok_or_else(|| INVALID.to_owned())?;
        let action = action(&fields)?;
        let transaction = Self::of(&fields, &bytes, action).ok_or_else(|| INVALID.to_owned())?;
        check_signature(&fields).ok_or_else(|| BAD_SIGNATURE.to_owned())?;
        Ok(transaction)
    }

    fn of(fields: &Fields<'_>, bytes: &[u8], action: Action) -> Option<Self> {
        let Some(Amount::Xrp(fee)) = fields.get(fields::FEE).and_then(Amount::read) else {
            return None;
        };
        Some(Self {
            hash: hex::encode_upper(half(&[&HASH_PREFIX, bytes])),
            account: account(fields, fields::ACCOUNT)?,
            signer: address::of_key(fields.get(fields::SIGNING_KEY)?),
            fee,
            sequence: fields.u32(fields::SEQUENCE)?,
            last_ledger: fields.u32(fields::LAST_LEDGER),
            action,
        })
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            hash: self.hash.clone(),
            sender: Some(self.account.clone()),
            nonce: Some(self.sequence.into()),
            inputs: Vec::new(),
        }
    }

    /// As the API shows it, but for what became of it.
    pub(super) fn view(&self) -> Value {
        let mut view = json!({
            "hash": self.hash, "Account": self.account, "Fee": self.fee.to_string(),
            "Sequence": self.sequence,
        });
        if let Some(ledger) = self.last_ledger {
            view["LastLedgerSequence"] = ledger.into();
        }
        match &self.action {
            Action::Pay { to, amount, tag } => {
                view["TransactionType"] = "Payment".into();
                view["Destination"] = to.as_str().into();
                view["Amount"] = amount.view();
                if let Some(tag) = tag {
                    view["DestinationTag"] = (*tag).into();
                }
            }
            Action::Trust { currency, limit } => {
                view["TransactionType"] = "TrustSet".into();
                view["LimitAmount"] = Amount::Issued(currency.clone(), *limit).view();
            }
            Action::SetFlags { .. } => view["TransactionType"] = "AccountSet".into(),
        }
        view
    }
}

/// The kinds of transaction that are served, with the fields that they may have.
fn action(fields: &Fields<'_>) -> Result<Action, String> {
    let (own, action): (&[Code], _) = match fields.u16(fields::TRANSACTION_TYPE) {
        Some(0) => {
            let own = &[fields::DESTINATION, fields::DESTINATION_TAG, fields::AMOUNT];
            (own, payment(fields))
        }
        Some(3) => (&[fields::SET_FLAG, fields::CLEAR_FLAG], Some(flags(fields))),
        Some(20) => (&[fields::LIMIT_AMOUNT], trust(fields)),
        Some(other) => {
            return Err(format!(
                "temDISABLED: the sandbox knows no transaction of type {other}, only Payment, \
                 TrustSet and AccountSet"
            ));
        }
        None => return Err(INVALID.to_owned()),
    };
    if let Some((kind, number)) = fields.other_than(&[COMMON, own]) {
        return Err(format!(
            "temDISABLED: the sandbox does not know the field {number} of type {kind} there"
        ));
    }
    let flags = fields.u32(fields::FLAGS).unwrap_or_default() & !FULLY_CANONICAL;
    if flags != 0 {
        return Err(format!("temDISABLED: the sandbox does not know the flags {flags:#x} there"));
    }
    action.ok_or_else(|| INVALID.to_owned())
}

fn payment(fields: &Fields<'_>) -> Option<Action> {
    let amount = Amount::read(fields.get(fields::AMOUNT)?)?;
    let to = account(fields, fields::DESTINATION)?;
    Some(Action::Pay { to, amount, tag: fields.u32(fields::DESTINATION_TAG) })
}

fn trust(fields: &Fields<'_>) -> Option<Action> {
    match Amount::read(fields.get(fields::LIMIT_AMOUNT)?)? {
        Amount::Issued(currency, limit) => Some(Action::Trust { currency, limit }),
        Amount::Xrp(_) => None,
    }
}

fn flags(fields: &Fields<'_>) -> Action {
    Action::SetFlags { set: fields.u32(fields::SET_FLAG), clear: fields.u32(fields::CLEAR_FLAG) }
}

fn account(fields: &Fields<'_>, code: Code) -> Option<String> {
    Some(address::write(fields.get(code)?.try_into().ok()?))
}

/// Over everything but itself. High S is refused since the amendment RequireFullyCanonicalSig.
fn check_signature(fields: &Fields<'_>) -> Option<()> {
    let key = fields.get(fields::SIGNING_KEY)?;
    let signature = fields.get(fields::SIGNATURE)?;
    let signed = fields.without(fields::SIGNATURE);
    if let [ED25519, key @ ..] = key {
        let key = Ed25519Key::from_bytes(key.try_into().ok()?).ok()?;
        let signature = Ed25519Signature::from_slice(signature).ok()?;
        return key.verify_strict(&[&SIGN_PREFIX[..], &signed].concat(), &signature).ok();
    }
    let key = VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = Signature::from_der(signature).ok()?;
    let digest = half(&[&SIGN_PREFIX, &signed]);
    let is_low = signature.normalize_s().is_none();
    key.verify_prehash(&digest, &signature).ok().filter(|()| is_low)
}

/// The first half of the SHA-512.
fn half(parts: &[&[u8]]) -> [u8; 32] {
    let digest = parts.iter().fold(Sha512::new(), |hash, part| hash.chain_update(part)).finalize();
    *digest.first_chunk().expect("SHA-512 has 64 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A payment of 5 XRP and one of 10.5 USD, signed by ripple-keypairs.
    const DROPS: &str = include_str!("../../tests/fixtures/xrp-payment.hex");
    const ISSUED: &str = include_str!("../../tests/fixtures/xrp-issued.hex");

    #[test]
    fn what_others_have_signed_is_read() {
        let drops = SignedTransaction::read(DROPS.trim()).unwrap();
        assert_eq!(drops.account, "rhqTFngP834rtovShUV2D3oqQ5YcE1mKrT");
        assert_eq!((&drops.signer, drops.fee), (&drops.account, 10));
        assert_eq!((drops.sequence, drops.last_ledger), (37_300_036, Some(94_898_482)));
        let Action::Pay { to, amount, tag: None } = drops.action else { panic!() };
        assert_eq!(to, "rUHhQ4pqy5W2oWVPMLJZPQAu41ubKgQawp");
        assert_eq!(amount, Amount::Xrp(5_000_000));

        let issued = SignedTransaction::read(ISSUED.trim()).unwrap().view();
        assert_eq!(issued["Amount"]["value"], "10.5");
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let bytes = hex::decode(DROPS.trim()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(SignedTransaction::read(&hex::encode(changed)).is_err(), "byte {at}");
            assert!(SignedTransaction::read(&hex::encode(&bytes[..at])).is_err(), "cut at {at}");
        }
        assert!(SignedTransaction::read("not hex").is_err());
    }
}
