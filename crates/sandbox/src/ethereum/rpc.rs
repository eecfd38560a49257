//! JSON-RPC over the sandbox's own ledger.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use revm::context::TxEnv;
use revm::context::result::ExecutionResult;
use serde_json::{Value, json};

use super::evm::{BASE_FEE, BLOCK_GAS_LIMIT};
use super::ledger::{CallError, Ledger};
use super::node::{RpcError, quantity};
use super::view;

/// Wei for each unit of gas that the node proposes as a tip.
pub(super) const PRIORITY_FEE: u64 = 1_000_000_000;

/// Wei for each unit of gas that the node proposes in all.
pub(super) const GAS_PRICE: u128 = BASE_FEE as u128 + PRIORITY_FEE as u128;

type Answer = Result<Value, RpcError>;

/// Answers one call.
pub(super) fn call(ledger: &mut Ledger, method: &str, params: &Value) -> Answer {
    Ok(match method {
        "eth_chainId" => hex_number(ledger.evm.chain_id),
        "net_version" => ledger.evm.chain_id.to_string().into(),
        "eth_blockNumber" => hex_number(ledger.tip().number),
        "eth_gasPrice" => hex_number(GAS_PRICE),
        "eth_maxPriorityFeePerGas" => hex_number(PRIORITY_FEE),
        "eth_feeHistory" => fee_history(ledger, params)?,
        "eth_getBalance" => hex_number(ledger.evm.balance(address(&params[0])?)),
        "eth_getTransactionCount" => hex_number(ledger.evm.nonce(address(&params[0])?)),
        "eth_getCode" => json!(ledger.evm.code(address(&params[0])?)),
        "eth_call" => execute(ledger, &params[0])?,
        "eth_estimateGas" => estimate(ledger, &params[0])?,
        "eth_getTransactionReceipt" => view::receipt(ledger, &hash(&params[0])?),
        "eth_getTransactionByHash" => view::transaction(ledger, &hash(&params[0])?),
        "eth_getBlockByNumber" => {
            let number = block_number(ledger, &params[0])?;
            view::block(ledger, number, params[1] == true)
        }
        _ => return Err(RpcError::method(method)),
    })
}

fn execute(ledger: &mut Ledger, param: &Value) -> Answer {
    let request = CallRequest::read(param)?;
    let gas_limit = request.gas.unwrap_or(BLOCK_GAS_LIMIT).min(BLOCK_GAS_LIMIT);
    let call = TxEnv { gas_limit, ..request.environment };
    match ledger.call(call).map_err(RpcError::new)? {
        ExecutionResult::Success { output, .. } => Ok(json!(output.into_data())),
        ExecutionResult::Revert { output, .. } => Err(reverted(&output)),
        ExecutionResult::Halt { reason, .. } => Err(RpcError::new(reason.to_string())),
    }
}

/// Like geth: where a price is named, the sender has to be able to pay for the gas.
fn estimate(ledger: &mut Ledger, param: &Value) -> Answer {
    let request = CallRequest::read(param)?;
    let balance = ledger.evm.balance(request.environment.caller);
    let Some(left) = balance.checked_sub(request.environment.value) else {
        return Err(RpcError::new("insufficient funds for transfer"));
    };
    let mut allowance = request.gas.filter(|gas| *gas >= 21_000).unwrap_or(BLOCK_GAS_LIMIT);
    if let Some(affordable) = left.checked_div(request.price) {
        allowance = allowance.min(affordable.saturating_to());
    }
    let estimate = ledger.estimate(&request.environment, allowance);
    estimate.map(hex_number).map_err(|error| match error {
        CallError::Reverted(data) => reverted(&data),
        CallError::Impossible(message) => RpcError::new(message),
    })
}

fn fee_history(ledger: &Ledger, params: &Value) -> Answer {
    let asked = quantity(&params[0])?.saturating_to::<u64>();
    let newest = block_number(ledger, &params[1])?.min(ledger.tip().number);
    let count = asked.clamp(1, newest + 1);
    let rewards = params[2].as_array().map_or(0, Vec::len);
    let per_block =
        |value: Value, blocks: u64| Value::from_iter((0..blocks).map(|_| value.clone()));
    Ok(json!({
        "oldestBlock": hex_number(newest + 1 - count),
        "baseFeePerGas": per_block(hex_number(BASE_FEE), count + 1),
        "gasUsedRatio": per_block(json!(0.0), count),
        "reward": per_block(json!(vec![hex_number(PRIORITY_FEE); rewards]), count),
    }))
}

/// The first parameter of `eth_call` and `eth_estimateGas`.
struct CallRequest {
    environment: TxEnv,
    gas: Option<u64>,
    price: U256,
}

impl CallRequest {
    fn read(request: &Value) -> Result<Self, RpcError> {
        let given = |name: &str| Some(&request[name]).filter(|value| !value.is_null());
        let number = |name| given(name).map(quantity).transpose();
        let data = given("data").or_else(|| given("input")).map(bytes).transpose()?;
        let kind = given("to").map(address).transpose()?.map_or(TxKind::Create, TxKind::Call);
        let price = number("gasPrice")?.or(number("maxFeePerGas")?).unwrap_or_default();
        let access_list = given("accessList").map(access_list).transpose()?;
        let environment = TxEnv {
            // Only from type 1 on is the list paid for.
            tx_type: u8::from(access_list.is_some()),
            caller: given("from").map(address).transpose()?.unwrap_or_default(),
            kind,
            value: number("value")?.unwrap_or_default(),
            data: data.unwrap_or_default(),
            access_list: access_list.unwrap_or_default(),
            ..TxEnv::default()
        };
        Ok(Self { environment, gas: number("gas")?.map(|gas| gas.saturating_to()), price })
    }
}

fn access_list(param: &Value) -> Result<AccessList, RpcError> {
    let items = param.as_array().ok_or_else(|| RpcError::params("the access list is no list"))?;
    let item = |item: &Value| {
        let keys = item["storageKeys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let storage_keys = keys.iter().map(hash).collect::<Result<_, _>>()?;
        Ok(AccessListItem { address: address(&item["address"])?, storage_keys })
    };
    items.iter().map(item).collect::<Result<_, _>>().map(AccessList)
}

fn reverted(data: &Bytes) -> RpcError {
    RpcError { code: 3, message: "execution reverted".to_owned(), data: Some(json!(data)) }
}

fn block_number(ledger: &Ledger, tag: &Value) -> Result<u64, RpcError> {
    match tag.as_str() {
        Some("earliest") => Ok(0),
        None | Some("latest" | "pending" | "safe" | "finalized") => Ok(ledger.tip().number),
        Some(_) => Ok(quantity(tag)?.saturating_to()),
    }
}

fn address(param: &Value) -> Result<Address, RpcError> {
    read_hex(param, "an address: 0x and 40 hex digits")
}

fn hash(param: &Value) -> Result<B256, RpcError> {
    read_hex(param, "a hash: 0x and 64 hex digits")
}

fn bytes(param: &Value) -> Result<Bytes, RpcError> {
    read_hex(param, "data: 0x and an even number of hex digits")
}

fn read_hex<T: std::str::FromStr>(param: &Value, what: &str) -> Result<T, RpcError> {
    let read = param.as_str().filter(|text| text.starts_with("0x")).map(str::parse);
    match read {
        Some(Ok(value)) => Ok(value),
        _ => Err(RpcError::params(format!("{param} is not {what}"))),
    }
}

pub(super) fn hex_number(number: impl std::fmt::LowerHex) -> Value {
    format!("{number:#x}").into()
}
