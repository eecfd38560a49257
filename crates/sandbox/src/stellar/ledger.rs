//! The sandbox's own ledger: accounts, trust lines, and a ledger version for each transaction.
//!
//! A transaction whose operations fail is in the ledger all the same: its fee is paid and its sequence
//! used, as on the real one. What is sent again is answered with what became of it the first time,
//! as Horizon does.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::asset::Credit;
use super::operation;
use super::transaction::SignedTransaction;
use crate::accounts::{Accounts, Asset, Movement};
use crate::clock;
use crate::height::Height;

/// The first ledger, and how long one takes.
const FIRST_LEDGER: u64 = 1_000_000;
const PACE: Duration = Duration::from_secs(5);

/// Stroops for each operation.
pub(super) const BASE_FEE: u64 = 100;
/// Stroops that an account can't spend for each entry; it is two entries itself.
pub(super) const RESERVE: u128 = 5_000_000;

/// Accounts and lines: what an operation changes.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) accounts: Accounts,
    /// How much of an asset an account is ready to hold.
    pub(super) lines: HashMap<(String, Asset), (Credit, u128)>,
}

impl State {
    pub(super) fn exists(&self, account: &str) -> bool {
        self.accounts.sequence(account).is_some()
    }

    pub(super) fn line_count(&self, account: &str) -> usize {
        self.lines.keys().filter(|(holder, _)| holder == account).count()
    }

    /// What an account can't spend.
    pub(super) fn reserve(&self, account: &str) -> u128 {
        let lines = u128::try_from(self.line_count(account)).unwrap_or(u128::MAX);
        lines.saturating_add(2).saturating_mul(RESERVE)
    }

    pub(super) fn stroops(&self, account: &str) -> u128 {
        self.accounts.balance(&Asset::Coin, account)
    }
}

/// The ledger.
pub(super) struct Ledger {
    pub(super) state: State,
    height: Height,
    /// Seconds by which its clock is ahead of the real one.
    ahead: u64,
}

impl Ledger {
    /// One without accounts.
    pub(super) fn new() -> Self {
        Self { state: State::default(), height: Height::new(FIRST_LEDGER, PACE), ahead: 0 }
    }

    /// The last ledger.
    pub(super) fn current(&self) -> u64 {
        self.height.now()
    }

    /// When the next ledger closes, in seconds since 1970.
    pub(super) fn close_time(&self) -> u64 {
        clock::seconds().saturating_add(self.ahead)
    }

    /// Lets ledgers pass, and the time that they take.
    pub(super) fn advance(&mut self, ledgers: u64) -> u64 {
        self.ahead = self.ahead.saturating_add(ledgers.saturating_mul(PACE.as_secs()));
        self.height.advance(ledgers)
    }

    /// Takes a transaction. The errors are the codes of Horizon.
    pub(super) fn submit(&mut self, signed: &SignedTransaction) -> Result<(), String> {
        let hash = signed.hash_text();
        if let Some(known) = self.state.accounts.transaction(&hash) {
            return match known["result_codes"].as_str() {
                Some(codes) => Err(codes.to_owned()),
                None => Ok(()),
            };
        }
        let fee = self.check(signed)?;
        let source = signed.source();
        let paid = self.state.accounts.apply(&[Movement::fee(&source, fee)]);
        paid.map_err(|_| "tx_insufficient_balance")?;
        let sequence = u64::try_from(signed.transaction.seq_num.0).map_err(|_| "tx_bad_seq")?;
        self.state.accounts.set_sequence(&source, sequence);
        let outcome = self.execute(signed);
        let mut view = signed.view();
        view["ledger"] = self.current().into();
        view["fee_charged"] = fee.to_string().into();
        view["successful"] = outcome.is_ok().into();
        if let Err(codes) = &outcome {
            view["result_codes"] = codes.as_str().into();
        }
        self.state.accounts.record(&hash, view);
        self.height.advance(1);
        outcome
    }

