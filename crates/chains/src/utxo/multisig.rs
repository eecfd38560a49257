//! Inputs that need several keys.

use bitcoin::opcodes::all::OP_CHECKMULTISIG;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::{Script, ScriptBuf};
use kms_crypto::secp256k1::PublicKey;
use serde_json::{Map, Value};

use crate::number;

/// The most keys that fit a redeem script of 520 bytes, and the most that nodes relay.
const MAX_KEYS: usize = 15;

/// `threshold` of `keys`, in the order of their bytes.
pub(super) struct Multisig {
    pub(super) threshold: u8,
    /// Every key, and its signature (DER) if the payload has it already.
    pub(super) keys: Vec<(PublicKey, Option<Vec<u8>>)>,
    /// `OP_m <keys> OP_n OP_CHECKMULTISIG`
    pub(super) redeem: ScriptBuf,
    pub(super) wrapping: Wrapping,
}

/// Where the redeem script stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    P2sh,
    P2wsh,
    P2shP2wsh,
}

impl Multisig {
    /// Reads the members of an input; nothing if it has no `publicKeys`.
    ///
    /// # Errors
    /// What is wrong, to stand after the number of the input.
    pub(super) fn read(
        input: &Map<String, Value>,
        spent: &Script,
        segwit: bool,
    ) -> Result<Option<Self>, String> {
        let texts = match input.get("publicKeys") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(texts)) if (1..=MAX_KEYS).contains(&texts.len()) => texts,
            Some(_) => return Err(format!("has `publicKeys` that are no list of 1 to {MAX_KEYS}")),
        };
        let key = |text: &Value| text.as_str().and_then(read_key);
        let keys = texts.iter().map(key).collect::<Option<Vec<_>>>();
        let mut keys = keys.ok_or("has `publicKeys` that are no secp256k1 keys in hexadecimal")?;
        keys.sort_by_key(PublicKey::to_script_form);
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("names a public key twice".to_owned());
        }
        let threshold: u8 = number::required(input.get("threshold"))
            .map_err(|problem| format!("has a `threshold` that {problem}"))?;
        if threshold == 0 || usize::from(threshold) > keys.len() {
            return Err(format!("needs {threshold} of {} keys, which can't be", keys.len()));
        }
        let redeem = redeem_script(threshold, &keys);
        let wrapping = Wrapping::find(spent, &redeem, segwit)
            .ok_or("has `publicKeys` that do not hash to the script that is spent")?;
        let keys = keys.into_iter().map(|key| (key, None)).collect();
        let mut multisig = Self { threshold, keys, redeem, wrapping };
        multisig.read_signatures(input)?;
        Ok(Some(multisig))
    }

    /// Each signature names its key, so its place in the list does not matter.
    fn read_signatures(&mut self, input: &Map<String, Value>) -> Result<(), String> {
        let signatures = match input.get("signatures") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(signatures)) => signatures,
            Some(_) => return Err("has `signatures` that are no list".to_owned()),
        };
        for given in signatures.iter().filter(|given| !given.is_null()) {
            let text = |member: &str| given.get(member).and_then(Value::as_str);
            let key = text("publicKey").and_then(read_key);
            let der = text("signature").and_then(|digits| hex::decode(digits).ok());
            let (Some(key), Some(der)) = (key, der) else {
                return Err(
                    "has a signature that is not {publicKey, signature} in hexadecimal".into()
                );
            };
            if number::read::<u8>(given.get("sigtype"))?.is_some_and(|kind| kind != 1) {
                return Err("has a signature of another type than SIGHASH_ALL".to_owned());
            }
            let place = self.keys.iter_mut().find(|(own, _)| *own == key);
            let (_, place) = place.ok_or("has a signature of a key that is not among its own")?;
            *place = Some(der);
        }
        Ok(())
    }
}

impl Wrapping {
    fn find(spent: &Script, redeem: &Script, segwit: bool) -> Option<Self> {
        let witness = redeem.to_p2wsh();
        match spent {
            _ if *spent == redeem.to_p2sh() => Some(Self::P2sh),
            _ if segwit && *spent == witness => Some(Self::P2wsh),
            _ if segwit && *spent == witness.to_p2sh() => Some(Self::P2shP2wsh),
            _ => None,
        }
    }
}

fn read_key(digits: &str) -> Option<PublicKey> {
    PublicKey::from_bytes(&hex::decode(digits).ok()?)
}

fn redeem_script(threshold: u8, keys: &[PublicKey]) -> ScriptBuf {
    let mut script = Builder::new().push_int(i64::from(threshold));
    for key in keys {
        script = script.push_slice(push_bytes(key.to_script_form()));
    }
    let count = i64::try_from(keys.len()).expect("there are at most 15 keys");
    script.push_int(count).push_opcode(OP_CHECKMULTISIG).into_script()
}

/// Data for a script. What is pushed here is far below the limit of 4 GiB.
pub(super) fn push_bytes(bytes: Vec<u8>) -> PushBytesBuf {
    PushBytesBuf::try_from(bytes).expect("a key, a signature or a script is shorter than 4 GiB")
}
