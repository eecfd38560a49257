//! Solana.
//!
//! - units: lamports, 10^-9 SOL; the test token has six digits
//! - who sends: the daemon itself, with `sendTransaction` of the node; `/v3/solana/broadcast` takes the
//!   id of what is on chain, and completes the pending transaction
//! - what is executed: transfers of SOL, SPL transfers (`Transfer`, `TransferChecked`), associated
//!   token accounts, memos; messages of the old kind, and of version 0 without look-up tables
//! - what is not there: other programs, Token-2022, durable nonces, forks (what is on chain is final)
//!
//! <https://solana.com/docs/core/transactions>, <https://solana.com/docs/rpc>

mod compile;
mod failure;
mod key;
mod ledger;
mod message;
mod program;
mod request;
mod routes;
mod rpc;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use self::key::Key;
use self::ledger::Ledger;
use crate::amount;
use crate::chain::{Attempt, Chain, Identity, Token};
use crate::clock;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::transfer::{Form, Sender};

const TICKER: &str = "SOL";

/// Where its node is.
const NODE_PATH: &str = "/v3/blockchain/node/SOL/";

/// Digits behind the point.
pub const DECIMALS: u8 = 9;

/// The test token, and its digits behind the point.
const MINT: Key = [0x5b; 32];
const TOKEN_DECIMALS: u8 = 6;

/// The ledger, shared between requests.
pub struct Solana {
    ledger: Mutex<Ledger>,
}

impl Solana {
    /// A new ledger.
    pub fn open() -> Self {
        Self { ledger: Mutex::new(Ledger::new(MINT, TOKEN_DECIMALS)) }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Chain for Solana {
    fn ticker(&self) -> &'static str {
        TICKER
    }

    fn path(&self) -> &'static str {
        "solana"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form::of(Sender::Account("from")))
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    /// Takes the id of a transaction that the node has executed, not the transaction.
    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let ledger = self.ledger();
        let Some(view) = ledger.state.accounts.transaction(tx_data) else {
            let words = format!("No transaction {} on chain.", tx_data.escape_debug());
            return Attempt { identity: None, outcome: Err(refused(words)) };
        };
        let sender = view["transaction"]["message"]["accountKeys"][0].as_str().map(str::to_owned);
        let (hash, nonce, inputs) = (tx_data.to_owned(), None, Vec::new());
        let identity = Some(Identity { hash, sender, nonce, inputs });
        let error = &view["meta"]["err"];
        if error.is_null() {
            return Attempt { identity, outcome: Ok(tx_data.to_owned()) };
        }
        let words = format!("Transaction {tx_data} failed: {error}");
        Attempt { identity, outcome: Err(refused(words)) }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        let to = key::read("address", address)?;
        let lamports = amount::units("amount", amount, DECIMALS)?;
        let (id, view) = faucet_transaction();
        self.ledger().fund(&to, lamports, view).map_err(refused)?;
        Ok(id)
    }

    fn pass_blocks(&self, count: u64) -> Result<u64, ApiError> {
        Ok(self.ledger().advance(count))
    }

    fn is_submission(&self, path: &str, body: &Value) -> bool {
        path.starts_with(NODE_PATH) && body["method"] == "sendTransaction"
    }

    async fn node(&self, request: Value) -> Result<Value, ApiError> {
        Ok(rpc::answer(&mut self.ledger(), request))
    }

    fn token_transfer(&self, request: Value) -> Result<Draft, ApiError> {
        request::token_transfer(&self.ledger().state, request)
    }

    fn token(&self) -> Result<Token, ApiError> {
        let address = key::write(&MINT);
        Ok(Token { address, symbol: "TEST".to_owned(), decimals: TOKEN_DECIMALS })
    }

    async fn mint(&self, to: &str, amount: &str) -> Result<String, ApiError> {
        let to = key::read("to", to)?;
        let units = amount::units("amount", amount, TOKEN_DECIMALS)?;
        let (id, view) = faucet_transaction();
        self.ledger().mint(&to, MINT, units, view).map_err(refused)?;
        Ok(id)
    }
}

/// A transaction of the faucet as the node would show it; its id is made up.
fn faucet_transaction() -> (String, Value) {
    let id = bs58::encode(clock::random::<64>()).into_string();
    let view = json!({
        "meta": { "err": null, "status": { "Ok": null }, "fee": 0 },
        "transaction": { "signatures": [id], "message": { "accountKeys": [] } },
    });
    (id, view)
}

/// An address that nobody has used.
pub(crate) fn new_address() -> String {
    bs58::encode(clock::random::<32>()).into_string()
}

/// The address of a public key.
pub(crate) fn address(key: Key) -> String {
    key::write(&key)
}

fn refused(words: String) -> ApiError {
    ApiError::refused("solana.broadcast.failed", words)
}
