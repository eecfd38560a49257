//! Nothing waits for what it has nothing to do with.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;
mod world;

use std::time::{Duration, Instant};

use fake::{FakeChain, FakeStore, WALLET, api, broadcasts, entry, item, run, settings};
use kms_daemon::{DaemonError, JournalError, Store as _};
use stub::{Answer, Stub};
use world::{Fault, item_of, start};

#[tokio::test]
async fn a_slow_broadcast_delays_no_other_account() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&[]));
    let wallets = ["wallet-a", "wallet-b"];
    *store.entries.lock().unwrap() = wallets.iter().map(|id| entry(id, "FAKE")).collect();
    let pending = vec![item_of("slow", "wallet-a"), item_of("fast", "wallet-b")];
    let stub = Stub::start(move |seen, _| match seen.path.as_str() {
        "/v3/fake/broadcast" if seen.text.contains("slow") => Answer::Silence,
        "/v3/fake/broadcast" => fake::accepted(0),
        _ => api(seen, &pending),
    })
    .await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.api.timeout = Duration::from_secs(20);
    settings.run_once = false;
    let polls = || stub.to("POST", "/v3/kms/pending").len();
    let shutdown = async {
        while broadcasts(&stub).len() < 2 || polls() < 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    settings.stop_timeout = Duration::from_millis(50);
    let start = Instant::now();
    let ended = kms_daemon::run(&settings, &store, shutdown).await;
    assert!(matches!(ended, Err(DaemonError::Unfinished(_))), "{ended:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_chain_whose_polls_hang_delays_no_other() {
    let (slow, fast) = (FakeChain::leak("SLOW"), FakeChain::leak("FAKE"));
    let store = FakeStore::new(&["FAKE"]);
    store.entries.lock().unwrap().push(entry("wallet-s", "SLOW"));
    let pending = vec![item("a1", "FAKE", "{}")];
    let stub = Stub::start(move |seen, _| match seen.path.as_str() {
        "/v3/kms/pending/SLOW" => Answer::Silence,
        "/v3/fake/broadcast" => fake::accepted(0),
        _ => api(seen, &pending),
    })
    .await;
    let mut settings = settings(&stub.url, &[slow, fast]);
    settings.api.timeout = Duration::from_secs(20);
    settings.run_once = false;
    let shutdown = async {
        while stub.to("POST", "/v3/kms/pending/FAKE").len() < 5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let summary = kms_daemon::run(&settings, &store, shutdown).await.unwrap();
    assert!(summary.sent >= 1 && broadcasts(&stub).len() == 1);
}

#[tokio::test]
async fn many_accounts_are_served_from_one_poll() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&[]));
    let wallets: Vec<String> = ('A'..='z').map(|c| format!("wallet-{c}")).collect();
    let usable = |id: &&String| id.parse::<kms_core::SignatureId>().is_ok();
    let wallets: Vec<&String> = wallets.iter().filter(usable).collect();
    *store.entries.lock().unwrap() = wallets.iter().map(|id| entry(id, "FAKE")).collect();
    let items: Vec<_> =
        (0..300).map(|i| item_of(&format!("i{i}"), wallets[i % wallets.len()])).collect();
    let (stub, world) = start(items, |_| Fault::None).await;
    let settings = settings(&stub.url, &[chain]);
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.sent, summary.failed), (300, 0), "{summary:?}");
    world.lock().unwrap().check();
    let (records, _) = settings.status.journal_writes();
    assert!(records >= 900, "seen, signed and sent: {records}");
    let chains = settings.status.chains();
    assert_eq!((chains["FAKE"].polls, chains["FAKE"].poll_to_sent.count()), (1, 300));
    assert!(settings.status.credits_spent() == 1);
}

#[tokio::test]
async fn a_lost_or_older_journal_is_adopted_only_on_demand() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let (stub, world) = start(vec![item_of("a1", WALLET)], |_| Fault::LostRequest).await;
    let mut settings = settings(&stub.url, &[chain]);
    let journal = kms_daemon::journal_path(store.path());
    run(&settings, &store).await.unwrap();
    let early = std::fs::read(&journal).unwrap();
    world.lock().unwrap().pending.push(item_of("a2", WALLET));
    run(&settings, &store).await.unwrap();

    // An earlier copy is put back.
    std::fs::write(&journal, &early).unwrap();
    let error = run(&settings, &store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::Older { .. })), "{error}");
    std::fs::remove_file(&journal).unwrap();
    let error = run(&settings, &store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::Missing { .. })), "{error}");
    assert!(error.to_string().contains("--adoptJournal"));

    settings.adopt_journal = true;
    let looked_up = stub.to("GET", "/v3/kms/").len();
    run(&settings, &store).await.unwrap();
    assert_eq!(stub.to("GET", "/v3/kms/a").len(), looked_up + 2, "each item is looked up");
    settings.adopt_journal = false;
    run(&settings, &store).await.unwrap();
    // So is a journal whose mark was taken away.
    let mark = format!("{}.mark", journal.display());
    std::fs::remove_file(mark).unwrap();
    let error = run(&settings, &store).await.unwrap_err();
    assert!(matches!(error, DaemonError::Journal(JournalError::Unmarked { .. })), "{error}");
}

#[tokio::test]
async fn the_api_is_left_alone_after_a_429_and_the_rate_is_kept() {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let stub = Stub::start(move |seen, before| match seen.path.as_str() {
        "/v3/kms/pending/FAKE" if before == 0 => {
            Answer::WithHeader(429, "retry-after", b"60".to_vec(), String::new())
        }
        _ => api(seen, &[]),
    })
    .await;
    let mut settings = settings(&stub.url, &[chain]);
    settings.run_once = false;
    let shutdown = async {
        stub.until("POST", "/v3/kms/pending", 1).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    let summary = kms_daemon::run(&settings, &store, shutdown).await.unwrap();
    assert_eq!((summary.failed_polls, stub.seen().len()), (1, 1));

    let stub = Stub::start(move |seen, _| api(seen, &[])).await;
    settings.api.base_url = stub.url.parse().unwrap();
    settings.api.rps = Some(10.0);
    let time = std::cell::Cell::new(Duration::ZERO);
    let shutdown = async {
        stub.until("POST", "/v3/kms/pending", 1).await;
        let first = Instant::now();
        stub.until("POST", "/v3/kms/pending", 5).await;
        time.set(first.elapsed());
    };
    kms_daemon::run(&settings, &store, shutdown).await.unwrap();
    // Ten a second; the first was seen a little later than it was sent.
    assert!(time.get() > Duration::from_millis(350), "{:?}", time.get());
}
