//! Algorand, on its test network.
//!
//! - units: microAlgo, 10^-6 ALGO; the test asset has six digits too
//! - what is broadcast: the hex of the MessagePack map of signature and transaction
//! - what is executed: payments (`pay`) and transfers of the test asset (`axfer`), opting in included
//! - what is not there: rekeying, closing, leases, groups, several signers, other assets; their fields
//!   are refused, never passed over
//!
//! <https://developer.algorand.org/docs/get-details/transactions/transactions/>

mod address;
mod encoding;
mod ledger;
mod request;
mod routes;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use self::ledger::{Ledger, TEST_ASSET};
use self::transaction::SignedTransaction;
use crate::amount;
use crate::chain::{Attempt, Chain, Token};
use crate::clock;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::transfer::{Form, Sender};

const TICKER: &str = "ALGO";

/// Digits behind the point, of ALGO and of the test asset.
pub const DECIMALS: u8 = 6;

/// The ledger, shared between requests.
pub struct Algorand {
    ledger: Mutex<Ledger>,
}

impl Algorand {
    /// A new ledger.
    pub fn open() -> Self {
        Self { ledger: Mutex::new(Ledger::new()) }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Chain for Algorand {
    fn ticker(&self) -> &'static str {
        TICKER
    }

    fn path(&self) -> &'static str {
        "algorand"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form { memo: Some("note"), ..Form::of(Sender::Account("from")) })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let signed = match SignedTransaction::read(tx_data) {
            Ok(signed) => signed,
            Err(words) => return Attempt { identity: None, outcome: Err(refused(words)) },
        };
        let identity = Some(signed.identity());
        let outcome = self.ledger().submit(&signed).map_err(refused);
        Attempt { identity, outcome: outcome.map(|()| signed.id) }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        address::read("address", address)?;
        let units = amount::units("amount", amount, DECIMALS)?;
        let (id, view) = faucet_payment(address);
        self.ledger().fund(address, units, view).map_err(refused)?;
        Ok(id)
    }

    fn pass_blocks(&self, count: u64) -> Result<u64, ApiError> {
        Ok(self.ledger().advance(count))
    }

    fn token_transfer(&self, request: Value) -> Result<Draft, ApiError> {
        request::token_transfer(&self.ledger(), request)
    }

    /// Its address is the asset's number.
    fn token(&self) -> Result<Token, ApiError> {
        let address = TEST_ASSET.to_string();
        Ok(Token { address, symbol: "TEST".to_owned(), decimals: DECIMALS })
    }

    /// For one who has opted in before.
    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        address::read("to", to)?;
        let units = amount::units("amount", amount, DECIMALS)?;
        let (id, view) = faucet_payment(to);
        self.ledger().mint(to, units, view).map_err(refused)?;
        Ok(id)
    }
}

/// A transaction of the faucet as the API would show it; its id is made up.
fn faucet_payment(to: &str) -> (String, Value) {
    let id = BASE32_NOPAD.encode(&clock::random::<32>());
    let view = json!({ "id": id, "paymentTransaction": { "receiver": to } });
    (id, view)
}

fn refused(words: String) -> ApiError {
    ApiError::refused("algorand.broadcast.failed", words)
}

/// The address of a public key.
pub(crate) fn address(key: &[u8; 32]) -> String {
    address::write(key)
}
