//! Flow, on its testnet: accounts with keys, an access node, and the API's payer and proposer.
//!
//! - units: 10^-8 FLOW; amounts are decimal texts
//! - chain id: flow-testnet
//! - what reaches the chain: the JSON of the access node's REST API, posted to the node, not to the
//!   API, which is only told of the hash
//!
//! A transaction is checked as the network does (`execution.rs`): RLP of payload and envelope, every
//! signature, the weight of the keys, the sequence number of the proposal key. What the access node
//! does not see is an execution that fails, with an error code of its own. No Cadence is run: a script
//! is known by what it withdraws and deposits (`cadence.rs`).
//!
//! Accounts are opened at `POST /sandbox/FLOW/account`, by a public key. The node is played below
//! `/sandbox/FLOW/node`, with a block each second.

mod address;
mod blocks;
mod cadence;
mod execution;
mod ledger;
mod message;
mod node;
mod request;
mod routes;
mod service;
mod transaction;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use sha3::{Digest as _, Sha3_256};

use self::address::Address;
use self::ledger::Ledger;
use self::service::Service;
use crate::chain::{Attempt, Chain, Identity};
use crate::decimal;
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};

/// Digits behind the point.
pub const DECIMALS: u8 = 8;

/// The daemon's setting for the address of the access node.
pub const NODE_SETTING: &str = "TATUM_KMS_FLOW_NODE_URL";

/// Where the access node is here.
pub const NODE_PATH: &str = "/sandbox/FLOW/node";

/// The error code of a refused broadcast.
const REFUSAL: &str = "flow.broadcast.failed";

/// Flow: its ledger, and what the API does for those who have no key of its own.
pub struct Flow {
    ledger: Mutex<Ledger>,
    service: Service,
}

impl Flow {
    /// A chain on which only the API has an account.
    pub fn open() -> Self {
        let service = Service::default();
        Self { ledger: Mutex::new(Ledger::new(&service)), service }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Chain for Flow {
    fn ticker(&self) -> &'static str {
        "FLOW"
    }

    fn path(&self) -> &'static str {
        "flow"
    }

    fn transfer_form(&self) -> Option<Form> {
        Some(Form { currency: Some("FLOW"), ..Form::of(Sender::Account("account")) })
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    /// The transaction is on chain already; what comes is its hash.
    async fn broadcast(&self, tx_data: &str) -> Attempt {
        if self.ledger().outcome(tx_data).is_none() {
            let words = format!("Flow resource not found: no transaction {tx_data:?} is known");
            let outcome = Err(ApiError::refused(REFUSAL, words));
            return Attempt { identity: None, outcome };
        }
        let hash = tx_data.to_owned();
        let identity =
            Identity { hash: hash.clone(), sender: None, nonce: None, inputs: Vec::new() };
        Attempt { identity: Some(identity), outcome: Ok(hash) }
    }

    /// A proposal key of the API that is not needed any more.
    fn notice(&self, body: &Value) -> Option<Result<Value, ApiError>> {
        let key = body.get("proposalKey")?;
        Some(match key.as_u64().and_then(|key| u32::try_from(key).ok()) {
            Some(key) => {
                self.service.release(key);
                Ok(json!({ "txId": body["txData"] }))
            }
            None => Err(ApiError::invalid("proposalKey", key.clone(), "a key has a number")),
        })
    }

    fn is_submission(&self, path: &str, body: &Value) -> bool {
        path.strip_prefix(NODE_PATH) == Some("/v1/transactions") && body.is_object()
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        let address = Address::read("address", address)?;
        let units = decimal::units("amount", amount, DECIMALS)?;
        self.ledger().fund(address, units)
    }
}

fn sha3_256(bytes: &[u8]) -> [u8; 32] {
    Sha3_256::digest(bytes).into()
}
