//! Killed at any moment, the daemon never has two signatures that could both be executed.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod node_chain;
mod node_world;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use fake::{FakeStore, ID, entry, item, run};
use node_world::{Fate, Moment, Network};
use serde_json::json;

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

#[tokio::test]
async fn whenever_it_is_killed_it_goes_on_with_what_was_signed() {
    for moment in [
        Moment::Preparing,
        Moment::Sending,
        Moment::Waiting,
        Moment::Looking,
        Moment::Settling,
        Moment::Announcing,
    ] {
        for fate in [Fate::Executed(0), Fate::Executed(2), Fate::LostReply(1)] {
            let network = Network::start(vec![item(ID, "FAKE", "{}")], move |_| fate).await;
            let store = FakeStore::new(&["FAKE"]);
            let settings = network.settings();
            network.world().kill = Some(moment);
            tokio::select! {
                ended = run(&settings, &store) => panic!("{moment:?}: {ended:?}"),
                () = network.killed() => {}
            }
            run(&settings, &store).await.unwrap();
            assert_eq!(network.chain.signatures(), 1, "{moment:?} {fate:?}");
            let world = network.world();
            assert!(world.completed.contains_key(ID), "{moment:?} {fate:?}");
            world.check();
        }
    }
}

#[tokio::test]
async fn killed_between_two_signatures_it_makes_no_third() {
    for moment in
        [Moment::Preparing, Moment::Sending, Moment::Waiting, Moment::Settling, Moment::Looking]
    {
        let network = Network::start(vec![item(ID, "FAKE", "{}")], |before| match before {
            0 => Fate::Lost,
            _ => Fate::Executed(1),
        })
        .await;
        let store = FakeStore::new(&["FAKE"]);
        let mut settings = network.settings();
        settings.looking.once = Duration::from_millis(1);
        settings.looking.longest = Duration::from_secs(1);
        run(&settings, &store).await.unwrap();
        // Nobody has it, and it expires.
        {
            let mut world = network.world();
            world.sent.truncate(1);
            (world.height, world.kill) = (world.height + 50, Some(moment));
        }
        let settings = network.settings();
        tokio::select! {
            ended = run(&settings, &store) => panic!("{moment:?}: {ended:?}"),
            () = network.killed() => {}
        }
        run(&settings, &store).await.unwrap();
        assert_eq!(network.chain.signatures(), 2, "{moment:?}");
        let world = network.world();
        assert!(world.completed.contains_key(ID), "{moment:?}");
        let given_back: BTreeSet<_> = world.settled.iter().collect();
        assert_eq!(given_back.len(), world.settled.len(), "{moment:?}: {:?}", world.settled);
        world.check();
    }
}

fn fate(throw: u64) -> Fate {
    match throw {
        0..=2 => Fate::Lost,
        3..=5 => Fate::LostReply(2),
        6..=8 => Fate::Dropped,
        9 => Fate::Failed,
        _ => Fate::Executed(3),
    }
}

async fn life(seed: u64) {
    let wallets = ["wallet-a", "wallet-b", "wallet-c"];
    let mut dice = Dice(seed);
    let items = (0..12).map(|i| {
        let wallet = wallets[usize::try_from(dice.throw(3)).unwrap()];
        json!({"id": format!("i{i}"), "chain": "FAKE", "hashes": [wallet], "serializedTransaction": "{}"})
    });
    let items = items.collect();
    let faults = Mutex::new(Dice(seed + 1000));
    let network = Network::start(items, move |before| {
        // In the end everything goes well.
        if before > 60 { Fate::Executed(0) } else { fate(faults.lock().unwrap().throw(16)) }
    })
    .await;
    let store = FakeStore::new(&[]);
    *store.entries.lock().unwrap() = wallets.iter().map(|id| entry(id, "FAKE")).collect();
    let mut settings = network.settings();
    settings.max_tries = 1000;
    for _ in 0..6 {
        let life = Duration::from_millis(3 + dice.throw(80));
        // Dropped in the middle of whatever it does, as often as not.
        let _ = tokio::time::timeout(life, run(&settings, &store)).await;
    }
    let mut passes = 0;
    while passes < 20 && run(&settings, &store).await.unwrap().sent > 0 {
        passes += 1;
    }
    let world = network.world();
    world.check();
    let settled =
        world.completed.len() + world.executed.values().filter(|(_, f)| f.is_some()).count();
    assert_eq!(settled, 12, "seed {seed}: {:?}", world.sent);
}

#[tokio::test]
async fn whatever_fails_nothing_is_paid_twice() {
    for seed in 1..=8 {
        life(seed).await;
    }
}
