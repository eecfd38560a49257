//! What the report says of the wallet file and of the journal beside it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use kms_core::{Network, Password};
use kms_daemon::{JournalAdmin, OpenStore, State, journal_path};
use kms_keystore::{Format, KdfCost, Keystore};
use kms_password::Source;
use kms_tatum::MAX_IDS;
use serde_json::{Map, Value, json};

use super::super::{App, password, pending, store};
use crate::output;

/// The most items of the journal that are told of one by one.
const MOST_ITEMS: usize = 200;

/// The wallet file as far as it could be opened.
pub(super) enum Look {
    /// There is none.
    Absent,
    /// Nobody has given a password, and none was asked for.
    Closed,
    /// It does not open; why.
    Failed(String),
    /// It is open.
    Open(Box<Keystore>, Password),
}

impl Look {
    /// Opens it. Where wallets are asked for it must open; else it is opened if that takes no question.
    ///
    /// # Errors
    /// It must open and does not.
    pub(super) fn at(app: &App, must_open: bool) -> anyhow::Result<Self> {
        if must_open {
            let password = store::existing_password(app)?;
            return Ok(Self::Open(Box::new(store::open(app, &password)?), password));
        }
        if store::is_absent(&app.settings.path) {
            return Ok(Self::Absent);
        }
        Ok(Self::without_question(app).unwrap_or_else(|error| Self::Failed(error.to_string())))
    }

    fn without_question(app: &App) -> anyhow::Result<Self> {
        let source = password::source(app, false)?;
        if let Source::Prompt(_) = source {
            return Ok(Self::Closed);
        }
        let password = source.password(&mut output::warning)?;
        Ok(Self::Open(Box::new(store::open(app, &password)?), password))
    }

    /// The open store.
    ///
    /// # Errors
    /// It is not open.
    pub(super) fn keystore(&self) -> anyhow::Result<&Keystore> {
        let Self::Open(keystore, _) = self else { return Err(anyhow::anyhow!("it is not open")) };
        Ok(keystore)
    }

    /// What is told of it, and of the journal; nothing where there is no file.
    pub(super) fn describe(self, app: &App) -> Option<(Value, Value)> {
        let format = Keystore::detect(&app.settings.path).ok().flatten().map(name_of);
        let closed = |health: &str| json!({ "format": format, "health": health });
        let journal = json!({ "exists": journal_path(&app.settings.path).exists() });
        match self {
            Self::Absent => None,
            Self::Closed => Some((closed("not looked at: no password is set"), journal)),
            Self::Failed(why) => Some((closed(&why), journal)),
            Self::Open(keystore, password) => {
                let told = of_store(&keystore);
                let journal = of_journal(&OpenStore::new(*keystore, password));
                Some((
                    told,
                    journal.unwrap_or_else(|error| json!({ "error": format!("{error:#}") })),
                ))
            }
        }
    }
}

fn name_of(format: Format) -> &'static str {
    match format {
        Format::Current => "current",
        Format::Legacy => "legacy",
    }
}

fn of_store(keystore: &Keystore) -> Value {
    let health = keystore.verify().map_or_else(|error| error.to_string(), |_| "sound".to_owned());
    let mut counts = BTreeMap::<(String, Network), usize>::new();
    for entry in keystore.entries().unwrap_or_default() {
        *counts.entry((entry.ticker.clone(), entry.network)).or_default() += 1;
    }
    let of_chain = |((chain, network), wallets): (&(String, Network), &usize)| {
        json!({
            "chain": chain,
            "network": network.to_string(),
            "wallets": wallets,
            "limit": MAX_IDS,
            "beyondLimit": *wallets > MAX_IDS,
        })
    };
    let kdf = keystore.kdf().map(|KdfCost { memory_kib, passes, lanes }| {
        json!({ "name": "argon2id", "memoryKib": memory_kib, "passes": passes, "lanes": lanes })
    });
    json!({
        "format": name_of(keystore.format()),
        "health": health,
        "warnings": keystore.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "generation": keystore.generation().ok(),
        "kdf": kdf,
        "wallets": counts.values().sum::<usize>(),
        "chains": counts.iter().map(of_chain).collect::<Vec<_>>(),
    })
}

/// The counts of all states, and the items that are not finished.
fn of_journal(store: &OpenStore) -> anyhow::Result<Value> {
    let Some(journal) = JournalAdmin::open(store)? else { return Ok(json!({ "exists": false })) };
    let items = journal.items().context("the journal can't be read")?;
    let mut states = Map::new();
    for state in State::ALL {
        let count = items.iter().filter(|item| item.state == state).count();
        states.insert(state.as_str().to_owned(), count.into());
    }
    let of_kind = |quarantined: bool| -> Vec<Value> {
        let open = items.iter().filter(|item| item.state.is_open());
        let wanted = open.filter(|item| (item.state == State::Quarantined) == quarantined);
        wanted.take(MOST_ITEMS).map(pending::row).collect()
    };
    Ok(json!({
        "exists": true,
        "states": states,
        "pending": of_kind(false),
        "quarantined": of_kind(true),
    }))
}
