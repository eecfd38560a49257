//! What the daemon refuses to do, whom it asks, and what it never says.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::time::Duration;

use fake::{
    API_KEY, FakeChain, FakeStore, ID, WALLET, accepted, api, broadcasts, entry, item, reports,
    run, served, settings,
};
use kms_daemon::{Approval, ApprovalMethod, DaemonError, SettingsError};
use serde_json::{Value, json};
use stub::{Answer, Stub};

#[tokio::test]
async fn without_a_yes_nothing_is_signed() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], accepted).await;
    let mut settings = settings(&stub.url, &[chain]);
    for status in [404, 500, 302] {
        let approver = Stub::start(move |_, _| Answer::Text(status, String::new())).await;
        let url = format!("{}/approve", approver.url).parse().unwrap();
        settings.approval = Some(Approval::new(url, ApprovalMethod::Get));
        let summary = run(&settings, &store).await.unwrap();
        assert_eq!((summary.skipped, summary.sent, summary.failed), (1, 0, 0), "{status}");
        assert!(!summary.is_clean());
    }
    let url = "http://127.0.0.1:1/approve".parse().unwrap();
    settings.approval = Some(Approval::new(url, ApprovalMethod::Get));
    assert_eq!(run(&settings, &store).await.unwrap().skipped, 1);
    assert_eq!((chain.signatures(), broadcasts(&stub).len()), (0, 0));
    assert!(reports(&stub).is_empty());
}

#[tokio::test]
async fn the_approval_server_sees_what_is_signed_and_no_api_key() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let pending = item(ID, "FAKE", "{}");
    let stub = served(vec![pending.clone()], accepted).await;
    let approver = Stub::start(|_, _| Answer::Text(204, String::new())).await;
    let mut settings = settings(&stub.url, &[chain]);
    let url = format!("{}/approve/?team=a", approver.url).parse().unwrap();
    settings.approval = Some(Approval::new(url, ApprovalMethod::Post));
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    let seen = &approver.seen()[0];
    assert!(seen.is("POST", &format!("/approve/{ID}?team=a")), "{}", seen.path);
    assert_eq!(seen.json(), pending);
    assert_eq!(seen.header("x-kms-digest").unwrap(), "05".repeat(32));
    assert_eq!(seen.header("x-kms-content-digest").unwrap().len(), 64);
    let intent: Value = serde_json::from_str(seen.header("x-kms-intent").unwrap()).unwrap();
    assert_eq!(
        intent["maxFee"],
        json!({"asset": {"type": "native", "symbol": "FAKE", "decimals": 3}, "amount": "1"})
            .as_object()
            .map(|fee| json!(fee))
            .unwrap()
    );
    assert!(!format!("{seen:?}").contains(API_KEY));
}

#[tokio::test]
async fn what_the_api_must_not_decide_is_refused() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    // A wallet of another chain, of which the API was not asked in this poll.
    let stranger = "11111111-518f-4e76-8255-8f1df0de6886";
    store.entries.lock().unwrap().push(entry(stranger, "OTHER"));
    let with_stranger =
        json!({"id": "a2", "chain": "FAKE", "hashes": [stranger], "serializedTransaction": "{}"});
    let pending = vec![
        item("a1", "OTHER", "{}"),
        with_stranger,
        item("a3", "FAKE", r#"{"fee":1001}"#),
        item("a4", "FAKE", "s3cret"),
        json!({"id": "a5", "chain": "FAKE", "hashes": [WALLET], "serializedTransaction": "{}", "txId": "0xdone"}),
        json!({"id": "a6", "chain": "FAKE", "hashes": "s3cret", "serializedTransaction": "s3cret"}),
        item("a7", "FAKE", r#"{"fee":1000}"#),
    ];
    let stub = served(pending, accepted).await;
    let summary = run(&settings(&stub.url, &[chain]), &store).await.unwrap();
    assert_eq!((summary.pending, summary.failed, summary.skipped, summary.sent), (7, 5, 1, 1));
    assert_eq!(chain.signatures(), 1);
    let reports = reports(&stub);
    assert_eq!(reports.len(), 1);
    let report: Value = serde_json::from_str(&reports[0]).unwrap();
    let words = |id: &str| {
        let errors = report["errors"].as_array().unwrap();
        errors.iter().find(|e| e["signatureId"] == id).unwrap()["error"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(words("a1").contains("OTHER") && words("a1").contains("FAKE"));
    assert!(words("a2").contains(stranger));
    assert!(
        words("a3").contains("1.001 FAKE") && words("a3").contains("1 FAKE"),
        "{}",
        words("a3")
    );
    assert!(!reports[0].contains("s3cret"));
}

#[tokio::test]
async fn more_wallets_than_a_poll_takes_are_asked_about_in_chunks() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&[]));
    *store.entries.lock().unwrap() = (0..25_001).map(|i| entry(&format!("w{i}"), "FAKE")).collect();
    let stub = served(vec![], accepted).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    assert_eq!(settings.status.chains()["FAKE"].chunks, 2);
    let polls = stub.to("POST", "/v3/kms/pending/FAKE");
    let sizes: Vec<_> =
        polls.iter().map(|p| p.json()["signatureIds"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [25_000, 1]);
}

#[tokio::test]
async fn chains_without_wallets_are_not_polled() {
    let (one, two) = (FakeChain::leak("ONE"), FakeChain::leak("TWO"));
    let store = FakeStore::new(&["TWO"]);
    let stub = served(vec![], accepted).await;
    run(&settings(&stub.url, &[one, two]), &store).await.unwrap();
    let polls: Vec<_> = stub.to("POST", "/v3/kms/pending").into_iter().map(|p| p.path).collect();
    assert_eq!(polls, ["/v3/kms/pending/TWO"]);
}

#[tokio::test]
async fn only_the_transactions_asked_for_are_processed() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item("a1", "FAKE", "{}"), item("a2", "FAKE", "{}")], accepted).await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.only_transactions = Some(["a2".parse().unwrap()].into());
    assert_eq!(run(&settings, &store).await.unwrap().pending, 1);
    assert!(broadcasts(&stub)[0].contains("a2"));
}

