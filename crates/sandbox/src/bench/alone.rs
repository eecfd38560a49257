//! The sandbox without a daemon: how many broadcasts a second it executes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{SignableTransaction, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{B256, TxKind, U256, hex};
use anyhow::Result;
use serde_json::json;
use tokio::task::JoinSet;

use super::RECIPIENT;
use super::figures::{number, rounded};
use crate::client::Application;
use crate::ethereum::CHAIN_ID;
use crate::server::{Running, Settings};

/// A key of the test's own.
const KEY: B256 = B256::repeat_byte(0x42);
const CONNECTIONS: usize = 16;

/// Broadcasts `count` transfers that are signed beforehand, over several connections.
pub(super) async fn measure(count: usize) -> Result<f64> {
    let sandbox = Running::start(Settings::default(), 0).await?;
    let application = Application::new(sandbox.base_url())?;
    let signed = (0..count).map(sign).collect::<Result<Vec<_>>>()?;
    let sender = TxEnvelope::from(signed[0].1.clone()).recover_signer()?;
    let funding = json!({ "address": sender, "amount": "1000000" });
    application.post("/sandbox/ETH/faucet", &funding).await?;
    let signed: Arc<Vec<_>> = Arc::new(signed.into_iter().map(|(text, _)| text).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (application, signed, next) = (application.clone(), signed.clone(), next.clone());
        tasks.spawn(async move {
            while let Some(text) = signed.get(next.fetch_add(1, Ordering::Relaxed)) {
                application.post("/v3/ethereum/broadcast", &json!({ "txData": text })).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(rounded(number(count) / started.elapsed().as_secs_f64()))
}

fn sign(number: usize) -> Result<(String, alloy_consensus::Signed<TxLegacy>)> {
    let transaction = TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce: u64::try_from(number)?,
        gas_price: 3_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(RECIPIENT.parse()?),
        value: U256::from(1),
        ..TxLegacy::default()
    };
    let signature = sign_message(KEY, transaction.signature_hash())?;
    let signed = transaction.into_signed(signature);
    Ok((hex::encode_prefixed(TxEnvelope::from(signed.clone()).encoded_2718()), signed))
}
