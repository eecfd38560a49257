//! JSON-RPC as a validator answers it.
//!
//! <https://solana.com/docs/rpc>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::failure::TransactionError;
use super::key::{self, Key, write};
use super::ledger::{Ledger, RECENT, Refusal};
use super::message::Transaction;
use super::program::{SYSTEM, TOKEN};
use super::state::{RENT, TOKEN_ACCOUNT_RENT, TokenAccount};
use crate::accounts::Asset;
use crate::amount;

/// Codes of errors.
const PREFLIGHT_FAILED: i64 = -32_002;
const BAD_SIGNATURE: i64 = -32_003;
const NO_METHOD: i64 = -32_601;
const BAD_PARAMS: i64 = -32_602;

/// Bytes of an account for tokens.
const TOKEN_ACCOUNT_SIZE: usize = 165;

type Answer = Result<Value, Value>;

/// Answers a request, or a batch of them.
pub(super) fn answer(ledger: &mut Ledger, request: Value) -> Value {
    match request {
        Value::Array(batch) => batch.into_iter().map(|one| answer_one(ledger, one)).collect(),
        one => answer_one(ledger, one),
    }
}

fn answer_one(ledger: &mut Ledger, mut request: Value) -> Value {
    let id = request["id"].take();
    let method = request["method"].as_str().unwrap_or_default();
    match call(ledger, method, &request["params"]) {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
    }
}

fn call(ledger: &mut Ledger, method: &str, params: &Value) -> Answer {
    Ok(match method {
        "getBlockHeight" | "getSlot" => ledger.height().into(),
        "getLatestBlockhash" => {
            let height = ledger.height();
            let blockhash = write(&ledger.blockhash(height));
            in_context(
                ledger,
                json!({ "blockhash": blockhash, "lastValidBlockHeight": height + RECENT }),
            )
        }
        "sendTransaction" => send(ledger, params)?,
        "getTransaction" => {
            let known = ledger.state.accounts.transaction(text(&params[0])?);
            known.cloned().unwrap_or_default()
        }
        "getSignatureStatuses" => statuses(ledger, &params[0])?,
        "getBalance" => in_context(ledger, lamports(ledger, &account(&params[0])?)),
        "getAccountInfo" => in_context(ledger, account_info(ledger, &account(&params[0])?)),
        "getTokenAccountBalance" => token_balance(ledger, &account(&params[0])?)?,
        "getMinimumBalanceForRentExemption" => {
            let rent = if params[0] == TOKEN_ACCOUNT_SIZE { TOKEN_ACCOUNT_RENT } else { RENT };
            json!(u64::try_from(rent).unwrap_or(u64::MAX))
        }
        _ => return Err(error(NO_METHOD, "Method not found")),
    })
}

fn send(ledger: &mut Ledger, params: &Value) -> Answer {
    let (data, options) = (text(&params[0])?, &params[1]);
    let bytes = if options["encoding"] == "base64" {
        STANDARD
            .decode(data)
            .map_err(|found| error(BAD_PARAMS, &format!("invalid base64 encoding: {found:?}")))?
    } else {
        bs58::decode(data)
            .into_vec()
            .map_err(|found| error(BAD_PARAMS, &format!("invalid base58 encoding: {found:?}")))?
    };
    let transaction = Transaction::read(&bytes).ok_or_else(|| {
        let what = "solana_transaction::versioned::VersionedTransaction";
        error(BAD_PARAMS, &format!("failed to deserialize {what}: it is damaged or cut short"))
    })?;
    let preflight = options["skipPreflight"] != true;
    ledger.send(&transaction, preflight).map(Value::from).map_err(|refusal| match refusal {
        Refusal::Signature => error(BAD_SIGNATURE, "Transaction signature verification failure"),
        Refusal::Preflight(found) => preflight_error(&found),
    })
}

fn preflight_error(found: &TransactionError) -> Value {
    let mut error = error(PREFLIGHT_FAILED, &format!("Transaction simulation failed: {found}"));
    error["data"] =
        json!({ "accounts": null, "err": found.view(), "logs": [], "unitsConsumed": 0 });
    error
}

/// What is on chain is final at once.
fn statuses(ledger: &Ledger, ids: &Value) -> Answer {
    let ids = ids.as_array().ok_or_else(|| error(BAD_PARAMS, "Invalid params: no list of ids"))?;
    let status = |id: &Value| {
        let known = id.as_str().and_then(|id| ledger.state.accounts.transaction(id));
        known.map_or(Value::Null, |view| {
            json!({
                "slot": view["slot"], "confirmations": null, "err": view["meta"]["err"],
                "status": view["meta"]["status"], "confirmationStatus": "finalized",
            })
        })
    };
    Ok(in_context(ledger, ids.iter().map(status).collect()))
}

fn account_info(ledger: &Ledger, account: &Key) -> Value {
    if ledger.state.lamports(account) == 0 {
        return Value::Null;
    }
    let token_account = ledger.state.token_accounts.get(account);
    let (owner, data) = match token_account {
        Some(token_account) => (*TOKEN, token_data(ledger, account, token_account)),
        None => (SYSTEM, Vec::new()),
    };
    json!({
        "lamports": lamports(ledger, account), "owner": write(&owner), "executable": false,
        "rentEpoch": u64::MAX, "space": data.len(), "data": [STANDARD.encode(data), "base64"],
    })
}

/// Mint, owner, amount; the rest says that the account is in use and that nobody else may spend.
fn token_data(ledger: &Ledger, account: &Key, token_account: &TokenAccount) -> Vec<u8> {
    let units = ledger.state.accounts.balance(&token_account.asset(), &write(account));
    let units = u64::try_from(units).unwrap_or(u64::MAX);
    let mut data = [&token_account.mint[..], &token_account.owner, &units.to_le_bytes()].concat();
    data.resize(TOKEN_ACCOUNT_SIZE, 0);
    // Of the three states this is `initialized`.
    data[108] = 1;
    data
}

fn token_balance(ledger: &Ledger, account: &Key) -> Answer {
    let token_account = ledger.state.token_accounts.get(account);
    let token_account =
        token_account.ok_or_else(|| error(BAD_PARAMS, "Invalid param: could not find account"))?;
    let units = ledger.state.accounts.balance(&token_account.asset(), &write(account));
    let digits = ledger.state.mints.get(&token_account.mint).copied().unwrap_or_default();
    Ok(in_context(
        ledger,
        json!({
            "amount": units.to_string(), "decimals": digits,
            "uiAmountString": amount::show(units, digits),
        }),
    ))
}

fn lamports(ledger: &Ledger, account: &Key) -> Value {
    let lamports = ledger.state.accounts.balance(&Asset::Coin, &write(account));
    u64::try_from(lamports).unwrap_or(u64::MAX).into()
}

fn in_context(ledger: &Ledger, value: Value) -> Value {
    json!({ "context": { "slot": ledger.height() }, "value": value })
}

fn account(param: &Value) -> Result<Key, Value> {
    let found = key::parse(text(param)?);
    found.ok_or_else(|| error(BAD_PARAMS, "Invalid param: WrongSize"))
}

fn text(param: &Value) -> Result<&str, Value> {
    param.as_str().ok_or_else(|| error(BAD_PARAMS, "Invalid params: a text is expected"))
}

fn error(code: i64, message: &str) -> Value {
    json!({ "code": code, "message": message })
}
