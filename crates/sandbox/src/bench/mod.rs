//! How fast the product is, end to end: the real daemon with a large store, against a sandbox.
//!
//! The transactions are ETH transfers that name nonce, gas, price and chain, so that nothing has to
//! be asked before one is signed. First as many as the daemon can take, with a window that is
//! always full; then few enough that none waits for another.

mod alone;
mod figures;
mod process;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::json;
use tokio::process::Child;
use tokio::time::{interval, sleep};

use self::figures::{Latency, latency, per_second};
use self::process::Usage;
use crate::binary;
use crate::client::Application;
use crate::ethereum::CHAIN_ID;
use crate::kms::{API_KEY, Kms, Wallet, stop_daemon};
use crate::output::{print, say};
use crate::pending::{Draft, Entry, State};
use crate::server::{Running, Settings};

const RECIPIENT: &str = "0x3535353535353535353535353535353535353535";
const GLANCE: Duration = Duration::from_millis(5);
/// After so long without anything completed, the daemon is stuck.
const PATIENCE: Duration = Duration::from_secs(60);
/// Trickling: so many, one each time.
const TRICKLE: usize = 500;
const TRICKLE_PAUSE: Duration = Duration::from_millis(20);
/// Transactions that the sandbox executes on its own, for comparison.
const ALONE: usize = 3_000;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many wallets the store has.
    pub wallets: usize,
    /// How many transactions are signed.
    pub items: usize,
    /// How many of the wallets send.
    pub senders: usize,
    /// How many wait at the API at a time.
    pub window: usize,
    /// Seconds between two polls.
    pub period: String,
    /// Further flags of the daemon.
    pub daemon_flags: Vec<String>,
}

/// What came out.
#[derive(Debug, Serialize)]
struct Figures {
    wallets: usize,
    items: usize,
    senders: usize,
    /// From the first poll that hands something out to the last completion.
    transactions_per_second: f64,
    /// From the poll that first hands one out to its broadcast, with a full window.
    loaded: Latency,
    /// The same, when none waits for another.
    unloaded: Latency,
    /// What the daemon used of the processors, in milliseconds for each transaction.
    daemon_cpu_ms: f64,
    /// The same of the sandbox, the feeding included.
    sandbox_cpu_ms: f64,
    /// Broadcasts a second that the sandbox executes when nobody has to sign.
    sandbox_alone_per_second: f64,
    /// Resident memory of the daemon, in KiB, after so many transactions.
    resident_kib: BTreeMap<usize, u64>,
}

/// Measures and prints.
pub async fn run(plan: &Plan) -> Result<()> {
    if plan.senders == 0 || plan.senders > plan.wallets || plan.items == 0 {
        bail!("{} of {} wallets can't send; give --senders fewer", plan.senders, plan.wallets);
    }
    let alone = alone::measure(ALONE).await?;
    let settings = Settings { api_key: Some(API_KEY.to_owned()), ..Settings::default() };
    let sandbox = Running::start(settings, 0).await?;
    let kms = Kms::at_home(binary::find_or_build().await?, &sandbox.base_url())?;
    say(&format!("tatum-kms makes {} wallets", plan.wallets));
    let mut wallets = kms.make_private_keys("ETH", plan.wallets).await?;
    wallets.truncate(plan.senders);
    fund(&Application::new(sandbox.base_url())?, &wallets).await?;
    let mut flags = vec!["--chain=ETH".to_owned(), format!("--period={}", plan.period)];
    flags.extend(plan.daemon_flags.clone());
    let mut daemon = kms.start_daemon(&flags)?;
    say(&format!("the daemon signs {} transactions", plan.items));
    let mut bench = Bench { sandbox, wallets, queued: 0, resident: BTreeMap::new() };
    let measured = bench.measure(plan, &daemon, alone).await;
    let figures = measured.with_context(|| format!("the daemon said:\n{}", kms.last_words()))?;
    stop_daemon(&mut daemon).await?;
    print(&serde_json::to_string_pretty(&figures)?);
    Ok(())
}

struct Bench {
    sandbox: Running,
    wallets: Vec<Wallet>,
    queued: usize,
    resident: BTreeMap<usize, u64>,
}

