//! Everything that one transaction needs, and what the journal is told on its way.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use kms_chains::{Chain, Signed, Unsigned};
use kms_core::{Intent, PendingId, SignedTransaction, Ticker};
use kms_tatum::{ChainNode, Client};
use tokio::sync::Semaphore;

use crate::approve::Approver;
use crate::error::{ItemError, Severity};
use crate::journal::{Entry, Journal, JournalError, Report, Signing, State};
use crate::reports::{Reports, Summary};
use crate::sequences::SequenceBook;
use crate::settings::DaemonSettings;
use crate::store::Store;
use crate::wallets::Wallets;

/// How many transactions are looked for at once, so that what is followed leaves connections, and its turn at the
/// API, to everything else.
const LOOKS_AT_ONCE: usize = 16;

/// What all chains share.
pub(crate) struct Daemon<'a> {
    pub(crate) settings: &'a DaemonSettings,
    pub(crate) store: &'a dyn Store,
    pub(crate) client: Client,
    pub(crate) journal: Journal,
    pub(crate) approver: Approver,
    pub(crate) sequences: SequenceBook,
    /// Chains whose notice has been given.
    noticed: Mutex<HashSet<Ticker>>,
    pub(crate) wallets: Wallets,
    pub(crate) reports: Reports,
    /// Whoever looks for a transaction that was sent to its node takes a permit.
    pub(crate) looks: Semaphore,
    summary: Mutex<Summary>,
}

impl<'a> Daemon<'a> {
    pub(crate) fn new(
        settings: &'a DaemonSettings,
        store: &'a dyn Store,
        client: Client,
        journal: Journal,
        approver: Approver,
    ) -> Self {
        Self {
            settings,
            store,
            client,
            journal,
            approver,
            sequences: SequenceBook::default(),
            noticed: Mutex::default(),
            wallets: Wallets::default(),
            reports: Reports::default(),
            looks: Semaphore::new(LOOKS_AT_ONCE),
            summary: Mutex::default(),
        }
    }

    /// Says what there is to say of a chain, the first time.
    pub(crate) fn give_notice(&self, chain: &dyn Chain) {
        let Some(notice) = chain.notice() else { return };
        let ticker = chain.spec().ticker;
        if self.noticed.lock().unwrap_or_else(PoisonError::into_inner).insert(ticker) {
            tracing::warn!(chain = %ticker, "{notice}");
        }
    }

