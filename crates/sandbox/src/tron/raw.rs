//! `raw_data`: what is signed, as JSON and as protobuf.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::action::{self, Action};
use crate::protobuf::Message;

/// A transaction without its signature. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    /// The last two bytes of a block's number.
    pub(super) ref_block_bytes: Vec<u8>,
    /// Eight bytes of that block's id.
    pub(super) ref_block_hash: Vec<u8>,
    pub(super) expiration: i64,
    pub(super) timestamp: i64,
    /// The most that may be burnt for energy, in sun.
    pub(super) fee_limit: i64,
    /// The memo.
    pub(super) data: Vec<u8>,
    /// The permission that signs; 0 is the owner's.
    pub(super) permission: i64,
    pub(super) action: Action,
}

impl Raw {
    /// Reads `raw_data` as a node does, which takes nothing else of a transaction.
    pub(super) fn read(json: &Value, visible: bool) -> Result<Self, String> {
        let number = |value: &Value, name: &str| match &value[name] {
            Value::Null => Ok(0),
            found => found.as_i64().ok_or_else(|| format!("`{name}` is not a number of 64 bits")),
        };
        let contracts = json["contract"].as_array().map(Vec::as_slice).unwrap_or_default();
        let [contract] = contracts else {
            return Err(format!("there are {} contracts, not one", contracts.len()));
        };
        Ok(Self {
            ref_block_bytes: action::bytes(json, "ref_block_bytes")?,
            ref_block_hash: action::bytes(json, "ref_block_hash")?,
            expiration: number(json, "expiration")?,
            timestamp: number(json, "timestamp")?,
            fee_limit: number(json, "fee_limit")?,
            data: action::name_bytes(json, "data", visible)?,
            permission: number(contract, "Permission_id")?,
            action: Action::read(contract, visible)?,
        })
    }

    /// The protobuf.
    pub(super) fn bytes(&self) -> Vec<u8> {
        Message::default()
            .bytes(1, &self.ref_block_bytes)
            .bytes(4, &self.ref_block_hash)
            .number(8, self.expiration)
            .bytes(10, &self.data)
            .bytes(11, self.action.bytes(self.permission))
            .number(14, self.timestamp)
            .number(18, self.fee_limit)
            .finish()
    }

    /// What is signed, and what the transaction is known by.
    pub(super) fn id(&self) -> [u8; 32] {
        Sha256::digest(self.bytes()).into()
    }

