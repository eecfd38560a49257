//! Blocks, transactions and receipts as JSON-RPC shows them.

use alloy_consensus::{Transaction, Typed2718};
use alloy_primitives::{Address, B64, B256, Bloom, Log, logs_bloom};
use serde_json::{Value, json};

use super::evm::{BASE_FEE, BLOCK_GAS_LIMIT};
use super::ledger::{Included, Ledger};
use super::rpc::hex_number;
use super::transaction::SignedTransaction;

/// A block, or null.
pub(super) fn block(ledger: &Ledger, number: u64, with_transactions: bool) -> Value {
    let Some(block) = ledger.block(number) else { return Value::Null };
    let included = block.transaction.as_ref().and_then(|hash| ledger.included(hash));
    let transactions: Value = block
        .transaction
        .iter()
        .map(|hash| if with_transactions { transaction(ledger, hash) } else { json!(hash) })
        .collect();
    json!({
        "number": hex_number(block.number),
        "hash": block.hash,
        "parentHash": block.parent,
        "timestamp": hex_number(block.timestamp),
        "gasLimit": hex_number(BLOCK_GAS_LIMIT),
        "gasUsed": hex_number(block.gas_used),
        "baseFeePerGas": hex_number(BASE_FEE),
        "miner": Address::ZERO,
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "extraData": "0x",
        "size": "0x0",
        "nonce": B64::ZERO,
        "mixHash": B256::ZERO,
        "stateRoot": B256::ZERO,
        "transactionsRoot": B256::ZERO,
        "receiptsRoot": B256::ZERO,
        "sha3Uncles": B256::ZERO,
        "logsBloom": included.map_or(Bloom::ZERO, |included| logs_bloom(&included.logs)),
        "uncles": [],
        "transactions": transactions,
    })
}

/// A transaction that is on chain or waits, or null.
pub(super) fn transaction(ledger: &Ledger, hash: &B256) -> Value {
    let included = ledger.included(hash);
    let known = included.map(|included| &included.transaction).or_else(|| ledger.waiting(hash));
    let Some(transaction) = known else { return Value::Null };
    let envelope = &transaction.envelope;
    let signature = envelope.signature();
    let parity = u64::from(signature.v());
    let mut view = json!({
        "hash": hash,
        "type": hex_number(envelope.ty()),
        "chainId": envelope.chain_id().map(hex_number),
        "from": transaction.sender,
        "to": envelope.to(),
        "nonce": hex_number(envelope.nonce()),
        "value": hex_number(envelope.value()),
        "input": envelope.input(),
        "gas": hex_number(envelope.gas_limit()),
        "gasPrice": hex_number(envelope.effective_gas_price(Some(BASE_FEE))),
        "r": hex_number(signature.r()),
        "s": hex_number(signature.s()),
        "v": hex_number(parity),
        "blockNumber": included.map(|included| hex_number(included.block)),
        "blockHash": included.and_then(|included| block_hash(ledger, included)),
        "transactionIndex": included.map(|_| "0x0"),
    });
    if envelope.is_legacy() {
        // EIP-155 puts the chain id into v.
        view["v"] = hex_number(envelope.chain_id().map_or(27, |id| id * 2 + 35) + parity);
    } else {
        view["yParity"] = hex_number(parity);
        view["accessList"] = access_list(transaction);
    }
    if envelope.is_eip1559() {
        view["maxFeePerGas"] = hex_number(envelope.max_fee_per_gas());
        view["maxPriorityFeePerGas"] =
            hex_number(envelope.max_priority_fee_per_gas().unwrap_or_default());
    }
    view
}

/// The receipt of a transaction, or null.
pub(super) fn receipt(ledger: &Ledger, hash: &B256) -> Value {
    let Some(included) = ledger.included(hash) else { return Value::Null };
    let envelope = &included.transaction.envelope;
    let logs: Value =
        included.logs.iter().enumerate().map(|at| log(ledger, included, hash, at)).collect();
    json!({
        "transactionHash": hash,
        "transactionIndex": "0x0",
        "blockNumber": hex_number(included.block),
        "blockHash": block_hash(ledger, included),
        "type": hex_number(envelope.ty()),
        "from": included.transaction.sender,
        "to": envelope.to(),
        "contractAddress": included.created,
        "status": hex_number(u8::from(included.succeeded)),
        "gasUsed": hex_number(included.gas_used),
        "cumulativeGasUsed": hex_number(included.gas_used),
        "effectiveGasPrice": hex_number(envelope.effective_gas_price(Some(BASE_FEE))),
        "logsBloom": logs_bloom(&included.logs),
        "logs": logs,
    })
}

fn log(ledger: &Ledger, included: &Included, hash: &B256, (index, log): (usize, &Log)) -> Value {
    json!({
        "address": log.address,
        "topics": log.topics(),
        "data": log.data.data,
        "logIndex": hex_number(index),
        "transactionHash": hash,
        "transactionIndex": "0x0",
        "blockNumber": hex_number(included.block),
        "blockHash": block_hash(ledger, included),
        "removed": false,
    })
}

fn access_list(transaction: &SignedTransaction) -> Value {
    let list = transaction.envelope.access_list();
    list.into_iter()
        .flat_map(|list| list.iter())
        .map(|item| json!({ "address": item.address, "storageKeys": item.storage_keys }))
        .collect()
}

fn block_hash(ledger: &Ledger, included: &Included) -> Option<B256> {
    ledger.block(included.block).map(|block| block.hash)
}
