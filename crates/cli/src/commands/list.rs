//! `list`: the stored wallets, without their secrets.

use std::io::IsTerminal as _;

use comfy_table::{Table, presets};
use kms_chains::registry;
use kms_core::Wallet;
use kms_keystore::{Entry, Stored};
use kms_tatum::escaped;

use super::{App, store};
use crate::args::ListArgs;
use crate::json::Object;
use crate::output::{self, List, Output};

const HEAD: [&str; 7] = ["ID", "CHAIN", "NETWORK", "KIND", "LABEL", "ADDRESS", "NEXT"];
/// Rows that stand below each other before the head is repeated: more are never in memory.
const BLOCK: usize = 1000;

pub(super) fn run(app: &App, wanted: &ListArgs) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let store = store::read(app)?;
    let networks = wanted.among.networks(app.network.is_testnet());
    let clear = |entry: &Entry| {
        let is_it = |ticker: &str| entry.ticker.eq_ignore_ascii_case(ticker);
        let chains = &wanted.among.chain;
        networks.contains(&entry.network)
            && wanted.kind.is_none_or(|kind| kind == entry.kind)
            && (chains.is_empty() || chains.iter().any(|chain| is_it(chain.0.spec().ticker.0)))
    };
    let part = wanted.label.as_ref().map(|label| label.to_lowercase());
    let labelled = |stored: &Stored| match (&part, &stored.label) {
        (Some(part), label) => {
            label.as_ref().is_some_and(|label| label.to_lowercase().contains(part))
        }
        (None, _) => true,
    };
    if std::io::stdout().is_terminal() {
        let mut rows = Rows::default();
        store.walk(clear, |stored| if labelled(&stored) { rows.add(&stored) } else { Ok(()) })?;
        rows.print()
    } else {
        let mut list = List::begin(&mut output);
        store.walk(clear, |stored| {
            if labelled(&stored) {
                list.item(&item(&stored))?;
            }
            Ok::<_, anyhow::Error>(())
        })?;
        Ok(list.end()?)
    }
}

fn item(stored: &Stored) -> String {
    let entry = &stored.entry;
    let wallet = stored.wallet.as_ref();
    let mut object = Object::with_capacity(512)
        .text("signatureId", &entry.id)
        .text("chain", &entry.ticker)
        .text("network", &entry.network.to_string())
        .text("kind", &entry.kind.to_string())
        .maybe("label", stored.label.as_deref())
        .maybe("address", wallet.and_then(own_address).as_deref())
        .maybe("xpub", wallet.and_then(|wallet| wallet.xpub.as_deref()));
    if stored.next_index > 0 {
        object = object.raw("nextIndex", &stored.next_index.to_string());
    }
    object.finish().to_string()
}

/// The address of a wallet that has one. Files of the old format don't say it of every key.
pub(super) fn own_address(wallet: &Wallet) -> Option<String> {
    let of_key = || {
        let chain = registry::find(&wallet.ticker).ok()?;
        let key = chain.parse(wallet.key.as_ref()?, wallet.network).ok()?;
        chain.address(&key.public(), wallet.network).ok()
    };
    wallet.address.clone().or_else(of_key)
}

/// The rows of a table, printed a block at a time.
#[derive(Default)]
struct Rows(Vec<[String; 7]>);

impl Rows {
    fn add(&mut self, stored: &Stored) -> anyhow::Result<()> {
        let entry = &stored.entry;
        let address = stored.wallet.as_ref().and_then(own_address);
        let next = (stored.next_index > 0).then(|| stored.next_index.to_string());
        self.0.push([
            escaped(&entry.id),
            escaped(&entry.ticker),
            entry.network.to_string(),
            entry.kind.to_string(),
            stored.label.as_deref().map(escaped).unwrap_or_default(),
            address.as_deref().map(escaped).unwrap_or_default(),
            next.unwrap_or_default(),
        ]);
        if self.0.len() == BLOCK { self.print() } else { Ok(()) }
    }

    fn print(&mut self) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(HEAD).add_rows(self.0.drain(..));
        // Each cell has a blank on either side.
        let lines = table.lines().map(|line| line.trim_end()[1..].to_owned() + "\n");
        Ok(output::text(&lines.collect::<String>())?)
    }
}
