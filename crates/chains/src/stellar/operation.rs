//! What a single operation does, for people.

use kms_core::{Action, Asset};
use stellar_xdr::{
    AlphaNum4, AlphaNum12, Asset as XdrAsset, ChangeTrustAsset, HostFunction, InvokeContractArgs,
    Operation, OperationBody, ScVal, SetOptionsOp,
};

/// Payments, new accounts and trust lines are shown as such, calls of contracts as calls; of everything else all
/// that it says.
pub(super) fn actions(operation: &Operation, native: &Asset) -> Vec<Action> {
    let from = operation.source_account.as_ref().map(ToString::to_string);
    let name = operation.body.name();
    let transfer = |asset, to: String, amount: i64| Action::Transfer {
        asset,
        from: from.clone(),
        to,
        amount: amount.to_string(),
    };
    let other = |details: Vec<String>| {
        let source = from.iter().map(|account| format!("source: {account}"));
        Action::Other { what: name.to_owned(), details: source.chain(details).collect() }
    };
    match &operation.body {
        OperationBody::CreateAccount(op) => {
            vec![transfer(native.clone(), op.destination.to_string(), op.starting_balance)]
        }
        OperationBody::Payment(op) => {
            vec![transfer(asset(&op.asset, native), op.destination.to_string(), op.amount)]
        }
        OperationBody::PathPaymentStrictReceive(op) => {
            let most = format!("pays at most {} of {}", op.send_max, named(&op.send_asset));
            let to = op.destination.to_string();
            vec![transfer(asset(&op.dest_asset, native), to, op.dest_amount), other(vec![most])]
        }
        OperationBody::PathPaymentStrictSend(op) => {
            let least = format!("at least {} of {} arrive", op.dest_min, named(&op.dest_asset));
            let to = op.destination.to_string();
            vec![transfer(asset(&op.send_asset, native), to, op.send_amount), other(vec![least])]
        }
        OperationBody::ChangeTrust(op) => match trusted(&op.line) {
            Some(asset) => vec![Action::Trust { asset, limit: op.limit.to_string() }],
            None => vec![other(vec![format!("limit: {}", op.limit), format!("{:?}", op.line)])],
        },
        OperationBody::AccountMerge(to) => {
            vec![other(vec![format!("closes the account; all its XLM go to {to}")])]
        }
        OperationBody::SetOptions(op) => vec![other(options(op))],
        OperationBody::InvokeHostFunction(op) => match &op.host_function {
            HostFunction::InvokeContract(call) => vec![contract_call(call)],
            function => vec![other(vec![format!("{function:?}")])],
        },
        body => vec![other(vec![format!("{body:?}")])],
    }
}

fn token4(asset: &AlphaNum4) -> (String, String) {
    (asset.asset_code.to_string(), asset.issuer.to_string())
}

fn token12(asset: &AlphaNum12) -> (String, String) {
    (asset.asset_code.to_string(), asset.issuer.to_string())
}

fn token((code, contract): (String, String)) -> Asset {
    Asset::Token { standard: "Stellar asset".to_owned(), contract, token_id: Some(code) }
}

fn asset(asset: &XdrAsset, native: &Asset) -> Asset {
    match asset {
        XdrAsset::Native => native.clone(),
        XdrAsset::CreditAlphanum4(asset) => token(token4(asset)),
        XdrAsset::CreditAlphanum12(asset) => token(token12(asset)),
    }
}

fn trusted(asset: &ChangeTrustAsset) -> Option<Asset> {
    match asset {
        ChangeTrustAsset::CreditAlphanum4(asset) => Some(token(token4(asset))),
        ChangeTrustAsset::CreditAlphanum12(asset) => Some(token(token12(asset))),
        ChangeTrustAsset::Native | ChangeTrustAsset::PoolShare(_) => None,
    }
}

fn named(asset: &XdrAsset) -> String {
    let (code, issuer) = match asset {
        XdrAsset::Native => return "XLM".to_owned(),
        XdrAsset::CreditAlphanum4(asset) => token4(asset),
        XdrAsset::CreditAlphanum12(asset) => token12(asset),
    };
    format!("{code} of {issuer}")
}

fn options(op: &SetOptionsOp) -> Vec<String> {
    let numbers = [
        ("clear flags", op.clear_flags),
        ("set flags", op.set_flags),
        ("weight of the master key", op.master_weight),
        ("low threshold", op.low_threshold),
        ("medium threshold", op.med_threshold),
        ("high threshold", op.high_threshold),
    ];
    let mut details: Vec<String> = numbers
        .iter()
        .filter_map(|(name, number)| Some(format!("{name}: {}", (*number)?)))
        .collect();
    details.extend(
        op.signer.iter().map(|one| format!("signer {} with weight {}", one.key, one.weight)),
    );
    details.extend(op.inflation_dest.iter().map(|one| format!("inflation destination: {one}")));
    details.extend(op.home_domain.iter().map(|domain| format!("home domain: {}", domain.0)));
    details
}

/// A transfer of a token (SEP-41), or a call of whatever it is.
fn contract_call(call: &InvokeContractArgs) -> Action {
    let contract = call.contract_address.to_string();
    let function = call.function_name.0.to_string();
    if let ("transfer", [ScVal::Address(from), ScVal::Address(to), ScVal::I128(amount)]) =
        (function.as_str(), call.args.as_slice())
    {
        return Action::Transfer {
            asset: Asset::Token { standard: "SEP-41".to_owned(), contract, token_id: None },
            from: Some(from.to_string()),
            to: to.to_string(),
            amount: amount.to_string(),
        };
    }
    let details = call.args.iter().map(|argument| format!("{argument:?}"));
    Action::Other { what: format!("call of {function} of {contract}"), details: details.collect() }
}
