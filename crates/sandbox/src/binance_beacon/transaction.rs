//! Signed transfers: read from Amino.

use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use k256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::address::Address;
use super::amino::{AminoError, Message};
use super::sign_doc;
use crate::chain::Identity;

/// What stands in front of the types (`auth/StdTx`, `cosmos-sdk/Send`, `PubKeySecp256k1`).
const TRANSACTION: [u8; 4] = [0xf0, 0x62, 0x5d, 0xee];
const SEND: [u8; 4] = [0x2a, 0x2c, 0x87, 0xfa];
const SECP256K1_KEY: [u8; 4] = [0xeb, 0x5a, 0xe9, 0x87];

/// An amount of something, in base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coin {
    pub(super) denom: String,
    pub(super) amount: u64,
}

/// Who gives or gets what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) address: Address,
    pub(super) coins: Vec<Coin>,
}

/// Of one account.
#[derive(Clone, Debug)]
pub(super) struct AccountSignature {
    pub(super) key: [u8; 33],
    pub(super) signature: [u8; 64],
    pub(super) account_number: u64,
    pub(super) sequence: u64,
}

/// A transfer with its signatures, which have not been verified.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    /// SHA-256 of the bytes, upper-case digits.
    pub(super) hash: String,
    pub(super) inputs: Vec<Party>,
    pub(super) outputs: Vec<Party>,
    pub(super) signatures: Vec<AccountSignature>,
    pub(super) memo: String,
    pub(super) source: u64,
    pub(super) data: Vec<u8>,
}

impl SignedTransaction {
    /// Reads the hex of a broadcast; none where it is no transfer.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        let hash = hex::encode_upper(Sha256::digest(&bytes));
        Self::decode(&bytes, hash).ok()
    }

    fn decode(bytes: &[u8], hash: String) -> Result<Self, AminoError> {
        let mut whole = Message::of_type(Message::prefixed(bytes)?, TRANSACTION)?;
        let [message] = whole.list(1)?[..] else { return Err(AminoError) };
        let mut message = Message::of_type(message, SEND)?;
        let parties = |list: Vec<&[u8]>| list.into_iter().map(party).collect::<Result<_, _>>();
        let inputs = parties(message.list(1)?)?;
        let outputs = parties(message.list(2)?)?;
        message.end()?;
        let signatures = whole.list(2)?.into_iter().map(signature).collect::<Result<_, _>>()?;
        let (memo, source) = (whole.text(3)?, whole.number(4)?);
        let data = whole.bytes(5)?.unwrap_or_default().to_vec();
        whole.end()?;
        Ok(Self { hash, inputs, outputs, signatures, memo, source, data })
    }

    /// Whose signatures it needs, in order: those who give.
    pub(super) fn signers(&self) -> Vec<Address> {
        let mut signers = Vec::new();
        for input in &self.inputs {
            if !signers.contains(&input.address) {
                signers.push(input.address);
            }
        }
        signers
    }

    /// Whether a signature holds for what this transfer says.
    pub(super) fn is_signed_by(&self, signature: &AccountSignature) -> bool {
        let digest = Sha256::digest(sign_doc::write(self, signature));
        let key = VerifyingKey::from_sec1_bytes(&signature.key);
        let (Ok(key), Ok(bytes)) = (key, Signature::from_slice(&signature.signature)) else {
            return false;
        };
        // Low S only, as in Tendermint.
        bytes.normalize_s().is_none() && key.verify_prehash(&digest, &bytes).is_ok()
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        let first = self.signatures.first();
        Identity {
            hash: self.hash.clone(),
            sender: self.inputs.first().map(|input| input.address.to_string()),
            nonce: first.map(|signature| signature.sequence),
            inputs: Vec::new(),
        }
    }
}

fn party(bytes: &[u8]) -> Result<Party, AminoError> {
    let mut message = Message::new(bytes);
    let address = message.bytes(1)?.and_then(|address| address.try_into().ok());
    let coins = message.list(2)?.into_iter().map(coin).collect::<Result<_, _>>()?;
    message.end()?;
    Ok(Party { address: Address(address.ok_or(AminoError)?), coins })
}

fn coin(bytes: &[u8]) -> Result<Coin, AminoError> {
    let mut message = Message::new(bytes);
    let coin = Coin { denom: message.text(1)?, amount: message.number(2)? };
    message.end()?;
    Ok(coin)
}

fn signature(bytes: &[u8]) -> Result<AccountSignature, AminoError> {
    let mut message = Message::new(bytes);
    let key = message.bytes(1)?.ok_or(AminoError)?;
    let key = key.strip_prefix(&SECP256K1_KEY).ok_or(AminoError)?;
    let key = Message::prefixed(key)?.try_into().map_err(|_| AminoError)?;
    let signature = message.bytes(2)?.and_then(|bytes| bytes.try_into().ok());
    let (account_number, sequence) = (message.number(3)?, message.number(4)?);
    message.end()?;
    let signature = signature.ok_or(AminoError)?;
    Ok(AccountSignature { key, signature, account_number, sequence })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recorded run.
    const RECORDED: &str = "c301f0625dee0a4c2a2c87fa0a220a1475c566ec6dd022d38a63737aaa85a216d73ff78e120a0a03424e4210cec2f10512220a147c3270c0ea750cb3cb9ae5e383ecd6a32a38e012120a0a03424e4210cec2f105126f0a26eb5ae98721031d74df3c9cd8366de7badd71a7a0ed08e40384204f36dc95384037f8051204e912403265b94875f52b6e692aa465d923075fd40688cbfe8f28624317ce7ae9eb184f72f0156f913113b2feec5ab8af116ab9bdf6985a5c20b0d4d54b26834d8bed1f18d2092007";

    #[test]
    fn a_recorded_transfer_is_read_and_its_signature_holds() {
        let transaction = SignedTransaction::read(RECORDED).unwrap();
        assert_eq!(transaction.inputs[0].coins, transaction.outputs[0].coins);
        let coin = &transaction.inputs[0].coins[0];
        assert_eq!((coin.denom.as_str(), coin.amount), ("BNB", 12_345_678));
        let signature = &transaction.signatures[0];
        assert_eq!((signature.account_number, signature.sequence), (1234, 7));
        assert!(transaction.is_signed_by(signature));
        let other = AccountSignature { sequence: 8, ..signature.clone() };
        assert!(!transaction.is_signed_by(&other));
        for end in 0..RECORDED.len() {
            assert!(SignedTransaction::read(&RECORDED[..end]).is_none(), "{end}");
        }
    }
}
