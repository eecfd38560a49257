//! Endpoints that every chain has and answers in its own way: broadcast, fee, node, tokens, faucet.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chain::{Chain, Token};
use crate::endpoints::{About, Endpoints, PENDING_ID};
use crate::error::ApiError;
use crate::faults::LeaveOpen;
use crate::pending::PendingList;
use crate::request::{ApiJson, read};
use crate::sandbox::Sandbox;

pub(super) type Desk = State<Arc<Sandbox>>;
/// There when a fault wants the pending transaction to stay open.
pub(super) type Open = Option<Extension<LeaveOpen>>;
pub(super) type Answer = Result<Json<Value>, ApiError>;

pub(super) fn routes(sandbox: &Sandbox) -> Endpoints<Arc<Sandbox>> {
    let mut router = of_api().merge(of_sandbox());
    for chain in &sandbox.chains {
        let (chain, ticker) = (Arc::clone(chain), chain.ticker());
        let path = format!("/v3/{}/broadcast", chain.path());
        let handler =
            async move |State(sandbox): Desk, open: Open, ApiJson(body): ApiJson<Value>| {
                if let Some(answer) = chain.notice(&body) {
                    return answer.map(Json);
                }
                broadcast(chain.as_ref(), &sandbox.pending, &read(body)?, open.is_some()).await
            };
        let about = About::new(format!("Send a signed transaction of {ticker}"))
            .body(json!({ "txData": "0x00", "signatureId": PENDING_ID }))
            .optional(&["signatureId"])
            .answer(json!({ "txId": "0xabc" }));
        router = router.merge(Endpoints::new(ticker).post(&path, handler, about));
    }
    router
}

/// An account of the examples.
const ACCOUNT: &str = "0x3535353535353535353535353535353535353535";

fn of_api() -> Endpoints<Arc<Sandbox>> {
    let fee = json!({ "gasLimit": "200000", "gasPrice": "20" });
    let token = json!({
        "chain": "ETH", "to": ACCOUNT, "contractAddress": ACCOUNT, "amount": "1.5", "digits": 18,
        "nonce": 0, "fee": fee, "index": 0,
    });
    let nft = json!({
        "chain": "ETH", "to": ACCOUNT, "contractAddress": ACCOUNT, "tokenId": "1000", "nonce": 0,
        "fee": fee, "index": 0,
    });
    let mut minted = nft.clone();
    minted["url"] = "ipfs://metadata.json".into();
    let summary = "Queue a transfer of a token: an ERC-20, an SPL token, an asset of Algorand";
    Endpoints::new("blockchain")
        .post(
            "/v3/blockchain/token/transaction",
            transfer_token,
            About::queues(summary, token, &["nonce", "fee", "index"]),
        )
        .post(
            "/v3/nft/mint",
            mint_nft,
            About::queues("Queue the minting of an NFT", minted, &["nonce", "fee", "index"]),
        )
        .post(
            "/v3/nft/transaction",
            transfer_nft,
            About::queues("Queue a transfer of an NFT", nft, &["nonce", "fee", "index"]),
        )
        .get(
            "/v3/blockchain/fee/{chain}",
            self::fee,
            About::new("What gas costs, in wei")
                .at(["ETH"])
                .answer(json!({ "chain": "ETH", "fast": 1, "medium": 1, "slow": 1 })),
        )
        .post(
            "/v3/blockchain/node/{chain}/{key}",
            node,
            About::new("Ask a chain's node, in JSON-RPC")
                .at(["ETH", "key"])
                .body(json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] }))
                .optional(&["jsonrpc", "id", "method", "params"])
                .answer(json!({ "jsonrpc": "2.0", "id": 1 }))
                .may_send(),
        )
}

fn of_sandbox() -> Endpoints<Arc<Sandbox>> {
    let funding = json!({ "address": ACCOUNT, "amount": "10" });
    let sent = json!({ "txId": "0xabc" });
    Endpoints::new("sandbox")
        .post(
            "/sandbox/{chain}/faucet",
            fund,
            About::new("Give an address coins out of nothing")
                .at(["ETH"])
                .body(funding.clone())
                .answer(sent.clone()),
        )
        .post(
            "/sandbox/{chain}/blocks",
            pass_blocks,
            About::new("Let blocks pass, on chains whose transactions expire")
                .at(["SOL"])
                .body(json!({ "count": 1 }))
                .answer(json!({ "height": 1 })),
        )
        .get(
            "/sandbox/{chain}/token",
            token,
            About::new("The test token of a chain")
                .at(["ETH"])
                .answer(json!({ "address": ACCOUNT, "symbol": "TEST", "decimals": 18 })),
        )
        .post(
            "/sandbox/{chain}/token/mint",
            mint,
            About::new("Give an address test tokens").at(["ETH"]).body(funding).answer(sent),
        )
}

