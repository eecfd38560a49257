//! `status`: what the running daemons of the store say of themselves.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use kms_daemon::watch::{Told, told};
use serde_json::{Value, json};

use super::App;
use crate::output::{self, Output};

/// Prints it: lines at a terminal, JSON otherwise.
pub(super) fn run(app: &App) -> anyhow::Result<ExitCode> {
    let path = &app.settings.path;
    let told = told(path)
        .with_context(|| format!("the status files beside `{}` can't be read", path.display()))?;
    if told.is_empty() {
        bail!("no daemon runs with the wallet file `{}`", path.display());
    }
    if std::io::stdout().is_terminal() {
        let lines: String = told.iter().map(lines).collect();
        output::text(&lines)?;
    } else {
        let all: Vec<Value> = told.iter().map(document).collect();
        Output::open()?.json(&json!(all).to_string())?;
    }
    let well = told.iter().all(|one| one.running && one.status["ready"] == true);
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What one daemon says, and whether it runs.
pub(super) fn document(told: &Told) -> Value {
    let mut whole = json!({ "running": told.running });
    if let (Some(whole), Some(status)) = (whole.as_object_mut(), told.status.as_object()) {
        whole.extend(status.clone());
    }
    whole
}

fn lines(told: &Told) -> String {
    let status = &told.status;
    let state = match (told.running, status["ready"] == true) {
        (false, _) => "has ended without saying so",
        (true, true) => "is ready",
        (true, false) => "is not ready",
    };
    let mut out = format!("daemon {} ({}) {state}", status["process"], text(&status["network"]));
    if let Some(trouble) = status["trouble"].as_str() {
        let _ = write!(out, ": {trouble}");
    }
    let _ = writeln!(
        out,
        "\n  up {} s, {} unfinished in the journal, {} credits spent, {} a day",
        status["uptimeSeconds"],
        status["unfinished"],
        status["creditsSpent"],
        status["creditsPerDay"]
    );
    for (chain, told) in status["chains"].as_object().into_iter().flatten() {
        let _ = writeln!(
            out,
            "  {chain:<6} {} wallets{}, every {} s, last good poll {} s ago, {} failed polls, {} in flight, items {}",
            told["wallets"],
            chunks(&told["chunks"]),
            told["periodSeconds"],
            told["secondsSinceGoodPoll"],
            told["failedPolls"],
            told["inFlight"],
            told["items"]
        );
    }
    out
}

/// Where a round of polling takes more than one request.
fn chunks(count: &Value) -> String {
    count
        .as_u64()
        .filter(|count| *count > 1)
        .map_or_else(String::new, |count| format!(" in {count} chunks"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
