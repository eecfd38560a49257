//! The sandbox's own chain: a block for each transaction, and accounts with TRX and tokens.
//!
//! There is no virtual machine. The one contract is the test token, whose `transfer` is done here and
//! costs what it costs others; any other call of it reverts.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::action::Action;
use super::address::Address;
use super::fees::{self, Bandwidth};
use super::transaction::SignedTransaction;
use crate::accounts::{Accounts, Asset, Movement};

/// The longest life of a transaction, in milliseconds.
const LONGEST_LIFE: i64 = 24 * 60 * 60 * 1000;

/// `transfer(address,uint256)`.
pub(super) const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];

/// The chain and the accounts at its tip. Amounts of TRX are counted in sun.
pub(super) struct Ledger {
    accounts: Accounts,
    /// When each account was made, in milliseconds since 1970.
    created: HashMap<Address, i64>,
    bandwidth: HashMap<Address, Bandwidth>,
    /// The ids of all blocks.
    blocks: Vec<[u8; 32]>,
    /// The TRC-20 contract.
    token: Address,
    /// The id of the TRC-10 token.
    asset: &'static str,
}

/// What becomes of a transaction that is on chain.
struct Execution {
    movements: Vec<Movement>,
    result: &'static str,
    energy: u128,
    energy_fee: u128,
}

impl Ledger {
    /// A chain with an empty first block, and two tokens of which nobody has any.
    pub(super) fn new(token: Address, asset: &'static str) -> Self {
        Self {
            accounts: Accounts::default(),
            created: HashMap::new(),
            bandwidth: HashMap::new(),
            blocks: vec![block_id(0, &[])],
            token,
            asset,
        }
    }

    /// Checks a transaction as a node does and puts it on chain. The errors are those of java-tron.
    pub(super) fn submit(&mut self, tx: &SignedTransaction, now: i64) -> Result<(), String> {
        let (raw, id) = (&tx.raw, hex::encode(tx.id));
        if raw.expiration <= now || raw.expiration > now + LONGEST_LIFE {
            return Err("Transaction expired".to_owned());
        }
        tx.check_signature().map_err(|words| format!("Validate signature error: {words}"))?;
        if !self.has_block(&raw.ref_block_bytes, &raw.ref_block_hash) {
            return Err("Tapos check error.".to_owned());
        }
        if self.accounts.is_known(&id) {
            return Err("Dup transaction.".to_owned());
        }
        let invalid = |words: String| format!("Contract validate error : {words}");
        let owner = raw.action.owner();
        if !self.created.contains_key(&owner) {
            return Err(invalid(format!("account [{}] does not exist", owner.base58())));
        }
        let (charge, bandwidth) = self.bandwidth_of(tx, now);
        if self.balance(owner) < charge {
            return Err("Account resource insufficient error.".to_owned());
        }
        let mut execution = self.execute(tx, self.balance(owner) - charge).map_err(invalid)?;
        execution.movements.insert(0, Movement::fee(&owner.base58(), charge));
        self.accounts.apply(&execution.movements).map_err(|error| invalid(error.to_string()))?;
        self.bandwidth.insert(owner, bandwidth);
        if let Action::Transfer { to, .. } | Action::TransferAsset { to, .. } = &raw.action {
            self.created.entry(*to).or_insert(now);
        }
        self.seal(&tx.id);
        self.accounts.record(&id, self.view(tx, charge, &execution));
        Ok(())
    }

    /// Gives an account coins or tokens out of nothing; answers the hash.
    pub(super) fn fund(
        &mut self,
        asset: Asset,
        to: Address,
        units: u128,
        now: i64,
    ) -> Result<String, String> {
        // No account can have more TRX or TRC-10 tokens than fit into what they are sent with.
        let is_token = asset == self.token_asset();
        let held = self.accounts.balance(&asset, &to.base58()).saturating_add(units);
        if !is_token && held > i64::MAX.unsigned_abs().into() {
            return Err("an account holds 2^63 - 1 units at most; ask for less".to_owned());
        }
        self.accounts.fund(asset, &to.base58(), units).map_err(|error| error.to_string())?;
        if !is_token {
            self.created.entry(to).or_insert(now);
        }
        let id = Sha256::digest([b"faucet".as_slice(), &self.tip().1].concat());
        self.seal(&id);
        Ok(hex::encode(id))
    }

    /// Number and id of the last block.
    pub(super) fn tip(&self) -> (u64, [u8; 32]) {
        let number = u64::try_from(self.blocks.len() - 1).unwrap_or(u64::MAX);
        (number, self.blocks.last().copied().unwrap_or_default())
    }

