//! The product under faults and `kill -9`: everything is paid, nothing twice.
//!
//! An application queues transfers of several senders on every chain at a sandbox with faults. The
//! real daemon signs them, and is killed at random instants and started again. Then it gets calm,
//! and when nothing waits any more the books are compared: for every pending id exactly one
//! distinct signed transaction, all completed, the numbers of each sender's transactions without a
//! gap where the chain has them, and all balances add up.

mod audit;
mod books;
mod chains;
mod clock;
mod process;
mod senders;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::sleep;

use self::books::Books;
pub use self::clock::Clock;
pub use self::process::Lifetime;
use self::process::{Lives, Wanted, keep_running};
pub use self::senders::Store;
use crate::binary;
use crate::client::Application;
use crate::faults::{FaultSettings, Rule};
use crate::kms::{API_KEY, Kms};
use crate::output::{print, say};
use crate::pending::State;
use crate::random::Random;
use crate::server::{Running, Settings};

/// Some of everything that can be survived. What refuses a transaction for good is not among them; nor are spent
/// credits, after which a daemon waits for a minute: that is how long a transaction of TRON lives.
const STORM: &[&str] = &[
    "lost-reply=0.02",
    "unheard=0.01",
    "reset=0.01",
    "status-429=0.001,retry-after=1",
    "status-429=0.003",
    "status-500=0.01",
    "status-500=0.02,at=broadcast,executed",
    "status-503=0.005",
    "failed-true=0.03",
    "duplicate=0.2",
    "redeliver=0.2",
    "slow=0.003,ms=500",
    "not-json=0.01,at=broadcast",
    "not-json=0.01,at=put",
    "not-json=0.03,at=poll",
    "wrong-json=0.01,at=broadcast",
    "wrong-json=0.03,at=poll",
    "huge-body=0.02,at=poll",
    "huge-body=0.001",
];

/// After so long without anything completed, the run has failed.
const PATIENCE: Duration = Duration::from_secs(90);
const GLANCE: Duration = Duration::from_millis(50);
/// Storm until so much of a hundred is completed.
const STORM_PERCENT: usize = 85;
/// After everything is completed: would it be paid again?
const AFTERMATH: Duration = Duration::from_millis(1500);
/// How many wrongs are shown.
const SHOWN: usize = 20;

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// How many transfers are queued.
    pub items: usize,
    /// No more are queued after this.
    pub queue_for: Duration,
    /// How many wait at a time.
    pub window: usize,
    /// What goes wrong.
    pub faults: Vec<Rule>,
    /// How long a daemon lives; none if it is not killed.
    pub lifetime: Option<Lifetime>,
    /// Whether the daemon's wall clock jumps by years.
    pub clock_jumps: bool,
    /// Seconds between two polls.
    pub period: &'static str,
    /// Further flags of the daemon.
    pub daemon_flags: Vec<String>,
    /// Repeats it.
    pub seed: u64,
}

/// What has happened.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Repeats it.
    pub seed: u64,
    /// On which chains.
    pub chains: Vec<&'static str>,
    /// How many transfers were queued.
    pub items: usize,
    /// How many were completed.
    pub completed: usize,
    /// How many broadcasts that took, refused ones included.
    pub broadcasts: u64,
    /// How long that took.
    pub seconds: u64,
    /// How often the daemon was killed.
    pub kills: u32,
    /// How often it ended by itself.
    pub ends: u32,
    /// Whether its clock jumped.
    pub clock_jumps: bool,
    /// How often each fault struck.
    pub faults: BTreeMap<String, u64>,
    /// What must not be, at most the first few.
    pub wrong: Vec<String>,
}

impl Scenario {
    /// Transfers that come bit by bit, and these faults.
    pub fn quiet(items: usize, faults: &[&str], seed: u64) -> Self {
        Self {
            items,
            queue_for: Duration::MAX,
            window: (items / 5).clamp(8, 400),
            faults: rules(faults),
            lifetime: None,
            clock_jumps: false,
            period: "0.2",
            daemon_flags: Vec::new(),
            seed,
        }
    }

    /// Everything at once; clock jumps too where `libfaketime` is installed.
    pub fn storm(items: usize, seed: u64) -> Self {
        let least = Duration::from_millis(100);
        let lifetime = Some(Lifetime { least, most: Duration::from_secs(4) });
        Self { lifetime, clock_jumps: Clock::is_there(), ..Self::quiet(items, STORM, seed) }
    }

    /// The same with further faults.
    #[must_use]
    pub fn with(mut self, faults: &[&str]) -> Self {
        self.faults.extend(rules(faults));
        self
    }

    fn fault_settings(&self) -> FaultSettings {
        FaultSettings { rules: self.faults.clone(), seed: self.seed, latency: Duration::ZERO }
    }

    fn flags(&self, store: &Store) -> Vec<String> {
        let chains = store.chains().join(",");
        let own = [format!("--chain={chains}"), format!("--period={}", self.period)];
        own.into_iter().chain(self.daemon_flags.clone()).collect()
    }
}

