//! The XRP Ledger.
//!
//! - units: drops, 10^-6 XRP; issued currencies with up to 15 digits behind the point
//! - what is broadcast: the hex of the binary form of a signed transaction
//! - what is executed: Payment of XRP and of issued currencies over direct trust lines, TrustSet, and
//!   AccountSet with one flag; fields of anything else are refused, never passed over
//! - what is not there: paths, offers, partial payments, tickets, regular keys, transfer fees, rippling
//!   flags (an issuer's customers can always pay each other), several signers
//!
//! <https://xrpl.org/docs/references/protocol/transactions/transaction-results>

mod address;
mod fields;
mod ledger;
mod request;
mod routes;
mod transaction;
mod value;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use self::ledger::Ledger;
use self::transaction::SignedTransaction;
pub use self::value::ISSUED_DECIMALS;
use self::value::{Amount, Currency, XRP_DECIMALS};
use crate::amount;
use crate::chain::{Attempt, Chain, Token};
use crate::clock;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

const TICKER: &str = "XRP";

/// The currency of the test token.
const TOKEN: &str = "TST";

/// The account that gives coins away and issues the test token. Nobody has its key.
const FAUCET: [u8; 20] = [0x5b; 20];

/// What the faucet has to be an account.
const FAUCET_DROPS: u128 = 1_000_000_000_000;

/// The ledger, shared between requests.
pub struct Xrp {
    ledger: Mutex<Ledger>,
}

impl Xrp {
    /// A new ledger, in which only the faucet has an account.
    pub fn open() -> Self {
        let xrp = Self { ledger: Mutex::new(Ledger::new()) };
        let funded = xrp.give(&address::write(&FAUCET), FAUCET_DROPS);
        debug_assert!(funded.is_ok(), "the faucet's account can be made");
        xrp
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, to: &str, drops: u128) -> Result<String, ApiError> {
        let shown = u64::try_from(drops).map_err(|_| refused("temBAD_AMOUNT"))?;
        let view = faucet_payment(to, &Amount::Xrp(shown));
        self.ledger().fund(to, drops, view.clone()).map_err(refused)?;
        Ok(hash_of(&view))
    }
}

#[async_trait]
impl Chain for Xrp {
    fn ticker(&self) -> &'static str {
        TICKER
    }

    fn path(&self) -> &'static str {
        "xrp"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form::of(Sender::Account("fromAccount")))
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let transaction = match SignedTransaction::read(tx_data) {
            Ok(transaction) => transaction,
            Err(words) => return Attempt { identity: None, outcome: Err(refused(&words)) },
        };
        let identity = Some(transaction.identity());
        let outcome = self.ledger().submit(&transaction).map_err(|words| refused(&words));
        Attempt { identity, outcome: outcome.map(|()| transaction.hash) }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        let to = address::read("address", address)?;
        self.give(&to, amount::units("amount", amount, XRP_DECIMALS)?)
    }

    fn pass_blocks(&self, count: u64) -> Result<u64, ApiError> {
        Ok(self.ledger().advance(count))
    }

    fn token(&self) -> Result<Token, ApiError> {
        let address = address::write(&FAUCET);
        Ok(Token { address, symbol: TOKEN.to_owned(), decimals: ISSUED_DECIMALS })
    }

    /// Over the trust line that the receiver has set before.
    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        let to = address::read("to", to)?;
        let units = amount::units("amount", amount, ISSUED_DECIMALS)?;
        let currency = Currency { code: TOKEN.to_owned(), issuer: address::write(&FAUCET) };
        let view = faucet_payment(&to, &Amount::Issued(currency.clone(), units));
        self.ledger().mint(&to, &currency, units, view.clone()).map_err(refused)?;
        Ok(hash_of(&view))
    }
}

/// A payment of the faucet as the API would show it; its hash is made up.
fn faucet_payment(to: &str, amount: &Amount) -> Value {
    json!({
        "hash": hex::encode_upper(clock::random::<32>()), "TransactionType": "Payment",
        "Account": address::write(&FAUCET), "Destination": to, "Amount": amount.view(),
        "validated": true, "meta": { "TransactionResult": "tesSUCCESS" },
    })
}

fn hash_of(view: &Value) -> String {
    view["hash"].as_str().unwrap_or_default().to_owned()
}

fn refused(words: &str) -> ApiError {
    ApiError::refused("xrp.broadcast.failed", format!("Broadcast failed. {words}"))
}

fn no_account(account: &str) -> ApiError {
    ApiError::refused("xrp.error", format!("Account {account} not found."))
}

/// The address of an account whose id begins these bytes.
pub(crate) fn address(bytes: &[u8; 32]) -> String {
    let mut id = [0; 20];
    id.copy_from_slice(&bytes[..20]);
    address::write(&id)
}