    /// How a transaction refers to the last block.
    pub(super) fn reference(&self) -> (Vec<u8>, Vec<u8>) {
        let (number, id) = self.tip();
        (number.to_be_bytes()[6..].to_vec(), id[8..16].to_vec())
    }

    /// What is answered for a transaction.
    pub(super) fn transaction(&self, id: &str) -> Option<&Value> {
        self.accounts.transaction(id)
    }

    /// `GET /v3/tron/account/{address}`; none for an account that nobody has made.
    pub(super) fn account(&self, address: Address, now: i64) -> Option<Value> {
        let created = self.created.get(&address)?;
        let text = address.base58();
        let assets = self.accounts.balance(&self.trc10_asset(), &text);
        let tokens = self.accounts.balance(&self.token_asset(), &text);
        let trc10 = (assets > 0).then(|| json!({ "key": self.asset, "value": number(assets) }));
        let trc20 = (tokens > 0).then(|| json!({ self.token.base58(): tokens.to_string() }));
        let used = self.bandwidth.get(&address).map_or(0, |bandwidth| bandwidth.used(now));
        Some(json!({
            "address": text,
            "balance": number(self.balance(address)),
            "trc10": trc10.into_iter().collect::<Vec<_>>(),
            "trc20": trc20.into_iter().collect::<Vec<_>>(),
            "createTime": created,
            "freeNetUsage": used,
            "freeNetLimit": fees::FREE_BANDWIDTH,
            "bandwidth": fees::FREE_BANDWIDTH.saturating_sub(used),
        }))
    }

    /// What balances of the TRC-20 token are kept as.
    pub(super) fn token_asset(&self) -> Asset {
        Asset::Token(self.token.base58())
    }

    /// What balances of the TRC-10 token are kept as.
    pub(super) fn trc10_asset(&self) -> Asset {
        Asset::Token(self.asset.to_owned())
    }

    fn balance(&self, address: Address) -> u128 {
        self.accounts.balance(&Asset::Coin, &address.base58())
    }

    fn has_block(&self, low_bytes: &[u8], hash: &[u8]) -> bool {
        let is_meant = |(number, id): (u64, &[u8; 32])| {
            number.to_be_bytes()[6..] == *low_bytes && id[8..16] == *hash
        };
        (0..).zip(&self.blocks).any(is_meant)
    }

    fn seal(&mut self, content: &[u8]) {
        let (number, parent) = self.tip();
        self.blocks.push(block_id(number + 1, &[&parent, content].concat()));
    }

    /// What is burnt for bandwidth, and what is left of it afterwards. A transaction that makes an
    /// account pays for that instead.
    fn bandwidth_of(&self, tx: &SignedTransaction, now: i64) -> (u128, Bandwidth) {
        let owner = tx.raw.action.owner();
        let before = self.bandwidth.get(&owner).copied().unwrap_or_default();
        match &tx.raw.action {
            Action::Transfer { to, .. } | Action::TransferAsset { to, .. }
                if !self.created.contains_key(to) =>
            {
                (fees::NEW_ACCOUNT_BANDWIDTH, before)
            }
            _ => before.take(tx.bandwidth(), now),
        }
    }

    /// Works out what a transaction does, for an owner who has `balance` left.
    fn execute(&self, tx: &SignedTransaction, balance: u128) -> Result<Execution, String> {
        match &tx.raw.action {
            Action::Transfer { owner, to, amount } => {
                if to == owner {
                    return Err("Cannot transfer TRX to yourself.".to_owned());
                }
                let amount = positive(*amount)?;
                if *to == self.token {
                    return Err("Cannot transfer TRX to a smartContract.".to_owned());
                }
                let fee = self.new_account_fee(*to);
                if balance < amount + fee {
                    let words = "Validate TransferContract error, balance is not sufficient.";
                    return Err(words.to_owned());
                }
                Ok(Execution::transfer(Asset::Coin, *owner, *to, amount, fee))
            }
            Action::TransferAsset { owner, to, asset, amount } => {
                let amount = positive(*amount)?;
                if to == owner {
                    return Err("Cannot transfer asset to yourself.".to_owned());
                }
                if asset != self.asset.as_bytes() {
                    return Err("No asset!".to_owned());
                }
                let held = self.accounts.balance(&self.trc10_asset(), &owner.base58());
                if held == 0 {
                    return Err("assetBalance must be greater than 0.".to_owned());
                }
                if amount > held {
                    return Err("assetBalance is not sufficient.".to_owned());
                }
                let fee = self.new_account_fee(*to);
                if balance < fee {
                    let words = "Validate TransferAssetActuator error, insufficient fee.";
                    return Err(words.to_owned());
                }
                Ok(Execution::transfer(self.trc10_asset(), *owner, *to, amount, fee))
            }
            Action::Trigger { owner, contract, data, call_value } => {
                if *contract != self.token {
                    return Err("No contract or not a smart contract".to_owned());
                }
                let fee_limit = u128::try_from(tx.raw.fee_limit).unwrap_or(u128::MAX);
                if fee_limit > fees::LARGEST_FEE_LIMIT {
                    return Err(format!(
                        "feeLimit must be >= 0 and <= {}",
                        fees::LARGEST_FEE_LIMIT
                    ));
                }
                let call = if *call_value == 0 { token_transfer(data) } else { None };
                Ok(self.call_token(*owner, call, fee_limit.min(balance)))
            }
        }
    }

