//! What an application knows of its own: what was asked for, and what must come of it.

use std::collections::BTreeMap;

use alloy_primitives::U256;
use anyhow::{Context, Result};

use super::chains::{SoakChain, Wish};
use super::senders::Sender;
use crate::client::Application;
use crate::pending::PendingList;
use crate::random::Random;

/// Of each chain.
const RECIPIENTS: usize = 16;

/// The application: it queues transfers and keeps the books.
pub(super) struct Books {
    application: Application,
    random: Random,
    pub(super) chains: Vec<ChainBook>,
    /// The pending ids, in the order of queueing.
    pub(super) queued: Vec<String>,
}

/// The books of one chain.
pub(super) struct ChainBook {
    pub(super) chain: &'static dyn SoakChain,
    pub(super) accounts: Vec<Account>,
    recipients: Vec<String>,
    /// What an address must hold in the end, in the smallest units.
    pub(super) balances: BTreeMap<String, U256>,
}

/// A sender, and the pending ids of its transfers.
pub(super) struct Account {
    pub(super) sender: Sender,
    pub(super) queued: Vec<String>,
}

impl Books {
    /// Gives every sender its coins, and finds recipients.
    pub(super) async fn open(
        application: Application,
        senders: &[Sender],
        seed: u64,
    ) -> Result<Self> {
        let mut random = Random::new(seed);
        let mut chains = Vec::new();
        for of_one in senders.chunk_by(|a, b| a.chain.ticker() == b.chain.ticker()) {
            chains.push(ChainBook::open(&application, of_one, &mut random).await?);
        }
        Ok(Self { application, random, chains, queued: Vec::new() })
    }

    /// Queues one more transfer of some sender to some recipient; false where nobody can send now.
    pub(super) async fn queue(&mut self, pending: &PendingList) -> Result<bool> {
        let before = u64::try_from(self.queued.len()).unwrap_or(u64::MAX);
        let able: Vec<_> = self.chains.iter_mut().filter(|book| book.can_send(pending)).collect();
        let Some(place) = (!able.is_empty()).then(|| self.random.place(able.len())) else {
            return Ok(false);
        };
        let book = able.into_iter().nth(place).context("no chain is there")?;
        let id = book.queue(&self.application, pending, before, &mut self.random).await?;
        self.queued.push(id);
        Ok(true)
    }

    /// What an address holds, in the smallest units.
    pub(super) async fn balance(&self, book: &ChainBook, address: &str) -> Result<U256> {
        book.chain.balance(&self.application, address).await
    }
}

impl ChainBook {
    async fn open(
        application: &Application,
        senders: &[Sender],
        random: &mut Random,
    ) -> Result<Self> {
        let chain = senders.first().context("nobody sends")?.chain;
        let mut accounts = Vec::with_capacity(senders.len());
        for sender in senders {
            let address = chain.open(application, sender).await?;
            let sender = Sender { address, ..sender.clone() };
            accounts.push(Account { sender, queued: Vec::new() });
        }
        let mut recipients = Vec::with_capacity(RECIPIENTS);
        let mut balances = BTreeMap::new();
        for _ in 0..RECIPIENTS {
            let recipient = chain.new_recipient(application, random).await?;
            balances.insert(recipient.clone(), chain.balance(application, &recipient).await?);
            recipients.push(recipient);
        }
        Ok(Self { chain, accounts, recipients, balances })
    }

    /// The places of those whose next transfer can be asked for.
    fn able(&self, pending: &PendingList) -> Vec<usize> {
        let is_able = |account: &Account| {
            let last = account.queued.last().filter(|_| self.chain.one_at_a_time());
            last.is_none_or(|id| pending.get(id).is_ok_and(|last| last.tx_id.is_some()))
        };
        let places = self.accounts.iter().enumerate();
        places.filter(|(_, account)| is_able(account)).map(|(place, _)| place).collect()
    }

    fn can_send(&self, pending: &PendingList) -> bool {
        !self.able(pending).is_empty()
    }

    async fn queue(
        &mut self,
        application: &Application,
        pending: &PendingList,
        before: u64,
        random: &mut Random,
    ) -> Result<String> {
        let able = self.able(pending);
        let account = &mut self.accounts[able[random.place(able.len())]];
        let recipient = self.recipients[random.place(self.recipients.len())].clone();
        let by_sender = u64::try_from(account.queued.len()).unwrap_or(u64::MAX);
        let sender = &account.sender;
        let wish = Wish { application, sender, recipient, before, by_sender, random };
        let transfer = self.chain.transfer(wish).await?;
        let answer = application.post(transfer.path, &transfer.body).await?;
        let id = answer["signatureId"].as_str().context("no pending id")?.to_owned();
        for (address, units) in transfer.gains {
            *self.balances.entry(address).or_default() += units;
        }
        account.queued.push(id.clone());
        Ok(id)
    }
}
