//! The sandbox's own node: JSON-RPC over its ledger, and a faucet that signs like everyone else.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{SignableTransaction, TxEnvelope, TxLegacy};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::evm::BLOCK_GAS_LIMIT;
use super::ledger::Ledger;
use super::node::{Node, RpcError};
use super::rpc::{GAS_PRICE, call};
use super::spec::Spec;
use super::transaction::SignedTransaction;
use super::view;

/// The key of the account that owns every coin at the start. Worth nothing anywhere else.
const FAUCET_KEY: B256 = B256::repeat_byte(0x5b);

/// 10^12 ETH.
const SUPPLY: u128 = 10_u128.pow(30);

/// The ledger and the account that gives away.
pub(super) struct OwnNode {
    spec: &'static Spec,
    ledger: Mutex<Ledger>,
    faucet: Address,
}

impl OwnNode {
    /// A new chain.
    pub(super) fn new(spec: &'static Spec) -> Result<Self> {
        let faucet = sign(TxLegacy::default()).context("the faucet's key can't sign")?.sender;
        let ledger = Mutex::new(Ledger::new(spec.chain_id, faucet, U256::from(SUPPLY)));
        Ok(Self { spec, ledger, faucet })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // A panic inside the EVM leaves the accounts as they were: they are changed after it has
        // run.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Node for OwnNode {
    async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        if method != "eth_sendRawTransaction" {
            return call(&mut self.ledger(), method, &params);
        }
        let text = params[0].as_str();
        let text = text.ok_or_else(|| RpcError::params("the transaction is no text"))?;
        // Outside of the lock: recovering the sender takes longer than executing.
        let transaction = SignedTransaction::read(self.spec, text).map_err(RpcError::new)?;
        self.send(transaction, text).await.map(|hash| json!(hash))
    }

    async fn send(&self, transaction: SignedTransaction, _text: &str) -> Result<String, RpcError> {
        let hash = self.ledger().submit(transaction).map_err(RpcError::new)?;
        Ok(hash.to_string())
    }

    fn take_fees_in(&self, token: Address) {
        self.ledger().fee_token = Some(token);
    }

    fn nonces(&self) -> Option<BTreeMap<Address, Vec<u64>>> {
        Some(self.ledger().nonces())
    }

    async fn send_from_faucet(
        &self,
        to: Option<Address>,
        value: U256,
        data: Bytes,
    ) -> Result<Value, RpcError> {
        let mut ledger = self.ledger();
        let transaction = TxLegacy {
            chain_id: Some(self.spec.chain_id),
            nonce: ledger.evm.nonce(self.faucet),
            gas_price: GAS_PRICE,
            gas_limit: BLOCK_GAS_LIMIT / 10,
            to: to.map_or(TxKind::Create, TxKind::Call),
            value,
            input: data,
        };
        let signed = sign(transaction).map_err(|error| RpcError::new(error.to_string()))?;
        let hash = ledger.submit(signed).map_err(RpcError::new)?;
        Ok(view::receipt(&ledger, &hash))
    }
}

fn sign(transaction: TxLegacy) -> Result<SignedTransaction> {
    let signature = sign_message(FAUCET_KEY, transaction.signature_hash())?;
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    let sender = envelope.recover_signer()?;
    let hash = *envelope.tx_hash();
    Ok(SignedTransaction { envelope, sender, hash, fee_currency: None })
}
