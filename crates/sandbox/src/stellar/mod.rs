//! Stellar, on its test network.
//!
//! - units: stroops, 10^-7 of lumens and of every other asset
//! - what is broadcast: the Base64 of a signed envelope of version 1 in XDR
//! - what is executed: `createAccount`, `payment` in lumens and in issued assets, `changeTrust`; one
//!   transaction may hold several, and operations may have sources of their own
//! - what is not there: fee bumps, version 0, preconditions beyond time bounds, other signers than an
//!   account's own key, offers, pools, contracts
//!
//! <https://developers.stellar.org/docs/data/apis/horizon/api-reference/errors/result-codes>

mod asset;
mod ledger;
mod operation;
mod request;
mod routes;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use stellar_xdr::{AccountId, PublicKey, Uint256};

use self::asset::Credit;
use self::ledger::Ledger;
use self::transaction::SignedTransaction;
use crate::amount;
use crate::chain::{Attempt, Chain, Token};
use crate::clock;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

const TICKER: &str = "XLM";

/// Digits behind the point, of every asset.
pub const DECIMALS: u8 = 7;

/// The code of the test token.
const TOKEN: &str = "TST";

/// The account that gives coins away and issues the test token. Nobody has its key.
const FAUCET: [u8; 32] = [0x5b; 32];

/// What the faucet has to be an account.
const FAUCET_STROOPS: u128 = 1_000_000_000_000;

/// The ledger, shared between requests.
pub struct Stellar {
    ledger: Mutex<Ledger>,
}

impl Stellar {
    /// A new ledger, in which only the faucet has an account.
    pub fn open() -> Self {
        let stellar = Self { ledger: Mutex::new(Ledger::new()) };
        let funded = stellar.give(&faucet(), FAUCET_STROOPS);
        debug_assert!(funded.is_ok(), "the faucet's account can be made");
        stellar
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, to: &str, stroops: u128) -> Result<String, ApiError> {
        let (hash, view) = faucet_payment();
        self.ledger().fund(to, stroops, view).map_err(refused)?;
        Ok(hash)
    }
}

#[async_trait]
impl Chain for Stellar {
    fn ticker(&self) -> &'static str {
        TICKER
    }

    fn path(&self) -> &'static str {
        "xlm"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form { memo: Some("message"), ..Form::of(Sender::Account("fromAccount")) })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let signed = match SignedTransaction::read(tx_data) {
            Ok(signed) => signed,
            Err(words) => return Attempt { identity: None, outcome: Err(refused(&words)) },
        };
        let identity = Some(signed.identity());
        let outcome = self.ledger().submit(&signed).map_err(|words| refused(&words));
        Attempt { identity, outcome: outcome.map(|()| signed.hash_text()) }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        read_address("address", address)?;
        self.give(address, amount::units("amount", amount, DECIMALS)?)
    }

    fn pass_blocks(&self, count: u64) -> Result<u64, ApiError> {
        Ok(self.ledger().advance(count))
    }

    fn token(&self) -> Result<Token, ApiError> {
        Ok(Token { address: faucet(), symbol: TOKEN.to_owned(), decimals: DECIMALS })
    }

    /// Over the trust line that the receiver has set before.
    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        read_address("to", to)?;
        let units = amount::units("amount", amount, DECIMALS)?;
        let credit = Credit { code: TOKEN.to_owned(), issuer: faucet() };
        let (hash, view) = faucet_payment();
        let minted = self.ledger().mint(to, &credit, units, view);
        minted.map_err(|words| refused(&words))?;
        Ok(hash)
    }
}

fn faucet() -> String {
    address(FAUCET)
}

/// A transaction of the faucet as Horizon would show it; its hash is made up.
fn faucet_payment() -> (String, Value) {
    let hash = hex::encode(clock::random::<32>());
    let view = json!({ "hash": hash, "source_account": faucet(), "successful": true });
    (hash, view)
}

fn read_address(property: &str, text: &str) -> Result<(), ApiError> {
    match text.parse::<AccountId>() {
        Ok(_) => Ok(()),
        Err(_) => {
            let reason = "it is no account of Stellar: G and 55 letters and digits with a checksum";
            Err(ApiError::invalid(property, text.into(), reason))
        }
    }
}

/// With all seven digits, as Horizon writes amounts.
fn show(units: u128) -> String {
    let digits = 10_u128.pow(DECIMALS.into());
    format!("{}.{:07}", units / digits, units % digits)
}

fn refused(words: &str) -> ApiError {
    ApiError::refused("xlm.failed", format!("Unable to submit transaction. {words}"))
}

fn no_account(account: &str) -> ApiError {
    ApiError::refused("xlm.error", format!("Account {account} not found."))
}

/// The address of a public key.
pub(crate) fn address(key: [u8; 32]) -> String {
    AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key))).to_string()
}