#[tokio::test]
async fn a_second_daemon_on_the_same_store_does_not_start() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = Stub::start(|_, _| Answer::Silence).await;
    let settings = settings(&stub.url, &[chain]);
    let (first, second) = tokio::join!(run(&settings, &store), run(&settings, &store));
    assert_eq!(first.unwrap().failed_polls, 1);
    assert!(matches!(second.unwrap_err(), DaemonError::Lock(_)));
}

#[tokio::test]
async fn on_mainnet_an_approval_server_is_required() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let mut settings = settings("http://127.0.0.1:1", &[chain]);
    settings.network = kms_core::Network::Mainnet;
    settings.api.network = kms_core::Network::Mainnet;
    let error = run(&settings, &store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Settings(SettingsError::ApprovalNeeded)), "{error}");
}

#[tokio::test]
async fn the_shutdown_lets_the_transaction_in_flight_finish() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let (begun, shutdown) = tokio::sync::oneshot::channel();
    let begun = std::sync::Mutex::new(Some(begun));
    let stub = served(vec![item("a1", "FAKE", "{}"), item("a2", "FAKE", "{}")], move |_| {
        if let Some(begun) = begun.lock().unwrap().take() {
            begun.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
        accepted(0)
    })
    .await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.run_once = false;
    let shutdown = async move { shutdown.await.unwrap() };
    let summary = kms_daemon::run(&settings, &store, shutdown).await.unwrap();
    assert_eq!((summary.sent, summary.pending), (1, 1));
}

#[tokio::test]
async fn no_log_line_holds_the_api_key_or_a_payload() {
    #[derive(Clone, Default)]
    struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let pending = vec![
        item("a1", "FAKE", "s3cret"),
        item("a2", "FAKE", r#"{"note":"s3cret"}"#),
        json!({"id": "a3", "chain": "FAKE", "hashes": 1, "serializedTransaction": "s3cret"}),
        item("a4", "FAKE", r#"{"note":"s3cret"}"#),
    ];
    let stub = Stub::start(move |seen, before| match seen.path.as_str() {
        "/v3/fake/broadcast" if before == 0 => {
            Answer::Text(500, format!("trouble with {API_KEY}\u{1b}[2J"))
        }
        "/v3/fake/broadcast" => stub::json(json!({"txId": API_KEY})),
        path if path.starts_with("/v3/kms/pending") => Answer::WithHeader(
            200,
            "x-ttm-kms-latest-version",
            b"9.0.0;INFO;x\xc2\x9by".to_vec(),
            json!(pending).to_string(),
        ),
        _ => api(seen, &[]),
    })
    .await;
    run(&settings(&stub.url, &[chain]), &store).await.unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("a2") && text.contains("\\u{9b}"), "{text}");
    for secret in [API_KEY, "s3cret", "signature 1", "\u{9b}", "\u{1b}[2J"] {
        assert!(!text.contains(secret), "{secret:?} in {text}");
    }
}
