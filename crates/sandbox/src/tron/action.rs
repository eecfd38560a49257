//! What a transaction does: the three kinds of contract that move coins and tokens.

use serde_json::{Value, json};

use super::address::Address;
use crate::protobuf::Message;

/// The contract of a transaction. Amounts are signed on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// TRX, in sun.
    Transfer { owner: Address, to: Address, amount: i64 },
    /// TRC-10 tokens, named by the digits of their id.
    TransferAsset { owner: Address, to: Address, asset: Vec<u8>, amount: i64 },
    /// A call of a smart contract.
    Trigger { owner: Address, contract: Address, data: Vec<u8>, call_value: i64 },
}

/// The members of a JSON object, read one by one.
struct Members<'a> {
    object: &'a Value,
    visible: bool,
}

impl Action {
    /// Reads one item of `raw_data.contract`, as a node does.
    pub(super) fn read(json: &Value, visible: bool) -> Result<Self, String> {
        let kind = json["type"].as_str().unwrap_or_default();
        let members = Members { object: &json["parameter"]["value"], visible };
        let owner = members.address("owner_address")?;
        let action = match kind {
            "TransferContract" => Self::Transfer {
                owner,
                to: members.address("to_address")?,
                amount: members.number("amount")?,
            },
            "TransferAssetContract" => Self::TransferAsset {
                owner,
                to: members.address("to_address")?,
                asset: members.name("asset_name")?,
                amount: members.number("amount")?,
            },
            "TriggerSmartContract" => Self::Trigger {
                owner,
                contract: members.address("contract_address")?,
                data: members.bytes("data")?,
                call_value: members.number("call_value")?,
            },
            other => {
                let other = other.escape_debug();
                return Err(format!(
                    "the sandbox has no ledger for `{other}`; send a TransferContract, a \
                     TransferAssetContract or a TriggerSmartContract"
                ));
            }
        };
        if json["parameter"]["type_url"] != action.type_url() {
            return Err(format!("the type_url is not {}; send the one", action.type_url()));
        }
        Ok(action)
    }

    pub(super) fn owner(&self) -> Address {
        match self {
            Self::Transfer { owner, .. }
            | Self::TransferAsset { owner, .. }
            | Self::Trigger { owner, .. } => *owner,
        }
    }

    /// The number and name of the type.
    fn kind(&self) -> (i64, &'static str) {
        match self {
            Self::Transfer { .. } => (1, "TransferContract"),
            Self::TransferAsset { .. } => (2, "TransferAssetContract"),
            Self::Trigger { .. } => (31, "TriggerSmartContract"),
        }
    }

    fn type_url(&self) -> String {
        format!("type.googleapis.com/protocol.{}", self.kind().1)
    }

    /// `Transaction.Contract` in protobuf.
    pub(super) fn bytes(&self, permission: i64) -> Vec<u8> {
        let message = Message::default();
        let value = match self {
            Self::Transfer { owner, to, amount } => {
                message.bytes(1, owner.bytes()).bytes(2, to.bytes()).number(3, *amount)
            }
            Self::TransferAsset { owner, to, asset, amount } => message
                .bytes(1, asset)
                .bytes(2, owner.bytes())
                .bytes(3, to.bytes())
                .number(4, *amount),
            Self::Trigger { owner, contract, data, call_value } => message
                .bytes(1, owner.bytes())
                .bytes(2, contract.bytes())
                .number(3, *call_value)
                .bytes(4, data),
        };
        let any = Message::default().bytes(1, self.type_url()).bytes(2, value.finish());
        let contract = Message::default().number(1, self.kind().0).bytes(2, any.finish());
        contract.number(5, permission).finish()
    }

    /// The item of `raw_data.contract` that the API makes, member for member.
    pub(super) fn json(&self) -> Value {
        let value = match self {
            Self::Transfer { owner, to, amount } => {
                json!({ "to_address": to.hex(), "owner_address": owner.hex(), "amount": amount })
            }
            Self::TransferAsset { owner, to, asset, amount } => json!({
                "to_address": to.hex(), "owner_address": owner.hex(),
                "asset_name": hex::encode(asset), "amount": amount,
            }),
            Self::Trigger { owner, contract, data, .. } => json!({
                "data": hex::encode(data), "owner_address": owner.hex(),
                "contract_address": contract.hex(),
            }),
        };
        let parameter = json!({ "value": value, "type_url": self.type_url() });
        json!({ "parameter": parameter, "type": self.kind().1 })
    }
}

impl Members<'_> {
    fn address(&self, name: &str) -> Result<Address, String> {
        let text = self.object[name].as_str().unwrap_or_default();
        Address::read(text).ok_or_else(|| format!("`{name}` is not an address"))
    }

    fn number(&self, name: &str) -> Result<i64, String> {
        let value = &self.object[name];
        if value.is_null() {
            return Ok(0);
        }
        value.as_i64().ok_or_else(|| format!("`{name}` is not a number of 64 bits"))
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        bytes(self.object, name)
    }

    /// Names are hex, or text where the transaction is `visible`.
    fn name(&self, name: &str) -> Result<Vec<u8>, String> {
        name_bytes(self.object, name, self.visible)
    }
}

/// A member that is hex, or missing.
pub(super) fn bytes(object: &Value, name: &str) -> Result<Vec<u8>, String> {
    let text = object[name].as_str().unwrap_or_default();
    hex::decode(text).map_err(|_| format!("`{name}` is not hex"))
}

/// A member that is hex, or text where the transaction is `visible`.
pub(super) fn name_bytes(object: &Value, name: &str, visible: bool) -> Result<Vec<u8>, String> {
    match object[name].as_str() {
        Some(text) if visible => Ok(text.as_bytes().to_vec()),
        _ => bytes(object, name),
    }
}