    /// What keeps a transaction out of the ledger; the fee in stroops of one that gets in.
    fn check(&self, signed: &SignedTransaction) -> Result<u128, &'static str> {
        let transaction = &signed.transaction;
        if transaction.operations.is_empty() {
            return Err("tx_missing_operation");
        }
        if let Some(bounds) = signed.time_bounds()? {
            let now = self.close_time();
            if bounds.min_time.0 > now {
                return Err("tx_too_early");
            }
            if bounds.max_time.0 != 0 && bounds.max_time.0 < now {
                return Err("tx_too_late");
            }
        }
        let operations = u64::try_from(transaction.operations.len()).unwrap_or(u64::MAX);
        let fee = BASE_FEE.saturating_mul(operations);
        if u64::from(transaction.fee) < fee {
            return Err("tx_insufficient_fee");
        }
        let source = signed.source();
        let last = self.state.accounts.sequence(&source).ok_or("tx_no_source_account")?;
        if u64::try_from(transaction.seq_num.0).ok() != last.checked_add(1) {
            return Err("tx_bad_seq");
        }
        check_signatures(signed)?;
        if self.state.stroops(&source) < u128::from(fee) {
            return Err("tx_insufficient_balance");
        }
        Ok(fee.into())
    }

    /// All operations or none; a code for each up to the one that fails.
    fn execute(&mut self, signed: &SignedTransaction) -> Result<(), String> {
        let operations = &signed.transaction.operations;
        // A single one changes nothing where it fails.
        let before = (operations.len() > 1).then(|| self.state.clone());
        let ledger = self.current();
        for (done, operation) in operations.iter().enumerate() {
            let source = signed.source_of(operation);
            let outcome = operation::execute(&mut self.state, &source, &operation.body, ledger);
            if let Err(code) = outcome {
                if let Some(before) = before {
                    self.state = before;
                }
                return Err(format!("tx_failed: {}{code}", "op_success, ".repeat(done)));
            }
        }
        Ok(())
    }

    /// Gives coins out of nothing; a new account needs its reserve.
    pub(super) fn fund(
        &mut self,
        to: &str,
        stroops: u128,
        view: Value,
    ) -> Result<(), &'static str> {
        let is_new = !self.state.exists(to);
        if is_new && stroops < self.state.reserve(to) {
            return Err("tx_failed: op_low_reserve");
        }
        let funded = self.state.accounts.fund(Asset::Coin, to, stroops);
        funded.map_err(|_| "tx_failed: op_malformed")?;
        if is_new {
            self.state.accounts.set_sequence(to, first_sequence(self.current()));
        }
        self.record_own(view);
        Ok(())
    }

    /// Lets the issuer of an asset pay out of nothing.
    pub(super) fn mint(
        &mut self,
        to: &str,
        credit: &Credit,
        units: u128,
        view: Value,
    ) -> Result<(), String> {
        let paid = operation::issue(&mut self.state, &credit.issuer, to, credit, units);
        paid.map_err(|code| format!("tx_failed: {code}"))?;
        self.record_own(view);
        Ok(())
    }

    fn record_own(&mut self, mut view: Value) {
        let hash = view["hash"].as_str().unwrap_or_default().to_owned();
        view["ledger"] = self.current().into();
        self.state.accounts.record(&hash, view);
        self.height.advance(1);
    }

    /// An account as Horizon shows it; none where there is none.
    pub(super) fn view(&self, account: &str, show: fn(u128) -> String) -> Option<Value> {
        let sequence = self.state.accounts.sequence(account)?;
        let own = self.state.lines.iter().filter(|((holder, _), _)| holder == account);
        let mut balances: Vec<Value> = own
            .map(|((_, asset), (credit, limit))| {
                let mut view = credit.view();
                view["balance"] = show(self.state.accounts.balance(asset, account)).into();
                view["limit"] = show(*limit).into();
                view
            })
            .collect();
        balances.sort_by_key(|view| view["asset_code"].to_string());
        let lumens = show(self.state.stroops(account));
        balances.push(json!({ "asset_type": "native", "balance": lumens }));
        Some(json!({
            "id": account, "account_id": account, "sequence": sequence.to_string(),
            "subentry_count": self.state.line_count(account), "balances": balances,
        }))
    }
}

/// The number before that of an account's first transaction.
pub(super) fn first_sequence(ledger: u64) -> u64 {
    ledger << 32
}

/// Every account that acts has signed, and nobody else.
fn check_signatures(signed: &SignedTransaction) -> Result<(), &'static str> {
    let mut used = signed.signatures_of(&signed.source());
    if used.is_empty() {
        return Err("tx_bad_auth");
    }
    for operation in signed.transaction.operations.iter() {
        let own = signed.signatures_of(&signed.source_of(operation));
        if own.is_empty() {
            return Err("tx_failed: op_bad_auth");
        }
        used.extend(own);
    }
    let is_used = |index: usize| used.contains(&index);
    if (0..signed.signatures.len()).all(is_used) { Ok(()) } else { Err("tx_bad_auth_extra") }
}
