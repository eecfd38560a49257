//! All that is ever signed for one item excludes the rest of it, whatever fails and whoever is killed.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fake::{FakeChain, FakeStore, entry, operator, run, settings};
use kms_daemon::State;
use world::{Fault, item_of, start};

/// A small generator that gives the same numbers each time (xorshift64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn fault(throw: u64) -> Fault {
    match throw {
        0..=2 => Fault::LostReply,
        3 | 4 => Fault::NotCompleted,
        5 | 6 => Fault::LostRequest,
        7 | 8 => Fault::Refused,
        9 => Fault::RefusedAndBlind,
        _ => Fault::None,
    }
}

/// The operator tries what was refused once more.
fn retry_refused(store: &FakeStore) {
    operator(store, |journal| {
        for item in journal.items().unwrap() {
            if item.state == State::Refused {
                journal.retry(&item.id).unwrap();
            }
        }
    });
}

async fn life(seed: u64) {
    let chain = FakeChain::leak("FAKE");
    let store = FakeStore::new(&[]);
    let wallets = ["wallet-a", "wallet-b", "wallet-c", "another-c"];
    *store.entries.lock().unwrap() = wallets.iter().map(|id| entry(id, "FAKE")).collect();
    let mut dice = Dice(seed);
    let items = (0..24)
        .map(|i| item_of(&format!("i{i}"), wallets[usize::try_from(dice.throw(4)).unwrap()]))
        .collect();
    let faults = Mutex::new(Dice(seed + 1000));
    let calm = std::sync::Arc::new(AtomicBool::new(false));
    let quiet = calm.clone();
    let (stub, world) = start(items, move |_| {
        if quiet.load(Ordering::SeqCst) {
            return Fault::None;
        }
        fault(faults.lock().unwrap().throw(16))
    })
    .await;
    let settings = settings(&stub.url, &[chain]);
    for _ in 0..6 {
        let life = Duration::from_millis(3 + dice.throw(60));
        // Dropped in the middle of whatever it does, as often as not.
        let _ = tokio::time::timeout(life, run(&settings, &store)).await;
        if dice.throw(2) == 0 && kms_daemon::journal_path(kms_daemon::Store::path(&store)).exists()
        {
            retry_refused(&store);
        }
    }
    calm.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        run(&settings, &store).await.unwrap();
    }
    let world = world.lock().unwrap();
    world.check();
    assert!(world.completed.len() > 12, "seed {seed}: {:?}", world.completed);
}

#[tokio::test]
async fn whatever_fails_nothing_is_paid_twice() {
    for seed in 1..=12 {
        life(seed).await;
    }
}
