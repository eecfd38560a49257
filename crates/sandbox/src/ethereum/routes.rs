//! The endpoints that each chain of the family has for itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::Called;
use super::{DECIMALS, Ethereum, node, read_amount};
use crate::amount;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    ethereum: Arc<Ethereum>,
    pending: Arc<PendingList>,
}

/// An account of the examples.
const ACCOUNT: &str = "0x3535353535353535353535353535353535353535";
const HASH: &str = "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(ethereum: Arc<Ethereum>, pending: Arc<PendingList>) -> Endpoints {
    let spec = ethereum.spec;
    let (ticker, path) = (spec.ticker, format!("/v3/{}", spec.path));
    let token = ethereum.token.to_checksum(None);
    let at = |rest: &str| format!("{path}/{rest}");
    let balance = json!({ "balance": "1.5" });
    Endpoints::new(ticker)
        .post(&at("transaction"), transfer, about::transfer(ticker))
        .post(&at("smartcontract"), invoke, about::invocation(&token))
        .get(
            &at("transaction/{hash}"),
            transaction,
            About::new("A transaction, with its receipt once it is on chain").at([HASH]),
        )
        .get(
            &at("transaction/count/{address}"),
            count,
            About::new("The nonce of an account's next transaction").at([ACCOUNT]).answer(json!(0)),
        )
        .get(
            &at("account/balance/{address}"),
            self::balance,
            About::new(format!("What an account holds, in {ticker}")).at([ACCOUNT]).answer(balance),
        )
        .get(
            &at("account/balance/erc20/{address}"),
            token_balance,
            About::new("What an account holds of a token, in its smallest units")
                .at([ACCOUNT])
                .query("contractAddress", &token)
                .answer(json!({ "balance": "1500000" })),
        )
        .get(
            &format!("/v3/blockchain/token/balance/{ticker}/{{contract}}/{{address}}"),
            token_balance_by_path,
            About::new("What an account holds of a token, in its smallest units")
                .at([&token, ACCOUNT])
                .answer(json!({ "balance": "1500000" })),
        )
        .get(
            &at("block/current"),
            current_block,
            About::new("The number of the last block").answer(json!(12)),
        )
        .post(&at("web3/{key}"), web3, about::rpc())
        .get(
            &format!("/sandbox/{ticker}/nonces"),
            nonces,
            About::new("The nonces on chain by sender, for an auditor").answer(json!({})),
        )
        .get(
            &format!("/sandbox/{ticker}/nft"),
            collection,
            About::new("The contract of the test NFTs, of which anyone may mint")
                .answer(json!({ "address": ACCOUNT })),
        )
        .get(
            &format!("/sandbox/{ticker}/nft/{{tokenId}}"),
            owner,
            About::new("Whose a test NFT is").at(["1000"]),
        )
        .with_state(Desk { ethereum, pending })
}

/// The longer descriptions.
mod about {
    use serde_json::json;

    use super::{ACCOUNT, About};

    pub(super) fn transfer(ticker: &str) -> About {
        let fee = json!({ "gasLimit": "21000", "gasPrice": "20" });
        let body = json!({
            "to": ACCOUNT, "amount": "1.5", "currency": ticker, "data": "invoice 7", "nonce": 0,
            "fee": fee, "feeCurrency": "CELO", "index": 0,
        });
        About::queues(
            format!("Queue a transfer of {ticker}"),
            body,
            &["currency", "data", "nonce", "fee", "feeCurrency", "index"],
        )
    }

    pub(super) fn invocation(token: &str) -> About {
        let abi = json!({
            "type": "function", "name": "mint", "stateMutability": "nonpayable",
            "inputs": [{ "name": "to", "type": "address" }, { "name": "value", "type": "uint256" }],
            "outputs": [{ "name": "", "type": "bool" }],
        });
        let body = json!({
            "contractAddress": token, "methodName": "mint", "methodABI": abi,
            "params": [ACCOUNT, "1000"], "amount": "0", "nonce": 0,
            "fee": { "gasLimit": "100000", "gasPrice": "20" }, "feeCurrency": "CELO", "index": 0,
        });
        About::queues(
            "Queue a call of a contract; one that only reads is answered at once, with `data`",
            body,
            &["params", "amount", "nonce", "fee", "feeCurrency", "index"],
        )
    }

    pub(super) fn rpc() -> About {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] });
        About::new("Ask the node, in JSON-RPC; a list of calls is answered by a list")
            .at(["key"])
            .body(call)
            .optional(&["jsonrpc", "id", "method", "params"])
            .answer(json!({ "jsonrpc": "2.0", "id": 1 }))
            .may_send()
    }
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(desk.ethereum.requests().transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn invoke(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    Ok(Json(match desk.ethereum.requests().invocation(body)? {
        Called::Queued(draft) => json!({ "signatureId": desk.pending.add(draft) }),
        Called::View { contract, data, function } => {
            let answer = desk.ethereum.read(contract, data).await?;
            json!({ "data": function.answer(&answer)? })
        }
    }))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let node = &desk.ethereum.node;
    let mut found = node.call("eth_getTransactionByHash", json!([hash])).await?;
    if found.is_null() {
        let words = format!("No such transaction with hash '{hash}'; it may not be sent yet.");
        return Err(ApiError::refused("tx.not.found", words));
    }
    let receipt = node.call("eth_getTransactionReceipt", json!([hash])).await?;
    found["status"] = json!(receipt["status"] == "0x1");
    found["receipt"] = receipt;
    Ok(Json(found))
}

async fn count(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    desk.ethereum.transaction_count(&address).await.map(|count| Json(count.into()))
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let balance = desk.ethereum.balance(&address).await?;
    Ok(Json(json!({ "balance": amount::format(balance, DECIMALS) })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contract {
    contract_address: String,
}

/// In the smallest units, as the API gives it.
async fn token_balance(
    desk: State<Desk>,
    Path(address): Path<String>,
    Query(Contract { contract_address }): Query<Contract>,
) -> Answer {
    token_balance_by_path(desk, Path((contract_address, address))).await
}

async fn token_balance_by_path(
    State(desk): State<Desk>,
    Path((contract, address)): Path<(String, String)>,
) -> Answer {
    let balance = desk.ethereum.token_balance(&contract, &address).await?;
    Ok(Json(json!({ "balance": balance.to_string() })))
}

async fn current_block(State(desk): State<Desk>) -> Answer {
    let number = desk.ethereum.node.call("eth_blockNumber", json!([])).await?;
    Ok(Json(node::quantity(&number)?.saturating_to::<u64>().into()))
}

/// For an auditor: a gap or a repetition shows.
async fn nonces(State(desk): State<Desk>) -> Answer {
    let nonces = desk.ethereum.nonces().ok_or_else(|| {
        ApiError::not_found("the ledger is on another node; ask that one for its transactions")
    })?;
    Ok(Json(json!(nonces)))
}

async fn collection(State(desk): State<Desk>) -> Json<Value> {
    Json(json!({ "address": desk.ethereum.nft.to_checksum(None) }))
}

async fn owner(State(desk): State<Desk>, Path(token_id): Path<String>) -> Answer {
    let owner = desk.ethereum.nft_owner(read_amount("tokenId", &token_id, 0)?).await?;
    Ok(Json(json!({ "owner": owner.to_checksum(None) })))
}

async fn web3(
    State(desk): State<Desk>,
    Path(_key): Path<String>,
    ApiJson(body): ApiJson<Value>,
) -> Json<Value> {
    Json(node::answer(desk.ethereum.spec, desk.ethereum.node.as_ref(), body).await)
}
