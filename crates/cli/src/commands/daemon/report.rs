//! What `--runOnce --output json` prints: what was pending, and what became of it.

use kms_core::PendingId;
use kms_daemon::{DaemonError, DaemonSettings, Outcome, Summary};
use serde_json::{Value, json};

/// One document about one pass. Its words hold no payload and no secret.
pub(super) fn document(settings: &DaemonSettings, ended: &Result<Summary, DaemonError>) -> Value {
    let outcomes = settings.outcomes.clone().unwrap_or_default();
    let asked = settings.approval.is_some();
    let items: Vec<Value> =
        outcomes.items().iter().map(|(id, outcome)| item(id, outcome, asked)).collect();
    let on_chain = |(chain, reason): &(&str, String)| json!({"chain": chain, "reason": reason});
    json!({
        "network": settings.network.to_string(),
        "clean": ended.as_ref().is_ok_and(Summary::is_clean),
        "error": ended.as_ref().err().map(ToString::to_string),
        "summary": ended.as_ref().ok().map(summary),
        "items": items,
        "failedPolls": outcomes.failed_polls().iter().map(on_chain).collect::<Vec<_>>(),
        "unusable": outcomes.strangers().iter().map(on_chain).collect::<Vec<_>>(),
    })
}

fn item(id: &PendingId, outcome: &Outcome, asked: bool) -> Value {
    let signed = outcome.hash.is_some();
    // Nothing is signed that was not approved.
    let approval = outcome.approval.or_else(|| (signed && asked).then_some("approved"));
    json!({
        "id": id.as_str(),
        "chain": outcome.chain,
        "state": outcome.end.as_str(),
        "approval": approval,
        "signed": signed,
        "hash": outcome.hash.as_ref().map(|hash| &hash.0),
        "reason": outcome.reason,
    })
}

fn summary(summary: &Summary) -> Value {
    json!({
        "pending": summary.pending,
        "signed": summary.signed,
        "sent": summary.sent,
        "failed": summary.failed,
        "skipped": summary.skipped,
        "failedPolls": summary.failed_polls,
    })
}
