//! What operations do. The errors are the codes that Horizon gives for each.

use stellar_xdr::{ChangeTrustAsset, ChangeTrustOp, CreateAccountOp, OperationBody, PaymentOp};

use super::asset::Credit;
use super::ledger::{RESERVE, State, first_sequence};
use super::transaction::account;
use crate::accounts::{Asset, Movement};

type Outcome = Result<(), &'static str>;

/// Executes one operation, or changes nothing.
pub(super) fn execute(
    state: &mut State,
    source: &str,
    operation: &OperationBody,
    ledger: u64,
) -> Outcome {
    if !state.exists(source) {
        return Err("op_no_source_account");
    }
    match operation {
        OperationBody::CreateAccount(create) => create_account(state, source, create, ledger),
        OperationBody::Payment(payment) => pay(state, source, payment),
        OperationBody::ChangeTrust(change) => change_trust(state, source, change),
        _ => Err("op_not_supported"),
    }
}

fn create_account(
    state: &mut State,
    source: &str,
    create: &CreateAccountOp,
    ledger: u64,
) -> Outcome {
    let (to, stroops) = (create.destination.to_string(), positive(create.starting_balance)?);
    if state.exists(&to) {
        return Err("op_already_exists");
    }
    if stroops < state.reserve(&to) {
        return Err("op_low_reserve");
    }
    pay_lumens(state, source, &to, stroops)?;
    state.accounts.set_sequence(&to, first_sequence(ledger));
    Ok(())
}

fn pay(state: &mut State, source: &str, payment: &PaymentOp) -> Outcome {
    let (to, units) = (account(&payment.destination), positive(payment.amount)?);
    if !state.exists(&to) {
        return Err("op_no_destination");
    }
    match Credit::of(&payment.asset) {
        None => pay_lumens(state, source, &to, units),
        Some(credit) => issue(state, source, &to, &credit, units),
    }
}

fn pay_lumens(state: &mut State, from: &str, to: &str, stroops: u128) -> Outcome {
    if state.stroops(from) < state.reserve(from).saturating_add(stroops) {
        return Err("op_underfunded");
    }
    state.accounts.transfer(Asset::Coin, from, to, stroops).map_err(|_| "op_line_full")
}

/// Issuers make and take back; everybody else needs a trust line.
pub(super) fn issue(
    state: &mut State,
    from: &str,
    to: &str,
    credit: &Credit,
    units: u128,
) -> Outcome {
    let asset = credit.asset();
    let line = |account: &str| state.lines.get(&(account.to_owned(), asset.clone()));
    if from != credit.issuer && line(from).is_none() {
        return Err("op_src_no_trust");
    }
    if to != credit.issuer {
        let (_, limit) = line(to).ok_or("op_no_trust")?;
        let held = state.accounts.balance(&asset, to);
        if from != to && held.checked_add(units).is_none_or(|held| held > *limit) {
            return Err("op_line_full");
        }
    }
    let not_issuer = |account: &str| (account != credit.issuer).then(|| account.to_owned());
    let movement = Movement { asset, from: not_issuer(from), to: not_issuer(to), units };
    state.accounts.apply(&[movement]).map_err(|_| "op_underfunded")
}

fn change_trust(state: &mut State, source: &str, change: &ChangeTrustOp) -> Outcome {
    if matches!(change.line, ChangeTrustAsset::PoolShare(_)) {
        return Err("op_not_supported");
    }
    let credit = Credit::of_line(&change.line).ok_or("op_malformed")?;
    let limit = u128::try_from(change.limit).map_err(|_| "op_malformed")?;
    if credit.issuer == source {
        return Err("op_malformed");
    }
    let key = (source.to_owned(), credit.asset());
    let held = state.accounts.balance(&key.1, source);
    if limit < held {
        return Err("op_invalid_limit");
    }
    let is_new = !state.lines.contains_key(&key);
    if limit == 0 {
        return state.lines.remove(&key).map(drop).ok_or("op_invalid_limit");
    }
    if !state.exists(&credit.issuer) {
        return Err("op_no_issuer");
    }
    if is_new && state.stroops(source) < state.reserve(source).saturating_add(RESERVE) {
        return Err("op_low_reserve");
    }
    state.lines.insert(key, (credit, limit));
    Ok(())
}

fn positive(amount: i64) -> Result<u128, &'static str> {
    u128::try_from(amount).ok().filter(|amount| *amount > 0).ok_or("op_malformed")
}
