//! Transactions that are sent to their node, followed until they are executed, and that expire.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod node_chain;
mod node_world;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fake::{FakeStore, ID, item, operator, run};
use kms_daemon::{Approval, ApprovalMethod, DaemonSettings, End, JournalItem, Outcomes, State};
use node_world::{Fate, Network};
use stub::{Answer, Stub};

fn retry(store: &FakeStore) {
    operator(store, |journal| journal.retry(&ID.parse().unwrap()).unwrap());
}

fn item_in(store: &FakeStore) -> JournalItem {
    operator(store, |journal| journal.item(&ID.parse().unwrap()).unwrap().unwrap())
}

async fn network(fate: impl Fn(usize) -> Fate + Send + Sync + 'static) -> (Network, FakeStore) {
    (Network::start(vec![item(ID, "FAKE", "{}")], fate).await, FakeStore::new(&["FAKE"]))
}

/// One pass in which an expiry can't be awaited: the height stands still.
fn brief(network: &Network) -> DaemonSettings {
    network.world().growth = 0;
    let mut settings = network.settings();
    settings.looking.once = Duration::from_millis(500);
    settings
}

fn times(item: &JournalItem) -> Vec<&'static str> {
    item.times.iter().map(|(state, _)| state.as_str()).collect()
}

#[tokio::test]
async fn what_is_executed_late_is_completed_with_its_hash() {
    let (network, store) = network(|_| Fate::Executed(3)).await;
    let mut settings = network.settings();
    settings.looking.longest = Duration::from_secs(60);
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.sent, summary.failed, summary.pending), (1, 0, 1));
    let world = network.world();
    assert_eq!(world.announced, [(ID.to_owned(), "hash-1".to_owned())]);
    assert_eq!((world.sent.len(), &world.settled[..]), (1, &["hash-1".to_owned()][..]));
    assert!(world.put.is_empty() && world.reports.is_empty());
    world.check();
    drop(world);
    let done = item_in(&store);
    assert_eq!(
        (done.state, done.reason.clone(), done.data.clone()),
        (State::Completed, None, None)
    );
    assert_eq!(times(&done), ["seen", "signed", "sent", "completed"]);
}

#[tokio::test]
async fn a_lost_reply_is_followed_by_a_look() {
    let (network, store) = network(|_| Fate::LostReply(2)).await;
    assert_eq!(run(&network.settings(), &store).await.unwrap().sent, 1);
    assert_eq!(network.chain.signatures(), 1);
    network.world().check();
}

#[tokio::test]
async fn what_got_lost_is_sent_again_with_the_same_bytes() {
    let (network, store) = network(|before| match before {
        0 | 1 => Fate::Lost,
        _ => Fate::Executed(0),
    })
    .await;
    assert_eq!(run(&network.settings(), &store).await.unwrap().sent, 1);
    let world = network.world();
    assert!(world.sent.len() >= 3 && network.chain.signatures() == 1, "{:?}", world.sent);
    world.check();
}

#[tokio::test]
async fn a_node_that_goes_down_is_waited_for() {
    let (network, store) = network(|_| Fate::Executed(1)).await;
    {
        let mut world = network.world();
        (world.down_after_send, world.growth) = (5, 0);
    }
    assert_eq!(run(&network.settings(), &store).await.unwrap().sent, 1);
    assert_eq!(network.chain.signatures(), 1);
    let world = network.world();
    assert_eq!(world.down, 0);
    world.check();
}

#[tokio::test]
async fn what_is_not_found_in_time_is_unknown_and_not_failed() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let mut settings = brief(&network);
    let outcomes = Arc::new(Outcomes::default());
    settings.outcomes = Some(outcomes.clone());
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.failed, summary.is_clean()), (1, false));
    assert_eq!(outcomes.items()[&ID.parse().unwrap()].end, End::Unknown);
    let waiting = item_in(&store);
    assert_eq!((waiting.state, waiting.expiry.as_deref()), (State::Signed, Some("110")));
    assert!(waiting.reason.unwrap().contains("not executed yet"));
    assert!(network.world().sent.len() > 1, "the same bytes go out again from time to time");
    assert!(network.world().reports.is_empty());
    assert_eq!(network.chain.signatures(), 1);
}

#[tokio::test]
async fn what_fails_on_chain_is_reported_at_once_and_signed_anew_only_on_demand() {
    let (network, store) = network(|before| match before {
        0 => Fate::Failed,
        _ => Fate::Executed(0),
    })
    .await;
    let settings = network.settings();
    for _ in 0..2 {
        let summary = run(&settings, &store).await.unwrap();
        assert_eq!(summary.sent, 0);
    }
    let failed = item_in(&store);
    assert_eq!((failed.state, failed.reported), (State::Failed, true));
    assert!(failed.reason.unwrap().contains("out of funds"));
    {
        let world = network.world();
        assert_eq!((world.reports.len(), world.settled.len(), world.sent.len()), (1, 1, 1));
        assert!(world.reports[0].contains("its fee was paid"));
    }
    network.world().height += 1;
    retry(&store);
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    assert_eq!(network.chain.signatures(), 2);
    network.world().check();
}

