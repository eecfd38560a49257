//! What a single instruction does, for people.
//!
//! <https://solana.com/docs/programs/builtin>, <https://www.solana-program.com/docs/token>

use kms_core::{Action, Asset};

use super::message::{ADVANCE_NONCE, Instruction, SYSTEM};
use super::text;

pub(super) const COMPUTE_BUDGET: &str = "ComputeBudget111111111111111111111111111111";
const TOKEN: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const TOKEN_2022: &str = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
const ASSOCIATED: &str = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";
const MEMO: [&str; 2] =
    ["MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr", "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo"];

/// Transfers, mints, approvals and new accounts are shown as such; of everything else the program, what it is given
/// and the accounts.
pub(super) fn action(instruction: &Instruction, accounts: &[String], native: &Asset) -> Action {
    let names: Vec<&str> =
        instruction.accounts.iter().map(|place| accounts[usize::from(*place)].as_str()).collect();
    let program = text(&instruction.program);
    let known = if instruction.program == SYSTEM {
        system(&instruction.data, &names, native)
    } else if MEMO.contains(&program.as_str()) {
        Some(Action::Memo { data_bytes: instruction.data.len() })
    } else {
        match program.as_str() {
            TOKEN => token("SPL", &instruction.data, &names),
            TOKEN_2022 => token("SPL Token-2022", &instruction.data, &names),
            ASSOCIATED => associated(&instruction.data, &names),
            _ => None,
        }
    };
    known.unwrap_or_else(|| unknown(&program, &instruction.data, &names))
}

fn unknown(program: &str, data: &[u8], names: &[&str]) -> Action {
    let shown = hex::encode(&data[..data.len().min(32)]);
    let data = format!("data: {} bytes, beginning with {shown}", data.len());
    let accounts = names.iter().map(|name| format!("account: {name}"));
    let details = std::iter::once(data).chain(accounts).collect();
    Action::Other { what: format!("instruction of program {program}, not known here"), details }
}

fn other(what: &str, details: &[(&str, &str)]) -> Option<Action> {
    let details = details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    Some(Action::Other { what: what.to_owned(), details })
}

/// A number of 64 bits, lowest byte first, at the beginning of `data`.
fn amount(data: &[u8]) -> Option<String> {
    Some(u64::from_le_bytes(*data.first_chunk()?).to_string())
}

fn system(data: &[u8], names: &[&str], native: &Asset) -> Option<Action> {
    let transfer = |from: &str, to: &str, amount: String| Action::Transfer {
        asset: native.clone(),
        from: Some(from.to_owned()),
        to: to.to_owned(),
        amount,
    };
    let (kind, rest) = data.split_first_chunk::<4>()?;
    match (*kind, names) {
        // A new account gets its rent.
        ([0, 0, 0, 0], [from, to, ..]) if rest.len() == 48 => {
            Some(transfer(from, to, amount(rest)?))
        }
        ([2, 0, 0, 0], [from, to, ..]) if rest.len() == 8 => {
            Some(transfer(from, to, amount(rest)?))
        }
        (ADVANCE_NONCE, [account, ..]) => other("advance a nonce", &[("account", account)]),
        _ => None,
    }
}

fn token(standard: &str, data: &[u8], names: &[&str]) -> Option<Action> {
    let asset = |mint: &str| Asset::Token {
        standard: standard.to_owned(),
        contract: mint.to_owned(),
        token_id: None,
    };
    // Where an instruction does not name the token, its account does.
    let of_account = |account: &str| asset(&format!("the token of account {account}"));
    let transfer = |asset, from: &str, to: &str| {
        let (from, to) = (Some(from.to_owned()), to.to_owned());
        Some(Action::Transfer { asset, from, to, amount: amount(&data[1..])? })
    };
    let approve = |asset, spender: &str, amount| {
        Some(Action::Approve { asset, spender: spender.to_owned(), amount })
    };
    match (*data.first()?, data.len(), names) {
        (3, 9, [from, to, ..]) => transfer(of_account(from), from, to),
        (12, 10, [from, mint, to, ..]) => transfer(asset(mint), from, to),
        (4, 9, [from, spender, ..]) => approve(of_account(from), spender, amount(&data[1..])?),
        (13, 10, [_, mint, spender, ..]) => approve(asset(mint), spender, amount(&data[1..])?),
        (5, 1, [from, ..]) => approve(of_account(from), "whoever had it", "none".to_owned()),
        (7, 9, [mint, to, ..]) | (14, 10, [mint, to, ..]) => {
            let to = (*to).to_owned();
            Some(Action::Mint { asset: asset(mint), to, amount: amount(&data[1..])? })
        }
        (8, 9, [from, mint, ..]) | (15, 10, [from, mint, ..]) => {
            transfer(asset(mint), from, "nobody: burnt")
        }
        (9, 1, [account, to, ..]) => {
            other("close a token account", &[("account", account), ("its SOL go to", to)])
        }
        (0 | 20, 35.., [mint, ..]) => other("make a token", &[("mint", mint)]),
        _ => None,
    }
}

fn associated(data: &[u8], names: &[&str]) -> Option<Action> {
    match (data, names) {
        ([] | [0 | 1], [payer, account, owner, mint, ..]) => other(
            "make a token account",
            &[("account", account), ("owner", owner), ("mint", mint), ("paid by", payer)],
        ),
        _ => None,
    }
}
