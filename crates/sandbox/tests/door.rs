//! Who is let in, and how refusals look.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::Api;
use serde_json::json;
use tatum_sandbox::server::Settings;

async fn status(api: &Api, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = api.client.get(format!("{}{path}", api.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["x-tatum-sandbox"], "testnet");
    answer.status().as_u16()
}

#[tokio::test]
async fn only_loopback_names_are_answered() {
    let api = Api::start().await;
    let path = "/sandbox/pending";
    for host in ["localhost", "localhost:1234", "127.0.0.1", "[::1]:80"] {
        assert_eq!(status(&api, path, &[("host", host)]).await, 200, "{host}");
    }
    for host in ["example.com", "localhost.example.com", "169.254.0.1", "127.0.0.1@example.com"] {
        assert_eq!(status(&api, path, &[("host", host)]).await, 403, "{host}");
    }
    assert_eq!(status(&api, path, &[("origin", "http://localhost:5173")]).await, 200);
    assert_eq!(status(&api, path, &[("origin", "https://example.com")]).await, 403);
    assert_eq!(status(&api, path, &[("origin", "null")]).await, 403);
}

#[tokio::test]
async fn any_key_will_do_but_none_will_not() {
    let api = Api::start().await;
    let path = "/v3/kms/pending/ETH";
    assert_eq!(status(&api, path, &[("x-api-key", "anything")]).await, 200);
    assert_eq!(status(&api, path, &[]).await, 401);
    assert_eq!(status(&api, path, &[("x-api-key", "")]).await, 401);
}

#[tokio::test]
async fn a_set_key_is_the_only_one() {
    let api_key = Some("key".to_owned());
    let api = Api::start_with(Settings { api_key, ..Settings::default() }).await;
    assert_eq!(api.get("/v3/kms/pending/ETH").await.0, 200);
    assert_eq!(status(&api, "/v3/kms/pending/ETH", &[("x-api-key", "other")]).await, 401);
    assert_eq!(status(&api, "/v3/kms/pending/ETH", &[]).await, 401);

    for (key, expected) in [("key", 200), ("other", 401)] {
        let path = format!("/v3/egld/node/{key}/network/config");
        assert_eq!(status(&api, &path, &[]).await, expected, "{key}");
    }

    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" });
    for (path, expected) in [
        ("/v3/ethereum/web3/key", 200),
        ("/v3/ethereum/web3/other", 401),
        ("/v3/blockchain/node/ETH/key", 200),
        ("/v3/blockchain/node/ETH/other", 401),
    ] {
        let url = format!("{}{path}", api.base);
        let answer = api.client.post(url).json(&request).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{path}");
    }
}

#[tokio::test]
async fn refusals_have_the_shape_of_the_api() {
    let api = Api::start().await;
    let (status, body) = api.get("/v3/kms/5e6645712b55823de7ea82f1").await;
    let expected = json!({
        "statusCode": 403,
        "message": "No such KMS signature with id '5e6645712b55823de7ea82f1'.",
        "errorCode": "kms.missing",
    });
    assert_eq!((status, body), (403, expected));

    let (status, body) = api.post("/v3/tatum/kms/batch", json!({ "errors": 1 })).await;
    assert_eq!((status, &body["errorCode"]), (400, &json!("validation.failed")));
    assert_eq!(body["statusCode"], 400);
    assert!(body["data"].is_array());

    let (status, body) = api.get("/v3/nothing").await;
    assert_eq!((status, &body["statusCode"]), (404, &json!(404)));
}

#[tokio::test]
async fn a_form_of_a_web_page_is_no_request() {
    let api = Api::start().await;
    let url = format!("{}/sandbox/kms/pending", api.base);
    let body = r#"{"chain":"ETH","hashes":[],"serializedTransaction":"{}"}"#;
    let request = api.client.post(url).header("content-type", "text/plain").body(body);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 400);
    assert_eq!(api.get("/sandbox/pending").await.1, json!([]));
}
