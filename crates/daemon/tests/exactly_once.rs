//! One signature for one pending transaction, whatever happens to the bytes, the replies and the journal.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::time::Duration;

use fake::{
    FakeChain, FakeStore, ID, accepted, api, broadcasts, item, reports, run, served, settings,
};
use kms_core::Password;
use kms_daemon::{DaemonError, JournalError, OpenStore};
use kms_keystore::{Extras, Keystore, Options, Writer};
use serde_json::json;
use stub::{Answer, Stub};

#[tokio::test]
async fn a_transaction_is_signed_sent_and_answered_for_ever() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], accepted).await;
    let settings = settings(&stub.url, &[chain]);
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.pending, summary.signed, summary.sent, summary.failed), (1, 1, 1, 0));
    assert!(summary.is_clean());
    assert_eq!(
        broadcasts(&stub),
        [format!(r#"{{"txData":"nonce 5 signature 1","signatureId":"{ID}"}}"#)]
    );
    assert!(stub.to("PUT", "/").is_empty());

    // Handed out once more though it is complete: the API is told, nothing is sent.
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.signed, summary.sent), (0, 1));
    assert_eq!(stub.to("PUT", "/")[0].path, format!("/v3/kms/{ID}/0xhash5-1"));
    assert_eq!((broadcasts(&stub).len(), chain.signatures()), (1, 1));
}

#[tokio::test]
async fn after_a_lost_reply_the_same_bytes_are_sent() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |before| match before {
        0 => Answer::Silence,
        _ => accepted(before),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.signed, summary.sent, summary.failed), (1, 0, 1));
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.signed, summary.sent, summary.failed), (0, 1, 0));
    let sent = broadcasts(&stub);
    assert_eq!((sent.len(), chain.signatures()), (2, 1));
    assert_eq!(sent[0], sent[1]);
}

#[tokio::test]
async fn a_daemon_killed_before_the_answer_sends_the_same_bytes_at_its_next_start() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |before| match before {
        0 => Answer::Silence,
        _ => accepted(before),
    })
    .await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.api.timeout = Duration::from_secs(30);
    tokio::select! {
        ended = run(&settings, &store) => panic!("{ended:?}"),
        () = stub.until("POST", "/v3/fake/broadcast", 1) => {}
    }
    assert_eq!(chain.signatures(), 1);
    run(&settings, &store).await.unwrap();
    let sent = broadcasts(&stub);
    assert_eq!((sent.len(), chain.signatures()), (2, 1));
    assert_eq!(sent[0], sent[1]);
}

/// A page of a proxy, say, which has passed nothing on.
#[tokio::test]
async fn a_2xx_that_says_nothing_completes_nothing() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |before| match before {
        0 => Answer::Text(200, "<html>".to_owned()),
        _ => accepted(before),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert!(stub.to("PUT", "/").is_empty() && reports(&stub).is_empty());
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    let sent = broadcasts(&stub);
    assert_eq!((chain.signatures(), sent.len(), &sent[0]), (1, 2, &sent[1]));
}

#[tokio::test]
async fn what_the_api_has_completed_with_an_odd_answer_is_complete() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let pending = vec![item(ID, "FAKE", "{}")];
    let stub = Stub::start(move |seen, before| match (seen.method.as_str(), seen.path.as_str()) {
        (_, "/v3/fake/broadcast") => Answer::Text(204, String::new()),
        // A new journal asks before anything is signed.
        ("GET", path) if path.starts_with("/v3/kms/") && before > 0 => {
            stub::json(json!({"id": ID, "txId": "0xhash5-1"}))
        }
        _ => api(seen, &pending),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    assert_eq!((broadcasts(&stub).len(), chain.signatures()), (1, 1));
    assert!(stub.to("PUT", "/").is_empty());
}

#[tokio::test]
async fn what_was_signed_but_never_sent_is_not_signed_again() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |before| match before {
        0 => Answer::Text(502, String::new()),
        1 => Answer::Text(403, r#"{"message":"nonce too low"}"#.to_owned()),
        _ => Answer::Text(403, r#"{"message":"already known"}"#.to_owned()),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    for (failed, sent) in [(1, 0), (1, 0), (0, 1)] {
        let summary = run(&settings, &store).await.unwrap();
        assert_eq!((summary.failed, summary.sent), (failed, sent));
    }
    assert_eq!(chain.signatures(), 1);
    assert_eq!(stub.to("PUT", "/").len(), 1, "a node that has the very bytes is as good as sent");
}

#[tokio::test]
async fn sent_but_not_completed_is_completed() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |_| {
        stub::json(json!({"txId": "0xhash5-1", "failed": true}))
    })
    .await;
    let summary = run(&settings(&stub.url, &[chain]), &store).await.unwrap();
    assert_eq!((summary.sent, summary.failed), (1, 0));
    assert_eq!(stub.to("PUT", "/")[0].path, format!("/v3/kms/{ID}/0xhash5-1"));
    assert!(reports(&stub).is_empty());
}

