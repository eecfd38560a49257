//! VeChain, on the sandbox's own ledger.
//!
//! - units: wei; amounts in requests are VET with up to 18 digits behind the point. Fees are paid in
//!   VTHO, of which the faucet gives as much as of VET
//! - chain tag: 0x27 (the test network)
//! - what is broadcast: RLP of a legacy transaction, or 0x51 and RLP, as hex
//! - tokens: VTHO itself and a VIP-180 contract (`GET /sandbox/VET/token`); `transfer` is done without a
//!   virtual machine, any other call that changes something reverts
//!
//! The daemon asks a node that is not behind the API: the sandbox serves one below
//! [`NODE_PATH`], which the daemon is told with [`NODE_SETTING`]. Refusals are in Thor's words. As on
//! the real chain, a transfer of more VET than there is gets on chain and is reverted there.

mod execution;
mod ledger;
mod node;
mod request;
mod routes;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::{Address, U256, address};
use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::Value;

use self::execution::{key, token};
use self::ledger::{Ledger, VET};
use self::transaction::{SignedTransaction, Unreadable};
use crate::accounts::{Asset, Movement};
use crate::amount::{self, units};
use crate::chain::{Attempt, Chain, Identity, Token};
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::ethereum::read_address;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

/// The daemon's setting for the node.
pub const NODE_SETTING: &str = "TATUM_KMS_VET_NODE_URL";

/// Where the node is served.
pub const NODE_PATH: &str = "/sandbox/VET/node";

/// The last byte of the first block's id.
pub const CHAIN_TAG: u8 = 0x27;

/// The contract of VTHO.
const ENERGY: Address = address!("0000000000000000000000000000456e65726779");

/// The contract of the test token.
const TOKEN: Address = Address::repeat_byte(0x7e);

/// Of VET, of VTHO and of the test token.
pub(crate) const DECIMALS: u8 = 18;

/// VeChain's ledger and its test token.
pub struct VeChain {
    ledger: Mutex<Ledger>,
}

/// Thor's no, before or after it looked at the ledger.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("raw: {0}")]
    Raw(String),
    #[error("bad tx: {0}")]
    Bad(String),
    #[error("tx rejected: {0}")]
    Rejected(String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Raw(_) | Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Rejected(_) => StatusCode::FORBIDDEN,
        }
    }
}

impl From<Unreadable> for Refusal {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Raw(words) => Self::Raw(words),
            Unreadable::Bad(words) => Self::Bad(words),
        }
    }
}

impl Default for VeChain {
    fn default() -> Self {
        Self { ledger: Mutex::new(Ledger::new()) }
    }
}

impl VeChain {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the hex of a transaction: what it says of itself, and its id or the refusal.
    fn send(&self, text: &str) -> (Option<Identity>, Result<String, Refusal>) {
        let read = || {
            let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text))
                .map_err(|_| Refusal::Raw("invalid hex string".to_owned()))?;
            Ok(SignedTransaction::read(&bytes)?)
        };
        let tx: SignedTransaction = match read() {
            Ok(tx) => tx,
            Err(refusal) => return (None, Err(refusal)),
        };
        let (identity, id) = (tx.identity(), tx.id.to_string());
        let checked = ledger::check(&tx).map_err(|words| Refusal::Bad(words.to_owned()));
        let outcome = checked.and_then(|()| self.ledger().submit(tx).map_err(Refusal::Rejected));
        (Some(identity), outcome.map(|()| id))
    }

    /// What is known of a transaction, its receipt included.
    fn transaction(&self, id: &str) -> Option<Value> {
        let ledger = self.ledger();
        ledger.accounts.transaction(id).cloned().or_else(|| ledger.waiting(id))
    }

    /// A balance as the API writes it.
    fn balance(&self, asset: &Asset, address: &str) -> Result<String, ApiError> {
        let address = read_address(address)?;
        let units = self.ledger().accounts.balance(asset, &key(address));
        Ok(amount::format(U256::from(units), DECIMALS))
    }

    fn give(&self, assets: &[Asset], address: &str, amount: &str) -> Result<String, ApiError> {
        let (to, units) = (read_address(address)?, units("amount", amount, DECIMALS)?);
        let movement = |asset: &Asset| {
            let (asset, to) = (asset.clone(), Some(key(to)));
            Movement { asset, from: None, to, units }
        };
        let movements: Vec<_> = assets.iter().map(movement).collect();
        let given = self.ledger().fund(&movements);
        let id = given.map_err(|reason| ApiError::invalid("amount", amount.into(), reason))?;
        Ok(id.to_string())
    }
}

#[async_trait]
impl Chain for VeChain {
    fn ticker(&self) -> &'static str {
        "VET"
    }

    fn path(&self) -> &'static str {
        "vet"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form::of(Sender::Wallet))
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let (identity, outcome) = self.send(tx_data);
        let outcome = outcome.map_err(|refusal| {
            let words = format!("Unable to communicate with blockchain. {refusal}");
            ApiError::refused("vet.failed", words)
        });
        Attempt { identity, outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        self.give(&[VET, token(ENERGY)], address, amount)
    }

    /// Fees are paid in VTHO.
    fn known_tokens(&self) -> Vec<Token> {
        let fee = Token { address: key(ENERGY), symbol: "VTHO".to_owned(), decimals: DECIMALS };
        self.token().into_iter().chain([fee]).collect()
    }

    fn token(&self) -> Result<Token, ApiError> {
        Ok(Token { address: key(TOKEN), symbol: "TEST".to_owned(), decimals: DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        self.give(&[token(TOKEN)], to, amount)
    }
}
