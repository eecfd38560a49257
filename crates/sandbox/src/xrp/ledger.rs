//! The sandbox's own ledger: accounts, trust lines, and a ledger version for each transaction.
//!
//! A transaction that fails with a `tec` code is in the ledger all the same: its fee is paid and its
//! sequence used, as on the real one. What comes too early (`terPRE_SEQ`) is not kept for later.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::transaction::{Action, SignedTransaction};
use super::value::{Amount, Currency};
use crate::accounts::{Accounts, Asset, Movement};
use crate::height::Height;

/// The first ledger, and how long one takes.
const FIRST_LEDGER: u64 = 10_000_000;
const PACE: Duration = Duration::from_secs(4);

/// Drops that a transaction costs at least.
pub(super) const BASE_FEE: u64 = 10;
/// Drops that an account can't spend, and for each trust line beyond the second.
const RESERVE: u128 = 1_000_000;
const LINE_RESERVE: u128 = 200_000;
const FREE_LINES: usize = 2;

/// Numbers of account flags, as AccountSet names them.
const REQUIRE_TAG: u32 = 1;

/// The ledger.
pub(super) struct Ledger {
    accounts: Accounts,
    height: Height,
    /// How much of a currency an account is ready to hold.
    lines: HashMap<(String, Asset), (Currency, u128)>,
    /// Flags that are set, by account.
    flags: HashSet<(String, u32)>,
}

impl Ledger {
    /// One without accounts.
    pub(super) fn new() -> Self {
        let (accounts, lines, flags) = Default::default();
        Self { accounts, height: Height::new(FIRST_LEDGER, PACE), lines, flags }
    }

    /// The ledger that is being made.
    pub(super) fn current(&self) -> u64 {
        self.height.now()
    }

    /// Lets ledgers pass.
    pub(super) fn advance(&mut self, ledgers: u64) -> u64 {
        self.height.advance(ledgers)
    }

    /// Takes a transaction. The errors are the codes of rippled.
    pub(super) fn submit(&mut self, transaction: &SignedTransaction) -> Result<(), String> {
        self.check(transaction)?;
        let SignedTransaction { hash, account, fee, sequence, .. } = transaction;
        let outcome = self.execute(transaction);
        let fee = Movement::fee(account, (*fee).into());
        let fee = self.accounts.apply(&[fee]);
        fee.expect("the reserve, or at least the fee, was left");
        self.accounts.set_sequence(account, u64::from(*sequence) + 1);
        let mut view = transaction.view();
        view["meta"] = json!({ "TransactionResult": outcome.err().unwrap_or("tesSUCCESS") });
        view["ledger_index"] = self.current().into();
        view["validated"] = true.into();
        self.accounts.record(hash, view);
        self.height.advance(1);
        outcome.map_err(str::to_owned)
    }

