//! A place in an account's order is given out once, whatever the network has counted and whatever the clock says.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;
mod world;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fake::{FakeChain, FakeStore, WALLET, operator, run, settings};
use kms_daemon::{DaemonError, DaemonSettings, JournalError, Store as _};
use stub::Stub;
use world::{FIRST, Fault, Shared, item_of, nonce, start};

/// The network lacks the first transaction, so it counts no further; those after it are complete.
struct Gap {
    settings: DaemonSettings,
    store: FakeStore,
    world: Shared,
    _stub: Stub,
}

impl Gap {
    async fn new() -> Self {
        let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
        let items = ["lost", "a1", "a2"].map(|id| item_of(id, WALLET)).to_vec();
        let fault = |id: &str| if id == "lost" { Fault::LostRequest } else { Fault::None };
        let (stub, world) = start(items, fault).await;
        let settings = settings(&stub.url, &[chain]);
        let gap = Self { settings, store, world, _stub: stub };
        assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 1, FIRST + 2]);
        gap
    }

    /// One pass. Returns the numbers of what was sent.
    async fn pass_of(&self, store: &FakeStore) -> Vec<u64> {
        let before = self.world.lock().unwrap().broadcasts.len();
        run(&self.settings, store).await.unwrap();
        let world = self.world.lock().unwrap();
        world.broadcasts[before..].iter().map(|(_, data)| nonce(data)).collect()
    }

    fn queue(&self, id: &str) {
        self.world.lock().unwrap().pending.push(item_of(id, WALLET));
    }

    fn change_journal(&self, sql: &str) {
        let path = kms_daemon::journal_path(self.store.path());
        rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
    }
}

#[tokio::test]
async fn what_was_completed_above_a_gap_keeps_its_number_for_ever() {
    let mut gap = Gap::new().await;
    // As if the gap were there since last year.
    gap.settings.node_lag = Duration::ZERO;
    gap.queue("a3");
    gap.queue("a4");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 3, FIRST + 4]);
}

#[tokio::test]
async fn on_a_network_that_began_anew_the_numbers_do_too() {
    let mut gap = Gap::new().await;
    gap.world.lock().unwrap().accepted.clear();
    gap.queue("a3");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 3], "the node may be behind");
    gap.settings.node_lag = Duration::ZERO;
    gap.queue("a4");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 1]);
    // Its new holder is asked after too.
    gap.queue("a5");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 2]);
}

#[tokio::test]
async fn without_the_nodes_word_nothing_is_signed() {
    let mut gap = Gap::new().await;
    gap.settings.node_lag = Duration::ZERO;
    gap.world.lock().unwrap().mute = true;
    gap.queue("a3");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST]);
}

#[tokio::test]
async fn a_number_that_the_payload_names_is_the_applications_business() {
    let gap = Gap::new().await;
    let mut replacement = item_of("replacement", WALLET);
    replacement["serializedTransaction"] = format!("{{\"nonce\":{}}}", FIRST + 1).into();
    gap.world.lock().unwrap().pending.push(replacement);
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 1]);
}

#[tokio::test]
async fn a_node_that_counts_backwards_is_not_believed() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let items = ["a1", "a2", "a3"].map(|id| item_of(id, WALLET)).to_vec();
    let (stub, world) = start(items, |_| Fault::None).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    // Another one of those that stand behind the API.
    world.lock().unwrap().behind = 2;
    world.lock().unwrap().pending.extend(["a4", "a5"].map(|id| item_of(id, WALLET)));
    assert_eq!(run(&settings, &store).await.unwrap().sent, 2);
    let world = world.lock().unwrap();
    assert_eq!(world.broadcasts.len(), 5);
    world.check();
}

#[tokio::test]
async fn the_places_go_with_the_journal_to_another_key() {
    let gap = Gap::new().await;
    let mut rotated = FakeStore::at_the_place_of(&gap.store, gap.store.id);
    (rotated.key, rotated.former_keys) = (Some(9), vec![1]);
    gap.queue("a3");
    assert_eq!(gap.pass_of(&rotated).await, [FIRST, FIRST + 3]);
}

#[tokio::test]
async fn a_journal_of_before_is_brought_up_to_date_when_nobody_has_it() {
    let gap = Gap::new().await;
    gap.change_journal("DROP TABLE place; PRAGMA user_version=2; PRAGMA wal_checkpoint(TRUNCATE)");
    let path = kms_daemon::journal_path(gap.store.path());
    let lock = std::fs::File::open(format!("{}.lock", path.display())).unwrap();
    lock.lock_shared().unwrap();
    let error = run(&gap.settings, &gap.store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::InUse { .. })), "{error}");
    drop(lock);
    gap.queue("a3");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 3]);
    gap.queue("a4");
    assert_eq!(gap.pass_of(&gap.store).await, [FIRST, FIRST + 4]);
}

/// Some nodes keep nothing for later.
#[tokio::test]
async fn what_comes_too_early_goes_out_again_after_the_one_before() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let items = ["lost", "a1", "a2"].map(|id| item_of(id, WALLET)).to_vec();
    let first = AtomicBool::new(true);
    let fault = move |id: &str| match id {
        "lost" if first.swap(false, Ordering::SeqCst) => Fault::LostRequest,
        _ => Fault::None,
    };
    let (stub, world) = start(items, fault).await;
    world.lock().unwrap().strict = true;
    let settings = settings(&stub.url, &[chain]);
    assert_eq!(run(&settings, &store).await.unwrap().failed, 3);
    assert!(world.lock().unwrap().reports.is_empty(), "what can go through is not failed");
    assert_eq!(run(&settings, &store).await.unwrap().sent, 3);
    assert_eq!(chain.signatures(), 3);
    world.lock().unwrap().check();
}

/// A refused number is free, but not once more.
#[tokio::test]
async fn the_number_of_a_refused_one_is_given_to_one_other() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let items = ["no", "a1"].map(|id| item_of(id, WALLET)).to_vec();
    let fault = |id: &str| if id == "no" { Fault::Refused } else { Fault::None };
    let (stub, world) = start(items, fault).await;
    let settings = settings(&stub.url, &[chain]);
    run(&settings, &store).await.unwrap();
    world.lock().unwrap().behind = 1;
    let id = "no".parse().unwrap();
    operator(&store, |journal| journal.retry(&id).unwrap());
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert_eq!(world.lock().unwrap().broadcasts.len(), 2, "its number belongs to a1 now");
}