#[tokio::test]
async fn a_refusal_is_reported_once_and_nothing_is_signed_anew() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let other = "aaaaaaaaaaaaaaaaaaaaaaaa";
    let stub =
        served(vec![item(ID, "FAKE", "{}"), item(other, "FAKE", "{}")], |before| match before {
            0 => Answer::Text(403, r#"{"message":"insufficient funds"}"#.to_owned()),
            _ => accepted(before),
        })
        .await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.run_once = false;
    let shutdown = async {
        stub.until("POST", "/v3/fake/broadcast", 2).await;
        fake::told_once(&stub).await;
    };
    let summary = kms_daemon::run(&settings, &store, shutdown).await.unwrap();
    assert!(summary.pending > 4, "{summary:?}");
    assert_eq!((summary.signed, summary.failed), (2, 1));
    assert_eq!(chain.signatures(), 2);
    let sent = broadcasts(&stub);
    assert_eq!(sent.len(), 2);
    assert!(
        sent[1].contains("nonce 5 signature 2"),
        "the refused nonce is free again: {}",
        sent[1]
    );
    let reports = reports(&stub);
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains(ID) && reports[0].contains("insufficient funds"), "{}", reports[0]);
}

#[tokio::test]
async fn numbers_go_on_above_what_is_signed() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let pending = ["a1", "a2", "a3"].map(|id| item(id, "FAKE", "{}")).to_vec();
    let stub = served(pending, |before| match before {
        2 => Answer::Silence,
        _ => accepted(0),
    })
    .await;
    run(&settings(&stub.url, &[chain]), &store).await.unwrap();
    let next = served(vec![item("a4", "FAKE", "{}")], accepted).await;
    run(&settings(&next.url, &[chain]), &store).await.unwrap();
    let nonces: Vec<_> = broadcasts(&stub)
        .into_iter()
        .chain(broadcasts(&next))
        .map(|text| text.split(' ').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(nonces, ["5", "6", "7", "8"], "the unknown one counts after a restart too");
}

#[tokio::test]
async fn another_content_under_the_same_id_is_quarantined() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let first = served(vec![item(ID, "FAKE", "{}")], |_| Answer::Text(500, String::new())).await;
    run(&settings(&first.url, &[chain]), &store).await.unwrap();
    let changed = served(vec![item(ID, "FAKE", r#"{"fee":2}"#)], accepted).await;
    let summary = run(&settings(&changed.url, &[chain]), &store).await.unwrap();
    assert_eq!((summary.failed, summary.sent), (1, 0));
    assert!(reports(&changed)[0].contains("quarantined"));
    // From now on not even the first content is sent.
    let summary = run(&settings(&first.url, &[chain]), &store).await.unwrap();
    assert_eq!((summary.skipped, broadcasts(&first).len()), (1, 1));
    assert_eq!((broadcasts(&changed).len(), chain.signatures()), (0, 1));
}

#[tokio::test]
async fn a_new_journal_asks_what_became_of_the_first_items() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let pending = vec![item(ID, "FAKE", "{}")];
    let stub = Stub::start(move |seen, before| match seen.method.as_str() {
        "GET" if before == 0 => Answer::Text(500, String::new()),
        "GET" => stub::json(json!({"id": ID, "txId": "0xearlier"})),
        _ => api(seen, &pending),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert_eq!(run(&settings, &store).await.unwrap().skipped, 1);
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    assert_eq!(stub.to("PUT", "/")[0].path, format!("/v3/kms/{ID}/0xearlier"));
    assert_eq!(chain.signatures(), 0);
}

#[tokio::test]
async fn the_journal_of_another_store_is_refused() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], accepted).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    let other = FakeStore::at_the_place_of(&store, [2; 16]);
    let error = run(&settings, &other).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::OtherStore { .. })), "{error}");
    let mut rekeyed = FakeStore::at_the_place_of(&store, store.id);
    rekeyed.key = Some(9);
    let error = run(&settings, &rekeyed).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::OtherKey { .. })), "{error}");
    assert_eq!(broadcasts(&stub).len(), 1);
}