#[tokio::test]
async fn what_the_node_refuses_is_reported_and_kept() {
    let (network, store) = network(|_| Fate::Refused).await;
    let settings = network.settings();
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    assert_eq!(run(&settings, &store).await.unwrap().skipped, 1);
    let refused = item_in(&store);
    assert!(refused.state == State::Refused && refused.data.is_some());
    let world = network.world();
    assert_eq!((world.sent.len(), world.reports.len(), world.settled.len()), (1, 1, 1));
}

#[tokio::test]
async fn a_retry_sends_the_same_bytes_until_they_have_expired() {
    // The account gets its funds, and the node forgets what it is sent.
    let (network, store) = network(|before| match before {
        0 => Fate::Refused,
        _ => Fate::Dropped,
    })
    .await;
    run(&network.settings(), &store).await.unwrap();
    retry(&store);
    assert_eq!(run(&brief(&network), &store).await.unwrap().failed, 1);
    let waiting = item_in(&store);
    assert!(waiting.state == State::Signed && waiting.retry, "{waiting:?}");
    assert_eq!(network.chain.signatures(), 1);
    assert!(network.world().sent.len() > 1);
    network.world().height += 20;
    run(&brief(&network), &store).await.unwrap();
    assert_eq!(network.chain.signatures(), 2);
    let sent = network.world().sent.last().cloned().unwrap();
    assert_eq!(sent.1, 2);
}

#[tokio::test]
async fn what_expired_and_is_not_found_is_approved_once_more_and_signed_anew() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let approver = Stub::start(|_, _| Answer::Text(204, String::new())).await;
    let url = format!("{}/approve", approver.url).parse().unwrap();
    let approval = Approval::new(url, ApprovalMethod::Get);
    let mut settings = brief(&network);
    settings.approval = Some(approval.clone());
    run(&settings, &store).await.unwrap();
    network.world().height += node_chain::LIFE + 1;
    run(&settings, &store).await.unwrap();
    assert_eq!((network.chain.signatures(), approver.seen().len()), (2, 2));
    let item = item_in(&store);
    assert_eq!((item.state, item.earlier.len(), item.tries), (State::Signed, 1, 1));
    assert_eq!(times(&item), ["seen", "approved", "signed", "seen", "approved", "signed"]);
    let world = network.world();
    assert_eq!(world.settled, ["hash-1"]);
    assert!(world.reports.is_empty());
}

#[tokio::test]
async fn what_is_denied_gives_back_what_was_lent_for_it() {
    let (network, store) = network(|_| Fate::Executed(0)).await;
    let approver =
        Stub::start(|_, before| Answer::Text(if before == 0 { 403 } else { 204 }, String::new()))
            .await;
    let mut settings = network.settings();
    let url = format!("{}/approve", approver.url).parse().unwrap();
    settings.approval = Some(Approval::new(url, ApprovalMethod::Get));
    assert_eq!(run(&settings, &store).await.unwrap().skipped, 1);
    assert_eq!(network.world().settled, ["never signed"]);
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    assert_eq!(network.world().settled, ["never signed", "hash-1"]);
}

#[tokio::test]
async fn what_is_found_after_its_expiry_is_not_signed_anew() {
    let (network, store) = network(|_| Fate::Dropped).await;
    run(&brief(&network), &store).await.unwrap();
    {
        // Executed in its last moment, and the look-up is behind by one question.
        let mut world = network.world();
        world.height += node_chain::LIFE + 1;
        world.executed.insert("hash-1".to_owned(), (ID.to_owned(), None));
        world.behind = 1;
    }
    assert_eq!(run(&network.settings(), &store).await.unwrap().sent, 1);
    assert_eq!(network.chain.signatures(), 1);
    network.world().check();
}

#[tokio::test]
async fn as_long_as_nobody_can_tell_it_waits() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let settings = brief(&network);
    network.world().blind = true;
    run(&settings, &store).await.unwrap();
    network.world().height += 1000;
    for _ in 0..2 {
        assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    }
    assert_eq!(network.chain.signatures(), 1);
    let reason = item_in(&store).reason.unwrap();
    assert!(reason.contains("nobody says whether it has expired"), "{reason}");
    network.world().blind = false;
    run(&settings, &store).await.unwrap();
    assert_eq!(network.chain.signatures(), 2);
}

#[tokio::test]
async fn what_expired_so_long_ago_that_it_may_be_forgotten_waits_for_the_operator() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let settings = brief(&network);
    run(&settings, &store).await.unwrap();
    network.world().height += node_chain::MEMORY + 1000;
    for _ in 0..2 {
        assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
        assert_eq!(network.chain.signatures(), 1);
    }
    let reason = item_in(&store).reason.unwrap();
    assert!(reason.contains("expired so long ago"), "{reason}");
    retry(&store);
    run(&settings, &store).await.unwrap();
    assert_eq!(network.chain.signatures(), 2);
}

