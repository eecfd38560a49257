//! Who sends: wallets of all kinds, in a store that is made once and copied for each run.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::kms::{Kms, Wallet};

/// Indices of the keys of a mnemonic.
const INDICES: [u32; 2] = [0, 7];

/// Where a sender has its coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// ETH; what it sends names neither nonce nor fee, or the fee alone.
    EthereumOpen,
    /// ETH; what it sends names nonce and fee.
    EthereumFilled,
    /// BTC.
    Bitcoin,
}

/// The senders of each chain: private keys, and the keys of one mnemonic.
const CAST: &[(&str, &[Home], [Home; 2])] = &[
    (
        "ETH",
        &[Home::EthereumOpen, Home::EthereumOpen, Home::EthereumFilled],
        [Home::EthereumOpen, Home::EthereumFilled],
    ),
    ("BTC", &[Home::Bitcoin, Home::Bitcoin], [Home::Bitcoin, Home::Bitcoin]),
];

/// An account with a key in the store.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) home: Home,
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
    /// Makes it, with those of the chains that the binary knows.
    pub async fn make(binary: PathBuf) -> Result<Self> {
        // No command that is used here asks the API.
        let kms = Kms::at_home(binary.clone(), "http://127.0.0.1:9")?;
        let mut senders = Vec::new();
        for (chain, keys, of_mnemonic) in CAST {
            if kms.knows(chain).await? {
                add_senders(&kms, chain, keys, *of_mnemonic, &mut senders).await?;
            }
        }
        Ok(Self { binary, senders, kms })
    }

    /// The chains on which somebody sends.
    pub fn chains(&self) -> Vec<&'static str> {
        let mut chains: Vec<_> = self.senders.iter().map(Sender::chain).collect();
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

async fn add_senders(
    kms: &Kms,
    chain: &str,
    keys: &[Home],
    of_mnemonic: [Home; 2],
    senders: &mut Vec<Sender>,
) -> Result<()> {
    for (wallet, home) in kms.make_private_keys(chain, keys.len()).await?.into_iter().zip(keys) {
        senders.push(Sender::new(*home, wallet, None));
    }
    let first = kms.make_mnemonic(chain, INDICES[0]).await?;
    let address = kms.address(&first.signature_id, INDICES[1]).await?;
    let second = Wallet { signature_id: first.signature_id.clone(), address };
    senders.push(Sender::new(of_mnemonic[0], first, Some(INDICES[0])));
    senders.push(Sender::new(of_mnemonic[1], second, Some(INDICES[1])));
    Ok(())
}

impl Sender {
    fn new(home: Home, wallet: Wallet, index: Option<u32>) -> Self {
        let Wallet { signature_id, address } = wallet;
        Self { home, signature_id, index, address }
    }

    pub(super) fn chain(&self) -> &'static str {
        match self.home {
            Home::EthereumOpen | Home::EthereumFilled => "ETH",
            Home::Bitcoin => "BTC",
        }
    }
}
