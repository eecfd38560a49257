//! TRON, on the sandbox's own ledger.
//!
//! - units: sun; amounts in requests are TRX with up to 6 digits behind the point
//! - what is broadcast: the JSON of a transaction with `signature`. As a node does, the sandbox makes
//!   the protobuf from `raw_data`, and what has to be signed is the SHA-256 of that
//! - tokens: one TRC-20 contract (`GET /sandbox/TRON/token`) and one TRC-10 token (1000001, minted by
//!   `POST /sandbox/TRON/trc10/mint`)
//! - served are `TransferContract`, `TransferAssetContract` and calls of the test token; the resources
//!   are free bandwidth, and TRX burnt for the rest
//!
//! A transaction lives for a minute, as those made by nodes do. The words of refusals are those of
//! java-tron, after "Broadcast failed due to".

mod action;
mod address;
mod execution;
mod fees;
mod ledger;
mod raw;
mod request;
mod routes;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use self::action::Action;
use self::address::Address;
use self::ledger::Ledger;
use self::raw::Raw;
use self::transaction::SignedTransaction;
use crate::accounts::Asset;
use crate::amount::units;
use crate::chain::{Attempt, Chain, Token};
use crate::clock::milliseconds as now;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

pub(crate) const DECIMALS: u8 = 6;
const TOKEN_DECIMALS: u8 = 6;
const TOKEN_SYMBOL: &str = "TEST";

/// The contract of the TRC-20 token.
const TRC20: Address = Address::of([0x7e; 20]);

/// The id of the TRC-10 token; the first one of the main network.
const TRC10: &str = "1000001";

/// Milliseconds from a request to the end of its transaction.
const LIFE: i64 = 60_000;

/// TRON's ledger and its test tokens.
pub struct Tron {
    ledger: Mutex<Ledger>,
    token: Address,
}

impl Default for Tron {
    fn default() -> Self {
        Self { ledger: Mutex::new(Ledger::new(TRC20, TRC10)), token: TRC20 }
    }
}

impl Tron {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A transaction that refers to the last block.
    fn unsigned(&self, action: Action, fee_limit: i64) -> Raw {
        let (ref_block_bytes, ref_block_hash) = self.ledger().reference();
        let timestamp = now();
        Raw {
            ref_block_bytes,
            ref_block_hash,
            expiration: timestamp + LIFE,
            timestamp,
            fee_limit,
            data: Vec::new(),
            permission: 0,
            action,
        }
    }

    fn check_asset(&self, id: &str) -> Result<(), ApiError> {
        if id == TRC10 {
            return Ok(());
        }
        let reason = format!("there is one TRC-10 token here, {TRC10}; use that one");
        Err(ApiError::invalid("tokenId", id.into(), reason))
    }

    fn give(
        &self,
        asset: Asset,
        address: &str,
        amount: &str,
        decimals: u8,
    ) -> Result<String, ApiError> {
        let to = Address::of_request("address", address)?;
        let units = units("amount", amount, decimals)?;
        let given = self.ledger().fund(asset, to, units, now());
        given.map_err(|reason| ApiError::invalid("amount", amount.into(), reason))
    }
}

#[async_trait]
impl Chain for Tron {
    fn ticker(&self) -> &'static str {
        "TRON"
    }

    fn path(&self) -> &'static str {
        "tron"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form::of(Sender::Account("from")))
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let failed = |words: String| {
            ApiError::refused("tron.error", format!("Broadcast failed due to {words}"))
        };
        let tx = match SignedTransaction::read(tx_data) {
            Ok(tx) => tx,
            Err(words) => return Attempt { identity: None, outcome: Err(failed(words)) },
        };
        let outcome = if now() > tx.raw.expiration {
            // The API looks before it asks a node.
            Err(ApiError::refused("tron.error", "Transaction expired"))
        } else {
            self.ledger().submit(&tx, now()).map_err(failed).map(|()| hex::encode(tx.id))
        };
        Attempt { identity: Some(tx.identity()), outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        self.give(Asset::Coin, address, amount, DECIMALS)
    }

    fn token(&self) -> Result<Token, ApiError> {
        let (address, symbol) = (self.token.base58(), TOKEN_SYMBOL.to_owned());
        Ok(Token { address, symbol, decimals: TOKEN_DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        let asset = self.ledger().token_asset();
        self.give(asset, to, amount, TOKEN_DECIMALS)
    }
}

/// The address whose last 20 bytes these are.
pub(crate) fn address(account: [u8; 20]) -> String {
    Address::of(account).base58()
}