impl Bench {
    async fn measure(&mut self, plan: &Plan, daemon: &Child, alone: f64) -> Result<Figures> {
        let pid = daemon.id().context("the daemon has ended")?;
        // Nothing waits yet: what is measured is not the start.
        self.queue();
        self.drained().await?;
        let before = (Usage::of(pid)?, Usage::of(std::process::id())?);
        self.flood(plan, pid).await?;
        let after = (Usage::of(pid)?, Usage::of(std::process::id())?);
        let flooded = self.sandbox.pending().entries();
        self.trickle().await?;
        let trickled = self.sandbox.pending().entries().split_off(flooded.len());
        self.note_memory(pid)?;
        check(&flooded)?;
        let each = |before: Usage, after: Usage| after.cpu_ms_since(before, plan.items);
        Ok(Figures {
            wallets: plan.wallets,
            items: plan.items,
            senders: plan.senders,
            transactions_per_second: per_second(&flooded[1..]),
            loaded: latency(&flooded[1..]),
            unloaded: latency(&trickled),
            daemon_cpu_ms: each(before.0, after.0),
            sandbox_cpu_ms: each(before.1, after.1),
            sandbox_alone_per_second: alone,
            resident_kib: std::mem::take(&mut self.resident),
        })
    }

    /// Keeps the window full until everything is done.
    async fn flood(&mut self, plan: &Plan, pid: u32) -> Result<()> {
        let mut marks: Vec<_> = [10, 25, 50, 75, 100].map(|part| plan.items * part / 100).into();
        let mut progress = (0, Instant::now());
        loop {
            let counts = self.sandbox.pending().counts();
            if counts.completed > plan.items {
                self.note_memory(pid)?;
                return Ok(());
            }
            while self.queued < plan.items + 1 && self.queued < counts.completed + plan.window {
                self.queue();
            }
            if marks.first().is_some_and(|mark| counts.completed > *mark) {
                marks.remove(0);
                self.note_memory(pid)?;
            }
            if counts.completed > progress.0 {
                progress = (counts.completed, Instant::now());
            }
            if progress.1.elapsed() > PATIENCE {
                bail!("nothing more is completed after {} transactions", counts.completed);
            }
            sleep(GLANCE).await;
        }
    }

    async fn trickle(&mut self) -> Result<()> {
        let mut ticks = interval(TRICKLE_PAUSE);
        for _ in 0..TRICKLE {
            ticks.tick().await;
            self.queue();
        }
        self.drained().await
    }

    async fn drained(&self) -> Result<()> {
        let started = Instant::now();
        while self.sandbox.pending().counts().pending > 0 {
            if started.elapsed() > PATIENCE {
                bail!("the daemon leaves transactions waiting");
            }
            sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Queues one more, of the next wallet.
    fn queue(&mut self) {
        let wallet = &self.wallets[self.queued % self.wallets.len()];
        let payload = json!({
            "from": 0, "to": RECIPIENT, "value": "1000000000000",
            "nonce": self.queued / self.wallets.len(), "gas": "21000", "gasPrice": "3000000000",
            "chainId": CHAIN_ID,
        });
        self.sandbox.pending().add(Draft {
            chain: "ETH".to_owned(),
            hashes: vec![wallet.signature_id.clone()],
            serialized_transaction: payload.to_string(),
            ..Draft::default()
        });
        self.queued += 1;
    }

    fn note_memory(&mut self, pid: u32) -> Result<()> {
        let completed = self.sandbox.pending().counts().completed;
        self.resident.insert(completed, Usage::of(pid)?.resident_kib);
        Ok(())
    }
}

async fn fund(application: &Application, wallets: &[Wallet]) -> Result<()> {
    for wallet in wallets {
        let funding = json!({ "address": wallet.address, "amount": "1000" });
        application.post("/sandbox/ETH/faucet", &funding).await?;
    }
    Ok(())
}

/// Figures of work that was not done are worth nothing.
fn check(entries: &[Entry]) -> Result<()> {
    let done = |entry: &&Entry| entry.state == State::Completed && entry.transactions.len() == 1;
    let done = entries.iter().filter(done).count();
    if done != entries.len() {
        bail!("only {done} of {} transactions were paid exactly once", entries.len());
    }
    Ok(())
}
