//! What a transaction does, for people.
//!
//! `data` is a function and its arguments in hexadecimal, with `@` between them. Transfers of tokens are
//! functions of every account. <https://docs.multiversx.com/tokens/fungible-tokens/>

use kms_core::{Action, Asset, Fee, Intent, Network};

use super::MULTIVERSX;
use super::address::Address;
use super::body::Body;

/// The longest argument that is shown in full, in characters.
const SHOWN: usize = 200;

pub(super) fn intent(body: &Body, network: Network) -> Intent {
    let fee = u128::from(body.gas_price) * u128::from(body.gas_limit);
    Intent {
        chain: MULTIVERSX.spec.ticker,
        network,
        from: vec![body.sender.to_bech32()],
        actions: actions(body),
        max_fee: Fee { asset: native(), amount: fee.to_string() },
    }
}

fn native() -> Asset {
    let spec = &MULTIVERSX.spec;
    Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals }
}

fn actions(body: &Body) -> Vec<Action> {
    let mut actions = Vec::new();
    if body.data.is_empty() || body.value != 0 {
        actions.push(Action::Transfer {
            asset: native(),
            from: None,
            to: body.receiver.to_bech32(),
            amount: body.value.to_string(),
        });
    }
    if !body.data.is_empty() {
        actions.extend(tokens(body).unwrap_or_else(|| vec![other(body)]));
    }
    actions
}

/// The transfers of tokens that have exactly the arguments they need.
fn tokens(body: &Body) -> Option<Vec<Action>> {
    let mut parts = body.data.split('@');
    let function = parts.next()?;
    let arguments: Vec<Vec<u8>> = parts.map(argument).collect::<Option<_>>()?;
    match (function, &arguments[..]) {
        ("ESDTTransfer", [token, amount]) => {
            Some(vec![transfer(token, &[], amount, body.receiver)?])
        }
        ("ESDTNFTTransfer", [token, nonce, amount, to]) => {
            let to = Address(<[u8; 32]>::try_from(&to[..]).ok()?);
            Some(vec![transfer(token, nonce, amount, to)?])
        }
        ("MultiESDTNFTTransfer", [to, count, items @ ..]) => {
            let to = Address(<[u8; 32]>::try_from(&to[..]).ok()?);
            let count = usize::try_from(number(count)?).ok()?;
            if count.checked_mul(3)? != items.len() {
                return None;
            }
            items.chunks_exact(3).map(|item| transfer(&item[0], &item[1], &item[2], to)).collect()
        }
        _ => None,
    }
}

fn transfer(token: &[u8], nonce: &[u8], amount: &[u8], to: Address) -> Option<Action> {
    let contract = std::str::from_utf8(token).ok()?;
    if !contract.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    let nonce = number(nonce)?;
    Some(Action::Transfer {
        asset: Asset::Token {
            standard: "ESDT".to_owned(),
            contract: contract.to_owned(),
            token_id: (nonce != 0).then(|| nonce.to_string()),
        },
        from: None,
        to: to.to_bech32(),
        amount: number(amount)?.to_string(),
    })
}

/// The network reads an odd number of digits as an error, so they have no meaning here either.
fn argument(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

fn number(bytes: &[u8]) -> Option<u128> {
    if bytes.len() > 16 {
        return None;
    }
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)))
}

/// A call, or a text that does nothing.
fn other(body: &Body) -> Action {
    let mut parts = body.data.split('@');
    let function = parts.next().unwrap_or_default();
    let own = function.starts_with("ESDT") || function.starts_with("MultiESDT");
    let builtin = own || matches!(function, "SaveKeyValue" | "SetGuardian" | "ChangeOwnerAddress");
    if !body.receiver.is_contract() && !builtin && !body.data.contains('@') {
        return Action::Memo { data_bytes: body.data.len() };
    }
    let shown = |text: &str| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    };
    let receiver = std::iter::once(format!("receiver: {}", body.receiver.to_bech32()));
    Action::Other { what: shown(function), details: receiver.chain(parts.map(shown)).collect() }
}
