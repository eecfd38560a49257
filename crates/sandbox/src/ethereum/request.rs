//! What applications ask for, made into the JSON that the daemon signs.

use alloy_primitives::{Address, Bytes, U256, hex};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::spec::{Payload, Spec};
use super::{DECIMALS, contract, nft, read_amount, token};
use crate::error::ApiError;
use crate::pending::Draft;
use crate::request::read;
use crate::signed_by::SignedBy;

const GWEI_DECIMALS: u8 = 9;

/// The fee currency that is the chain's coin, and what the test token is called there.
const CELO_COIN: &str = "CELO";

/// What a request has to be read with: the chain, and its test token.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) spec: &'static Spec,
    pub(super) token: Address,
}

/// Fields that every request has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    #[serde(flatten)]
    signed_by: SignedBy,
    nonce: Option<u64>,
    fee: Option<Fee>,
    /// On Celo: CELO, or the test token's symbol.
    fee_currency: Option<String>,
}

/// Amounts are texts: JSON numbers lose digits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fee {
    gas_limit: String,
    gas_price: String,
}

#[derive(Deserialize)]
struct Transfer {
    to: String,
    amount: String,
    currency: Option<String>,
    data: Option<String>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenTransfer {
    to: String,
    amount: String,
    contract_address: String,
    digits: u8,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NftTransfer {
    to: String,
    contract_address: String,
    token_id: String,
    /// Of what is minted.
    url: Option<String>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    contract_address: String,
    #[serde(flatten)]
    call: contract::Call,
    /// Coins that go with it.
    amount: Option<String>,
    #[serde(flatten)]
    common: Common,
}

/// A withdrawal from a virtual account; limit and price are not in `fee` here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Withdrawal {
    address: String,
    amount: String,
    nonce: Option<u64>,
    gas_limit: Option<String>,
    gas_price: Option<String>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

/// What becomes of a call of a contract.
pub(super) enum Called {
    /// It only reads: the data, to be called at once.
    View { contract: Address, data: Bytes, function: contract::Function },
    /// It waits for a signature.
    Queued(Draft),
}

impl Desk {
    /// `POST /v3/{chain}/transaction`: coins from one account to another. ETH names its currency.
    pub(super) fn transfer(self, request: Value) -> Result<Draft, ApiError> {
        let ticker = self.spec.ticker;
        let request: Transfer = read(request)?;
        if let Some(currency) = request.currency.filter(|currency| currency != ticker) {
            let reason = format!(
                "the sandbox sends {ticker} here; send tokens with /v3/blockchain/token/transaction"
            );
            return Err(ApiError::invalid("currency", currency.into(), reason));
        }
        let to = self.address("to", request.to)?;
        let value = read_amount("amount", &request.amount, DECIMALS)?;
        let data = request.data.map(|data| message(&data));
        self.draft(request.common, Some(to), Some(value), data)
    }

    /// `POST /v3/blockchain/token/transaction`: an ERC-20 transfer.
    pub(super) fn token_transfer(self, request: Value) -> Result<Draft, ApiError> {
        let request: TokenTransfer = read(request)?;
        let amount = read_amount("amount", &request.amount, request.digits)?;
        let call = token::transfer(self.spec.read_address("to", &request.to)?, amount);
        let contract = self.address("contractAddress", request.contract_address)?;
        self.draft(request.common, Some(contract), None, Some(call))
    }

    /// `POST /v3/nft/mint`, as the API's own contracts have it.
    pub(super) fn nft_mint(self, request: Value) -> Result<Draft, ApiError> {
        let request: NftTransfer = read(request)?;
        let Some(url) = &request.url else {
            let reason = "it is missing; send the address of the metadata, such as ipfs://…";
            return Err(ApiError::invalid("url", Value::Null, reason));
        };
        let to = self.spec.read_address("to", &request.to)?;
        let call = nft::mint(to, token_id(&request.token_id)?, url.clone());
        let contract = self.address("contractAddress", request.contract_address)?;
        self.draft(request.common, Some(contract), None, Some(call))
    }

    /// `POST /v3/nft/transaction`.
    pub(super) fn nft_transfer(self, request: Value) -> Result<Draft, ApiError> {
        let request: NftTransfer = read(request)?;
        let to = self.spec.read_address("to", &request.to)?;
        let call = nft::transfer(to, token_id(&request.token_id)?);
        let contract = self.address("contractAddress", request.contract_address)?;
        self.draft(request.common, Some(contract), None, Some(call))
    }

    /// `POST /v3/{chain}/smartcontract`: any function of any contract.
    pub(super) fn invocation(self, request: Value) -> Result<Called, ApiError> {
        let Invocation { contract_address, call, amount, common } = read(request)?;
        let function = call.function()?;
        let data = function.data(&call.params, |text| self.spec.read_address("params", text))?;
        if function.only_reads() {
            let contract = self.spec.read_address("contractAddress", &contract_address)?;
            return Ok(Called::View { contract, data, function });
        }
        let contract = self.address("contractAddress", contract_address)?;
        let value = amount.map(|amount| read_amount("amount", &amount, DECIMALS)).transpose()?;
        self.draft(common, Some(contract), value, Some(data)).map(Called::Queued)
    }

    /// `POST /v3/offchain/{chain}/transfer`: coins from a virtual account to an address.
    pub(super) fn withdrawal(self, request: Value) -> Result<Draft, ApiError> {
        let request: Withdrawal = read(request)?;
        let value = read_amount("amount", &request.amount, DECIMALS)?;
        let to = self.address("address", request.address)?;
        let fee = match (request.gas_limit, request.gas_price) {
            (Some(gas_limit), Some(gas_price)) => Some(Fee { gas_limit, gas_price }),
            (None, None) => None,
            _ => {
                let reason = "gasLimit and gasPrice work together only; send both or none";
                return Err(ApiError::invalid("gasPrice", Value::Null, reason));
            }
        };
        let Withdrawal { signed_by, nonce, .. } = request;
        let common = Common { signed_by, nonce, fee, fee_currency: None };
        self.draft(common, Some(to), Some(value), None)
    }

    /// An address as it goes into the payload: as it was sent where that is `0x`, else made so.
    fn address(self, property: &str, text: String) -> Result<String, ApiError> {
        let address = self.spec.read_address(property, &text)?;
        Ok(if text.starts_with("0x") { text } else { format!("{address:#x}") })
    }

    fn draft(
        self,
        common: Common,
        to: Option<String>,
        value: Option<U256>,
        data: Option<Bytes>,
    ) -> Result<Draft, ApiError> {
        let parts = Parts {
            to: to.map(Value::from),
            value: value.map(|value| self.spec.number(value)),
            data: data.map(|data| data.to_string().into()),
            nonce: common.nonce.map(Value::from),
            fee: common.fee.map(Fee::units).transpose()?,
        };
        let payload = match self.spec.payload {
            Payload::Celo => parts.celo(self.spec, self.fee_currency(common.fee_currency)?),
            Payload::Hex => parts.gas_first(self.spec),
            Payload::Decimal => parts.gas_last(self.spec, true),
            Payload::WithoutGas => parts.gas_last(self.spec, false),
        };
        common.signed_by.draft(self.spec.ticker, Value::from(payload).to_string())
    }

    fn fee_currency(self, name: Option<String>) -> Result<Option<Value>, ApiError> {
        match name.as_deref() {
            None | Some(CELO_COIN) => Ok(None),
            Some(token::SYMBOL) => Ok(Some(format!("{:#x}", self.token).into())),
            Some(_) => {
                let reason = format!("fees are paid in {CELO_COIN} or {} here", token::SYMBOL);
                Err(ApiError::invalid("feeCurrency", name.into(), reason))
            }
        }
    }
}

impl Fee {
    /// Limit and price, in units of gas and in wei.
    fn units(self) -> Result<(U256, U256), ApiError> {
        let price = read_amount("fee.gasPrice", &self.gas_price, GWEI_DECIMALS)?;
        Ok((read_amount("fee.gasLimit", &self.gas_limit, 0)?, price))
    }
}

/// What a payload is made of.
struct Parts {
    to: Option<Value>,
    value: Option<Value>,
    data: Option<Value>,
    nonce: Option<Value>,
    fee: Option<(U256, U256)>,
}

impl Parts {
    /// The sender is the KMS's to know: the API always writes 0.
    fn gas_last(self, spec: &Spec, with_gas: bool) -> Map<String, Value> {
        let (limit, price) = self.fee.unzip();
        members([
            ("from", Some(0.into())),
            ("to", self.to),
            ("value", self.value),
            ("data", self.data),
            ("nonce", self.nonce),
            ("gasPrice", price.map(|price| spec.number(price))),
            ("gas", limit.filter(|_| with_gas).map(|limit| limit.to_string().into())),
        ])
    }

    fn gas_first(self, spec: &Spec) -> Map<String, Value> {
        let (limit, price) = self.fee.unzip();
        members([
            ("from", Some(0.into())),
            ("to", self.to),
            ("value", self.value),
            ("data", self.data),
            ("gas", limit.map(|limit| limit.to_string().into())),
            ("nonce", self.nonce),
            ("gasPrice", price.map(|price| spec.number(price))),
        ])
    }

    fn celo(self, spec: &Spec, fee_currency: Option<Value>) -> Map<String, Value> {
        let (limit, price) = self.fee.unzip();
        members([
            ("chainId", Some(spec.chain_id.into())),
            ("feeCurrency", fee_currency),
            ("to", self.to),
            ("gasLimit", limit.map(|limit| spec.number(limit))),
            ("gasPrice", price.map(|price| spec.number(price))),
            ("value", self.value),
            ("data", self.data),
            ("nonce", self.nonce),
        ])
    }
}

/// Those that there are, in this order.
fn members<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let there = members.into_iter();
    there.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn token_id(text: &str) -> Result<U256, ApiError> {
    read_amount("tokenId", text, 0)
}

/// Hex is taken as it is, any other text as its UTF-8 bytes.
fn message(text: &str) -> Bytes {
    match text.strip_prefix("0x").map(hex::decode) {
        Some(Ok(bytes)) => bytes.into(),
        _ => text.as_bytes().to_vec().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ethereum::spec::{CELO, ETHEREUM, HARMONY, POLYGON, XDC};

    const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";
    const TO: &str = "0x3535353535353535353535353535353535353535";

    const fn on(spec: &'static Spec) -> Desk {
        Desk { spec, token: Address::repeat_byte(0x7e) }
    }

    #[test]
    fn a_transfer_has_the_shape_the_api_gives_it() {
        let draft = on(&ETHEREUM)
            .transfer(json!({
                "to": TO, "amount": "1.5", "currency": "ETH", "data": "hi", "signatureId": WALLET,
                "index": 4, "nonce": 5, "fee": { "gasLimit": "21000", "gasPrice": "20" },
            }))
            .unwrap();
        assert_eq!((draft.hashes, draft.index), (vec![WALLET.to_owned()], Some(4)));
        let payload = format!(
            r#"{{"from":0,"to":"{TO}","value":"1500000000000000000","data":"0x6869","nonce":5,"gasPrice":"20000000000","gas":"21000"}}"#
        );
        assert_eq!(draft.serialized_transaction, payload);
    }

    #[test]
    fn a_token_transfer_is_a_call_without_value() {
        let draft = on(&ETHEREUM)
            .token_transfer(json!({
                "chain": "ETH", "to": TO, "amount": "2", "digits": 6, "signatureId": WALLET,
                "contractAddress": TO,
            }))
            .unwrap();
        let payload = format!(
            r#"{{"from":0,"to":"{TO}","data":"0xa9059cbb{:0>64}{:064x}"}}"#,
            &TO[2..],
            2_000_000
        );
        assert_eq!(draft.serialized_transaction, payload);
    }

    #[test]
    fn private_keys_and_other_currencies_are_refused() {
        let key = json!({ "to": TO, "amount": "1", "currency": "ETH", "fromPrivateKey": "0x1" });
        assert!(on(&ETHEREUM).transfer(key).is_err());
        let usdt = json!({ "to": TO, "amount": "1", "currency": "USDT", "signatureId": WALLET });
        assert!(on(&ETHEREUM).transfer(usdt).is_err());
    }

    #[test]
    fn every_chain_writes_it_in_its_own_way() {
        let request = |to: &str| {
            json!({
                "to": to, "amount": "1", "signatureId": WALLET, "nonce": 3,
                "fee": { "gasLimit": "21000", "gasPrice": "30" },
            })
        };
        let written =
            |spec, to: &str| on(spec).transfer(request(to)).unwrap().serialized_transaction;
        assert_eq!(
            written(&POLYGON, TO),
            format!(
                r#"{{"from":0,"to":"{TO}","value":"0xde0b6b3a7640000","gas":"21000","nonce":3,"gasPrice":"0x6fc23ac00"}}"#
            )
        );
        assert_eq!(
            written(&XDC, &TO.replace("0x", "xdc")),
            format!(
                r#"{{"from":0,"to":"{TO}","value":"1000000000000000000","nonce":3,"gasPrice":"30000000000"}}"#
            )
        );
        assert!(
            written(&HARMONY, "one1xa4ce4axcaz2y83wcwuu874cwscz0wl4rmkmjp").contains(r#""to":"0x"#)
        );
        let mut celo = request(TO);
        celo["feeCurrency"] = token::SYMBOL.into();
        assert_eq!(
            on(&CELO).transfer(celo.clone()).unwrap().serialized_transaction,
            format!(
                r#"{{"chainId":11142220,"feeCurrency":"0x{}","to":"{TO}","gasLimit":"0x5208","gasPrice":"0x6fc23ac00","value":"0xde0b6b3a7640000","nonce":3}}"#,
                "7e".repeat(20)
            )
        );
        celo["feeCurrency"] = "EUR".into();
        assert!(on(&CELO).transfer(celo).is_err());
    }

    #[test]
    fn nfts_are_moved_by_the_apis_own_calls() {
        // Selectors of recorded runs of Tatum KMS.
        let body = json!({
            "to": TO, "contractAddress": TO, "tokenId": "1000", "url": "ipfs://x", "signatureId": WALLET,
        });
        let minted = on(&ETHEREUM).nft_mint(body.clone()).unwrap().serialized_transaction;
        assert!(minted.contains(r#""data":"0x50bb4e7f"#), "{minted}");
        let moved = on(&ETHEREUM).nft_transfer(body).unwrap().serialized_transaction;
        assert!(moved.contains(r#""data":"0x423f6cef"#), "{moved}");
    }
}
