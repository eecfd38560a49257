//! Transactions: complete, to be signed, signed.

use kms_core::{Digest, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::hash::sha256;
use kms_crypto::secp256k1;
use serde_json::{Value, json};

use super::address::Address;
use super::amino;
use super::intent::intent;
use super::payload::{Coin, Party, Request};
use crate::chain::{Signed, Unsigned};
use crate::error::SignError;
use crate::signing::SigningKeys;

/// A transaction that lacks only its signature.
pub(super) struct BeaconTransaction {
    pub(super) network: Network,
    pub(super) signer: secp256k1::PublicKey,
    pub(super) chain_id: &'static str,
    pub(super) request: Request,
    pub(super) account_number: u64,
    pub(super) sequence: u64,
}

impl BeaconTransaction {
    /// The text whose SHA-256 is signed: members in the order of the alphabet.
    fn signing_text(&self) -> String {
        let coin = |coin: &Coin| json!({"amount": coin.amount, "denom": coin.denom});
        let party = |party: &Party| {
            let coins: Vec<Value> = party.coins.iter().map(coin).collect();
            json!({"address": party.address.write(self.network), "coins": coins})
        };
        let list = |parties: &[Party]| parties.iter().map(party).collect::<Vec<Value>>();
        let message = json!({
            "inputs": list(&self.request.inputs),
            "outputs": list(&self.request.outputs),
        });
        let whole = json!({
            "account_number": self.account_number.to_string(),
            "chain_id": self.chain_id,
            "data": null,
            "memo": self.request.memo,
            "msgs": [message],
            "sequence": self.sequence.to_string(),
            "source": "0",
        });
        whole.to_string()
    }
}

impl Unsigned for BeaconTransaction {
    fn intent(&self) -> Intent {
        intent(&self.request, self.network)
    }

    fn digest(&self) -> Digest {
        Digest(sha256(self.signing_text().as_bytes()))
    }

    fn sequence(&self) -> Option<Sequence> {
        let account = Address::of(&self.signer).write(self.network);
        Some(Sequence { account, number: self.sequence })
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.secp256k1()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign_digest(&self.digest().0)?;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&signature.r);
        bytes[32..].copy_from_slice(&signature.s);
        let signature = amino::Signature {
            key: self.signer.to_compressed(),
            bytes,
            account_number: self.account_number,
            sequence: self.sequence,
        };
        let whole = amino::encode(&self.request, &signature);
        Ok(Box::new(SignedTransaction {
            hash: TransactionHash(hex::encode_upper(sha256(&whole))),
            data: hex::encode(whole),
        }))
    }
}