#[tokio::test]
async fn the_journal_follows_a_legacy_file_that_is_upgraded() {
    let (chain, mut store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    (store.id, store.key, store.legacy_key) = ([0; 16], None, Some(3));
    let stub = served(vec![item(ID, "FAKE", "{}")], |before| match before {
        0 => Answer::Silence,
        _ => accepted(before),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    let mut upgraded = FakeStore::at_the_place_of(&store, [4; 16]);
    let error = run(&settings, &upgraded).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::OtherKey { .. })), "{error}");
    upgraded.legacy_key = Some(3);
    assert_eq!(run(&settings, &upgraded).await.unwrap().sent, 1);
    // Bound to the new store now; the password of the old one is not needed any more.
    upgraded.legacy_key = None;
    run(&settings, &upgraded).await.unwrap();
    assert_eq!((chain.signatures(), broadcasts(&stub).len()), (1, 2));
    assert!(run(&settings, &store).await.is_err());
}

#[tokio::test]
async fn an_edited_journal_stops_the_pass() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub =
        served(vec![item(ID, "FAKE", "{}"), item("a2", "FAKE", "{}")], |before| match before {
            0 => Answer::Text(403, String::new()),
            _ => accepted(before),
        })
        .await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.only_transactions = Some([ID.parse().unwrap()].into());
    run(&settings, &store).await.unwrap();
    settings.only_transactions = None;
    let path = kms_daemon::journal_path(kms_daemon::Store::path(&store));
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute("UPDATE item SET state = 'signed'", []).unwrap();
    drop(file);
    let error = run(&settings, &store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::Damaged { .. })), "{error}");
    assert_eq!((chain.signatures(), broadcasts(&stub).len()), (1, 1));
}

#[tokio::test]
async fn a_real_wallet_file_is_upgraded_between_two_runs() {
    const LEGACY: &[u8] = include_bytes!("../../keystore/tests/fixtures/one-simple.wallet.dat");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.dat");
    std::fs::write(&path, LEGACY).unwrap();
    let password = || Password::new("simple-password".to_owned());
    let open = || {
        OpenStore::new(Keystore::open(&path, &password(), &Options::default()).unwrap(), password())
    };

    let chain = FakeChain::leak("BTC");
    let wallet = "560f5f34-7fb8-492e-87f9-01ebfcf6b75c";
    let pending = json!({"id": ID, "chain": "BTC", "hashes": [wallet], "index": 3, "serializedTransaction": "{}"});
    let stub = served(vec![pending], |before| match before {
        0 => Answer::Silence,
        _ => accepted(before),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    let never = std::future::pending;
    assert_eq!(kms_daemon::run(&settings, &open(), never()).await.unwrap().signed, 1);
    drop(Writer::open(&path, &password(), &Options::default(), &|_| Extras::default()).unwrap());
    let summary = kms_daemon::run(&settings, &open(), never()).await.unwrap();
    assert_eq!((summary.signed, summary.sent), (0, 1));
    let sent = broadcasts(&stub);
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
    assert_eq!(kms_daemon::run(&settings, &open(), never()).await.unwrap().sent, 1);
}
