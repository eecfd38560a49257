//! Accounts with their numbers, and what a transfer has to satisfy.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::address::Address;
use super::transaction::{AccountSignature, Coin, Party, SignedTransaction};
use super::{COIN, FEE_PER_OUTPUT, asset};
use crate::accounts::{Accounts, Asset, Movement, MovementError};

/// The longest memo.
const MEMO_LIMIT: usize = 128;

/// The chain: a block for each transaction.
#[derive(Default)]
pub(super) struct Ledger {
    accounts: Accounts,
    /// In the order in which they came up.
    numbers: HashMap<Address, u64>,
    /// What anybody ever held, by which balances are listed.
    denoms: Vec<String>,
    height: u64,
}

/// What the chain knows of an account that has come up.
pub(super) struct Account {
    pub(super) number: u64,
    pub(super) sequence: u64,
    /// Denomination and base units, sorted, without those that there are none of.
    pub(super) balances: Vec<(String, u128)>,
}

impl Ledger {
    /// Checks a transfer and puts it on chain; answers its hash. The errors are those of bnbchaind.
    pub(super) fn submit(&mut self, transaction: &SignedTransaction) -> Result<String, String> {
        let hash = &transaction.hash;
        if self.accounts.is_known(hash) {
            return Err("Tx already exists in cache".to_owned());
        }
        check_shape(transaction)?;
        self.check_signatures(transaction)?;
        self.accounts.apply(&movements(transaction)).map_err(|error| words(&error))?;
        for signer in transaction.signers() {
            let next = self.sequence(signer) + 1;
            self.accounts.set_sequence(&signer.to_string(), next);
        }
        for output in &transaction.outputs {
            self.open(output.address);
            output.coins.iter().for_each(|coin| self.list(&coin.denom));
        }
        self.height += 1;
        let view =
            json!({ "hash": hash, "height": self.height.to_string(), "code": 0, "ok": true });
        self.accounts.record(hash, view);
        Ok(hash.clone())
    }

    /// Gives an account units out of nothing; answers a hash.
    pub(super) fn fund(
        &mut self,
        asset: Asset,
        to: Address,
        units: u64,
    ) -> Result<String, MovementError> {
        let denom = match &asset {
            Asset::Coin => COIN.to_owned(),
            Asset::Token(denom) => denom.clone(),
        };
        self.accounts.fund(asset, &to.to_string(), u128::from(units))?;
        self.open(to);
        self.list(&denom);
        self.height += 1;
        let hash = hex::encode_upper(Sha256::digest(format!("faucet {}", self.height)));
        let view =
            json!({ "hash": hash, "height": self.height.to_string(), "code": 0, "ok": true });
        self.accounts.record(&hash, view);
        Ok(hash)
    }

    pub(super) fn account(&self, address: Address) -> Option<Account> {
        let number = *self.numbers.get(&address)?;
        let text = address.to_string();
        let held = self.denoms.iter().map(|denom| {
            let units = self.accounts.balance(&asset(denom), &text);
            (denom.clone(), units)
        });
        let balances = held.filter(|(_, units)| *units > 0).collect();
        Some(Account { number, sequence: self.sequence(address), balances })
    }

    pub(super) fn transaction(&self, hash: &str) -> Option<&Value> {
        self.accounts.transaction(hash)
    }

    pub(super) fn height(&self) -> u64 {
        self.height
    }

    fn sequence(&self, address: Address) -> u64 {
        self.accounts.sequence(&address.to_string()).unwrap_or_default()
    }

    /// Gives an account its number. The first has 1: a client takes 0 for an account that is not there.
    fn open(&mut self, address: Address) {
        let next = self.numbers.len() as u64 + 1;
        self.numbers.entry(address).or_insert(next);
    }

    fn list(&mut self, denom: &str) {
        if let Err(place) = self.denoms.binary_search_by(|known| known.as_str().cmp(denom)) {
            self.denoms.insert(place, denom.to_owned());
        }
    }

