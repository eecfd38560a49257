//! What applications ask for, made into the JSON that the daemon signs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::compile::{Call, compile, payer, read_only, signer, writable};
use super::key::{self, Key, well_known};
use super::program::{ASSOCIATED, SYSTEM, TOKEN, associated_account};
use super::state::State;
use super::{DECIMALS, TICKER};
use crate::amount;
use crate::error::ApiError;
use crate::pending::{Draft, Signer};
use crate::request::read;
use crate::signed_by::{SignedBy, check_wallet};

const RENT_SYSVAR: &str = "SysvarRent111111111111111111111111111111111";

/// What both requests have.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    from: String,
    to: String,
    amount: String,
    fee_payer: Option<String>,
    fee_payer_signature_id: Option<String>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

/// The body of `/v3/blockchain/token/transaction`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenTransfer {
    contract_address: String,
    digits: u8,
    #[serde(flatten)]
    common: Common,
}

/// `POST /v3/solana/transaction`: SOL from one account to another.
pub(super) fn transfer(request: Value) -> Result<Draft, ApiError> {
    let request: Common = read(request)?;
    let (from, to) = (key::read("from", &request.from)?, key::read("to", &request.to)?);
    let lamports = units("amount", &request.amount, DECIMALS)?;
    let call = Call {
        program: SYSTEM,
        accounts: vec![payer(from), writable(to)],
        data: [&[2, 0, 0, 0][..], &lamports.to_le_bytes()].concat(),
    };
    draft(&request, from, &[call])
}

/// `POST /v3/blockchain/token/transaction`: an SPL transfer between the accounts of two owners. The
/// receiver's is made where there is none.
pub(super) fn token_transfer(state: &State, request: Value) -> Result<Draft, ApiError> {
    let TokenTransfer { contract_address, digits, common } = read(request)?;
    let (from, to) = (key::read("from", &common.from)?, key::read("to", &common.to)?);
    let mint = key::read("contractAddress", &contract_address)?;
    if !state.mints.contains_key(&mint) {
        let reason = "no token lives there; use the test token";
        return Err(ApiError::invalid("contractAddress", contract_address.into(), reason));
    }
    let units = units("amount", &common.amount, digits)?;
    let (source, target) = (associated_account(&from, &mint), associated_account(&to, &mint));
    let mut calls = Vec::new();
    if !state.token_accounts.contains_key(&target) {
        calls.push(Call {
            program: *ASSOCIATED,
            accounts: vec![
                payer(fee_payer(&common, from)?),
                writable(target),
                read_only(to),
                read_only(mint),
                read_only(SYSTEM),
                read_only(*TOKEN),
                read_only(well_known(RENT_SYSVAR)),
            ],
            data: Vec::new(),
        });
    }
    calls.push(Call {
        program: *TOKEN,
        accounts: vec![writable(source), writable(target), signer(from)],
        data: [&[3][..], &units.to_le_bytes()].concat(),
    });
    draft(&common, from, &calls)
}

fn fee_payer(request: &Common, from: Key) -> Result<Key, ApiError> {
    let given = request.fee_payer.as_deref();
    given.map_or(Ok(from), |text| key::read("feePayer", text))
}

/// A wallet that holds a mnemonic is named with its index.
fn draft(request: &Common, from: Key, calls: &[Call]) -> Result<Draft, ApiError> {
    let message = compile(fee_payer(request, from)?, calls);
    let payload = json!({ "txData": hex::encode(message) }).to_string();
    let mut draft = request.signed_by.draft(TICKER, payload)?;
    if let Some(id) = &request.fee_payer_signature_id {
        draft.hashes.push(check_wallet("feePayerSignatureId", id)?);
    }
    if let Some(index) = draft.index.take() {
        let id = draft.hashes.remove(0);
        draft.signatures = Some(vec![Signer { id, index: Some(index) }]);
    }
    Ok(draft)
}

fn units(property: &str, text: &str, digits: u8) -> Result<u64, ApiError> {
    let units = amount::units(property, text, digits)?;
    u64::try_from(units)
        .map_err(|_| ApiError::invalid(property, text.into(), "it does not fit 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";
    const OTHER_WALLET: &str = "5bd1b9b8-3d5c-4ed3-a2c9-4d3a9b9d4d0e";

    /// Messages that Tatum's SDK has made: a transfer, one with a payer of the fee, and the same of
    /// tokens to a new account.
    const RECORDED: &str = include_str!("../../tests/fixtures/sol-messages.txt");

    fn recorded(line: usize) -> &'static str {
        RECORDED.lines().nth(line).unwrap()
    }

    fn payload(draft: &Draft) -> String {
        let payload: Value = serde_json::from_str(&draft.serialized_transaction).unwrap();
        payload["txData"].as_str().unwrap().to_owned()
    }

    /// An account of a message in hex, by its place.
    fn account(message: &str, place: usize) -> String {
        let mut key = [0; 32];
        hex::decode_to_slice(&message[8 + 64 * place..][..64], &mut key).unwrap();
        key::write(&key)
    }

    /// The amount is the end of each of them.
    fn amount(message: &str, digits: u8) -> String {
        let bytes = hex::decode(&message[message.len() - 16..]).unwrap();
        amount::show(u64::from_le_bytes(bytes.try_into().unwrap()).into(), digits)
    }

    #[test]
    fn transfers_are_those_of_the_sdk() {
        let expected = recorded(0);
        let body = json!({
            "from": account(expected, 0), "to": account(expected, 1), "signatureId": WALLET,
            "amount": amount(expected, DECIMALS), "index": 4,
        });
        let draft = transfer(body).unwrap();
        assert_eq!(payload(&draft), expected);
        let signers = draft.signatures.unwrap();
        assert_eq!((signers[0].id.as_str(), signers[0].index), (WALLET, Some(4)));
        assert_eq!((draft.hashes.len(), draft.index), (0, None));

        let expected = recorded(1);
        let body = json!({
            "feePayer": account(expected, 0), "from": account(expected, 1),
            "to": account(expected, 2), "amount": amount(expected, DECIMALS),
            "signatureId": WALLET, "feePayerSignatureId": OTHER_WALLET,
        });
        let draft = transfer(body).unwrap();
        assert_eq!((payload(&draft).as_str(), draft.hashes.len()), (expected, 2));
    }

    #[test]
    fn token_transfers_are_those_of_the_sdk() {
        for (line, [payer, from, to, mint]) in [(2, [0, 0, 6, 4]), (3, [0, 1, 7, 5])] {
            let expected = recorded(line);
            let mut state = State::default();
            state.mints.insert(key::parse(&account(expected, mint)).unwrap(), 6);
            let body = json!({
                "feePayer": account(expected, payer), "from": account(expected, from),
                "to": account(expected, to), "contractAddress": account(expected, mint),
                "digits": 6, "amount": amount(expected, 6), "signatureId": WALLET,
            });
            let draft = token_transfer(&state, body).unwrap();
            assert_eq!(payload(&draft), expected, "{line}");
        }
    }
}
