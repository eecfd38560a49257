//! Chains with accounts, of which one request moves coins from one to another.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{SoakChain, Transfer, Wish, random_bytes};
use crate::amount;
use crate::client::Application;
use crate::random::Random;
use crate::soak::senders::Sender;

/// What each sender gets; more than all transfers of a soak together.
const FUNDS: &str = "1000000";

/// Transfers are multiples of a millionth of a coin.
const DIGITS: u8 = 6;

/// Such a chain.
pub(super) struct Accounts {
    pub(super) ticker: &'static str,
    /// Digits behind the point in requests.
    pub(super) decimals: u8,
    pub(super) private_keys: usize,
    pub(super) indices: &'static [u32],
    /// Whether requests name the index of a key.
    pub(super) names_index: bool,
    pub(super) one_at_a_time: bool,
    /// Where accounts are opened and funded, and what the request calls the account.
    pub(super) opening: (&'static str, &'static str),
    /// What recipients have before the first transfer; coins can't be sent to all accounts that don't exist.
    pub(super) stake: Option<&'static str>,
    /// What is opened for a recipient, from random bytes.
    pub(super) recipient: fn([u8; 32]) -> String,
    /// Where transfers are asked for.
    pub(super) path: &'static str,
    /// The request: sender, recipient, amount.
    pub(super) request: fn(&str, &str, &str) -> Value,
    /// Where an account is seen.
    pub(super) account: fn(&str) -> String,
    /// Its balance there, and with how many digits behind the point.
    pub(super) balance: fn(&Value) -> Option<String>,
    pub(super) balance_decimals: u8,
}

impl Accounts {
    /// The account that was opened: where keys and accounts differ, the chain says which.
    async fn fund(&self, application: &Application, key: &str, amount: &str) -> Result<String> {
        let (path, name) = self.opening;
        let answer = application.post(path, &json!({ name: key, "amount": amount })).await?;
        Ok(answer["address"].as_str().unwrap_or(key).to_owned())
    }
}

#[async_trait]
impl SoakChain for Accounts {
    fn ticker(&self) -> &'static str {
        self.ticker
    }

    fn private_keys(&self) -> usize {
        self.private_keys
    }

    fn indices(&self) -> &'static [u32] {
        self.indices
    }

    fn one_at_a_time(&self) -> bool {
        self.one_at_a_time
    }

    async fn open(&self, application: &Application, sender: &Sender) -> Result<String> {
        self.fund(application, &sender.address, FUNDS).await
    }

    async fn new_recipient(
        &self,
        application: &Application,
        random: &mut Random,
    ) -> Result<String> {
        let recipient = (self.recipient)(random_bytes(random));
        match self.stake {
            Some(stake) => self.fund(application, &recipient, stake).await,
            None => Ok(recipient),
        }
    }

    /// No two transfers have the same amount: on chains without numbers they could be the same transaction.
    async fn transfer(&self, wish: Wish<'_>) -> Result<Transfer> {
        let Wish { sender, recipient, before, .. } = wish;
        let unit = U256::from(10).pow(U256::from(self.decimals - DIGITS));
        let units = U256::from(before + 1) * unit;
        let amount = amount::format(units, self.decimals);
        let mut body = (self.request)(&sender.address, &recipient, &amount);
        body["signatureId"] = json!(sender.signature_id);
        if let (Some(index), true) = (sender.index, self.names_index) {
            body["index"] = index.into();
        }
        Ok(Transfer { path: self.path, body, gains: vec![(recipient, units)] })
    }

    async fn balance(&self, application: &Application, address: &str) -> Result<U256> {
        let answer = application.get(&(self.account)(address)).await?;
        let balance = (self.balance)(&answer);
        let balance = balance.with_context(|| format!("{address} has no balance in {answer}"))?;
        Ok(amount::parse(&balance, self.balance_decimals)?)
    }
}

/// A member that is a text or a number.
pub(super) fn member(answer: &Value, name: &str) -> Option<String> {
    let value = answer.get(name)?;
    value.as_str().map(str::to_owned).or_else(|| value.as_number().map(ToString::to_string))
}

/// The balance of the coin in a list of balances.
pub(super) fn listed(list: &Value, name: &str, coin: &str, balance: &str) -> Option<String> {
    member(list.as_array()?.iter().find(|one| one[name] == coin)?, balance)
}