    fn check_signatures(&self, transaction: &SignedTransaction) -> Result<(), String> {
        let signers = transaction.signers();
        if signers.len() != transaction.signatures.len() {
            return Err("wrong number of signers".to_owned());
        }
        for (signer, signature) in signers.into_iter().zip(&transaction.signatures) {
            self.check_account(signer, signature)?;
            if Address::of_key(&signature.key) != signer {
                return Err(format!("PubKey does not match Signer address {signer}"));
            }
            if !transaction.is_signed_by(signature) {
                return Err("signature verification failed".to_owned());
            }
        }
        Ok(())
    }

    fn check_account(&self, signer: Address, signature: &AccountSignature) -> Result<(), String> {
        let account = self.account(signer).ok_or_else(|| signer.to_string())?;
        let invalid = |what: &str, got: u64, expected: u64| {
            Err(format!("Invalid {what}. Got {got}, expected {expected}"))
        };
        if signature.account_number != account.number {
            return invalid("account number", signature.account_number, account.number);
        }
        if signature.sequence != account.sequence {
            return invalid("sequence", signature.sequence, account.sequence);
        }
        Ok(())
    }
}

/// What can be said of a transfer without the ledger.
fn check_shape(transaction: &SignedTransaction) -> Result<(), String> {
    let SignedTransaction { inputs, outputs, memo, .. } = transaction;
    let length = memo.chars().count();
    if length > MEMO_LIMIT {
        return Err(format!(
            "maximum number of characters is {MEMO_LIMIT} but received {length} characters"
        ));
    }
    if inputs.is_empty() {
        return Err("No inputs in Send transaction".to_owned());
    }
    if outputs.is_empty() {
        return Err("No outputs in Send transaction".to_owned());
    }
    let parties = || inputs.iter().chain(outputs);
    if let Some(party) = parties().find(|party| !is_valid(&party.coins)) {
        return Err(show(&party.coins));
    }
    let sum = |parties: &[Party], denom: &str| -> u128 {
        let coins = parties.iter().flat_map(|party| &party.coins);
        coins.filter(|coin| coin.denom == denom).map(|coin| u128::from(coin.amount)).sum()
    };
    let mut coins = parties().flat_map(|party| &party.coins);
    if coins.any(|Coin { denom, .. }| sum(inputs, denom) != sum(outputs, denom)) {
        return Err("Inputs and outputs don't match".to_owned());
    }
    Ok(())
}

/// Something of each, in the order of their names.
fn is_valid(coins: &[Coin]) -> bool {
    let named = |coin: &Coin| !coin.denom.is_empty() && coin.amount > 0;
    !coins.is_empty()
        && coins.iter().all(named)
        && coins.is_sorted_by(|one, next| one.denom < next.denom)
}

/// Coins as Go writes them: `5BNB,7TEST-5AB`.
fn show(coins: &[Coin]) -> String {
    let shown: Vec<_> = coins.iter().map(|coin| format!("{}{}", coin.amount, coin.denom)).collect();
    shown.join(",")
}

/// First what is paid for the outputs, then what they say.
fn movements(transaction: &SignedTransaction) -> Vec<Movement> {
    let units = FEE_PER_OUTPUT * transaction.outputs.len() as u64;
    let payer = transaction.inputs.first().map(|input| input.address.to_string());
    let mut movements = vec![Movement::fee(&payer.unwrap_or_default(), units.into())];
    let mut add = |parties: &[Party], is_input: bool| {
        for party in parties {
            let address = Some(party.address.to_string());
            let (from, to) = if is_input { (address, None) } else { (None, address) };
            movements.extend(party.coins.iter().map(|coin| Movement {
                asset: asset(&coin.denom),
                from: from.clone(),
                to: to.clone(),
                units: coin.amount.into(),
            }));
        }
    };
    add(&transaction.inputs, true);
    add(&transaction.outputs, false);
    movements
}

fn words(error: &MovementError) -> String {
    let MovementError::Insufficient { asset, balance, needed, .. } = error else {
        return error.to_string();
    };
    let denom = match asset {
        Asset::Coin => COIN,
        Asset::Token(denom) => denom,
    };
    format!("{balance}{denom} < {needed}{denom}")
}
