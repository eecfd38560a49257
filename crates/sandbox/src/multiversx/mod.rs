//! MultiversX (EGLD), on the sandbox's own ledger.
//!
//! - units: 10^-18 EGLD; amounts in requests are EGLD
//! - chain id: `D` (the development network, which the API's test keys reach)
//! - what is broadcast: the JSON of a transaction with `signature`, Ed25519 over the JSON without it,
//!   its members in a fixed order
//! - tokens: one ESDT token (`GET /sandbox/EGLD/token`), moved by `ESDTTransfer@…` in `data`. There is no
//!   virtual machine: whatever else calls something fails
//!
//! The node is behind the API, at `/v3/egld/node/{key}`. As on the real chain, a transaction whose fee
//! can be paid gets on chain; if the rest of it fails, it is `invalid` there. Its refusals are in the
//! words of the network's nodes.

mod address;
mod execution;
mod gas;
mod ledger;
mod node;
mod request;
mod routes;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use self::address::Address;
pub(crate) use self::execution::token_transfer;
use self::ledger::Ledger;
use self::transaction::Transaction;
use crate::accounts::Asset;
use crate::amount::units;
use crate::chain::{Attempt, Chain, Identity, Token};
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

/// The id of the network.
pub const CHAIN_ID: &str = "D";

/// The name of the test token.
const TOKEN: &str = "TEST-7e7e7e";

/// Of EGLD and of the test token.
pub(crate) const DECIMALS: u8 = 18;

/// The ledger of MultiversX and its test token.
#[derive(Default)]
pub struct MultiversX {
    ledger: Mutex<Ledger>,
}

impl MultiversX {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a transaction: what it says of itself, and its hash or the refusal.
    fn send(&self, text: &str) -> (Option<Identity>, Result<String, String>) {
        let tx = match Transaction::read(text) {
            Ok(tx) => tx,
            Err(words) => return (None, Err(words)),
        };
        let (identity, hash) = (tx.identity(), tx.hash());
        let checked = tx.check().map_err(str::to_owned);
        let outcome = checked.and_then(|()| self.ledger().submit(tx));
        let outcome = outcome.map_err(|words| format!("transaction generation failed: {words}"));
        (Some(identity), outcome.map(|()| hash))
    }

    fn give(&self, asset: Asset, address: &str, amount: &str) -> Result<String, ApiError> {
        let to = Address::of_request("address", address)?;
        let units = units("amount", amount, DECIMALS)?;
        let given = self.ledger().fund(asset, to, units);
        given.map_err(|reason| ApiError::invalid("amount", amount.into(), reason))
    }
}

#[async_trait]
impl Chain for MultiversX {
    fn ticker(&self) -> &'static str {
        "EGLD"
    }

    fn path(&self) -> &'static str {
        "egld"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form { memo: Some("data"), ..Form::of(Sender::Account("from")) })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let (identity, outcome) = self.send(tx_data);
        let outcome = outcome.map_err(|words| {
            let words = format!("Unable to broadcast transaction due to {words}.");
            ApiError::refused("egld.broadcast.failed", words)
        });
        Attempt { identity, outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        self.give(Asset::Coin, address, amount)
    }

    fn token(&self) -> Result<Token, ApiError> {
        Ok(Token { address: TOKEN.to_owned(), symbol: "TEST".to_owned(), decimals: DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        self.give(execution::test_token(), to, amount)
    }
}

/// The address of a public key.
pub(crate) fn address(key: [u8; 32]) -> String {
    Address(key).text()
}