    /// Counts something.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Summary)) {
        change(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn summary(&self) -> Summary {
        *self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For `pending show`, and for whoever wants to know when it was approved. Signing does not wait for
    /// it: the approval is asked for again if this is lost.
    pub(crate) fn keep_approved(
        &self,
        mut entry: Entry,
        intent: &Intent,
    ) -> Result<Entry, ItemError> {
        entry.record.intent = serde_json::to_string(intent).ok();
        if self.settings.approval.is_none() {
            return Ok(entry);
        }
        self.reached(&entry, State::Approved);
        // What was signed before stays signed, whatever comes of the second try.
        if entry.state.is_before_signing() {
            entry = self.journal.keep_soon(entry.into_state(State::Approved))?;
        }
        Ok(entry)
    }

    /// When this returns, the bytes are on disk, and the number is taken: in this process and, by the
    /// journal, in the next.
    pub(crate) async fn keep_signed(
        &self,
        entry: Entry,
        unsigned: &dyn Unsigned,
        signed: &dyn Signed,
    ) -> Result<Entry, ItemError> {
        let transaction = signed.transaction();
        let (sequence, digest) = (unsigned.sequence(), unsigned.digest());
        let signing = Signing::new(transaction, sequence, digest, unsigned.expiry());
        let entry = entry.signed(signing, signed.kept(), signed.is_final());
        let entry = self.journal.keep(entry).await?;
        if let Some(sequence) = entry.sequence() {
            self.sequences.take(&entry.chain, sequence, &entry.id);
        }
        self.count(|summary| summary.signed += 1);
        self.reached(&entry, State::Signed);
        Ok(entry)
    }

    /// Keeps the transaction as it was finished, in place of what we signed.
    pub(crate) async fn keep_finished(
        &self,
        mut entry: Entry,
        whole: SignedTransaction,
    ) -> Result<Entry, JournalError> {
        if entry.transaction().as_ref() == Some(&whole) {
            return Ok(entry);
        }
        if let Some(signing) = &mut entry.record.signing {
            signing.hash = whole.hash;
        }
        (entry.data, entry.record.unfinished) = (Some(whole.data), false);
        self.journal.keep(entry).await
    }

    /// Finishes what was signed before and is not whole: the answer of whoever has to add to it was lost, or
    /// the program was stopped before it came.
    pub(crate) async fn finish_kept(
        &self,
        chain: &dyn Chain,
        entry: Entry,
    ) -> Result<Entry, ItemError> {
        let Some(hash) = entry.hash().filter(|_| entry.record.unfinished).cloned() else {
            return Ok(entry);
        };
        let kept = entry.data.as_deref();
        let signed = kept.and_then(|kept| chain.take_up(kept, self.settings.network));
        let Some(signed) = signed.filter(|signed| signed.transaction().hash == hash) else {
            return Err(ItemError::Unfinished { hash });
        };
        let node = ChainNode::new(&self.client, chain.spec());
        let whole = signed.finish(&node).await;
        let whole = whole.map_err(|source| ItemError::Finish { hash, source })?;
        Ok(self.keep_finished(entry, whole).await?)
    }

    /// Keeps a new state, and counts it.
    pub(crate) async fn mark(&self, entry: Entry, state: State) -> Result<Entry, JournalError> {
        if entry.state != state {
            self.reached(&entry, state);
        }
        self.journal.keep(entry.into_state(state)).await
    }

    /// Keeps why a transaction was not sent, how often that was, and whether the API must hear of it.
    pub(crate) async fn keep_failure(
        &self,
        id: &PendingId,
        error: &ItemError,
    ) -> Result<(), JournalError> {
        let Some(entry) = self.journal.find(id).await? else { return Ok(()) };
        if error.severity() == Severity::Skipped && !entry.state.is_before_signing() {
            // It says why already.
            return Ok(());
        }
        let before = (entry.state, entry.record.report, entry.record.tries);
        let had_reason = entry.record.reason.clone();
        let entry = self.after(entry, error).because(&error.to_string());
        let after = (entry.state, entry.record.report, entry.record.tries);
        if before == after && had_reason == entry.record.reason {
            return Ok(());
        }
        if before.0 != after.0 {
            self.reached(&entry, entry.state);
        }
        self.journal.keep(entry).await.map(drop)
    }

    /// What becomes of a transaction that was not sent because of `error`.
    fn after(&self, mut entry: Entry, error: &ItemError) -> Entry {
        let unsigned = entry.state.is_before_signing();
        match error.severity() {
            Severity::Final if unsigned => entry.into_state(State::Failed).reported(),
            Severity::Lasting if unsigned => {
                entry.record.tries += 1;
                if entry.record.tries >= self.settings.max_tries {
                    entry.into_state(State::Quarantined).reported()
                } else if self.settings.run_once {
                    entry.reported()
                } else {
                    entry
                }
            }
            // The operator's second try came to nothing; it is not made again by itself.
            Severity::Lasting | Severity::Final => {
                entry.record.retry = false;
                entry
            }
            // What may have been sent is never called failed.
            Severity::Passing if matches!(error, ItemError::Unknown { .. }) => entry,
            Severity::Passing if unsigned && self.settings.run_once => entry.reported(),
            Severity::Passing | Severity::Skipped | Severity::Fatal => entry,
        }
    }

    /// Counts that a transaction came into `state`, and logs it where nothing else does: what was sent and
    /// what failed is logged with how it went.
    pub(crate) fn reached(&self, entry: &Entry, state: State) {
        let (chain, id) = (&entry.chain, &entry.id);
        match (state, entry.hash()) {
            (State::Signed, Some(hash)) => {
                tracing::info!(%chain, transaction = %id, %hash, "signed");
            }
            (State::Seen | State::Approved, _) => {
                tracing::info!(%chain, transaction = %id, "{}", state.as_str());
            }
            _ => {}
        }
        let served = self.settings.chains.iter().map(|served| served.spec().ticker);
        if let Some(ticker) = served.into_iter().find(|ticker| ticker.0 == chain) {
            self.settings.status.of(ticker, |status| status.reached(state));
        }
    }

    /// Tells the API of all failures that it has not heard of, and keeps that it was told. If the process
    /// ends in between, it is told once more.
    pub(crate) async fn report(&self) -> Result<(), JournalError> {
        let due = self.journal.due().await?;
        let ours = |entry: &Entry| {
            entry.network == self.settings.network && self.settings.serves_chain(&entry.chain)
        };
        let due: Vec<Entry> = due.into_iter().filter(ours).collect();
        let failures = self.reports.with_unreadable(&due);
        if let Err(error) = self.client.report(&failures).await {
            tracing::warn!(
                failures = failures.len(),
                "the API did not take the report of failed transactions: {error}"
            );
            return Ok(());
        }
        self.reports.told(&failures);
        for entry in due {
            self.keep_told(entry).await?;
        }
        Ok(())
    }

    /// Keeps that the API was told, whatever else becomes of the transaction at the same time.
    async fn keep_told(&self, mut entry: Entry) -> Result<(), JournalError> {
        loop {
            let id = entry.id.clone();
            entry.record.report = Report::Done;
            match self.journal.keep(entry).await {
                Err(JournalError::Changed { .. }) => {}
                other => return other.map(drop),
            }
            match self.journal.find(&id).await? {
                Some(now) if now.record.report == Report::Due => entry = now,
                _ => return Ok(()),
            }
        }
    }
}
