//! Bitcoin and the chains that copy it: BTC, LTC, DOGE and BCH on their test networks.
//!
//! - units: satoshi and its like, 8 digits behind the point on every chain here
//! - what is broadcast: the serialised transaction as hex
//! - what a chain is: one [`Spec`], in `spec.rs`
//!
//! The ledger is its own (`ledger.rs`) or that of a node in regtest (`node.rs`: litecoind); both
//! are a `Book` to everything else. The own one lets scripts be verified by Bitcoin Core's
//! consensus code (`consensus.rs`), and by `cash.rs` where Core's code doesn't know the rules. What it
//! has of Core's policy is the relay fee and low S; dust, replacement and lock times are not
//! looked at.

mod address;
mod book;
mod cash;
mod cashaddr;
mod consensus;
mod ledger;
mod node;
mod own;
mod payload;
mod reason;
mod request;
mod routes;
mod schnorr;
mod script_text;
mod spec;

use std::sync::Arc;

use alloy_primitives::U256;
use anyhow::Result;
use async_trait::async_trait;
use bitcoin::hashes::Hash as _;
use bitcoin::{PubkeyHash, ScriptBuf, Transaction};

use self::book::Book;
pub use self::node::NodeAt;
use self::node::OutsideBook;
use self::own::OwnBook;
pub use self::spec::{BITCOIN, BITCOIN_CASH, DOGECOIN, LITECOIN, Spec};
use crate::chain::{Attempt, Chain, Identity};
use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::transfer::{Form, Sender};
use crate::{amount, decimal};

/// Digits behind the point, on every chain here.
pub const DECIMALS: u8 = 8;

/// A chain and its ledger.
pub struct Utxo {
    spec: &'static Spec,
    book: Box<dyn Book>,
}

impl Utxo {
    /// Opens a ledger of its own, or goes to a node.
    pub async fn open(spec: &'static Spec, node: Option<&NodeAt>) -> Result<Self> {
        let book: Box<dyn Book> = match node {
            Some(node) => Box::new(OutsideBook::open(spec, node).await?),
            None => Box::new(OwnBook::new(spec)),
        };
        Ok(Self { spec, book })
    }
}

#[async_trait]
impl Chain for Utxo {
    fn ticker(&self) -> &'static str {
        self.spec.ticker
    }

    fn path(&self) -> &'static str {
        self.spec.path
    }

    /// Twice what nodes ask for 1000 bytes, which few transactions have.
    fn transfer_form(&self) -> Option<Form> {
        Some(Form::of(Sender::Outputs(show(2 * self.spec.relay_fee))))
    }

    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints {
        routes::routes(self, pending)
    }

    async fn broadcast(&self, tx_data: &str) -> Attempt {
        let Ok(bytes) = hex::decode(tx_data) else {
            let refusal = ApiError::refused(self.spec.refusal, book::DECODE_FAILED);
            return Attempt { identity: None, outcome: Err(refusal) };
        };
        let outcome = self.book.broadcast(&bytes).await.map(|txid| txid.to_string());
        Attempt { identity: identity(&bytes), outcome }
    }

    fn has_withdrawals(&self) -> bool {
        true
    }

    async fn withdrawal(&self, request: serde_json::Value) -> Result<Draft, ApiError> {
        // Amounts are read from the text.
        let request = serde_json::from_str(&request.to_string()).map_err(|error| {
            ApiError::invalid("body", serde_json::Value::Null, error.to_string())
        })?;
        request::withdrawal(self.spec, self.book.as_ref(), request).await
    }

    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError> {
        let script = address::read(self.spec, address)?;
        let units = decimal::units("amount", amount, DECIMALS)?;
        Ok(self.book.fund(&script, units).await?.to_string())
    }
}

fn identity(bytes: &[u8]) -> Option<Identity> {
    let transaction: Transaction = bitcoin::consensus::deserialize(bytes).ok()?;
    let inputs = transaction.input.iter().map(|input| input.previous_output.to_string());
    Some(Identity {
        hash: transaction.compute_txid().to_string(),
        sender: None,
        nonce: None,
        inputs: inputs.collect(),
    })
}

/// Writes units as the API does.
fn show(units: impl Into<u128>) -> String {
    amount::format(U256::from(units.into()), DECIMALS)
}

/// The P2PKH address of a hash.
pub(crate) fn p2pkh_address(spec: &Spec, hash: [u8; 20]) -> String {
    let script = ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash));
    address::write(spec, &script).expect("every chain has P2PKH addresses")
}