    /// Calls the test token, with so much TRX for energy.
    fn call_token(&self, owner: Address, call: Option<(Address, u128)>, limit: u128) -> Execution {
        let owner = owner.base58();
        let held = |address: &str| self.accounts.balance(&self.token_asset(), address);
        let call = call.map(|(to, units)| (to.base58(), units));
        let call = call.filter(|(_, units)| *units <= held(&owner));
        let is_first = call.as_ref().is_some_and(|(to, _)| held(to) == 0);
        let needed = fees::call_energy(call.is_some(), is_first);
        let energy = needed.min(limit / fees::ENERGY_PRICE);
        let (movements, result) = match call {
            _ if energy < needed => (Vec::new(), "OUT_OF_ENERGY"),
            None => (Vec::new(), "REVERT"),
            Some((to, units)) => {
                (vec![Movement::transfer(self.token_asset(), &owner, &to, units)], "SUCCESS")
            }
        };
        Execution { movements, result, energy, energy_fee: 0 }.burning(&owner, energy)
    }

    fn new_account_fee(&self, to: Address) -> u128 {
        if self.created.contains_key(&to) { 0 } else { fees::NEW_ACCOUNT }
    }

    /// `GET /v3/tron/transaction/{hash}`.
    fn view(&self, tx: &SignedTransaction, charge: u128, execution: &Execution) -> Value {
        json!({
            "ret": [{ "contractRet": execution.result }],
            "signature": tx.json["signature"],
            "txID": hex::encode(tx.id),
            "blockNumber": self.tip().0,
            "netFee": number(charge),
            "netUsage": if charge == 0 { tx.bandwidth() } else { 0 },
            "energyFee": number(execution.energy_fee),
            "energyUsageTotal": number(execution.energy),
            "rawData": tx.json["raw_data"],
        })
    }
}

impl Execution {
    fn transfer(asset: Asset, from: Address, to: Address, units: u128, fee: u128) -> Self {
        let (from, to) = (from.base58(), to.base58());
        let movements =
            vec![Movement::fee(&from, fee), Movement::transfer(asset, &from, &to, units)];
        Self { movements, result: "SUCCESS", energy: 0, energy_fee: 0 }
    }

    fn burning(mut self, owner: &str, energy: u128) -> Self {
        self.energy_fee = energy * fees::ENERGY_PRICE;
        self.movements.insert(0, Movement::fee(owner, self.energy_fee));
        self
    }
}

fn positive(amount: i64) -> Result<u128, String> {
    let amount = u128::try_from(amount).ok().filter(|amount| *amount > 0);
    amount.ok_or_else(|| "Amount must be greater than 0.".to_owned())
}

/// Recipient and amount of a call `transfer(address,uint256)`. The machine looks at the last 20 bytes
/// of an address; of an amount that fits no balance nobody has enough.
fn token_transfer(data: &[u8]) -> Option<(Address, u128)> {
    let arguments: &[u8; 64] = data.strip_prefix(&TRANSFER)?.first_chunk()?;
    let account: [u8; 20] = arguments[12..32].try_into().ok()?;
    let amount = alloy_primitives::U256::from_be_slice(&arguments[32..]);
    Some((Address::of(account), amount.saturating_to()))
}

/// A number of a block, then 24 bytes of a hash. Not that of a real header.
fn block_id(number: u64, content: &[u8]) -> [u8; 32] {
    let mut id: [u8; 32] = Sha256::digest([&number.to_be_bytes(), content].concat()).into();
    id[..8].copy_from_slice(&number.to_be_bytes());
    id
}

/// For JSON; what is counted in sun fits.
fn number(units: u128) -> Value {
    u64::try_from(units).map_or_else(|_| units.to_string().into(), Value::from)
}
