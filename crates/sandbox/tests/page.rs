//! Who gets to the page, and how the sandbox answers a daemon that asks for approval.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::{Api, WALLET, text};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tatum_sandbox::page::{Mode, PageSettings};
use tatum_sandbox::server::Settings;

/// Endpoints of the page, and bodies that they take.
fn changes() -> [(&'static str, Value); 4] {
    [
        ("mode", json!({ "mode": "automatic" })),
        ("decision", json!({ "id": "a", "key": "b", "decision": "approve" })),
        ("faucet", json!({ "chain": "ETH", "address": common::RECIPIENT, "amount": "1" })),
        (
            "transfer",
            json!({
                "chain": "ETH", "to": common::RECIPIENT, "amount": "1", "signatureId": WALLET,
                "index": 3, "memo": "hi",
            }),
        ),
    ]
}

fn token(api: &Api) -> String {
    let url = api.page_url();
    let (base, token) = url.split_once("/?token=").unwrap();
    assert_eq!(base, api.base);
    token.to_owned()
}

async fn send(request: RequestBuilder, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

async fn get(api: &Api, path: &str, headers: &[(&str, &str)]) -> Response {
    send(api.client.get(format!("{}{path}", api.base)), headers).await
}

async fn status(api: &Api, path: &str, headers: &[(&str, &str)]) -> u16 {
    get(api, path, headers).await.status().as_u16()
}

async fn post(api: &Api, path: &str, body: &Value, headers: &[(&str, &str)]) -> (u16, Value) {
    let answer = send(api.client.post(format!("{}{path}", api.base)).json(body), headers).await;
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn cookie_of(answer: &Response) -> String {
    answer.headers()["set-cookie"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_has_headers_that_bind_the_browser() {
    let api = Api::start().await;
    for path in ["/", "/page/app.js", "/page/style.css", "/page/state"] {
        let answer = get(&api, path, &[]).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-tatum-sandbox"), "testnet", "{path}");
    }
}

#[tokio::test]
async fn the_page_answers_to_its_own_name_only() {
    let api = Api::start().await;
    let token = token(&api);
    let bound = api.base.strip_prefix("http://").unwrap();
    for host in [bound, "localhost", "localhost:8000"] {
        let headers = [("host", host), ("x-sandbox-token", token.as_str())];
        assert_eq!(status(&api, "/page/state", &headers).await, 200, "{host}");
    }
    for host in
        ["example.com", "127.0.0.1:1", "127.0.0.1", "localhost.example.com", "localhost:x", ""]
    {
        let headers = [("host", host), ("x-sandbox-token", token.as_str())];
        for path in ["/", "/page/app.js", "/page/state"] {
            assert_eq!(status(&api, path, &headers).await, 403, "{host} {path}");
        }
    }
}

#[tokio::test]
async fn the_token_of_the_url_becomes_a_cookie() {
    let api = Api::start().await;
    let token = token(&api);
    assert_eq!(status(&api, "/", &[]).await, 401);
    assert_eq!(status(&api, "/?token=", &[]).await, 401);
    assert_eq!(status(&api, "/?token=0123", &[]).await, 401);
    let opened = get(&api, &format!("/?token={token}"), &[]).await;
    assert_eq!(opened.status().as_u16(), 200);
    let cookie = cookie_of(&opened);
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let headers = [("cookie", format!("a=b; {cookie}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(status(&api, "/", &headers).await, 200);
    assert_eq!(status(&api, "/page/state", &headers).await, 200);
    // The page of another sandbox on this machine.
    let other = cookie.replace("tatum-sandbox-", "tatum-sandbox-1");
    assert_eq!(status(&api, "/page/state", &[("cookie", &other)]).await, 401);
    for path in ["/page/state", "/page/setup"] {
        assert_eq!(status(&api, path, &[]).await, 401, "{path}");
        assert_eq!(status(&api, path, &[("x-sandbox-token", "0")]).await, 401, "{path}");
    }
}

#[tokio::test]
async fn a_seed_makes_the_same_token_again() {
    let start = |seed| async move {
        let page = PageSettings { seed, ..PageSettings::default() };
        token(&Api::start_with(Settings { page, ..Settings::default() }).await)
    };
    assert_eq!(start(Some(3)).await, start(Some(3)).await);
    assert_ne!(start(Some(3)).await, start(Some(4)).await);
    assert_ne!(start(None).await, start(None).await);
}

#[tokio::test]
async fn only_the_page_itself_changes_anything() {
    let api = Api::start().await;
    let token = token(&api);
    let opened = get(&api, &format!("/?token={token}"), &[]).await;
    let cookie = cookie_of(&opened);
    let cookie = cookie.split(';').next().unwrap();
    let neighbour = "http://localhost:5173";
    for (path, body) in changes() {
        let path = format!("/page/{path}");
        assert_eq!(post(&api, &path, &body, &[]).await.0, 401, "{path}");
        let own = [("origin", api.base.as_str())];
        assert_eq!(post(&api, &path, &body, &own).await.0, 401, "{path}");
        for origin in [neighbour, "https://example.com", "null"] {
            let headers = [("cookie", cookie), ("origin", origin)];
            assert_eq!(post(&api, &path, &body, &headers).await.0, 403, "{path} {origin}");
            let headers = [("x-sandbox-token", token.as_str()), ("origin", origin)];
            assert_eq!(post(&api, &path, &body, &headers).await.0, 403, "{path} {origin}");
        }
        assert_eq!(post(&api, &path, &body, &[("cookie", cookie)]).await.0, 403, "{path}");
    }
    assert_eq!(api.get("/sandbox/pending").await.1, json!([]));
    let headers = [("cookie", cookie), ("origin", api.base.as_str())];
    for (path, body) in changes() {
        let (status, answer) = post(&api, &format!("/page/{path}"), &body, &headers).await;
        let expected = if path == "decision" { 403 } else { 200 };
        assert_eq!(status, expected, "{path}: {answer}");
    }
    let entry = &api.get("/sandbox/pending").await.1[0];
    assert_eq!((&entry["hashes"], &entry["index"]), (&json!([WALLET]), &json!(3)));
    assert_eq!(api.balance(common::RECIPIENT).await, "1");
}

/// Asks as the daemon does, without a secret; the status.
async fn asked(api: &Api, id: &str, intent: &str) -> u16 {
    let headers =
        [("x-kms-digest", "11"), ("x-kms-content-digest", "22"), ("x-kms-intent", intent)];
    status(api, &format!("/approve/{id}"), &headers).await
}

async fn state(api: &Api) -> Value {
    let token = token(api);
    get(api, "/page/state", &[("x-sandbox-token", &token)]).await.json().await.unwrap()
}

#[tokio::test]
async fn the_daemon_is_answered_with_what_a_person_decided() {
    let api = Api::start().await;
    let token = token(&api);
    let headers = [("x-sandbox-token", token.as_str())];
    let draft =
        json!({ "chain": "ETH", "hashes": [WALLET], "serializedTransaction": "{}", "index": 2 });
    let id = api.queue(draft).await;
    let asset = r#"{"type":"native","symbol":"ETH","decimals":18}"#;
    let intent = format!(
        r#"{{"from":["0xa"],"actions":[{{"kind":"transfer","asset":{asset},"to":"0xb","amount":"1"}}]}}"#
    );
    assert_eq!(asked(&api, "5e6645712b55823de7ea82f1", &intent).await, 403);
    assert_eq!(asked(&api, &id, &intent).await, 425);
    let shown = state(&api).await;
    let item = &shown["items"][0];
    assert_eq!((&item["state"], &shown["counts"]), (&json!("asking"), &json!({ "asking": 1 })));
    assert_eq!(item["summary"]["amount"], "0.000000000000000001 ETH");
    let known = json!([{ "chain": "ETH", "signatureId": WALLET, "index": 2, "address": "0xa" }]);
    assert_eq!(shown["wallets"], known);

    let mut judgement = json!({ "id": id, "key": item["question"]["key"], "decision": "deny" });
    assert_eq!(post(&api, "/page/decision", &judgement, &headers).await.0, 200);
    assert_eq!(asked(&api, &id, &intent).await, 403);
    assert_eq!(state(&api).await["items"][0]["state"], "denied");
    judgement["decision"] = "approve".into();
    assert_eq!(post(&api, "/page/decision", &judgement, &headers).await.0, 200);
    assert_eq!(asked(&api, &id, &intent).await, 204);
    // What it does is another matter now.
    assert_eq!(asked(&api, &id, "{}").await, 425);
    assert_eq!(post(&api, "/page/decision", &judgement, &headers).await.0, 403);

    let mode = json!({ "mode": "automatic" });
    assert_eq!(post(&api, "/page/mode", &mode, &headers).await.0, 200);
    assert_eq!(asked(&api, &id, "{}").await, 204);
}

#[tokio::test]
async fn no_browser_and_no_stranger_asks_for_approval() {
    let api = Api::start_with(Settings {
        page: PageSettings { mode: Mode::Automatic, ..PageSettings::default() },
        ..Settings::default()
    })
    .await;
    let draft = json!({ "chain": "ETH", "hashes": [WALLET], "serializedTransaction": "{}" });
    let path = format!("/approve/{}", api.queue(draft).await);
    assert_eq!(status(&api, &path, &[]).await, 204);
    for header in
        [("host", "example.com"), ("origin", "http://localhost"), ("sec-fetch-site", "none")]
    {
        assert_eq!(status(&api, &path, &[header]).await, 403, "{header:?}");
    }
}

#[tokio::test]
async fn with_a_secret_an_unsigned_question_counts_for_nothing() {
    let secret = Some("a secret that both sides have".to_owned().into());
    let page = PageSettings { mode: Mode::Automatic, secret, ..PageSettings::default() };
    let api = Api::start_with(Settings { page, ..Settings::default() }).await;
    let draft = json!({ "chain": "ETH", "hashes": [WALLET], "serializedTransaction": "{}" });
    let id = api.queue(draft).await;
    assert_eq!(asked(&api, &id, "{}").await, 401);
    assert_eq!(state(&api).await["items"][0]["question"], Value::Null);
}

#[tokio::test]
async fn what_the_api_refuses_is_said_in_its_words() {
    let api = Api::start().await;
    let token = token(&api);
    let body = json!({ "chain": "ETH", "to": "nobody", "amount": "1", "signatureId": WALLET });
    let (status, answer) =
        post(&api, "/page/transfer", &body, &[("x-sandbox-token", &token)]).await;
    assert_eq!(status, 403);
    assert!(!text(&answer["message"]).contains("see data"), "{answer}");
}
