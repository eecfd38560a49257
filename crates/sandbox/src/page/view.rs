//! What the page shows: every pending transaction with where it stands, and what is known of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::approvals::{Decision, Mode, Question};
use super::approve::keys;
use super::intent::{self, Summary};
use super::wallets::Key;
use crate::chain::Token;
use crate::pending::{Entry, State};
use crate::sandbox::Sandbox;

/// The newest so many are shown.
const SHOWN: usize = 200;

/// The longest payload that is shown, in bytes.
const PAYLOAD: usize = 16_384;

/// The answer of `/page/state`.
pub(super) fn state(sandbox: &Sandbox) -> Value {
    let mode = sandbox.page.approvals.mode();
    let tokens: HashMap<_, _> =
        sandbox.chains.iter().map(|chain| (chain.ticker(), chain.known_tokens())).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let (items, total) = sandbox.pending.look(|entries| {
        sandbox.page.approvals.look(|questions| {
            for entry in entries {
                let standing = standing(entry, questions.get(&entry.transaction.id), mode);
                *counts.entry(standing).or_default() += 1;
            }
            let newest = entries.iter().rev().take(SHOWN);
            let rows = newest.map(|entry| {
                seen.extend(keys(&entry.transaction.draft));
                let id = &entry.transaction.id;
                let known = tokens.get(entry.transaction.draft.chain.as_str());
                let known = known.map(Vec::as_slice).unwrap_or_default();
                row(sandbox, entry, questions.get(id), mode, known)
            });
            (rows.collect::<Value>(), entries.len())
        })
    });
    let wallets = sandbox.page.wallets.list(seen);
    let wallets = wallets.into_iter().map(|(Key { chain, signature_id, index }, address)| {
        json!({ "chain": chain, "signatureId": signature_id, "index": index, "address": address })
    });
    let wallets: Value = wallets.collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    json!({
        "now": u64::try_from(now.as_micros()).unwrap_or(u64::MAX), "mode": mode, "counts": counts,
        "total": total, "items": items, "wallets": wallets,
    })
}

/// One word for where a transaction stands.
fn standing(entry: &Entry, question: Option<&Question>, mode: Mode) -> &'static str {
    match entry.state {
        State::Completed => return "broadcast",
        State::Deleted => return "deleted",
        State::Pending => {}
    }
    let decision = question.and_then(|question| question.decision);
    let is_open =
        question.is_some_and(|question| question.decision.is_none() && !question.automatic);
    match decision {
        _ if !entry.transactions.is_empty() => "signed",
        Some(Decision::Deny) => "denied",
        _ if !entry.errors.is_empty() => "failed",
        Some(Decision::Approve) => "approved",
        None if is_open && mode == Mode::Ask => "asking",
        None if question.is_some_and(|question| question.automatic) => "approved",
        None => "pending",
    }
}

fn row(
    sandbox: &Sandbox,
    entry: &Entry,
    question: Option<&Question>,
    mode: Mode,
    tokens: &[Token],
) -> Value {
    let transaction = &entry.transaction;
    let intent = question.and_then(|question| question.intent.as_ref());
    let mut summary =
        intent.map_or_else(Summary::default, |intent| intent::summary(intent, tokens));
    if let Some(wish) = sandbox.page.wishes.of(&transaction.id).filter(|_| intent.is_none()) {
        summary.kind = "transfer".to_owned();
        (summary.from, summary.to, summary.amount) = (wish.from, Some(wish.to), Some(wish.amount));
    }
    let accepted = entry.transactions.iter().find(|sent| sent.accepted);
    let sent = accepted.or(entry.transactions.last()).map(|sent| &sent.identity);
    if summary.from.is_none() {
        summary.from = sent.and_then(|sent| sent.sender.clone());
    }
    let hash = transaction.tx_id.clone().or_else(|| sent.map(|sent| sent.hash.clone()));
    let payload: String = transaction.draft.serialized_transaction.chars().take(PAYLOAD).collect();
    json!({
        "id": transaction.id, "chain": transaction.draft.chain,
        "state": standing(entry, question, mode), "summary": summary, "hash": hash,
        "queued": entry.times.queued, "completed": entry.times.completed, "polls": entry.polls,
        "signers": keys(&transaction.draft), "errors": entry.errors,
        "withdrawal": transaction.draft.withdrawal_id, "payload": payload,
        "broadcasts": entry.transactions, "question": question.map(|question| asked(question, tokens)),
    })
}

fn asked(question: &Question, tokens: &[Token]) -> Value {
    let intent = question.intent.as_ref();
    json!({
        "key": question.key, "digest": question.last.digest, "content": question.last.content,
        "actions": intent.map(|intent| intent::actions(intent, tokens)), "intent": question.last.intent,
        "firstAt": question.first_at, "lastAt": question.last.at, "times": question.times,
        "decision": question.decision, "automatic": question.automatic, "changed": question.changed,
    })
}
