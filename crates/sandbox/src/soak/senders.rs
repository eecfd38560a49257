//! Who sends: wallets of all kinds, in a store that is made once and copied for each run.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::chains::{CHAINS, SoakChain};
use crate::kms::{Kms, Wallet};

/// An account with a key in the store.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) chain: &'static dyn SoakChain,
    /// Which of the chain's senders it is.
    pub(super) place: usize,
    pub(super) signature_id: String,
    /// The index of its key, where the wallet is a mnemonic.
    pub(super) index: Option<u32>,
    pub(super) address: String,
}

/// A store with all the senders, made by the real command line.
pub struct Store {
    pub(super) binary: PathBuf,
    pub(super) senders: Vec<Sender>,
    kms: Kms,
}

impl Store {
    /// Makes it, with senders on these chains, of which the binary knows all.
    pub async fn make(binary: PathBuf, tickers: &[&str]) -> Result<Self> {
        // No command that is used here asks the API.
        let kms = Kms::at_home(binary.clone(), "http://127.0.0.1:9")?;
        let mut senders = Vec::new();
        for chain in CHAINS.iter().filter(|chain| tickers.contains(&chain.ticker())) {
            add_senders(&kms, *chain, &mut senders).await?;
        }
        Ok(Self { binary, senders, kms })
    }

    /// The same with senders on every chain.
    pub async fn of_every_chain(binary: PathBuf) -> Result<Self> {
        let tickers: Vec<_> = CHAINS.iter().map(|chain| chain.ticker()).collect();
        Self::make(binary, &tickers).await
    }

    /// The chains on which somebody sends.
    pub fn chains(&self) -> Vec<&'static str> {
        let mut chains: Vec<_> = self.senders.iter().map(|sender| sender.chain.ticker()).collect();
        chains.dedup();
        chains
    }

    pub(super) fn path(&self) -> PathBuf {
        self.kms.store()
    }

    /// A home for one run.
    pub(super) fn open(&self, api: &str) -> Result<Kms> {
        let path: &Path = &self.path();
        Kms::with_store(self.binary.clone(), api, path)
    }
}

/// Private keys, and keys of one mnemonic.
async fn add_senders(
    kms: &Kms,
    chain: &'static dyn SoakChain,
    senders: &mut Vec<Sender>,
) -> Result<()> {
    let keys = kms.make_private_keys(chain.ticker(), chain.private_keys()).await?;
    let mut wallets: Vec<_> = keys.into_iter().map(|wallet| (wallet, None)).collect();
    if let Some((first, others)) = chain.indices().split_first() {
        let wallet = kms.make_mnemonic(chain.ticker(), *first).await?;
        let signature_id = wallet.signature_id.clone();
        wallets.push((wallet, Some(*first)));
        for index in others {
            let address = kms.address(&signature_id, *index).await?;
            let signature_id = signature_id.clone();
            wallets.push((Wallet { signature_id, address }, Some(*index)));
        }
    }
    for (place, (Wallet { signature_id, address }, index)) in wallets.into_iter().enumerate() {
        senders.push(Sender { chain, place, signature_id, index, address });
    }
    Ok(())
}
