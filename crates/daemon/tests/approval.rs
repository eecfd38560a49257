//! Four-eyes: what the approval server is asked, and what becomes of each of its answers.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::time::Duration;

use fake::{FakeChain, FakeStore, ID, accepted, broadcasts, item, reports, run, served, settings};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kms_crypto::mac::MacKey;
use kms_daemon::{Approval, ApprovalHeader, ApprovalMethod, DaemonSettings, JournalAdmin, State};
use sha2::{Digest as _, Sha256};
use stub::{Answer, Seen, Stub};

const SECRET: &str = "a secret that both sides have";

/// HMAC-SHA-256 over lines, as the documentation has it.
fn mac(lines: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(lines.join("\n").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The header that a server in possession of the secret answers with.
fn signed(seen: &Seen, decision: &str) -> Vec<u8> {
    let (nonce, digest) =
        (seen.header("x-kms-nonce").unwrap(), seen.header("x-kms-digest").unwrap());
    mac(&["tatum-kms approval answer 1", nonce, ID, digest, decision]).into_bytes()
}

fn with_mac(status: u16, tag: Vec<u8>) -> Answer {
    Answer::WithHeader(status, "x-kms-approval", tag, String::new())
}

/// A daemon with one transaction that waits, and an approval server.
struct Scene {
    chain: &'static FakeChain,
    store: FakeStore,
    api: Stub,
    approver: Stub,
    settings: DaemonSettings,
}

impl Scene {
    async fn new(answer: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> Self {
        let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
        let api = served(vec![item(ID, "FAKE", "{}")], accepted).await;
        let approver = Stub::start(answer).await;
        let mut settings = settings(&api.url, &[chain]);
        let url = format!("{}/kms?team=a", approver.url).parse().unwrap();
        settings.approval = Some(Approval::new(url, ApprovalMethod::Get));
        Self { chain, store, api, approver, settings }
    }

    fn approval(&mut self) -> &mut Approval {
        self.settings.approval.as_mut().unwrap()
    }

    fn with_secret(mut self, strict: bool) -> Self {
        self.approval().secret = Some(MacKey::new(SECRET.as_bytes().to_vec().into()));
        self.approval().strict = strict;
        self
    }

    /// One pass. Returns how many were signed, and how the approvals ended so far.
    async fn pass(&self) -> (u64, Vec<(&'static str, u64)>) {
        let before = self.chain.signatures();
        run(&self.settings, &self.store).await.unwrap();
        let chains = self.settings.status.chains();
        let approvals = chains["FAKE"].approvals.iter().map(|(how, count)| (*how, *count));
        (self.chain.signatures() - before, approvals.collect())
    }
}

#[tokio::test]
async fn every_answer_is_a_state_of_its_own() {
    let states = [
        (200, "approved", 1),
        (204, "approved", 1),
        (400, "denied", 0),
        (401, "denied", 0),
        (404, "denied", 0),
        (302, "error", 0),
        (408, "error", 0),
        (425, "error", 0),
        (429, "error", 0),
        (500, "error", 0),
        (503, "error", 0),
    ];
    for (status, state, signatures) in states {
        let scene = Scene::new(move |_, _| Answer::Text(status, String::new())).await;
        assert_eq!(scene.pass().await, (signatures, vec![(state, 1)]), "{status}");
    }
    let mut silent = Scene::new(|_, _| Answer::Silence).await;
    silent.approval().timeout = Duration::from_millis(100);
    assert_eq!(silent.pass().await, (0, vec![("timeout", 1)]));
    let mut nobody = Scene::new(|_, _| Answer::Silence).await;
    nobody.approval().url = "http://127.0.0.1:1/kms".parse().unwrap();
    assert_eq!(nobody.pass().await, (0, vec![("unreachable", 1)]));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Stub::start(|_, _| Answer::Text(200, String::new())).await;
    let url = target.url.clone();
    let scene = Scene::new(move |_, _| {
        Answer::WithHeader(307, "location", url.clone().into_bytes(), String::new())
    })
    .await;
    assert_eq!(scene.pass().await, (0, vec![("error", 1)]));
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn the_question_carries_a_signature_that_others_can_check() {
    for method in [ApprovalMethod::Get, ApprovalMethod::Post] {
        let mut scene =
            Scene::new(|_, _| Answer::Text(204, String::new())).await.with_secret(false);
        scene.approval().method = method;
        assert_eq!(scene.pass().await.0, 1);
        let seen = &scene.approver.seen()[0];
        let header = |name: &str| seen.header(name).unwrap();
        let url = format!("{}{}", scene.approver.url, seen.path);
        assert_eq!(seen.path, format!("/kms/{ID}?team=a"));
        let hash = |text: &str| hex::encode(Sha256::digest(text));
        let (intent, body) = (hash(header("x-kms-intent")), hash(&seen.text));
        let (time, nonce) = (header("x-kms-time"), header("x-kms-nonce"));
        let (digest, content) = (header("x-kms-digest"), header("x-kms-content-digest"));
        let first = "tatum-kms approval request 1";
        let lines = [first, &seen.method, &url, time, nonce, digest, content, &intent, &body];
        assert_eq!(header("x-kms-signature"), mac(&lines));
        assert_eq!(seen.text.is_empty(), method == ApprovalMethod::Get);
        assert!(!format!("{seen:?}").contains(SECRET));
    }
}

#[tokio::test]
async fn headers_of_the_operator_are_sent_and_unsigned_questions_have_no_signature() {
    let mut scene = Scene::new(|_, _| Answer::Text(204, String::new())).await;
    for text in ["Authorization: Bearer t0ken", "X-Team: a", "X-Team: b"] {
        scene.approval().headers.push(ApprovalHeader::parse(text).unwrap());
    }
    assert_eq!(scene.pass().await.0, 1);
    let seen = &scene.approver.seen()[0];
    assert_eq!(seen.header("authorization"), Some("Bearer t0ken"));
    let teams: Vec<_> = seen.headers.get_all("x-team").iter().collect();
    assert_eq!(teams, ["a", "b"]);
    assert_eq!(seen.header("x-kms-signature"), None);
    assert_eq!(seen.header("x-kms-digest").unwrap().len(), 64);
}

#[tokio::test]
async fn in_strict_mode_only_a_signed_yes_is_a_yes() {
    let yes = Scene::new(|seen, _| with_mac(200, signed(seen, "approve"))).await.with_secret(true);
    assert_eq!(yes.pass().await, (1, vec![("approved", 1)]));
    let no = Scene::new(|seen, _| with_mac(403, signed(seen, "deny"))).await.with_secret(true);
    assert_eq!(no.pass().await, (0, vec![("denied", 1)]));

    let forgeries: [fn(&Seen) -> Answer; 7] = [
        |_| Answer::Text(200, String::new()),
        |_| Answer::Text(403, String::new()),
        |seen| with_mac(200, signed(seen, "deny")),
        |seen| with_mac(403, signed(seen, "approve")),
        |_| with_mac(200, b"yes".to_vec()),
        |_| with_mac(200, "00".repeat(32).into_bytes()),
        // The question's own signature, sent back.
        |seen| with_mac(200, seen.header("x-kms-signature").unwrap().as_bytes().to_vec()),
    ];
    for (number, forged) in forgeries.into_iter().enumerate() {
        let scene = Scene::new(move |seen, _| forged(seen)).await.with_secret(true);
        assert_eq!(scene.pass().await, (0, vec![("unauthenticated", 1)]), "forgery {number}");
        assert!(reports(&scene.api).is_empty());
    }
}

#[tokio::test]
async fn an_old_yes_cannot_be_played_again() {
    let first = std::sync::Mutex::new(None);
    let scene = Scene::new(move |seen, _| {
        let mut first = first.lock().unwrap();
        if first.is_some() {
            return with_mac(200, first.clone().unwrap());
        }
        // The first answer is recorded, and does not arrive.
        *first = Some(signed(seen, "approve"));
        Answer::Text(503, String::new())
    })
    .await
    .with_secret(true);
    assert_eq!(scene.pass().await, (0, vec![("error", 1)]));
    assert_eq!(scene.pass().await, (0, vec![("error", 1), ("unauthenticated", 1)]));
    assert_ne!(
        scene.approver.seen()[0].header("x-kms-nonce"),
        scene.approver.seen()[1].header("x-kms-nonce")
    );
}

#[tokio::test]
async fn without_strict_mode_a_mac_may_be_missing_but_not_wrong() {
    let plain = Scene::new(|_, _| Answer::Text(200, String::new())).await.with_secret(false);
    assert_eq!(plain.pass().await.0, 1);
    let wrong =
        Scene::new(|_, _| with_mac(200, "00".repeat(32).into_bytes())).await.with_secret(false);
    assert_eq!(wrong.pass().await, (0, vec![("unauthenticated", 1)]));
}

#[tokio::test]
async fn a_denial_is_final_after_so_many_and_reported_once() {
    let mut scene = Scene::new(|_, _| Answer::Text(403, String::new())).await;
    scene.approval().max_denials = 2;
    scene.settings.run_once = false;
    let told = fake::told_once(&scene.api);
    kms_daemon::run(&scene.settings, &scene.store, told).await.unwrap();
    assert_eq!(scene.approver.seen().len(), 2);
    let reports = reports(&scene.api);
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("denial 2 is final"), "{}", reports[0]);
    assert_eq!((scene.chain.signatures(), broadcasts(&scene.api).len()), (0, 0));
}

#[tokio::test]
async fn a_denial_is_never_final_where_the_operator_says_so() {
    let mut scene = Scene::new(|_, before| match before {
        0..5 => Answer::Text(403, String::new()),
        _ => Answer::Text(200, String::new()),
    })
    .await;
    scene.approval().max_denials = 0;
    scene.settings.run_once = false;
    let sent = scene.api.until("POST", "/v3/fake/broadcast", 1);
    kms_daemon::run(&scene.settings, &scene.store, sent).await.unwrap();
    assert_eq!((scene.chain.signatures(), reports(&scene.api).len()), (1, 0));
}

#[tokio::test]
async fn a_final_denial_outlives_the_process_and_ends_with_a_retry() {
    let mut scene = Scene::new(|_, before| match before {
        0 => Answer::Text(403, String::new()),
        _ => Answer::Text(200, String::new()),
    })
    .await;
    scene.approval().max_denials = 1;
    let id = ID.parse().unwrap();
    assert_eq!(scene.pass().await.0, 0);
    assert_eq!(scene.pass().await.0, 0);
    assert_eq!(scene.approver.seen().len(), 1);
    let journal = || JournalAdmin::open(&scene.store).unwrap().unwrap();
    let decide = |retry: bool| {
        std::thread::scope(|scope| {
            let work =
                || if retry { journal().retry(&id) } else { Ok(journal().item(&id)?.unwrap()) };
            scope.spawn(work).join().unwrap().unwrap()
        })
    };
    let item = decide(false);
    assert_eq!(item.state, State::Failed);
    assert!(item.reason.unwrap().contains("denial 1 is final"));
    decide(true);
    assert_eq!(scene.pass().await, (1, vec![("approved", 1), ("denied", 1)]));
}
