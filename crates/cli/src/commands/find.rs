//! `find`: which wallet has an address, and at which index.
//!
//! Wallets of one key are looked up in the store's index of addresses. Those with a mnemonic are searched by
//! deriving addresses: first a few of each, which is where most are, then the rest.

use std::ops::Range;

use anyhow::{Context as _, bail};
use kms_chains::registry::{self, CHAINS};
use kms_chains::{Addresses, Chain, KeyError, private_key};
use kms_core::{Network, SignatureId};
use kms_keystore::{Entry, Format, Keystore, Kind, Stored};

use super::progress::Progress;
use super::{App, list, parallel, store};
use crate::args::FindArgs;
use crate::json::Object;
use crate::output::{self, List, Output};

/// The indexes that are searched first.
const FIRST: u32 = 20;
/// Wallets that are searched at once, so that not all seeds of a store are in memory.
const CHUNK: usize = 256;

pub(super) fn run(app: &App, wanted: &FindArgs) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let sought = Sought::read(wanted, wanted.among.networks(app.network.is_testnet()))?;
    let store = store::read(app)?;
    let mut found = single_keys(&store, &sought)?;
    for indexes in [0..FIRST.min(wanted.up_to), FIRST..wanted.up_to] {
        if found.is_empty() && !indexes.is_empty() {
            found = mnemonics(&store, &sought, indexes)?;
        }
    }
    if found.is_empty() {
        bail!(
            "no wallet has this address, mnemonics searched below index {}; --upTo searches further",
            wanted.up_to
        );
    }
    let mut list = List::begin(&mut output);
    for one in &found {
        list.item(&one.item(&store)?)?;
    }
    Ok(list.end()?)
}

/// The address as the wallets of a chain and network would have it.
struct Sought {
    chain: &'static dyn Chain,
    network: Network,
    spellings: Vec<String>,
}

impl Sought {
    fn read(wanted: &FindArgs, networks: &[Network]) -> anyhow::Result<Vec<Self>> {
        let chains: Vec<&'static dyn Chain> = match &wanted.among.chain[..] {
            [] => CHAINS.to_vec(),
            some => some.iter().map(|chain| chain.0).collect(),
        };
        let text = wanted.address.trim();
        let mut sought = Vec::new();
        let mut refused: Vec<KeyError> = Vec::new();
        for &chain in &chains {
            for &network in networks {
                match chain.spellings(text, network) {
                    Ok(spellings) => sought.push(Self { chain, network, spellings }),
                    Err(error) => refused.push(error),
                }
            }
        }
        match refused.into_iter().next() {
            // The text is not repeated: it may be a secret that was pasted by mistake.
            Some(_) if sought.is_empty() && chains.len() > 1 => bail!(
                "this is not an address of any of the chains; --chain with the chain's code says what is \
                 wrong with it"
            ),
            Some(error) if sought.is_empty() => Err(error.into()),
            _ => Ok(sought),
        }
    }

    fn is_of(&self, entry: &Entry) -> bool {
        entry.network == self.network && entry.ticker == self.chain.spec().ticker.0
    }
}

/// A wallet with the address.
struct Found {
    entry: Entry,
    index: Option<u32>,
    address: String,
}

impl Found {
    fn item(&self, store: &Keystore) -> anyhow::Result<String> {
        let mut object = Object::with_capacity(512)
            .text("signatureId", &self.entry.id)
            .text("chain", &self.entry.ticker)
            .text("network", &self.entry.network.to_string())
            .text("kind", &self.entry.kind.to_string());
        if let Some(index) = self.index {
            object = object.raw("index", &index.to_string());
        }
        let label = store.label(&self.entry.id)?;
        let object = object.text("address", &self.address).maybe("label", label.as_deref());
        Ok(object.finish().to_string())
    }
}

