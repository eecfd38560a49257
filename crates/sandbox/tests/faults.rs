//! The real daemon under faults and `kill -9`: for every pending transaction exactly one signed
//! transaction, all completed in the end, no gap among nonces, and balances that add up.
//!
//! Needs the binary of `cargo build -p tatum-kms`, or one that `TATUM_KMS_BIN` names. Where it is
//! missing the tests are skipped, or fail when `TATUM_KMS_REQUIRE_BINARY=1` is set. A longer run is
//! `tatum-sandbox soak`. The daemon's clock jumps where the package faketime is installed, and must
//! where `TATUM_KMS_REQUIRE_FAKETIME=1` is set.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use std::sync::{Arc, Weak};
use std::time::Duration;

use common::tools;
use tatum_sandbox::soak::{Clock, Lifetime, Scenario, Store, Summary, run};
use tokio::sync::{Mutex, Semaphore};

const REQUIRE: &str = "TATUM_KMS_REQUIRE_BINARY";

/// Enough that chance strikes, few enough that it is quick.
const FEW: usize = 40;

/// One store for the tests that run at a time; the last of them removes it.
static STORE: Mutex<Weak<Store>> = Mutex::const_new(Weak::new());

/// Two at a time: more would compete for the processors, and patience would run out.
static PLACES: Semaphore = Semaphore::const_new(2);

async fn store() -> Option<Arc<Store>> {
    let mut held = STORE.lock().await;
    if let Some(store) = held.upgrade() {
        return Some(store);
    }
    let store = Arc::new(Store::make(tools::kms_binary(REQUIRE)?, &["ETH", "BTC"]).await.unwrap());
    *held = Arc::downgrade(&store);
    Some(store)
}

async fn survives(scenario: &Scenario) -> Option<Summary> {
    let store = store().await?;
    Some(survives_with(&store, scenario).await)
}

async fn survives_with(store: &Store, scenario: &Scenario) -> Summary {
    let _place = PLACES.acquire().await.unwrap();
    let summary = run(store, scenario).await.unwrap();
    assert!(summary.wrong.is_empty(), "{summary:#?}");
    assert_eq!((summary.items, summary.completed), (scenario.items, scenario.items));
    summary
}

/// A run with one fault, which must have struck.
async fn survives_alone(fault: &str) {
    let name = fault.split('=').next().unwrap();
    let scenario = Scenario::quiet(FEW, &[fault], 11);
    if let Some(summary) = survives(&scenario).await {
        assert!(summary.faults.contains_key(name), "{fault} did not strike: {summary:#?}");
    }
}

#[tokio::test]
async fn a_day_without_faults() {
    if let Some(summary) = survives(&Scenario::quiet(FEW, &[], 11)).await {
        assert_eq!(summary.broadcasts, u64::try_from(FEW).unwrap(), "{summary:#?}");
    }
}

#[tokio::test]
async fn lost_replies() {
    survives_alone("lost-reply=0.2").await;
}

#[tokio::test]
async fn lost_replies_to_broadcasts() {
    survives_alone("lost-reply=0.5,at=broadcast").await;
}

#[tokio::test]
async fn requests_that_nobody_hears() {
    survives_alone("unheard=0.2").await;
}

#[tokio::test]
async fn answers_cut_in_the_middle() {
    survives_alone("reset=0.2").await;
}

#[tokio::test]
async fn too_many_requests() {
    survives_alone("status-429=0.1,times=6,retry-after=1").await;
}

#[tokio::test]
async fn errors_of_the_server() {
    survives_alone("status-500=0.2,times=40").await;
}

#[tokio::test]
async fn errors_of_the_server_after_the_work() {
    survives_alone("status-502=0.5,at=broadcast,executed").await;
}

#[tokio::test]
async fn sent_but_not_completed() {
    survives_alone("failed-true=0.7").await;
}

