//! The sandbox's own chain: a block for each transaction, and accounts with TRX and tokens.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::action::Action;
use super::address::Address;
use super::execution::Execution;
use super::fees::{self, Bandwidth};
use super::transaction::SignedTransaction;
use crate::accounts::{Accounts, Asset, Movement};

/// The longest life of a transaction, in milliseconds.
const LONGEST_LIFE: i64 = 24 * 60 * 60 * 1000;

/// The chain and the accounts at its tip. Amounts of TRX are counted in sun.
pub(super) struct Ledger {
    pub(super) accounts: Accounts,
    /// When each account was made, in milliseconds since 1970.
    pub(super) created: HashMap<Address, i64>,
    bandwidth: HashMap<Address, Bandwidth>,
    /// The ids of all blocks.
    blocks: Vec<[u8; 32]>,
    /// The TRC-20 contract.
    pub(super) token: Address,
    /// The id of the TRC-10 token.
    pub(super) asset: &'static str,
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
        if !is_token && held > u128::from(i64::MAX.unsigned_abs()) {
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