fn single_keys(store: &Keystore, sought: &[Sought]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    if store.format() == Format::Legacy {
        // It has no index: every wallet is opened.
        let wanted = |entry: &Entry| sought.iter().any(|one| one.is_of(entry));
        store.walk(wanted, |Stored { entry, wallet, .. }| {
            let address = wallet.as_ref().and_then(list::own_address).filter(|address| {
                sought.iter().any(|one| one.is_of(&entry) && one.spellings.contains(address))
            });
            found.extend(address.map(|address| Found { entry, index: None, address }));
            Ok::<_, anyhow::Error>(())
        })?;
        return Ok(found);
    }
    for one in sought {
        for spelling in &one.spellings {
            let ticker = one.chain.spec().ticker.0;
            let entries = store.find_address(ticker, one.network, spelling)?;
            let entries = entries.into_iter();
            let of = |entry| Found { entry, index: None, address: spelling.clone() };
            found.extend(entries.map(of));
        }
    }
    Ok(found)
}

/// A wallet that may have the address, without anything that is not needed to tell.
struct Candidate<'a> {
    entry: Entry,
    sought: &'a Sought,
    addresses: Addresses,
}

impl Candidate<'_> {
    fn search(self, indexes: Range<u32>) -> Result<Option<Found>, KeyError> {
        for index in indexes {
            let address = self.addresses.at(self.sought.chain, index)?;
            if self.sought.spellings.contains(&address) {
                return Ok(Some(Found { entry: self.entry, index: Some(index), address }));
            }
        }
        Ok(None)
    }
}

/// Searches these indexes of all wallets that have a mnemonic.
fn mnemonics(
    store: &Keystore,
    sought: &[Sought],
    indexes: Range<u32>,
) -> anyhow::Result<Vec<Found>> {
    let mut of_chains = 0_usize;
    for one in sought {
        let count = store.count(one.chain.spec().ticker.0, one.network)?;
        of_chains = of_chains.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
    }
    let progress = Progress::of_silent_work(Some(of_chains), "wallets");
    let (mut done, mut found, mut candidates) = (0, Vec::new(), Vec::new());
    let search = |candidates: &mut Vec<Candidate<'_>>, found: &mut Vec<Found>| {
        let some = std::mem::take(candidates);
        let hits = parallel::map(some, |candidate| candidate.search(indexes.clone()))?;
        found.extend(hits.into_iter().flatten());
        Ok::<_, anyhow::Error>(())
    };
    let wanted =
        |entry: &Entry| entry.kind == Kind::Mnemonic && sought.iter().any(|one| one.is_of(entry));
    store.walk(wanted, |Stored { entry, wallet, .. }| {
        let one = sought.iter().find(|one| one.is_of(&entry));
        if let (Some(one), Some(wallet)) = (one, wallet) {
            match Addresses::of(one.chain, &wallet) {
                Ok(None) => {}
                Ok(Some(addresses)) => candidates.push(Candidate { entry, sought: one, addresses }),
                Err(error) => {
                    output::warning(&format!("wallet {} is not searched: {error}", wallet.id));
                }
            }
        }
        done += 1;
        if candidates.len() == CHUNK {
            search(&mut candidates, &mut found)?;
            progress.show(done);
        }
        Ok::<_, anyhow::Error>(())
    })?;
    search(&mut candidates, &mut found)?;
    for one in &found {
        confirm(store, one)?;
    }
    Ok(found)
}

/// What an extended public key promised must be what the wallet's secret leads to.
fn confirm(store: &Keystore, found: &Found) -> anyhow::Result<()> {
    let id: SignatureId = found.entry.id.parse()?;
    let wallet = store.wallet(&id)?;
    let chain = registry::find(&wallet.ticker)?;
    let key = private_key(chain, &wallet, found.index, wallet.network)?;
    if chain.address(&key.public(), wallet.network)? != found.address {
        let what = format!("wallet {id} has an extended public key that is not its mnemonic's");
        return Err(anyhow::anyhow!("remove it and store the mnemonic again")).context(what);
    }
    Ok(())
}