#[tokio::test]
async fn sent_not_completed_and_deaf_to_it() {
    let faults = ["failed-true=0.7", "status-500=0.6,at=put", "lost-reply=0.3,at=put"];
    survives(&Scenario::quiet(FEW, &faults, 12)).await;
}

#[tokio::test]
async fn everything_twice_in_one_answer() {
    survives_alone("duplicate=1").await;
}

#[tokio::test]
async fn completed_ones_that_come_back() {
    survives_alone("redeliver=1").await;
}

#[tokio::test]
async fn slow_answers() {
    survives_alone("slow=0.1,ms=600").await;
}

#[tokio::test]
async fn web_pages_for_polls() {
    survives_alone("not-json=0.7,at=poll").await;
}

#[tokio::test]
async fn web_pages_for_broadcasts() {
    survives_alone("not-json=0.5,at=broadcast").await;
}

#[tokio::test]
async fn web_pages_for_questions() {
    survives_alone("not-json=0.1,at=rpc").await;
}

#[tokio::test]
async fn json_of_another_shape() {
    survives_alone("wrong-json=0.7,at=poll").await;
}

#[tokio::test]
async fn json_of_another_shape_for_broadcasts() {
    survives_alone("wrong-json=0.3,at=broadcast").await;
}

#[tokio::test]
async fn json_of_another_shape_for_questions() {
    survives_alone("wrong-json=0.1,at=rpc").await;
}

#[tokio::test]
async fn bodies_without_an_end() {
    survives_alone("huge-body=0.1,times=12").await;
}

/// Each poll is refused once at least; the daemon must neither hammer nor give up.
#[tokio::test]
async fn credits_that_come_back() {
    let mut scenario = Scenario::quiet(FEW, &["credits=1,at=poll,times=1"], 11);
    // Whoever is out of credits may wait longer than a test: a new daemon asks at once.
    let life = Duration::from_secs(3);
    scenario.lifetime = Some(Lifetime { least: life, most: life });
    survives(&scenario).await;
}

#[tokio::test]
async fn killed_at_any_instant() {
    let mut scenario = Scenario::quiet(5 * FEW, &["slow=0.02,ms=100"], 13);
    let (least, most) = (Duration::from_millis(50), Duration::from_millis(1500));
    scenario.lifetime = Some(Lifetime { least, most });
    if let Some(summary) = survives(&scenario).await {
        assert!(summary.kills > 0, "{summary:#?}");
    }
}

/// Nothing is decided by the wall clock, which may be set at any time.
#[tokio::test]
async fn clocks_that_jump() {
    if !clock_can_jump() {
        return;
    }
    let mut scenario = Scenario::quiet(5 * FEW, &["lost-reply=0.05", "failed-true=0.05"], 17);
    scenario.clock_jumps = true;
    survives(&scenario).await;
}

#[tokio::test]
async fn everything_at_once() {
    let scenario = Scenario::storm(2_000, 2_024).with(&["credits=0.0003", "credits=0.02,at=poll"]);
    assert_eq!(scenario.clock_jumps, clock_can_jump());
    if let Some(summary) = survives(&scenario).await {
        assert!(summary.kills > 2, "{summary:#?}");
    }
}

/// Of each chain a dozen and a half transfers.
#[tokio::test]
async fn every_chain_at_once() {
    let Some(binary) = tools::kms_binary(REQUIRE) else { return };
    let store = Store::of_every_chain(binary).await.unwrap();
    let scenario = Scenario::storm(18 * store.chains().len(), 2_025);
    let summary = survives_with(&store, &scenario).await;
    assert!(summary.kills > 0, "{summary:#?}");
}

fn clock_can_jump() -> bool {
    let there = Clock::is_there().then_some(());
    let otherwise = "there is no libfaketime; get it with `apt-get install faketime`";
    tools::found_or_skipped(there, "TATUM_KMS_REQUIRE_FAKETIME", otherwise).is_some()
}
