//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};

use super::TRON;
use super::address::Address;
use super::compare::Decoded;
use super::contracts::{Contract, Kind, Message};
use super::payload::Request;
use crate::evm::abi;
use crate::protobuf::Wire;

/// What a byte of bandwidth costs, in sun.
const BANDWIDTH: u64 = 1_000;
/// What a memo, and every transaction with several signatures, costs: 1 TRX each.
const MEMO: u64 = 1_000_000;
const SEVERAL_SIGNATURES: u64 = 1_000_000;
/// What a transfer to an account that does not exist yet costs: 1.1 TRX.
const NEW_ACCOUNT: u64 = 1_100_000;
/// A signature, and the results that are counted with every transaction, in bytes.
const SIGNATURE_BYTES: u64 = 67;
const RESULT_BYTES: u64 = 64;

pub(super) fn intent(request: &Request, network: Network) -> Intent {
    let mut actions = actions(request);
    if request.memo > 0 {
        actions.push(Action::Memo { data_bytes: request.memo });
    }
    Intent {
        chain: TRON.spec.ticker,
        network,
        from: vec![request.owner.to_base58()],
        actions,
        max_fee: Fee { asset: native(), amount: max_fee(request).to_string() },
    }
}

/// The most that can be burnt: nothing of the account's own bandwidth or energy is counted on.
fn max_fee(request: &Request) -> u128 {
    let signatures = request.signatures as u64 + 1;
    let bytes = request.raw.len() as u64 + signatures * SIGNATURE_BYTES + RESULT_BYTES;
    let parts = [
        request.fee_limit,
        bytes * BANDWIDTH,
        request.contract.charge,
        if request.memo > 0 { MEMO } else { 0 },
        if signatures > 1 { SEVERAL_SIGNATURES } else { 0 },
        if may_create_account(request.contract) { NEW_ACCOUNT } else { 0 },
    ];
    parts.into_iter().map(u128::from).sum()
}

fn may_create_account(contract: &Contract) -> bool {
    matches!(contract.name, "TransferContract" | "TransferAssetContract" | "AccountCreateContract")
}

fn actions(request: &Request) -> Vec<Action> {
    let Ok(message) = Decoded::read(&request.contract.message, &request.message) else {
        unreachable!("it was decoded when the payload was read")
    };
    let amount = |name: &str| message.number(name).cast_signed().to_string();
    let to = |name: &str| spell(message.bytes(name));
    match request.contract.name {
        "TransferContract" => {
            vec![transfer(native(), to("to_address"), amount("amount"))]
        }
        "TransferAssetContract" => {
            let asset = trc10(&text(message.bytes("asset_name")));
            vec![transfer(asset, to("to_address"), amount("amount"))]
        }
        "TriggerSmartContract" => call(&message),
        "CreateSmartContract" => {
            let new = message.message_of("new_contract");
            let new = Decoded::read(new, message.bytes("new_contract"));
            let sent = new.as_ref().map_or(0, |new| new.number("call_value"));
            let mut actions = sent_along(&message, sent, "the new contract");
            let code = new.map_or(0, |new| new.bytes("bytecode").len());
            actions.push(Action::Deploy { data_bytes: code });
            actions
        }
        name => {
            let mut details = Vec::new();
            list(&message, "", &mut details);
            vec![Action::Other { what: name.to_owned(), details }]
        }
    }
}

fn call(message: &Decoded<'_>) -> Vec<Action> {
    let contract = spell(message.bytes("contract_address"));
    let data = message.bytes("data");
    let mut actions = sent_along(message, message.number("call_value"), &contract);
    let spelled = |account| Address::of_account(account).to_base58();
    match abi::read(data, &contract, &spelled) {
        Some(known) => actions.extend(known.into_iter().map(as_trc)),
        None => {
            let selector = data.get(..4).map(|selector| format!("0x{}", hex::encode(selector)));
            actions.push(Action::Call { contract, selector, data_bytes: data.len() });
        }
    }
    actions
}

/// The same standards have names of their own here.
fn as_trc(mut action: Action) -> Action {
    if let Action::Transfer { asset, .. }
    | Action::Mint { asset, .. }
    | Action::Approve { asset, .. } = &mut action
        && let Asset::Token { standard, .. } = asset
    {
        *standard = standard.replace("ERC-", "TRC-");
    }
    action
}

/// What a contract is given with a call: TRX, and tokens of the chain.
fn sent_along(message: &Decoded<'_>, value: u64, to: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    if value != 0 {
        actions.push(transfer(native(), to.to_owned(), value.cast_signed().to_string()));
    }
    let tokens = message.number("call_token_value").cast_signed();
    if tokens != 0 {
        let asset = trc10(&message.number("token_id").to_string());
        actions.push(transfer(asset, to.to_owned(), tokens.to_string()));
    }
    actions
}

fn transfer(asset: Asset, to: String, amount: String) -> Action {
    Action::Transfer { asset, from: None, to, amount }
}

fn native() -> Asset {
    Asset::Native { symbol: TRON.spec.symbol.to_owned(), decimals: TRON.spec.decimals }
}

fn trc10(id: &str) -> Asset {
    Asset::Token { standard: "TRC-10".to_owned(), contract: id.to_owned(), token_id: None }
}

fn spell(bytes: &[u8]) -> String {
    let address = Address::from_bytes(bytes);
    address.map_or_else(|| format!("0x{}", hex::encode(bytes)), Address::to_base58)
}

/// Bytes that are mostly names: as text where they are plain text.
fn text(bytes: &[u8]) -> String {
    let plain = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if plain {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        format!("0x{}", hex::encode(bytes))
    }
}

/// All values of a message, by their paths.
fn list(message: &Decoded<'_>, at: &str, details: &mut Vec<String>) {
    let mut place = 0;
    for (name, kind, value) in message.fields() {
        let value = match (kind, value) {
            (Kind::One(inner), Wire::Bytes(bytes)) => {
                nested(inner, bytes, &format!("{at}{name}."), details);
                continue;
            }
            (Kind::Many(inner) | Kind::Entries(inner), Wire::Bytes(bytes)) => {
                nested(inner, bytes, &format!("{at}{name}.{place}."), details);
                place += 1;
                continue;
            }
            (Kind::Enum(names), Wire::Number(number)) => {
                let name = usize::try_from(number).ok().and_then(|place| names.get(place));
                name.map_or_else(|| number.to_string(), |name| (*name).to_owned())
            }
            (Kind::Bool, Wire::Number(number)) => (number == 1).to_string(),
            (_, Wire::Number(number)) => number.cast_signed().to_string(),
            (Kind::Address, Wire::Bytes(bytes)) => spell(bytes),
            (_, Wire::Bytes(bytes)) => text(bytes),
        };
        details.push(format!("{at}{name}: {value}"));
    }
}

fn nested(inner: &'static Message, bytes: &[u8], at: &str, details: &mut Vec<String>) {
    if let Ok(message) = Decoded::read(inner, bytes) {
        list(&message, at, details);
    }
}
