//! The sandbox's own ledger: accounts, holdings of assets, and a round for each transaction.

use std::collections::HashSet;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::Value;

use super::address::{self, Key};
use super::transaction::{Action, SignedTransaction};
use crate::accounts::{Accounts, Asset, Movement, MovementError};
use crate::height::Height;

/// The first round, and how long one takes.
const FIRST_ROUND: u64 = 30_000_000;
const PACE: Duration = Duration::from_secs(3);

/// microAlgo that a transaction costs at least.
pub(super) const MIN_FEE: u64 = 1000;
/// microAlgo that an account has to keep, and as much again for each asset.
const MIN_BALANCE: u128 = 100_000;
/// Rounds for which a transaction can be valid.
pub(super) const MAX_LIFE: u64 = 1000;

/// The hash of the first block of testnet.
pub(super) const GENESIS_HASH: Key = [
    0x48, 0x63, 0xb5, 0x18, 0xa4, 0xb3, 0xc8, 0x4e, 0xc8, 0x10, 0xf2, 0x2d, 0x4f, 0x10, 0x81, 0xcb,
    0x0f, 0x71, 0xf0, 0x59, 0xa7, 0xac, 0x20, 0xde, 0xc6, 0x2f, 0x7f, 0x70, 0xe5, 0x09, 0x3a, 0x22,
];

/// The one asset there is.
pub(super) const TEST_ASSET: u64 = 1001;

/// The ledger.
pub(super) struct Ledger {
    accounts: Accounts,
    /// Who can hold the asset.
    holders: HashSet<String>,
    height: Height,
}

impl Ledger {
    /// One without accounts.
    pub(super) fn new() -> Self {
        let (accounts, holders) = Default::default();
        Self { accounts, holders, height: Height::new(FIRST_ROUND, PACE) }
    }

    /// The last round.
    pub(super) fn round(&self) -> u64 {
        self.height.now()
    }

    /// Lets rounds pass.
    pub(super) fn advance(&mut self, rounds: u64) -> u64 {
        self.height.advance(rounds)
    }

    /// Takes a transaction. The errors are algod's.
    pub(super) fn submit(&mut self, signed: &SignedTransaction) -> Result<(), String> {
        check_form(signed)?;
        let executed = self.execute(signed);
        executed.map_err(|words| format!("TransactionPool.Remember: {words}"))
    }

    fn execute(&mut self, signed: &SignedTransaction) -> Result<(), String> {
        let SignedTransaction { id, first_valid, last_valid, .. } = signed;
        // It would be part of the next round.
        let round = self.round() + 1;
        if round < *first_valid || round > *last_valid {
            return Err(format!("txn dead: round {round} outside of {first_valid}--{last_valid}"));
        }
        if self.accounts.is_known(id) {
            return Err(format!("transaction already in ledger: {id}"));
        }
        if signed.signer != signed.sender {
            return Err(format!(
                "transaction {id}: should have been authorized by {} but was actually authorized \
                 by {}",
                address::write(&signed.sender),
                address::write(&signed.signer)
            ));
        }
        let failed = |words: String| format!("transaction {id}: {words}");
        let (movements, opens) = self.movements(signed).map_err(failed)?;
        self.check_balances(signed, &movements, opens).map_err(failed)?;
        self.accounts.apply(&movements).map_err(in_words).map_err(failed)?;
        if opens {
            self.holders.insert(address::write(&signed.sender));
        }
        let mut view = signed.view();
        view["confirmedRound"] = round.into();
        self.accounts.record(id, view);
        self.height.advance(1);
        Ok(())
    }

    /// What passes, and whether the sender opens a holding of the asset.
    fn movements(&self, signed: &SignedTransaction) -> Result<(Vec<Movement>, bool), String> {
        let sender = address::write(&signed.sender);
        let fee = Movement::fee(&sender, signed.fee.into());
        let (asset, to, units) = match &signed.action {
            Action::Pay { to, units } => (Asset::Coin, to, units),
            Action::Transfer { asset: TEST_ASSET, to, units } => (test_asset(), to, units),
            Action::Transfer { asset, .. } => {
                return Err(format!("asset {asset} does not exist or has been deleted"));
            }
        };
        let to = address::write(to);
        if asset != Asset::Coin {
            let is_missing = |holder: &String| !self.holders.contains(holder);
            if *units == 0 && to == sender {
                return Ok((vec![fee], is_missing(&sender)));
            }
            if is_missing(&sender) {
                return Err(format!("asset {TEST_ASSET} missing from {sender}"));
            }
            if is_missing(&to) {
                return Err(format!(
                    "receiver error: must optin, asset {TEST_ASSET} missing from {to}"
                ));
            }
        }
        let movement = Movement::transfer(asset, &sender, &to, u128::from(*units));
        Ok((vec![fee, movement], false))
    }

