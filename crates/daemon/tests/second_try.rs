//! What happens after a failure: looking, retrying, giving up, and what the operator decides.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;
mod world;

use fake::{
    FakeChain, FakeStore, ID, WALLET, broadcasts, entry, item, operator, reports, run, settings,
};
use kms_daemon::{JournalError, JournalItem, State};
use serde_json::json;
use stub::{Answer, Stub};
use world::{Fault, item_of, nonce, start};

fn item_in(store: &FakeStore, id: &str) -> JournalItem {
    operator(store, |journal| journal.item(&id.parse().unwrap()).unwrap().unwrap())
}

#[tokio::test]
async fn what_the_node_has_is_completed_and_not_sent_again() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let (stub, world) = start(vec![item_of(ID, WALLET)], |_| Fault::LostReply).await;
    let settings = settings(&stub.url, &[chain]);
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert!(world.lock().unwrap().reports.is_empty(), "perhaps sent is not failed");
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    let world = world.lock().unwrap();
    assert_eq!((world.broadcasts.len(), chain.signatures()), (1, 1));
    world.check();
    assert_eq!(item_in(&store, ID).state, State::Completed);
}

#[tokio::test]
async fn a_refusal_without_a_look_at_the_node_leaves_it_in_doubt() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let first = std::sync::atomic::AtomicBool::new(true);
    let (stub, world) = start(vec![item_of(ID, WALLET)], move |_| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            Fault::RefusedAndBlind
        } else {
            Fault::None
        }
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert_eq!(item_in(&store, ID).state, State::Signed);
    assert!(world.lock().unwrap().reports.is_empty(), "perhaps sent is not failed");
    world.lock().unwrap().blind = false;
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    assert_eq!(item_in(&store, ID).state, State::Completed);
    let world = world.lock().unwrap();
    assert_eq!((world.broadcasts.len(), chain.signatures()), (2, 1));
    world.check();
}

#[tokio::test]
async fn a_retry_makes_a_transaction_that_excludes_the_first() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let first = std::sync::atomic::AtomicBool::new(true);
    let (stub, world) = start(vec![item_of(ID, WALLET)], move |_| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            Fault::Refused
        } else {
            Fault::None
        }
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    assert_eq!(run(&settings, &store).await.unwrap().skipped, 1, "not by itself");
    let item = operator(&store, |journal| journal.retry(&ID.parse().unwrap()).unwrap());
    assert!(item.retry && item.intent.unwrap().contains("maxFee"));
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    world.lock().unwrap().check();
    let done = item_in(&store, ID);
    assert_eq!((done.state, done.nonce, done.earlier.len()), (State::Completed, Some(5), 1));
    assert_eq!((chain.signatures(), done.data), (2, None));
    let states: Vec<_> = done.times.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(states, ["seen", "signed", "refused", "signed", "completed"]);
    let again = operator(&store, |journal| journal.retry(&ID.parse().unwrap())).unwrap_err();
    assert!(matches!(again, JournalError::NotNow { .. }), "{again}");
}

#[tokio::test]
async fn a_place_that_was_taken_is_not_signed_for_again() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let items = vec![item_of("a1", WALLET), item_of("a2", WALLET)];
    let (stub, world) =
        start(items, |id| if id == "a1" { Fault::Refused } else { Fault::None }).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    operator(&store, |journal| journal.retry(&"a1".parse().unwrap()).unwrap());
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    let item = item_in(&store, "a1");
    assert!(item.state == State::Refused && !item.retry, "{item:?}");
    assert!(item.reason.unwrap().contains("taken by another"));
    let world = world.lock().unwrap();
    let nonces: Vec<_> = world.broadcasts.iter().map(|(_, data)| nonce(data)).collect();
    assert_eq!((nonces, chain.signatures()), (vec![5, 5], 2));
    world.check();
}

#[tokio::test]
async fn what_was_discarded_is_left_alone_and_its_number_is_free() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let items = vec![item_of("a1", WALLET)];
    let (stub, world) =
        start(items, |id| if id == "a1" { Fault::LostRequest } else { Fault::None }).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    let item = operator(&store, |journal| journal.discard(&"a1".parse().unwrap()).unwrap());
    assert_eq!((item.state, item.data), (State::Discarded, None));
    world.lock().unwrap().pending.push(item_of("a2", WALLET));
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.skipped, summary.sent), (1, 1));
    let world = world.lock().unwrap();
    assert_eq!(world.broadcasts.len(), 2);
    world.check();
}

#[tokio::test]
async fn a_poison_item_is_quarantined_and_told_of_once() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = fake::served(vec![item(ID, "FAKE", "no json")], fake::accepted).await;
    let mut settings = settings(&stub.url, &[chain]);
    (settings.run_once, settings.max_tries) = (false, 3);
    let summary = kms_daemon::run(&settings, &store, fake::told_once(&stub)).await.unwrap();
    assert_eq!(summary.failed, 3, "{summary:?}");
    let item = item_in(&store, ID);
    assert_eq!((item.state, item.tries, item.reported), (State::Quarantined, 3, true));
    assert_eq!(reports(&stub).len(), 1);
    // The operator thinks it will work now.
    operator(&store, |journal| journal.retry(&ID.parse().unwrap()).unwrap());
    settings.run_once = true;
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert_eq!((reports(&stub).len(), item_in(&store, ID).tries), (2, 1));
}

#[tokio::test]
async fn a_report_is_neither_lost_nor_repeated() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let pending = vec![item(ID, "FAKE", "{}")];
    let stub = Stub::start(move |seen, before| match seen.path.as_str() {
        "/v3/fake/broadcast" => Answer::Text(403, json!({"message": "no"}).to_string()),
        "/v3/tatum/kms/batch" if before == 0 => Answer::Text(500, String::new()),
        _ => fake::api(seen, &pending),
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    for expected in [1, 2, 2] {
        run(&settings, &store).await.unwrap();
        assert_eq!(reports(&stub).len(), expected);
    }
    assert!(reports(&stub).iter().all(|report| report.contains(ID)));
    assert_eq!(broadcasts(&stub).len(), 1);
}

#[tokio::test]
async fn two_wallets_with_one_key_are_one_account() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&[]));
    let wallets = ["one-x", "two-x"];
    *store.entries.lock().unwrap() = wallets.iter().map(|id| entry(id, "FAKE")).collect();
    let items = (0..20).map(|i| item_of(&format!("i{i}"), wallets[i % 2])).collect();
    let (stub, world) = start(items, |_| Fault::None).await;
    let summary = run(&settings(&stub.url, &[chain]), &store).await.unwrap();
    assert_eq!((summary.sent, summary.failed), (20, 0));
    let world = world.lock().unwrap();
    world.check();
    let order: Vec<_> = world.broadcasts.iter().map(|(_, data)| nonce(data)).collect();
    assert_eq!(order, (5..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_signed_in_half_is_never_sent() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = fake::served(vec![item(ID, "FAKE", r#"{"half":true}"#)], fake::accepted).await;
    let settings = settings(&stub.url, &[chain]);
    for _ in 0..2 {
        assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    }
    assert_eq!(item_in(&store, ID).state, State::Signed);
    assert_eq!((broadcasts(&stub).len(), reports(&stub).len(), chain.signatures()), (0, 0, 1));
}
