//! What the daemon must be told. The binary fills it; nothing here reads the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use kms_chains::{Chain, Policy};
use kms_core::{ChainSpec, Network, PendingId, SignatureId, Ticker};
use kms_tatum::ClientSettings;

use crate::approve::Approval;
use crate::error::SettingsError;
use crate::outcome::Outcomes;
use crate::status::Status;

/// The settings of one daemon.
pub struct DaemonSettings {
    /// The network. Wallets of the other one are neither polled nor used.
    pub network: Network,
    /// The chains there are, in the order in which they are polled: the registry, or fakes in a test.
    pub chains: &'static [&'static dyn Chain],
    /// `--chain`: only these of them. Empty for every chain that has wallets.
    pub only_chains: Vec<Ticker>,
    /// `--wallets`: only these wallets, for polling and for signing.
    pub only_wallets: Option<BTreeSet<SignatureId>>,
    /// `--transactionIds`: only these pending transactions.
    pub only_transactions: Option<BTreeSet<PendingId>>,
    /// `--runOnce`: one pass instead of polling until the shutdown.
    pub run_once: bool,
    /// `--period`: from the start of one pass to the start of the next.
    pub period: Duration,
    /// `--idlePeriod`: the same when nothing comes; the daemon gets there step by step.
    pub idle_period: Duration,
    /// `--maxTries`: after so many permanent errors a transaction is left alone.
    pub max_tries: u32,
    /// `--allowRekey`, `--refuseExpired`.
    pub policy: Policy,
    /// `--adoptJournal`: take the journal as it is, though it is new or older than it should be.
    pub adopt_journal: bool,
    /// `--externalUrl`: who must agree before something is signed. Required on mainnet.
    pub approval: Option<Approval>,
    /// `--maxFee`: the most that one transaction may cost, in base units, where it is not the chain's default.
    pub fee_caps: BTreeMap<Ticker, u128>,
    /// The API.
    pub api: ClientSettings,
    /// `--stopTimeout`: how long what is in flight has to finish once the daemon is to stop.
    pub stop_timeout: Duration,
    /// How transactions are looked for that were sent to their node.
    pub looking: Looking,
    /// For how long after its signature a transaction that was completed is expected on chain whatever the node says.
    pub node_lag: Duration,
    /// Where it is noted what became of each transaction; nowhere, for a daemon that runs on.
    pub outcomes: Option<Arc<Outcomes>>,
    /// Where the daemon tells of itself while it runs.
    pub status: Arc<Status>,
}

/// How a transaction that was sent to its node is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Looking {
    /// The wait after the first look; each further one is longer by as much.
    pub step: Duration,
    /// The longest wait, and the time after which the same bytes are sent again.
    pub longest: Duration,
    /// For how long, with `run_once`.
    pub once: Duration,
    /// For how long otherwise, until it is left to a later poll.
    pub at_most: Duration,
}

impl Default for Looking {
    /// After 1, 2, … 9 seconds and then each 9, as Tatum KMS does; 45 seconds in one pass, five minutes otherwise.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { step: seconds(1), longest: seconds(9), once: seconds(45), at_most: seconds(300) }
    }
}

impl DaemonSettings {
    /// The settings for `api`: every chain of `chains`, every wallet, a poll each five seconds.
    pub fn new(chains: &'static [&'static dyn Chain], api: ClientSettings) -> Self {
        Self {
            network: api.network,
            chains,
            only_chains: Vec::new(),
            only_wallets: None,
            only_transactions: None,
            run_once: false,
            period: Duration::from_secs(5),
            idle_period: Duration::from_secs(15),
            max_tries: 5,
            policy: Policy::default(),
            adopt_journal: false,
            approval: None,
            fee_caps: BTreeMap::new(),
            api,
            stop_timeout: Duration::from_secs(60),
            looking: Looking::default(),
            node_lag: Duration::from_secs(600),
            outcomes: None,
            status: Arc::default(),
        }
    }

    /// Checks what would be dangerous to start with.
    ///
    /// # Errors
    /// No approval server on mainnet, an address that can't be used, a period of 0.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.api.validate()?;
        if self.api.network != self.network {
            return Err(SettingsError::Network { api: self.api.network, daemon: self.network });
        }
        if self.period.is_zero() {
            return Err(SettingsError::Period);
        }
        match &self.approval {
            None if !self.network.is_testnet() => Err(SettingsError::ApprovalNeeded),
            Some(approval) => Ok(approval.validate()?),
            None => Ok(()),
        }
    }

    /// The most that a transaction of this chain may cost, in base units.
    pub(crate) fn fee_cap(&self, spec: &ChainSpec) -> u128 {
        self.fee_caps.get(&spec.ticker).copied().unwrap_or(spec.fee_cap)
    }

    /// How long a transaction that was sent to its node is looked for in this pass.
    pub(crate) fn patience(&self) -> Duration {
        if self.run_once { self.looking.once } else { self.looking.at_most }
    }

    pub(crate) fn serves(&self, ticker: Ticker) -> bool {
        self.only_chains.is_empty() || self.only_chains.contains(&ticker)
    }

    pub(crate) fn serves_chain(&self, chain: &str) -> bool {
        self.served().any(|served| served.spec().ticker.0 == chain)
    }

    /// The chains that are polled if there are wallets for them.
    pub(crate) fn served(&self) -> impl Iterator<Item = &'static dyn Chain> + '_ {
        self.chains.iter().copied().filter(|chain| self.serves(chain.spec().ticker))
    }

    /// Whether a poll shows all that is pending, and not a part picked by the operator.
    pub(crate) fn wants_everything(&self) -> bool {
        self.only_wallets.is_none() && self.only_transactions.is_none()
    }

    pub(crate) fn wants(&self, id: &PendingId) -> bool {
        self.only_transactions.as_ref().is_none_or(|only| only.contains(id))
    }
}
