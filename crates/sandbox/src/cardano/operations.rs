//! Rosetta operations: what a transaction does, in JSON.

use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::decode::Body;
use super::rosetta::{Code, RosettaError};
use super::{DECIMALS, Outpoint, Output};

/// An operation, as far as it is read.
#[derive(Deserialize)]
pub(super) struct Operation {
    #[serde(rename = "type")]
    kind: String,
    account: Account,
    amount: Amount,
    coin_change: Option<CoinChange>,
}

#[derive(Deserialize)]
struct Account {
    address: String,
}

#[derive(Deserialize)]
struct Amount {
    value: String,
}

#[derive(Deserialize)]
struct CoinChange {
    coin_identifier: CoinIdentifier,
}

#[derive(Deserialize)]
struct CoinIdentifier {
    identifier: String,
}

/// What operations add up to.
pub(super) struct Sum {
    /// Without a time to live.
    pub(super) body: Body,
    /// Whose inputs they are, each once, in their order.
    pub(super) owners: Vec<Address>,
}

impl Sum {
    /// Adds operations up; the fee is what inputs have more than outputs.
    pub(super) fn of(operations: &[Operation]) -> Result<Self, RosettaError> {
        let mut sum = Self { body: Body::default(), owners: Vec::new() };
        let (mut spent, mut paid) = (0_u128, 0_u128);
        for operation in operations {
            let address = Address::read(&operation.account.address)
                .map_err(|_| RosettaError::new(Code::Address, &operation.account.address))?;
            match operation.kind.as_str() {
                "input" => {
                    sum.body.inputs.push(operation.coin()?);
                    spent += u128::from(operation.lovelace("-")?);
                    if !sum.owners.contains(&address) {
                        sum.owners.push(address);
                    }
                }
                "output" => {
                    let lovelace = operation.lovelace("")?;
                    paid += u128::from(lovelace);
                    sum.body.outputs.push(Output { address, lovelace });
                }
                other => {
                    let words = format!("the sandbox knows inputs and outputs, not `{other}`");
                    return Err(RosettaError::new(Code::Unspecified, &words));
                }
            }
        }
        let fee = spent.checked_sub(paid).and_then(|fee| u64::try_from(fee).ok());
        sum.body.fee = fee.ok_or_else(|| {
            RosettaError::new(Code::OutputsBigger, &format!("inputs {spent}, outputs {paid}"))
        })?;
        Ok(sum)
    }
}

impl Operation {
    /// The digits of the amount behind a sign.
    fn lovelace(&self, sign: &str) -> Result<u64, RosettaError> {
        let code = if sign.is_empty() { Code::Outputs } else { Code::Inputs };
        let digits = self.amount.value.strip_prefix(sign);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let lovelace = digits.and_then(|digits| digits.parse().ok());
        lovelace.ok_or_else(|| RosettaError::new(code, &format!("value {}", self.amount.value)))
    }

    /// What an input spends: `hash:place`.
    fn coin(&self) -> Result<Outpoint, RosettaError> {
        let coin = self.coin_change.as_ref().map(|change| &change.coin_identifier.identifier);
        let missing = || RosettaError::new(Code::Inputs, "no coin_change that names an output");
        coin.and_then(|coin| read_outpoint(coin)).ok_or_else(missing)
    }
}

/// `hash:place`.
fn read_outpoint(text: &str) -> Option<Outpoint> {
    let (digits, place) = text.split_once(':')?;
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).ok()?;
    Some((hash, place.parse::<u16>().ok()?.into()))
}

/// Writes the operations of a transfer as the API does.
pub(super) fn write(inputs: &[(Outpoint, Output)], outputs: &[Output]) -> Value {
    let spending = inputs.iter().enumerate().map(|(index, ((hash, place), output))| {
        let identifier = format!("{}:{place}", hex::encode(hash));
        let value = format!("-{}", output.lovelace);
        json!({
            "operation_identifier": { "index": index, "network_index": place },
            "related_operations": [], "type": "input", "status": "success",
            "account": { "address": output.address.to_string(), "metadata": {} },
            "amount": { "value": value, "currency": { "symbol": "ADA", "decimals": DECIMALS } },
            "coin_change": {
                "coin_identifier": { "identifier": identifier }, "coin_action": "coin_created",
            },
            "metadata": {},
        })
    });
    let paying = outputs.iter().enumerate().map(|(place, output)| {
        json!({
            "operation_identifier": { "index": inputs.len() + place, "network_index": place },
            "related_operations": [], "type": "output", "status": "success",
            "account": { "address": output.address.to_string(), "metadata": {} },
            "amount": {
                "value": output.lovelace.to_string(),
                "currency": { "symbol": "ADA", "decimals": DECIMALS }, "metadata": {},
            },
            "metadata": {},
        })
    });
    spending.chain(paying).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recorded run.
    const RECORDED: &str = r#"[{"operation_identifier":{"index":0,"network_index":0},"related_operations":[],"type":"input","status":"success","account":{"address":"addr_test1vrdwcc22qpxazv6svq7ncdlct5t7jrcjzlaxq0vvns2j2fggpuy5s","metadata":{}},"amount":{"value":"-10000000","currency":{"symbol":"ADA","decimals":6}},"coin_change":{"coin_identifier":{"identifier":"7ecbc6e024a82c3a096a90caefe4be90ca8c7f80cd5a29cd103cbb27c1b85ff1:0"},"coin_action":"coin_created"},"metadata":{}},{"operation_identifier":{"index":1,"network_index":0},"related_operations":[],"type":"output","status":"success","account":{"address":"addr_test1vrsc3t7c8cjn3k3hmyj3x6skye5vasm5nrvhtphl2y045qsgc3hqq","metadata":{}},"amount":{"value":"1500000","currency":{"symbol":"ADA","decimals":6},"metadata":{}},"metadata":{}},{"operation_identifier":{"index":2,"network_index":1},"related_operations":[],"type":"output","status":"success","account":{"address":"addr_test1vrdwcc22qpxazv6svq7ncdlct5t7jrcjzlaxq0vvns2j2fggpuy5s","metadata":{}},"amount":{"value":"8330000","currency":{"symbol":"ADA","decimals":6},"metadata":{}},"metadata":{}}]"#;

    #[test]
    fn recorded_operations_are_read_and_written_again() {
        let operations: Vec<Operation> = serde_json::from_str(RECORDED).unwrap();
        let Ok(Sum { body, owners }) = Sum::of(&operations) else { panic!("they add up") };
        assert_eq!((body.fee, body.outputs.len(), owners.len()), (170_000, 2, 1));
        let input = Output { address: owners[0].clone(), lovelace: 10_000_000 };
        let written = write(&[(body.inputs[0], input)], &body.outputs);
        assert_eq!(written.to_string(), RECORDED);
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        for (from, to) in [
            ("\"-10000000\"", "\"-9829999\""),
            ("\"-10000000\"", "\"10000000\""),
            ("\"1500000\"", "\"1.5\""),
            (":0\"", ":x\""),
            ("\"input\"", "\"stakeDelegation\""),
            ("addr_test1vrsc", "addr_test1vrsd"),
        ] {
            let operations: Vec<Operation> =
                serde_json::from_str(&RECORDED.replace(from, to)).unwrap();
            assert!(Sum::of(&operations).is_err(), "{from} {to}");
        }
    }
}
