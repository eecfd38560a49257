//! The client against a loopback server.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod stub;

use std::time::{Duration, Instant};

use kms_core::{
    ApiKey, ChainSpec, Network, Node, NodeError, NodeHost, Outcome, Payload, PendingTransaction,
    SignedTransaction, Ticker, TransactionHash, Withdrawal,
};
use kms_tatum::{ApiError, ChainNode, Client, ClientSettings, Details, Failure};
use serde_json::json;
use stub::{Answer, Seen, Stub};

const KEY: &str = "t-test-0123456789abcdef";

static ETH: ChainSpec = ChainSpec {
    ticker: Ticker("ETH"),
    name: "Ethereum",
    symbol: "ETH",
    decimals: 18,
    node: NodeHost::gateway("/v3/ethereum/web3"),
    broadcast_path: "/v3/ethereum/broadcast",
    offchain_withdrawals: true,
    fee_cap: 1,
};

fn client_on(url: &str, network: Network) -> Client {
    let mut settings =
        ClientSettings::new(url.parse().unwrap(), ApiKey::new(KEY.to_owned()), network);
    settings.retries = 2;
    settings.retry_delay = Duration::from_millis(5);
    settings.timeout = Duration::from_millis(1500);
    Client::new(settings).unwrap()
}

async fn served(script: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> (Stub, Client) {
    let stub = Stub::start(script).await;
    let client = client_on(&stub.url, Network::Testnet);
    (stub, client)
}

fn pending(withdrawal: Option<&str>) -> PendingTransaction {
    PendingTransaction {
        id: "5e6645712b55823de7ea82f1".parse().unwrap(),
        ticker: "ETH".to_owned(),
        wallets: vec![],
        signers: vec![],
        index: None,
        payload: Payload::new("{}".to_owned()),
        withdrawal: withdrawal.map(|id| Withdrawal { id: id.parse().unwrap(), inputs: None }),
    }
}

fn signed() -> SignedTransaction {
    SignedTransaction { data: "0xf86c".to_owned(), hash: TransactionHash("0xAB".to_owned()) }
}

const KNOWN: &[&str] = &["already known"];

async fn broadcast(
    script: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static,
) -> (Outcome, Stub) {
    let (stub, client) = served(script).await;
    let result = client.broadcast(&ETH, KNOWN, &pending(None), &signed()).await;
    (result.outcome, stub)
}

#[tokio::test]
async fn a_poll_says_what_the_protocol_asks_for() {
    let (stub, client) = served(|_, _| stub::json(json!([]))).await;
    client.pending(ETH.ticker, ["w1", "w2"].iter()).await.unwrap();
    let seen = &stub.seen()[0];
    assert!(seen.is("POST", "/v3/kms/pending/ETH"), "{} {}", seen.method, seen.path);
    assert_eq!(seen.text, r#"{"signatureIds":["w1","w2"]}"#);
    assert_eq!(seen.header("x-ttm-kms-client-version"), Some("8.0.1"));
    assert_eq!(seen.header("x-api-key"), Some(KEY));
    assert_eq!(seen.header("x-testnet-type"), Some("ethereum-sepolia"));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("user-agent"), Some(kms_tatum::USER_AGENT));
    assert_eq!(seen.header("accept-encoding"), None);

    let mainnet = client_on(&format!("{}/gateway/", stub.url), Network::Mainnet);
    mainnet.pending(ETH.ticker, [""; 0].iter()).await.unwrap();
    let seen = &stub.seen()[1];
    assert_eq!(seen.path, "/gateway/v3/kms/pending/ETH");
    assert_eq!(seen.header("x-testnet-type"), None);
}

#[tokio::test]
async fn bodies_have_the_order_of_the_reference() {
    let (stub, client) = served(|_, _| stub::json(json!({"txId": "0xab"}))).await;
    client.broadcast(&ETH, KNOWN, &pending(None), &signed()).await;
    client.broadcast(&ETH, KNOWN, &pending(Some("f1")), &signed()).await;
    let failure = Failure { id: pending(None).id, reason: "no".to_owned() };
    client.report(&[failure]).await.unwrap();
    client.report(&[]).await.unwrap();
    client.complete(&pending(None).id, &TransactionHash("a/b".to_owned())).await.unwrap();
    let lines: Vec<_> =
        stub.seen().iter().map(|s| format!("{} {} {}", s.method, s.path, s.text)).collect();
    assert_eq!(
        lines,
        [
            r#"POST /v3/ethereum/broadcast {"txData":"0xf86c","signatureId":"5e6645712b55823de7ea82f1"}"#,
            r#"POST /v3/offchain/withdrawal/broadcast {"currency":"ETH","signatureId":"5e6645712b55823de7ea82f1","withdrawalId":"f1","txData":"0xf86c"}"#,
            r#"POST /v3/tatum/kms/batch {"errors":[{"signatureId":"5e6645712b55823de7ea82f1","error":"no"}]}"#,
            "PUT /v3/kms/5e6645712b55823de7ea82f1/a%2Fb ",
        ]
    );
}

#[tokio::test]
async fn a_2xx_with_a_hash_is_sent_and_only_explicit_words_make_it_incomplete() {
    for (body, completed) in [
        (r#"{"txId":"ab"}"#, true),
        (r#"{"txId":"0xab","failed":false,"completed":true}"#, true),
        (r#"{"txId":"0xab","failed":"true"}"#, true),
        (r#"{"txId":"0xab","failed":true}"#, false),
        (r#"{"txId":"0xab","completed":false}"#, false),
    ] {
        let (outcome, _) = broadcast(move |_, _| Answer::Text(201, body.to_owned())).await;
        assert_eq!(outcome, Outcome::Sent { completed }, "{body}");
    }
}

#[tokio::test]
async fn another_hash_brings_a_warning() {
    let (_, client) = served(|_, _| stub::json(json!({"txId": "0xdead"}))).await;
    let result = client.broadcast(&ETH, KNOWN, &pending(None), &signed()).await;
    assert_eq!(result.outcome, Outcome::Sent { completed: true });
    assert!(result.warning.unwrap().contains("0xdead"));
}

#[tokio::test]
async fn a_2xx_without_a_hash_may_be_anybodys() {
    for body in [
        "",
        "[1",
        "<html>",
        "{}",
        r#"{"txId":""}"#,
        r#"{"txId":7,"failed":"no"}"#,
        r#"{"completed":true}"#,
    ] {
        let (_, client) = served(move |_, _| Answer::Text(200, body.to_owned())).await;
        let result = client.broadcast(&ETH, KNOWN, &pending(None), &signed()).await;
        assert!(matches!(result.outcome, Outcome::Unknown { .. }) && result.unclear, "{body}");
    }
}

#[tokio::test]
async fn a_4xx_to_the_first_send_is_a_refusal() {
    let body =
        r#"{"statusCode":403,"errorCode":"ethereum.broadcast.failed","message":"nonce too low"}"#;
    let (outcome, stub) = broadcast(move |_, _| Answer::Text(403, body.to_owned())).await;
    let reason = "the API answered 403: nonce too low (ethereum.broadcast.failed)".to_owned();
    assert_eq!(outcome, Outcome::Refused { reason });
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn what_says_nothing_about_the_transaction_is_unknown() {
    let credits = "You have reached the limit of 10000 credits with your free plan";
    for (status, body) in [(500, "x"), (502, ""), (408, ""), (401, ""), (403, credits), (307, "")] {
        let (outcome, stub) = broadcast(move |_, _| Answer::Text(status, body.to_owned())).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{status}: {outcome:?}");
        assert_eq!(stub.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_lost_reply_is_followed_by_the_same_bytes() {
    let (outcome, stub) = broadcast(|_, before| match before {
        0 => Answer::Silence,
        _ => stub::json(json!({"txId": "0xab"})),
    })
    .await;
    assert_eq!(outcome, Outcome::Sent { completed: true });
    let seen = stub.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].text, seen[1].text);
}

#[tokio::test]
async fn a_4xx_after_a_lost_reply_is_no_refusal() {
    let (outcome, _) = broadcast(|_, before| match before {
        0 => Answer::Silence,
        _ => Answer::Text(403, r#"{"message":"nonce too low"}"#.to_owned()),
    })
    .await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let (outcome, _) = broadcast(|_, before| match before {
        0 => Answer::Silence,
        _ => Answer::Text(403, r#"{"message":"already known"}"#.to_owned()),
    })
    .await;
    assert_eq!(outcome, Outcome::Sent { completed: false });
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let client = client_on(&url, Network::Testnet);
    let result = client.broadcast(&ETH, KNOWN, &pending(None), &signed()).await;
    assert!(matches!(result.outcome, Outcome::NotSent { .. }), "{result:?}");
    let error = client.pending(ETH.ticker, [""; 0].iter()).await.unwrap_err();
    assert!(matches!(error, ApiError::NotSent(_)), "{error}");
}

#[tokio::test]
async fn questions_are_repeated_and_polls_are_not() {
    let (stub, client) = served(|seen, before| match before {
        _ if seen.path.contains("pending") => Answer::Text(500, String::new()),
        0 => Answer::Text(503, String::new()),
        1 => Answer::WithHeader(429, "retry-after", b"1".to_vec(), String::new()),
        _ => stub::json(json!({"id": "x", "txId": "0xab"})),
    })
    .await;
    let start = Instant::now();
    let details = client.details(&pending(None).id).await.unwrap();
    assert_eq!(details, Details::Completed { hash: "0xab".to_owned() });
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(stub.seen().len(), 3);
    client.pending(ETH.ticker, [""; 0].iter()).await.unwrap_err();
    assert_eq!(stub.to("POST", "/v3/kms/pending").len(), 1);
}

#[tokio::test]
async fn an_unknown_pending_id_is_told_from_other_refusals() {
    for (status, body, missing) in [
        (404, "", true),
        (403, r#"{"errorCode":"kms.missing","message":"No such KMS"}"#, true),
        (403, r#"{"errorCode":"subscription.invalid","message":"no"}"#, false),
    ] {
        let (_, client) = served(move |_, _| Answer::Text(status, body.to_owned())).await;
        let details = client.details(&pending(None).id).await;
        assert_eq!(details == Ok(Details::Missing), missing, "{body}");
    }
}

#[tokio::test]
async fn spent_credits_have_an_error_of_their_own() {
    let text = "You have reached the limit of 10000 credits with your free plan.";
    let (stub, client) = served(move |_, _| Answer::Text(403, text.to_owned())).await;
    let error = client.details(&pending(None).id).await.unwrap_err();
    assert!(matches!(error, ApiError::CreditsUsedUp(_)), "{error}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_node_is_asked_with_the_key_in_the_path_alone() {
    let (stub, client) = served(|seen, _| match seen.method.as_str() {
        "GET" => stub::json(json!({"medium": 5})),
        _ if seen.json()["method"] == "eth_bad" => {
            stub::json(json!({"error": {"code": -32000, "message": "bad\u{1b}[2J"}}))
        }
        _ => stub::json(json!({"jsonrpc": "2.0", "id": 1, "result": "0x1"})),
    })
    .await;
    let node = ChainNode::new(&client, &ETH);
    assert_eq!(node.rpc("eth_chainId", json!([])).await.unwrap(), "0x1");
    let seen = &stub.seen()[0];
    assert_eq!(seen.path, format!("/v3/ethereum/web3/{KEY}"));
    assert_eq!(seen.header("x-api-key"), None);
    assert_eq!(seen.json()["method"], "eth_chainId");
    assert_eq!(node.get("/v3/blockchain/fee/ETH").await.unwrap()["medium"], 5);
    assert_eq!(stub.seen()[1].header("x-api-key"), Some(KEY));
    let error = node.rpc("eth_bad", json!([])).await.unwrap_err();
    assert_eq!(error.to_string(), "the node answered with error -32000: bad\\u{1b}[2J");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_not_read() {
    let (_, client) = served(|_, _| Answer::Text(200, " ".repeat(1024 * 1024 + 1))).await;
    let error = client.details(&pending(None).id).await.unwrap_err();
    assert_eq!(error, ApiError::TooLarge { limit: 1024 * 1024 });
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (stub, client) =
        served(|_, _| Answer::WithHeader(307, "location", b"/elsewhere".to_vec(), String::new()))
            .await;
    let error = client.pending(ETH.ticker, [""; 0].iter()).await.unwrap_err();
    assert!(matches!(error, ApiError::Status { status: 307, .. }), "{error}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn no_error_holds_the_api_key() {
    let (_, client) = served(|seen, _| match seen.path.as_str() {
        path if path.contains("silent") => Answer::Silence,
        path => Answer::Text(
            404,
            format!(r#"{{"message":"Cannot {} {path} with {KEY}"}}"#, seen.method),
        ),
    })
    .await;
    let node = ChainNode::new(&client, &ETH);
    let echoed = node.rpc("eth_chainId", json!([])).await.unwrap_err();
    let NodeError::Status { status: 404, .. } = echoed else { panic!("{echoed}") };
    let silent = node.get(&format!("/silent/{KEY}")).await.unwrap_err();
    let refused = client.broadcast(&ETH, KNOWN, &pending(None), &signed()).await;
    let unreachable = client_on("http://127.0.0.1:1", Network::Testnet);
    let node = ChainNode::new(&unreachable, &ETH);
    let no_connection = node.rpc("eth_chainId", json!([])).await.unwrap_err();
    for text in [
        format!("{echoed} {echoed:?}"),
        format!("{silent} {silent:?}"),
        format!("{refused:?}"),
        format!("{no_connection} {no_connection:?}"),
        format!("{client:?}"),
    ] {
        assert!(!text.contains(KEY), "{text}");
        assert!(!text.is_empty());
    }
}