/// Runs a scenario with a store of its own, prints what has happened, and fails if something is wrong.
pub async fn run_and_print(scenario: &Scenario) -> Result<()> {
    let store = Store::of_every_chain(binary::find_or_build().await?).await?;
    say(&format!("seed {}: {} transfers are queued", scenario.seed, scenario.items));
    let summary = run(&store, scenario).await?;
    print(&serde_json::to_string_pretty(&summary)?);
    if !summary.wrong.is_empty() {
        bail!("not everything was paid exactly once; run it again with --seed {}", scenario.seed);
    }
    Ok(())
}

/// Runs a scenario.
///
/// # Errors
/// The daemon can't be kept running, or nothing goes on any more. What went on and was wrong is in
/// the summary.
pub async fn run(store: &Store, scenario: &Scenario) -> Result<Summary> {
    let settings = Settings { api_key: Some(API_KEY.to_owned()), ..Settings::default() };
    let sandbox = Running::start(settings, 0).await?;
    let base = sandbox.base_url();
    let mut kms = store.open(&base)?;
    let clock = scenario.clock_jumps.then(|| Clock::in_directory(kms.home())).transpose()?;
    if let Some(clock) = &clock {
        kms = kms.with_environment(clock.environment());
    }
    let mut books = Books::open(Application::new(base)?, &store.senders, scenario.seed).await?;
    let started = Instant::now();
    let (want, wanted) = watch::channel(Wanted::Storm);
    sandbox.set_faults(scenario.fault_settings());
    let flags = scenario.flags(store);
    let random = Random::new(!scenario.seed);
    let jumping = async {
        match &clock {
            Some(clock) => clock.jump(random.clone()).await,
            None => std::future::pending().await,
        }
    };
    let running = keep_running(&kms, &flags, scenario.lifetime, random.clone(), wanted);
    let both = async {
        tokio::try_join!(running, async {
            let watched = watch_over(&sandbox, &mut books, scenario, &want, &kms).await;
            want.send_replace(Wanted::End);
            watched
        })
    };
    let (lives, ()) = tokio::select! {
        ended = both => ended?,
        error = jumping => return Err(error),
    };
    let entries = sandbox.pending().entries();
    let wrong = audit::audit(&books, &entries).await?;
    Ok(summary(scenario, store.chains(), &sandbox, lives, started, wrong))
}

/// Queues what is to be queued, calms the storm, and waits until nothing waits any more.
async fn watch_over(
    sandbox: &Running,
    books: &mut Books,
    scenario: &Scenario,
    want: &watch::Sender<Wanted>,
    kms: &Kms,
) -> Result<()> {
    let started = Instant::now();
    let mut progress = (0, Instant::now());
    let mut calm = false;
    loop {
        let counts = sandbox.pending().counts();
        let all = books.queued.len() >= scenario.items || started.elapsed() > scenario.queue_for;
        if !all {
            let room = scenario.window.saturating_sub(counts.pending);
            for _ in 0..room.min(scenario.items - books.queued.len()) {
                if !books.queue(sandbox.pending()).await? {
                    break;
                }
            }
        }
        if all && counts.pending == 0 {
            break;
        }
        if all && !calm && counts.completed * 100 >= books.queued.len() * STORM_PERCENT {
            calm = true;
            sandbox.set_faults(FaultSettings::default());
            want.send_replace(Wanted::Calm);
        }
        if counts.completed > progress.0 {
            progress = (counts.completed, Instant::now());
        }
        if progress.1.elapsed() > PATIENCE {
            bail!(stalled(sandbox, counts.completed, books.queued.len(), kms));
        }
        sleep(GLANCE).await;
    }
    sleep(AFTERMATH).await;
    Ok(())
}

fn stalled(sandbox: &Running, completed: usize, queued: usize, kms: &Kms) -> String {
    let entries = sandbox.pending().entries();
    let waiting = entries.iter().filter(|entry| entry.state == State::Pending);
    let shown: Vec<_> = waiting.take(3).filter_map(|one| serde_json::to_string(one).ok()).collect();
    format!(
        "{completed} of {queued} are completed, and nothing more since {PATIENCE:?}; faults: {:?}; \
         waiting, among others:\n{}\nthe daemon said:\n{}",
        sandbox.faults_struck(),
        shown.join("\n"),
        kms.last_words()
    )
}

fn summary(
    scenario: &Scenario,
    chains: Vec<&'static str>,
    sandbox: &Running,
    lives: Lives,
    started: Instant,
    mut wrong: Vec<String>,
) -> Summary {
    let all = wrong.len();
    if all > SHOWN {
        wrong.truncate(SHOWN);
        wrong.push(format!("and {} more", all - SHOWN));
    }
    let entries = sandbox.pending().entries();
    let broadcasts = entries.iter().flat_map(|entry| &entry.transactions).map(|sent| sent.times);
    Summary {
        seed: scenario.seed,
        chains,
        items: entries.len(),
        completed: entries.iter().filter(|entry| entry.state == State::Completed).count(),
        broadcasts: broadcasts.sum(),
        seconds: started.elapsed().as_secs(),
        kills: lives.kills,
        ends: lives.ends,
        clock_jumps: scenario.clock_jumps,
        faults: sandbox.faults_struck(),
        wrong,
    }
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| text.parse().expect("the faults of a scenario are constants")).collect()
}