    /// What keeps a transaction out of the ledger.
    fn check(&self, transaction: &SignedTransaction) -> Result<(), &'static str> {
        let SignedTransaction { account, fee, sequence, .. } = transaction;
        malformed(transaction)?;
        let Some(next) = self.accounts.sequence(account) else { return Err("terNO_ACCOUNT") };
        if self.accounts.is_known(&transaction.hash) {
            return Err("tefALREADY");
        }
        if *fee < BASE_FEE {
            return Err("telINSUF_FEE_P");
        }
        if u64::from(*sequence) > next {
            return Err("terPRE_SEQ");
        }
        if u64::from(*sequence) < next {
            return Err("tefPAST_SEQ");
        }
        if transaction.last_ledger.is_some_and(|last| self.current() > u64::from(last)) {
            return Err("tefMAX_LEDGER");
        }
        if self.drops(account) < u128::from(*fee) {
            return Err("terINSUF_FEE_B");
        }
        if transaction.signer != *account {
            return Err("tefBAD_AUTH");
        }
        Ok(())
    }

    fn execute(&mut self, transaction: &SignedTransaction) -> Result<(), &'static str> {
        let from = transaction.account.as_str();
        match &transaction.action {
            Action::Pay { to, tag: None, .. }
                if self.flags.contains(&(to.clone(), REQUIRE_TAG)) =>
            {
                Err("tecDST_TAG_NEEDED")
            }
            Action::Pay { to, amount: Amount::Xrp(drops), .. } => {
                self.pay(from, to, *drops, transaction.fee)
            }
            Action::Pay { to, amount: Amount::Issued(currency, units), .. } => {
                if self.accounts.sequence(to).is_none() {
                    return Err("tecNO_DST");
                }
                self.issue(Some(from), to, currency, *units)
            }
            Action::Trust { currency, limit } => self.trust(from, currency, *limit),
            Action::SetFlags { set, clear } => {
                self.flags.extend(set.map(|flag| (from.to_owned(), flag)));
                if let Some(flag) = clear {
                    self.flags.remove(&(from.to_owned(), *flag));
                }
                Ok(())
            }
        }
    }

    /// The reserve may pay the fee, nothing else.
    fn pay(&mut self, from: &str, to: &str, drops: u64, fee: u64) -> Result<(), &'static str> {
        let is_new = self.accounts.sequence(to).is_none();
        let drops = u128::from(drops);
        if self.drops(from) < drops + self.reserve(from).max(fee.into()) {
            return Err("tecUNFUNDED_PAYMENT");
        }
        if is_new && drops < RESERVE {
            return Err("tecNO_DST_INSUF_XRP");
        }
        self.accounts.transfer(Asset::Coin, from, to, drops).map_err(|_| "tecFAILED_PROCESSING")?;
        if is_new {
            self.accounts.set_sequence(to, self.current());
        }
        Ok(())
    }

    /// Issuers make and take back; between others it passes over their lines.
    fn issue(
        &mut self,
        from: Option<&str>,
        to: &str,
        currency: &Currency,
        units: u128,
    ) -> Result<(), &'static str> {
        let asset = currency.asset();
        if to != currency.issuer {
            let line = self.lines.get(&(to.to_owned(), asset.clone()));
            let (_, limit) = line.ok_or("tecPATH_DRY")?;
            let held = self.accounts.balance(&asset, to);
            if held.checked_add(units).is_none_or(|held| held > *limit) {
                return Err("tecPATH_PARTIAL");
            }
        }
        let not_issuer = |account: &str| (account != currency.issuer).then(|| account.to_owned());
        let (from, to) = (from.and_then(not_issuer), not_issuer(to));
        let movement = Movement { asset, from, to, units };
        self.accounts.apply(&[movement]).map_err(|_| "tecPATH_PARTIAL")
    }

    fn trust(
        &mut self,
        account: &str,
        currency: &Currency,
        limit: u128,
    ) -> Result<(), &'static str> {
        if self.accounts.sequence(&currency.issuer).is_none() {
            return Err("tecNO_DST");
        }
        let key = (account.to_owned(), currency.asset());
        let (is_new, lines) = (!self.lines.contains_key(&key), self.line_count(account));
        if is_new
            && lines >= FREE_LINES
            && self.drops(account) < self.reserve(account) + LINE_RESERVE
        {
            return Err("tecNO_LINE_INSUF_RESERVE");
        }
        if limit == 0 && self.accounts.balance(&key.1, account) == 0 {
            self.lines.remove(&key);
        } else {
            self.lines.insert(key, (currency.clone(), limit));
        }
        Ok(())
    }

    /// Gives coins out of nothing; a new account needs its reserve.
    pub(super) fn fund(&mut self, to: &str, drops: u128, view: Value) -> Result<(), &'static str> {
        let is_new = self.accounts.sequence(to).is_none();
        if is_new && drops < RESERVE {
            return Err("tecNO_DST_INSUF_XRP");
        }
        self.accounts.fund(Asset::Coin, to, drops).map_err(|_| "temBAD_AMOUNT")?;
        if is_new {
            self.accounts.set_sequence(to, self.current());
        }
        self.record_own(view);
        Ok(())
    }

    /// Lets the issuer of a currency pay out of nothing.
    pub(super) fn mint(
        &mut self,
        to: &str,
        currency: &Currency,
        units: u128,
        view: Value,
    ) -> Result<(), &'static str> {
        self.issue(None, to, currency, units)?;
        self.record_own(view);
        Ok(())
    }

    fn record_own(&mut self, view: Value) {
        let hash = view["hash"].as_str().unwrap_or_default().to_owned();
        self.accounts.record(&hash, view);
        self.height.advance(1);
    }

    pub(super) fn drops(&self, account: &str) -> u128 {
        self.accounts.balance(&Asset::Coin, account)
    }

    /// The number of an account's next transaction; none where there is no account.
    pub(super) fn sequence(&self, account: &str) -> Option<u64> {
        self.accounts.sequence(account)
    }

    /// What an account holds of each currency that it has a line for.
    pub(super) fn holdings(&self, account: &str) -> Vec<(&Currency, u128)> {
        let own = self.lines.iter().filter(|((holder, _), _)| holder == account);
        let mut holdings: Vec<_> = own
            .map(|((_, asset), (currency, _))| (currency, self.accounts.balance(asset, account)))
            .collect();
        holdings.sort_by(|(a, _), (b, _)| (&a.code, &a.issuer).cmp(&(&b.code, &b.issuer)));
        holdings
    }

    pub(super) fn transaction(&self, hash: &str) -> Option<&Value> {
        self.accounts.transaction(hash)
    }

    fn line_count(&self, account: &str) -> usize {
        self.lines.keys().filter(|(holder, _)| holder == account).count()
    }

    fn reserve(&self, account: &str) -> u128 {
        let lines = u128::try_from(self.line_count(account)).unwrap_or(u128::MAX);
        LINE_RESERVE.saturating_mul(lines).saturating_add(RESERVE)
    }
}

/// What no ledger could take.
fn malformed(transaction: &SignedTransaction) -> Result<(), &'static str> {
    let account = &transaction.account;
    match &transaction.action {
        Action::Pay { amount: Amount::Xrp(0) | Amount::Issued(_, 0), .. } => Err("temBAD_AMOUNT"),
        Action::Pay { to, .. } if to == account => Err("temREDUNDANT"),
        Action::Trust { currency, .. } if currency.issuer == *account => Err("temDST_IS_SRC"),
        _ => Ok(()),
    }
}
