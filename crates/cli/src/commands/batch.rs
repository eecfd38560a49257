//! `generatemanagedprivatekeybatch`: make and store many private keys.

use std::io::Write as _;

use anyhow::Context as _;
use kms_chains::{Chain, KeyError, NewWallet, WalletField};
use kms_core::{KeyText, Network};
use kms_keystore::NewRecord;

use super::progress::Progress;
use super::{App, limits, parallel, record, store};
use crate::args::Limit;
use crate::json::Object;
use crate::output::{Output, OutputError};

/// How many keys are stored in one transaction.
const CHUNK: usize = 1000;
/// Where in its mnemonic each key lies, as in Tatum KMS.
const INDEX: u32 = 1;

pub(super) fn run(
    app: &App,
    chain: &'static dyn Chain,
    count: usize,
    limit: &Limit,
) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::password(app)?;
    // Made before the store is touched: a chain that can't do it changes nothing.
    let mut made = make_chunk(chain, app.network, count)?;
    let mut writer = limits::open_for(app, &password, chain, count, limit)?;
    let progress = Progress::new(Some(count), "keys");
    let mut stored = 0;
    loop {
        let lines: Vec<_> = made.iter().map(line).collect();
        let so_far = || format!("{stored} of {count} keys are stored");
        writer.add(&made).with_context(so_far)?;
        stored += made.len();
        let printed = print(&mut output, &lines);
        printed.with_context(|| {
            format!(
                "{stored} of {count} keys are stored; the last {} may be unprinted, and are at the top of \
                 `tatum-kms list`",
                lines.len()
            )
        })?;
        progress.show(stored);
        if stored == count {
            return Ok(());
        }
        made = make_chunk(chain, app.network, count - stored)
            .with_context(|| format!("{stored} of {count} keys are stored"))?;
    }
}

fn line(record: &NewRecord) -> String {
    let address = record.extras.address.as_deref();
    let object = Object::with_capacity(128).text("signatureId", record.id.as_str());
    object.maybe("address", address).finish().to_string()
}

fn print(output: &mut Output, lines: &[String]) -> Result<(), OutputError> {
    for line in lines {
        writeln!(output, "{line}")?;
    }
    Ok(output.flush()?)
}

/// The next keys, at most [`CHUNK`], made on all processors: on most chains each costs a PBKDF2.
fn make_chunk(
    chain: &'static dyn Chain,
    network: Network,
    wanted: usize,
) -> anyhow::Result<Vec<NewRecord>> {
    parallel::map(vec![(); wanted.min(CHUNK)], |()| make(chain, network))
}

/// A wallet of which only one key is kept.
fn make(chain: &dyn Chain, network: Network) -> anyhow::Result<NewRecord> {
    let wallet = chain.generate(&mut record::OsEntropy, network)?;
    let key = key_of(chain, network, &wallet)?;
    let public = chain.parse(&key, network)?.public();
    let address = chain.address(&public, network)?;
    Ok(record::from_key(chain, network, &key, &public, &address)?)
}

/// The wallet's own key, or the one at [`INDEX`] of its mnemonic.
fn key_of(chain: &dyn Chain, network: Network, wallet: &NewWallet) -> Result<KeyText, KeyError> {
    let mut mnemonic = None;
    for field in &wallet.fields {
        match field {
            WalletField::PrivateKey(key) | WalletField::Secret(key) => return Ok(key.clone()),
            WalletField::Mnemonic(words) => mnemonic = Some(words),
            WalletField::Xpub(_) | WalletField::Address(_) => {}
        }
    }
    let mnemonic = mnemonic.expect("a new wallet holds a mnemonic or a key");
    let key = match &wallet.seed {
        Some(seed) => chain.derive(seed, INDEX, network)?,
        None => chain.derive(&chain.seed(mnemonic)?, INDEX, network)?,
    };
    chain.format(&key, network)
}

#[cfg(test)]
mod tests {
    use kms_chains::registry::CHAINS;
    use kms_crypto::{Entropy, EntropyError};

    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(7);
            Ok(())
        }
    }

    #[test]
    fn the_key_is_that_of_the_wallet_or_of_its_mnemonic_whoever_makes_the_seed() {
        for chain in CHAINS {
            let ticker = chain.spec().ticker;
            let mut wallet = chain.generate(&mut Fixed, Network::Testnet).unwrap();
            let mut words = None;
            for field in &wallet.fields {
                if let WalletField::Mnemonic(mnemonic) = field {
                    words = Some(mnemonic.clone());
                }
            }
            let made = words.as_ref().map(|words| chain.seed(words).unwrap());
            if let Some(kept) = &wallet.seed {
                assert_eq!(kept.expose_secret(), made.unwrap().expose_secret(), "{ticker}");
            }
            let fast = key_of(*chain, Network::Testnet, &wallet).unwrap();
            wallet.seed = None;
            let slow = key_of(*chain, Network::Testnet, &wallet).unwrap();
            assert_eq!(fast.expose_secret(), slow.expose_secret(), "{ticker}");
        }
    }
}
