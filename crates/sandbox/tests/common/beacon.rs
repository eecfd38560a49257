//! Keys and transfers of BNB Beacon Chain, written down byte by byte.

use bitcoin::hashes::{Hash as _, sha256};
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use k256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use tatum_sandbox::binance_beacon::{CHAIN_ID, address_of};

use super::{Answer, Api};

/// A key and its account.
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(byte: u8) -> Self {
        Self(SigningKey::from_slice(&[byte; 32]).unwrap())
    }

    fn public(&self) -> [u8; 33] {
        self.0.verifying_key().to_sec1_bytes().as_ref().try_into().unwrap()
    }

    pub(crate) fn address(&self) -> String {
        address_of(&self.public())
    }

    fn account(&self) -> Vec<u8> {
        bitcoin::hashes::hash160::Hash::hash(&self.public()).to_byte_array().to_vec()
    }
}

/// A transfer of one coin from one account to another.
#[derive(Clone)]
pub(crate) struct Transfer {
    pub(crate) denom: &'static str,
    pub(crate) given: u64,
    pub(crate) got: u64,
    pub(crate) memo: String,
    pub(crate) account_number: u64,
    pub(crate) sequence: u64,
    pub(crate) chain_id: &'static str,
}

impl Transfer {
    /// The first of the account that came up first.
    pub(crate) fn of(units: u64) -> Self {
        Self {
            denom: "BNB",
            given: units,
            got: units,
            memo: String::new(),
            account_number: 1,
            sequence: 0,
            chain_id: CHAIN_ID,
        }
    }

    fn text(&self, from: &Key, to: &Key) -> String {
        let party = |key: &Key, amount: u64| {
            let coins = [json!({ "amount": amount, "denom": self.denom })];
            json!([{ "address": key.address(), "coins": coins }])
        };
        let message = json!({ "inputs": party(from, self.given), "outputs": party(to, self.got) });
        let whole = json!({
            "account_number": self.account_number.to_string(), "chain_id": self.chain_id,
            "data": null, "memo": self.memo, "msgs": [message],
            "sequence": self.sequence.to_string(), "source": "0",
        });
        whole.to_string()
    }

    /// The bytes that are sent, signed by `signer`.
    pub(crate) fn signed(&self, from: &Key, to: &Key, signer: &Key) -> Vec<u8> {
        let digest = sha256::Hash::hash(self.text(from, to).as_bytes()).to_byte_array();
        let signature: Signature = signer.0.sign_prehash(&digest).unwrap();
        let signature = signature.normalize_s().unwrap_or(signature);
        self.encoded(from, to, signer, &signature.to_bytes())
    }

    /// The same with the other valid S.
    pub(crate) fn signed_with_high_s(&self, from: &Key, to: &Key) -> Vec<u8> {
        let digest = sha256::Hash::hash(self.text(from, to).as_bytes()).to_byte_array();
        let signature: Signature = from.0.sign_prehash(&digest).unwrap();
        let (r, s) = signature.split_scalars();
        let high =
            if bool::from(k256::elliptic_curve::scalar::IsHigh::is_high(&*s)) { *s } else { -*s };
        let signature = Signature::from_scalars(r.to_bytes(), high.to_bytes()).unwrap();
        self.encoded(from, to, from, &signature.to_bytes())
    }

    fn encoded(&self, from: &Key, to: &Key, signer: &Key, signature: &[u8]) -> Vec<u8> {
        let coin = |amount| [block(1, self.denom.as_bytes()), number(2, amount)].concat();
        let party =
            |key: &Key, amount| [block(1, &key.account()), block(2, &coin(amount))].concat();
        let mut message = vec![0x2a, 0x2c, 0x87, 0xfa];
        message.extend(block(1, &party(from, self.given)));
        message.extend(block(2, &party(to, self.got)));
        let key = [&[0xeb, 0x5a, 0xe9, 0x87, 33][..], &signer.public()].concat();
        let mut by = [block(1, &key), block(2, signature)].concat();
        by.extend(number(3, self.account_number));
        by.extend(number(4, self.sequence));
        let mut whole = vec![0xf0, 0x62, 0x5d, 0xee];
        whole.extend(block(1, &message));
        whole.extend(block(2, &by));
        if !self.memo.is_empty() {
            whole.extend(block(3, self.memo.as_bytes()));
        }
        [varint(whole.len() as u64), whole].concat()
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

fn block(field: u8, content: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(content.len() as u64), content.to_vec()].concat()
}

fn number(field: u8, value: u64) -> Vec<u8> {
    if value == 0 { Vec::new() } else { [vec![field << 3], varint(value)].concat() }
}

impl Api {
    pub(crate) async fn send_beacon(&self, bytes: &[u8], id: Option<&str>) -> Answer {
        let mut body = json!({ "txData": hex::encode(bytes) });
        if let Some(id) = id {
            body["signatureId"] = id.into();
        }
        self.post("/v3/bnb/broadcast", body).await
    }

    /// What an account says, or null where there is none.
    pub(crate) async fn beacon_account(&self, key: &Key) -> Value {
        let (status, answer) = self.get(&format!("/v3/bnb/account/{}", key.address())).await;
        if status == 200 { answer } else { Value::Null }
    }

    /// What an account has of something.
    pub(crate) async fn beacon_balance(&self, key: &Key, denom: &str) -> String {
        let account = self.beacon_account(key).await;
        let balances = account["balances"].as_array().cloned().unwrap_or_default();
        let of = balances.into_iter().find(|balance| balance["symbol"] == denom);
        of.map_or_else(|| "0".to_owned(), |balance| super::text(&balance["free"]))
    }
}
