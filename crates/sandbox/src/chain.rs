//! What a chain brings to the sandbox.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::endpoints::Endpoints;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::transfer::Form;

/// The test token of a chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// Where it lives.
    pub address: String,
    /// What people call it.
    pub symbol: String,
    /// Digits behind the point.
    pub decimals: u8,
}

/// What a signed transaction says of itself, whether or not the chain takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its hash on chain.
    pub hash: String,
    /// The account that signed it, on chains with accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Its number in that account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<u64>,
    /// What it spends, as `hash:index`, on chains with outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
}

/// A broadcast and how it ended.
#[derive(Debug)]
pub struct Attempt {
    /// What was broadcast; none where it could not be read.
    pub identity: Option<Identity>,
    /// The hash, or the refusal.
    pub outcome: Result<String, ApiError>,
}

/// One chain of the sandbox: its ledger, and the endpoints only it has.
///
/// The endpoints all chains share (pending transactions, broadcast, faucet) are served for it and
/// ask it here.
#[async_trait]
pub trait Chain: Send + Sync {
    /// The name in bodies and in `/v3/kms/pending/{chain}`.
    fn ticker(&self) -> &'static str;

    /// The name in addresses: `ethereum` in `/v3/ethereum/broadcast`.
    fn path(&self) -> &'static str;

    /// Endpoints of its own.
    fn routes(self: Arc<Self>, pending: Arc<PendingList>) -> Endpoints;

    /// Checks a signed transaction as the chain's nodes do, and puts it on chain.
    async fn broadcast(&self, tx_data: &str) -> Attempt;

    /// Gives an address coins out of nothing; answers the hash.
    async fn fund(&self, address: &str, amount: &str) -> Result<String, ApiError>;

    /// Lets as many blocks pass as a chain whose transactions expire would make in some time; answers
    /// the height.
    fn pass_blocks(&self, _count: u64) -> Result<u64, ApiError> {
        Err(not_served(self.ticker(), "block to pass"))
    }

    /// How the page asks for a transfer of the coin; none where it can't.
    fn transfer_form(&self) -> Option<Form> {
        None
    }

    /// Answers `/v3/blockchain/fee/{chain}`.
    async fn fee(&self) -> Result<Value, ApiError> {
        Err(not_served(self.ticker(), "fee estimate"))
    }

    /// Whether a request to the chain's node hands it a transaction, on chains whose transactions the
    /// daemon sends to the node itself.
    fn is_submission(&self, _path: &str, _body: &Value) -> bool {
        false
    }

    /// Answers `/v3/blockchain/node/{chain}/{key}`.
    async fn node(&self, _request: Value) -> Result<Value, ApiError> {
        Err(not_served(self.ticker(), "node"))
    }

    /// Answers a broadcast that carries no transaction but news of one; none where it is an ordinary
    /// broadcast.
    fn notice(&self, _body: &Value) -> Option<Result<Value, ApiError>> {
        None
    }

    /// Reads the body of `/v3/blockchain/token/transaction`.
    fn token_transfer(&self, _request: Value) -> Result<Draft, ApiError> {
        Err(not_served(self.ticker(), "token transfer"))
    }

    /// Tokens whose digits are known to the page, which shows amounts of others in base units.
    fn known_tokens(&self) -> Vec<Token> {
        self.token().into_iter().collect()
    }

    /// Reads the body of `/v3/nft/mint`.
    fn nft_mint(&self, _request: Value) -> Result<Draft, ApiError> {
        Err(not_served(self.ticker(), "NFT"))
    }

    /// Reads the body of `/v3/nft/transaction`.
    fn nft_transfer(&self, _request: Value) -> Result<Draft, ApiError> {
        Err(not_served(self.ticker(), "NFT"))
    }

    /// Whether withdrawals from virtual accounts leave over this chain.
    fn has_withdrawals(&self) -> bool {
        false
    }

    /// Reads the body of `/v3/offchain/{chain}/transfer`.
    async fn withdrawal(&self, _request: Value) -> Result<Draft, ApiError> {
        Err(not_served(self.ticker(), "withdrawal"))
    }

    /// The token that [`mint`](Self::mint) makes.
    fn token(&self) -> Result<Token, ApiError> {
        Err(not_served(self.ticker(), "test token"))
    }

    /// Gives an address test tokens; answers the hash.
    async fn mint(&self, _to: &str, _amount: &str) -> Result<String, ApiError> {
        Err(not_served(self.ticker(), "test token"))
    }
}

fn not_served(ticker: &str, what: &str) -> ApiError {
    ApiError::not_found(format!("the sandbox has no {what} for {ticker}; use another chain"))
}
