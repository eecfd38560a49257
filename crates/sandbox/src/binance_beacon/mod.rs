//! BNB Beacon Chain, as it was before it was shut down in December 2024.
//!
//! - units: 10^-8 BNB, and as many in tokens (BEP-2); amounts in requests are decimal texts
//! - chain id: Binance-Chain-Ganges, the testnet
//! - what is broadcast: the hex of an Amino `StdTx` with its length in front
//!
//! A transfer is checked as `bnbchaind` did: account number, sequence, the signature over the sorted
//! JSON, the sums of inputs and outputs, balances. What every output costs is taken from the first
//! input. Only transfers are known; the node is played below `/sandbox/BNB/node`.

mod address;
mod amino;
mod ledger;
mod request;
mod routes;
mod sign_doc;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use self::address::Address;
pub use self::address::address_of;
use self::ledger::Ledger;
use self::transaction::SignedTransaction;
use crate::accounts::Asset;
use crate::chain::{Attempt, Chain, Token};
use crate::decimal;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

/// The name of the testnet, which is signed.
pub const CHAIN_ID: &str = "Binance-Chain-Ganges";

/// The daemon's setting for the address of the node.
pub const NODE_SETTING: &str = "TATUM_KMS_BNB_NODE_URL";

/// Where the node is here.
pub const NODE_PATH: &str = "/sandbox/BNB/node";

/// Digits behind the point, of the coin and of every token.
pub const DECIMALS: u8 = 8;

/// What an output costs, in base units.
pub const FEE_PER_OUTPUT: u64 = 7_500;

/// The coin, as transactions name it.
pub(crate) const COIN: &str = "BNB";

/// The test token, as transactions name it.
const TOKEN: &str = "TEST-5AB";

/// The error code of a refused broadcast.
const REFUSAL: &str = "bnb.broadcast.failed";

/// Beacon Chain and its ledger.
#[derive(Default)]
pub struct BeaconChain {
    ledger: Mutex<Ledger>,
}

impl BeaconChain {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, denom: &str, to: &str, amount: &str) -> Result<String, ApiError> {
        let (to, units) = (Address::read(to)?, decimal::units("amount", amount, DECIMALS)?);
        let given = self.ledger().fund(asset(denom), to, units);
        given.map_err(|error| ApiError::invalid("amount", amount.into(), error.to_string()))
    }
}

#[async_trait]
impl Chain for BeaconChain {
    fn ticker(&self) -> &'static str {
        "BNB"
    }

    fn path(&self) -> &'static str {
        "bnb"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form {
            memo: Some("message"),
            currency: Some("BNB"),
            ..Form::of(Sender::Account("fromAddress"))
        })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let refused = |words: String| ApiError::refused(REFUSAL, words);
        let Some(transaction) = SignedTransaction::read(tx_data) else {
            return Attempt { identity: None, outcome: Err(refused("tx parse error".to_owned())) };
        };
        let identity = Some(transaction.identity());
        let outcome = self.ledger().submit(&transaction).map_err(refused);
        Attempt { identity, outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        self.give(COIN, address, amount)
    }

    fn token(&self) -> Result<Token, ApiError> {
        Ok(Token { address: TOKEN.to_owned(), symbol: "TEST".to_owned(), decimals: DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        self.give(TOKEN, to, amount)
    }
}

/// What the ledger calls what transactions call `denom`.
fn asset(denom: &str) -> Asset {
    if denom == COIN { Asset::Coin } else { Asset::Token(denom.to_owned()) }
}