    /// Whoever has more or less coins afterwards has to keep the minimum.
    fn check_balances(
        &self,
        signed: &SignedTransaction,
        movements: &[Movement],
        opens: bool,
    ) -> Result<(), String> {
        let sender = address::write(&signed.sender);
        let mut after = Vec::from([(sender.clone(), self.microalgo(&sender))]);
        for Movement { asset, from, to, units } in movements {
            if *asset != Asset::Coin {
                continue;
            }
            if from.is_some() {
                let (_, balance) = &mut after[0];
                *balance = balance.checked_sub(*units).ok_or_else(|| {
                    format!(
                        "overspend (account {sender}, data {{MicroAlgos:{{Raw:{balance}}}}}, \
                         tried to spend {{{units}}})"
                    )
                })?;
            }
            match to {
                Some(to) if *to == sender => after[0].1 += units,
                Some(to) => after.push((to.clone(), self.microalgo(to) + units)),
                None => {}
            }
        }
        for (account, balance) in after {
            let assets = u128::from(self.holders.contains(&account))
                + u128::from(opens && account == sender);
            let least = MIN_BALANCE * (1 + assets);
            if balance < least {
                return Err(format!(
                    "account {account} balance {balance} below min {least} ({assets} assets)"
                ));
            }
        }
        Ok(())
    }

    /// Gives coins out of nothing.
    pub(super) fn fund(&mut self, to: &str, units: u128, view: Value) -> Result<(), String> {
        let balance = self.microalgo(to).saturating_add(units);
        if balance < MIN_BALANCE {
            return Err(format!(
                "account {to} balance {balance} below min {MIN_BALANCE} (0 assets)"
            ));
        }
        self.accounts.fund(Asset::Coin, to, units).map_err(in_words)?;
        self.record_own(view);
        Ok(())
    }

    /// Makes units of the test asset for one who has opted in.
    pub(super) fn mint(&mut self, to: &str, units: u128, view: Value) -> Result<(), String> {
        if !self.holders.contains(to) {
            return Err(format!(
                "receiver error: must optin, asset {TEST_ASSET} missing from {to}"
            ));
        }
        self.accounts.fund(test_asset(), to, units).map_err(in_words)?;
        self.record_own(view);
        Ok(())
    }

    fn record_own(&mut self, view: Value) {
        let id = view["id"].as_str().unwrap_or_default().to_owned();
        self.accounts.record(&id, view);
        self.height.advance(1);
    }

    pub(super) fn microalgo(&self, address: &str) -> u128 {
        self.accounts.balance(&Asset::Coin, address)
    }

    /// Units of the test asset; none for one who can't hold it.
    pub(super) fn holding(&self, address: &str) -> Option<u128> {
        self.holders.contains(address).then(|| self.accounts.balance(&test_asset(), address))
    }

    pub(super) fn transaction(&self, id: &str) -> Option<&Value> {
        self.accounts.transaction(id)
    }
}

/// What is wrong with a transaction whatever the ledger holds.
fn check_form(signed: &SignedTransaction) -> Result<(), String> {
    let SignedTransaction { id, fee, first_valid, last_valid, genesis_hash, .. } = signed;
    if *genesis_hash != GENESIS_HASH {
        return Err(format!(
            "tx.GenesisHash <{}> does not match expected <{}>",
            BASE64.encode(genesis_hash),
            BASE64.encode(&GENESIS_HASH)
        ));
    }
    if last_valid < first_valid {
        return Err(format!("transaction invalid range ({first_valid}--{last_valid})"));
    }
    if last_valid - first_valid > MAX_LIFE {
        return Err(format!("transaction window size excessive ({first_valid}--{last_valid})"));
    }
    if *fee < MIN_FEE {
        return Err(format!(
            "transaction {id} invalid : txgroup had {fee} in fees, which is less than the minimum \
             1 * {MIN_FEE}"
        ));
    }
    Ok(())
}

fn test_asset() -> Asset {
    Asset::Token(TEST_ASSET.to_string())
}

fn in_words(error: MovementError) -> String {
    match error {
        MovementError::Insufficient { balance, needed, .. } => {
            format!("underflow on subtracting {needed} from sender amount {balance}")
        }
        MovementError::Overflow { .. } => "overflow on adding to the receiver's amount".to_owned(),
    }
}
