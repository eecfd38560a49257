//! `pending`: what the journal knows, and what is left to people to decide.

mod show;
mod table;

use std::io::IsTerminal as _;

use anyhow::bail;
use kms_daemon::{JournalAdmin, JournalItem, OpenStore, State};
use serde_json::{Value, json};

use super::{App, store};
use crate::args::PendingCommand;
use crate::output::{self, Output};

pub(super) fn run(app: &App, command: &PendingCommand) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::existing_password(app)?;
    let store = OpenStore::new(store::open(app, &password)?, password);
    let Some(journal) = JournalAdmin::open(&store)? else {
        bail!(
            "there is no journal beside `{}`: no daemon has worked with it yet, or the journal is lost",
            app.settings.path.display()
        );
    };
    let told = match command {
        PendingCommand::List { all } => return list(&journal, *all, &mut output),
        PendingCommand::Show { id, bytes } => match journal.item(id)? {
            Some(item) => show::document(&item, *bytes),
            None => {
                bail!("the journal does not know {id}; `pending list --all` lists what it knows")
            }
        },
        PendingCommand::Retry { id } => {
            let item = journal.retry(id)?;
            output::note("the daemon's next pass handles it again");
            show::document(&item, false)
        }
        PendingCommand::Discard { id } => {
            let item = journal.discard(id)?;
            output::note(
                "nothing more is done with it; if it was signed, whoever has the bytes can still send them",
            );
            show::document(&item, false)
        }
    };
    output.json(&told.to_string())?;
    Ok(())
}

/// A table for people, JSON for programs.
fn list(journal: &JournalAdmin, all: bool, output: &mut Output) -> anyhow::Result<()> {
    let mut items = journal.items()?;
    items.retain(|item| all || !matches!(item.state, State::Completed | State::Discarded));
    if std::io::stdout().is_terminal() {
        output::text(&table::of(&items))?;
    } else {
        let rows: Vec<Value> = items.iter().map(row).collect();
        output.json(&json!(rows).to_string())?;
    }
    Ok(())
}

/// An item in a listing.
pub(super) fn row(item: &JournalItem) -> Value {
    json!({
        "id": item.id.as_str(),
        "chain": item.chain,
        "network": item.network.to_string(),
        "state": item.state.as_str(),
        "since": item.times.last().map(|(_, time)| show::time(*time)),
        "hash": item.hash.as_ref().map(|hash| &hash.0),
        "reason": item.reason,
    })
}