/// The body of a broadcast.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Broadcast {
    tx_data: String,
    signature_id: Option<String>,
}

async fn broadcast(
    chain: &dyn Chain,
    pending: &PendingList,
    body: &Broadcast,
    leave_open: bool,
) -> Answer {
    let id = body.signature_id.as_deref();
    let tx_id = send(chain, pending, &body.tx_data, id).await?;
    if settle(chain, pending, id, &tx_id, leave_open) {
        Ok(Json(json!({ "txId": tx_id })))
    } else {
        // It is on chain, but the pending transaction has to be completed by hand.
        Ok(Json(json!({ "txId": tx_id, "failed": true })))
    }
}

/// Puts a transaction on chain, and notes for which pending one.
pub(super) async fn send(
    chain: &dyn Chain,
    pending: &PendingList,
    tx_data: &str,
    id: Option<&str>,
) -> Result<String, ApiError> {
    let attempt = chain.broadcast(tx_data).await;
    if let (Some(id), Some(identity)) = (id, attempt.identity) {
        pending.note_broadcast(id, identity, attempt.outcome.is_ok());
    }
    attempt.outcome
}

/// Completes the pending transaction behind a broadcast; false where that can't be done, or where a
/// fault says so.
pub(super) fn settle(
    chain: &dyn Chain,
    pending: &PendingList,
    id: Option<&str>,
    tx_id: &str,
    leave_open: bool,
) -> bool {
    let Some(id) = id else { return true };
    if leave_open {
        pending.leave_open(id, tx_id);
        return false;
    }
    pending.complete_with_broadcast(id, chain.ticker(), tx_id)
}

async fn transfer_token(State(sandbox): Desk, ApiJson(body): ApiJson<Value>) -> Answer {
    let ticker = body["chain"].as_str().unwrap_or_default();
    let draft = sandbox.chain(ticker)?.token_transfer(body)?;
    Ok(Json(json!({ "signatureId": sandbox.pending.add(draft) })))
}

async fn mint_nft(State(sandbox): Desk, ApiJson(body): ApiJson<Value>) -> Answer {
    let ticker = body["chain"].as_str().unwrap_or_default();
    let draft = sandbox.chain(ticker)?.nft_mint(body)?;
    Ok(Json(json!({ "signatureId": sandbox.pending.add(draft) })))
}

async fn transfer_nft(State(sandbox): Desk, ApiJson(body): ApiJson<Value>) -> Answer {
    let ticker = body["chain"].as_str().unwrap_or_default();
    let draft = sandbox.chain(ticker)?.nft_transfer(body)?;
    Ok(Json(json!({ "signatureId": sandbox.pending.add(draft) })))
}

async fn fee(State(sandbox): Desk, Path(chain): Path<String>) -> Answer {
    sandbox.chain(&chain)?.fee().await.map(Json)
}

async fn node(
    State(sandbox): Desk,
    Path((chain, _key)): Path<(String, String)>,
    ApiJson(body): ApiJson<Value>,
) -> Answer {
    sandbox.chain(&chain)?.node(body).await.map(Json)
}

#[derive(Deserialize)]
struct Funding {
    #[serde(alias = "to")]
    address: String,
    amount: String,
}

async fn fund(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    ApiJson(body): ApiJson<Funding>,
) -> Answer {
    let tx_id = sandbox.chain(&chain)?.fund(&body.address, &body.amount).await?;
    Ok(Json(json!({ "txId": tx_id })))
}

#[derive(Deserialize)]
struct Blocks {
    count: u64,
}

/// What expires with the height can be seen to expire without waiting for it.
async fn pass_blocks(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    ApiJson(body): ApiJson<Blocks>,
) -> Answer {
    let height = sandbox.chain(&chain)?.pass_blocks(body.count)?;
    Ok(Json(json!({ "height": height })))
}

async fn token(State(sandbox): Desk, Path(chain): Path<String>) -> Result<Json<Token>, ApiError> {
    sandbox.chain(&chain)?.token().map(Json)
}

async fn mint(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    ApiJson(body): ApiJson<Funding>,
) -> Answer {
    let tx_id = sandbox.chain(&chain)?.mint(&body.address, &body.amount).await?;
    Ok(Json(json!({ "txId": tx_id })))
}