#[tokio::test]
async fn a_second_node_has_its_say() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let mut settings = brief(&network);
    run(&settings, &store).await.unwrap();
    network.world().height += 20;
    // It is behind; it says nothing; it knows what the first has forgotten.
    for (height, sent) in [("105", 0), ("null, \"error\": {\"code\": 5}", 0), ("200", 1)] {
        let second = Stub::start(move |seen, _| {
            let result = if seen.text.contains("height") { height } else { "\"ok\"" };
            Answer::Text(200, format!("{{\"result\": {result}}}"))
        })
        .await;
        if sent == 1 {
            let mut world = network.world();
            world.executed.insert("hash-1".to_owned(), (ID.to_owned(), None));
            world.behind = u32::MAX;
        }
        settings.api.second_nodes.insert("FAKE", second.url.parse().unwrap());
        assert_eq!(run(&settings, &store).await.unwrap().sent, sent, "{height}");
        assert_eq!(network.chain.signatures(), 1);
        assert!(second.seen().iter().all(|seen| seen.header("x-api-key").is_none()));
        assert!(!second.seen().is_empty());
    }
    network.world().check();
}

#[tokio::test]
async fn what_would_come_out_the_same_has_failed() {
    let pending = vec![item(ID, "FAKE", r#"{"height":100}"#)];
    let (network, store) =
        (Network::start(pending, |_| Fate::Dropped).await, FakeStore::new(&["FAKE"]));
    let settings = network.settings();
    run(&settings, &store).await.unwrap();
    let item = item_in(&store);
    assert_eq!((item.state, network.chain.signatures()), (State::Failed, 1));
    assert!(item.reason.unwrap().contains("the same transaction"));
    assert_eq!(network.world().reports.len(), 1);
}

#[tokio::test]
async fn what_expires_again_and_again_is_left_to_the_operator() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let mut settings = network.settings();
    settings.max_tries = 3;
    assert_eq!(run(&settings, &store).await.unwrap().failed, 1);
    let item = item_in(&store);
    assert_eq!((item.state, item.tries, item.reported), (State::Quarantined, 3, true));
    assert_eq!(network.chain.signatures(), 3);
    retry(&store);
    assert_eq!(item_in(&store).state, State::Seen);
}

#[tokio::test]
async fn an_announcement_that_fails_is_all_that_is_repeated() {
    let (network, store) = network(|_| Fate::Executed(0)).await;
    network.world().deaf = (1, 1);
    let settings = network.settings();
    let summary = run(&settings, &store).await.unwrap();
    assert_eq!((summary.sent, summary.failed), (1, 0));
    assert_eq!(item_in(&store).state, State::Sent);
    // The next answer is an explicit no, and then the other call completes it.
    assert_eq!(run(&settings, &store).await.unwrap().sent, 1);
    assert_eq!(item_in(&store).state, State::Completed);
    let world = network.world();
    assert_eq!((world.announced.len(), world.sent.len(), world.settled.len()), (2, 1, 1));
    assert_eq!(world.put, ["hash-1"]);
    world.check();
}

#[tokio::test]
async fn a_slow_confirmation_delays_nothing_else() {
    let pending = vec![item("slow", "FAKE", "{}"), item("fast", "FAKE", "{}")];
    let network = Network::start(pending, |before| match before {
        0 => Fate::Executed(u32::MAX),
        _ => Fate::Executed(0),
    })
    .await;
    let store = FakeStore::new(&["FAKE"]);
    let mut settings = network.settings();
    (settings.run_once, settings.looking.at_most) = (false, Duration::from_secs(60));
    settings.looking.longest = Duration::from_secs(60);
    network.world().growth = 0;
    let (start, polls) = (Instant::now(), || network.stub.to("POST", "/v3/kms/pending").len());
    let shutdown = async {
        while !network.world().completed.contains_key("fast") || polls() < 5 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    // The end does not wait for it either.
    let summary = kms_daemon::run(&settings, &store, shutdown).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!((summary.sent, summary.signed, summary.pending), (1, 2, 2), "{summary:?}");
    assert_eq!(settings.status.chains()["FAKE"].followed, 1);
}

#[tokio::test]
async fn what_the_operator_discards_is_not_sent_again() {
    let (network, store) = network(|_| Fate::Dropped).await;
    let mut settings = brief(&network);
    settings.looking.once = Duration::from_secs(20);
    let discard = async {
        while network.world().sent.len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        operator(&store, |journal| journal.discard(&ID.parse().unwrap()).unwrap());
        (Instant::now(), network.world().sent.len())
    };
    let both = async { tokio::join!(run(&settings, &store), discard) };
    let both = tokio::time::timeout(Duration::from_secs(30), both).await;
    let (summary, (discarded, before)) = both.unwrap();
    assert_eq!(summary.unwrap().failed, 1);
    assert!(discarded.elapsed() < Duration::from_secs(10));
    // One may have been on its way.
    assert!(network.world().sent.len() <= before + 1);
    assert_eq!(item_in(&store).state, State::Discarded);
}
