//! Cardano, on its test network preprod: transfers of ADA.
//!
//! - units: lovelace; amounts in requests are ADA with up to 6 digits behind the point
//! - what is broadcast: what Rosetta's `combine` answers, which is CBOR of a list of the
//!   transaction's hex and data of the server's own; or the bare transaction
//!
//! The daemon has its transactions put together by a Rosetta server, which is `rosetta.rs` here. What
//! comes back is decoded and checked as `cardano-node` does (`ledger.rs`): witnesses over BLAKE2b-256
//! of the body, inputs that are unspent and theirs, the value conserved, the least fee and the least
//! output, the time to live. Tokens, staking and scripts are not known.

mod address;
mod cbor;
mod decode;
mod encode;
mod ledger;
mod operations;
mod refusal;
mod request;
mod rosetta;
mod routes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};

use self::address::Address;
pub use self::address::{enterprise_address, read_address};
use self::decode::SignedTransaction;
use self::ledger::Ledger;
use crate::chain::{Attempt, Chain};
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::transfer::{Form, Sender};
use crate::{clock, decimal};

/// Digits behind the point.
pub const DECIMALS: u8 = 6;

/// The error code of a refused broadcast.
const REFUSAL: &str = "ada.broadcast.failed";

/// Second since 1970 at which preprod would have had its slot 0, if all its slots had lasted a second.
const SLOT_ZERO: u64 = 1_655_683_200;

/// An output: the hash of its transaction and its place there.
type Outpoint = ([u8; 32], u64);

/// Who has an output, and how many lovelace there are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Output {
    address: Address,
    lovelace: u64,
}

/// Cardano and its ledger.
#[derive(Default)]
pub struct Cardano {
    ledger: Mutex<Ledger>,
}

impl Cardano {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks a transaction and puts it on chain.
    fn submit(&self, text: &str) -> (Option<SignedTransaction>, Result<String, String>) {
        let transaction = match SignedTransaction::read(text) {
            Ok(transaction) => transaction,
            Err(error) => return (None, Err(refusal::unreadable(error))),
        };
        let outcome = self.ledger().submit(&transaction, slot_now());
        let hash = hex::encode(transaction.hash);
        let outcome = outcome.map(|()| hash).map_err(|refusal| refusal.to_string());
        (Some(transaction), outcome)
    }
}

#[async_trait]
impl Chain for Cardano {
    fn ticker(&self) -> &'static str {
        "ADA"
    }

    fn path(&self) -> &'static str {
        "ada"
    }

    /// The fee is that of the demo, far above the least.
    fn transfer_form(&self) -> Option<Form> {
        Some(Form::of(Sender::Outputs("0.2".to_owned())))
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let (transaction, outcome) = self.submit(tx_data);
        let outcome = outcome.map_err(|words| ApiError::refused(REFUSAL, words));
        Attempt { identity: transaction.map(|transaction| transaction.identity()), outcome }
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        let address = Address::read(address)?;
        let lovelace = decimal::units("amount", amount, DECIMALS)?;
        Ok(hex::encode(self.ledger().fund(address, lovelace)))
    }
}

/// The slot of this moment; slots last a second.
fn slot_now() -> u64 {
    clock::seconds().saturating_sub(SLOT_ZERO)
}

fn blake2b_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}
