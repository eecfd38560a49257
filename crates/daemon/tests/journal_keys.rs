//! The journal follows its wallet file to another key, at a moment when nobody else has it open.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use fake::{FakeChain, FakeStore, ID, accepted, broadcasts, item, run, served, settings};
use kms_daemon::{DaemonError, JournalAdmin, JournalError, State, Store as _};
use stub::Answer;

fn admin(store: &FakeStore) -> JournalAdmin {
    JournalAdmin::open(store).unwrap().unwrap()
}

fn rekeyed(store: &FakeStore, key: u8, former: &[u8]) -> FakeStore {
    let mut rekeyed = FakeStore::at_the_place_of(store, store.id);
    (rekeyed.key, rekeyed.former_keys) = (Some(key), former.to_vec());
    rekeyed
}

#[tokio::test]
async fn what_was_signed_before_a_change_of_keys_is_sent_after_it() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |before| match before {
        0 => Answer::Silence,
        _ => accepted(before),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    // Twice, without a look at the journal in between.
    let rotated = rekeyed(&store, 9, &[8, 1]);
    assert_eq!(run(&settings, &rotated).await.unwrap().sent, 1);
    let sent = broadcasts(&stub);
    assert_eq!((chain.signatures(), sent.len(), &sent[0]), (1, 2, &sent[1]));
    // It has the new key now, and an old one opens it no more.
    run(&settings, &rekeyed(&store, 9, &[])).await.unwrap();
    let error = run(&settings, &store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::OtherKey { .. })), "{error}");
}

#[tokio::test]
async fn a_journal_that_is_in_use_keeps_its_key_and_works() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], |_| Answer::Text(403, String::new())).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    let id = ID.parse().unwrap();
    tokio::task::spawn_blocking(move || {
        let daemon = admin(&store);
        assert!(daemon.has_present_key());
        let rotated = rekeyed(&store, 9, &[1]);
        let command = admin(&rotated);
        assert!(!command.has_present_key());
        // Each reads what the other writes.
        command.retry(&id).unwrap();
        assert!(daemon.item(&id).unwrap().unwrap().retry);
        daemon.discard(&id).unwrap();
        assert_eq!(command.item(&id).unwrap().unwrap().state, State::Discarded);
        drop((daemon, command));
        assert!(admin(&rotated).has_present_key());
        let all = admin(&rekeyed(&store, 9, &[])).items().unwrap();
        assert_eq!(all[0].state, State::Discarded);
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_mark_that_was_left_behind_is_understood() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = served(vec![item(ID, "FAKE", "{}")], accepted).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    let journal = kms_daemon::journal_path(store.path());
    let beside = |suffix: &str| {
        let mut name = journal.clone().into_os_string();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    // The process ended after the journal had its new key, before the mark had it.
    let old_mark = std::fs::read(beside(".mark")).unwrap();
    run(&settings, &rekeyed(&store, 9, &[1])).await.unwrap();
    std::fs::write(beside(".mark"), &old_mark).unwrap();
    run(&settings, &rekeyed(&store, 9, &[1])).await.unwrap();
    assert_ne!(std::fs::read(beside(".mark")).unwrap(), old_mark);
    run(&settings, &rekeyed(&store, 9, &[])).await.unwrap();
    // A mark of anybody else's key is none.
    std::fs::write(beside(".mark"), &old_mark).unwrap();
    let error = run(&settings, &rekeyed(&store, 9, &[7])).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::Mark { .. })), "{error}");
}