    /// The transaction as the API queues it. What tronweb makes itself has `raw_data` last; what a
    /// node makes, which is every call of a contract, has `raw_data_hex` last.
    pub(super) fn payload(&self) -> Value {
        let (id, bytes) = (hex::encode(self.id()), hex::encode(self.bytes()));
        let mut raw = json!({
            "contract": [self.action.json()],
            "ref_block_bytes": hex::encode(&self.ref_block_bytes),
            "ref_block_hash": hex::encode(&self.ref_block_hash),
            "expiration": self.expiration,
        });
        if self.fee_limit != 0 {
            raw["fee_limit"] = self.fee_limit.into();
        }
        raw["timestamp"] = self.timestamp.into();
        match self.action {
            Action::Trigger { .. } => {
                json!({ "visible": false, "txID": id, "raw_data": raw, "raw_data_hex": bytes })
            }
            _ => json!({ "visible": false, "txID": id, "raw_data_hex": bytes, "raw_data": raw }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As node and tronweb made them.
    const TRC20: &str = r#"{"visible":false,"txID":"f38f5287d72613bb8b81b6449fba684e4e4d9f0c05adcc81ea69483be7428d36","raw_data":{"contract":[{"parameter":{"value":{"data":"a9059cbb00000000000000000000000045a7e401402df9f539e66ca697a33c7f450de3c00000000000000000000000000000000000000000000000000000000000bc614e","owner_address":"414288058f3157a0365e5bfcf93a65e9fa70c772e0","contract_address":"41a614f803b6fd780986a42c78ec9c7f77e6ded13c"},"type_url":"type.googleapis.com/protocol.TriggerSmartContract"},"type":"TriggerSmartContract"}],"ref_block_bytes":"5e4b","ref_block_hash":"a1b2c3d4e5f60718","expiration":1767225660000,"fee_limit":100000000,"timestamp":1767225600000},"raw_data_hex":"0a025e4b2208a1b2c3d4e5f6071840e0a4eeb6b7335aae01081f12a9010a31747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a15414288058f3157a0365e5bfcf93a65e9fa70c772e0121541a614f803b6fd780986a42c78ec9c7f77e6ded13c2244a9059cbb00000000000000000000000045a7e401402df9f539e66ca697a33c7f450de3c00000000000000000000000000000000000000000000000000000000000bc614e7080d0eab6b733900180c2d72f"}"#;
    const TRC10: &str = r#"{"visible":false,"txID":"af94d4a04beff490836a2072ce1e8e32344210855864aef7eb1276e9d06188c1","raw_data_hex":"0a025e4b2208a1b2c3d4e5f6071840e0a4eeb6b7335a74080212700a32747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e5472616e736665724173736574436f6e7472616374123a0a073130303035333812154148cd1690fd3448d6d428fe9cadf9438f4b3a80251a154145a7e401402df9f539e66ca697a33c7f450de3c020ee057080d0eab6b733","raw_data":{"contract":[{"parameter":{"value":{"to_address":"4145a7e401402df9f539e66ca697a33c7f450de3c0","owner_address":"4148cd1690fd3448d6d428fe9cadf9438f4b3a8025","asset_name":"31303030353338","amount":750},"type_url":"type.googleapis.com/protocol.TransferAssetContract"},"type":"TransferAssetContract"}],"ref_block_bytes":"5e4b","ref_block_hash":"a1b2c3d4e5f60718","expiration":1767225660000,"timestamp":1767225600000}}"#;
    const TRANSFER: &str = r#"{"visible":false,"txID":"0994c3310a0e23b462431556e78286fec49297fb14a49d2a709cc7941b2a9791","raw_data_hex":"0a025e4b2208a1b2c3d4e5f6071840e0a4eeb6b7335a67080112630a2d747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e5472616e73666572436f6e747261637412320a154115fbd75ce67b392a4b9d5ea166da1df8c950b75b12154145a7e401402df9f539e66ca697a33c7f450de3c018e0c65b7080d0eab6b733","raw_data":{"contract":[{"parameter":{"value":{"to_address":"4145a7e401402df9f539e66ca697a33c7f450de3c0","owner_address":"4115fbd75ce67b392a4b9d5ea166da1df8c950b75b","amount":1500000},"type_url":"type.googleapis.com/protocol.TransferContract"},"type":"TransferContract"}],"ref_block_bytes":"5e4b","ref_block_hash":"a1b2c3d4e5f60718","expiration":1767225660000,"timestamp":1767225600000}}"#;

    #[test]
    fn recorded_payloads_are_made_again_to_the_byte() {
        for text in [TRC20, TRC10, TRANSFER] {
            let json: Value = serde_json::from_str(text).unwrap();
            let raw = Raw::read(&json["raw_data"], false).unwrap();
            assert_eq!(raw.payload().to_string(), text);
        }
    }

    #[test]
    fn memo_and_permission_are_part_of_it() {
        let mut json: Value = serde_json::from_str(TRANSFER).unwrap();
        json["raw_data"]["data"] = "48656c6c6f".into();
        json["raw_data"]["contract"][0]["Permission_id"] = 2.into();
        let bytes = hex::encode(Raw::read(&json["raw_data"], false).unwrap().bytes());
        assert!(bytes.contains("520548656c6c6f5a69"), "{bytes}");
        assert!(bytes.contains("28027080d0eab6b733"), "{bytes}");
    }
}
