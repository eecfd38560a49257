//! What scripts do. The sandbox runs no Cadence: it knows the contracts of the coin and a transfer by
//! what it imports, withdraws and deposits. A script without imports changes nothing and succeeds.

use serde::Deserialize;

use super::DECIMALS;
use super::address::Address;
use crate::decimal;

/// Contracts of the testnet, by name and account.
const CONTRACTS: [(&str, &str); 2] =
    [("FungibleToken", "0x9a0766d93b6608b7"), ("FlowToken", "0x7e60df042a9c0868")];

/// What Cadence 1.0 has done away with.
const OLD: [&str; 3] = ["AuthAccount", "PublicAccount", "getCapability"];

/// What a script does to balances.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// Coins of the authorizer go to an account.
    Transfer {
        /// To whom.
        to: Address,
        /// How many, in 10^-8 FLOW.
        units: u64,
    },
}

/// JSON-Cadence, of types without parts.
#[derive(Deserialize)]
struct Argument {
    #[serde(rename = "type")]
    kind: String,
    value: serde_json::Value,
}

/// What a script does with its arguments, or with which error it ends.
pub(super) fn effect(script: &[u8], arguments: &[Vec<u8>]) -> Result<Effect, String> {
    let script = std::str::from_utf8(script).map_err(|_| "the script is no text".to_owned())?;
    if let Some(old) = OLD.iter().find(|old| script.contains(*old)) {
        return Err(format!("Checking failed:\nerror: cannot find type in this scope: `{old}`"));
    }
    check_imports(script)?;
    let arguments = read_arguments(script, arguments)?;
    let is_transfer = ["import FlowToken", ".withdraw(", ".deposit("];
    if !is_transfer.iter().all(|part| script.contains(part)) {
        return Ok(Effect::None);
    }
    let of_type = |kind: &str| {
        let argument = arguments.iter().find(|argument| argument.kind == kind);
        argument.and_then(|argument| argument.value.as_str())
    };
    match (of_type("UFix64").and_then(fixed_point), of_type("Address").and_then(Address::parse)) {
        (Some(units), Some(to)) => Ok(Effect::Transfer { to, units }),
        _ => Err("the sandbox knows transfers of an amount to an address alone".to_owned()),
    }
}

/// Only the contracts of the coin are there.
fn check_imports(script: &str) -> Result<(), String> {
    for line in script.lines().filter_map(|line| line.trim().strip_prefix("import ")) {
        let (names, account) = line.split_once(" from ").unwrap_or((line, ""));
        let account = account.trim().trim_end_matches(';');
        for name in names.split(',').map(str::trim) {
            if !CONTRACTS.contains(&(name, account)) {
                let place = account.strip_prefix("0x").unwrap_or(account);
                return Err(format!(
                    "Checking failed:\nerror: cannot find declaration `{name}` in `{place}.{name}`"
                ));
            }
        }
    }
    Ok(())
}

/// The arguments, which are those that the script declares.
fn read_arguments(script: &str, arguments: &[Vec<u8>]) -> Result<Vec<Argument>, String> {
    let types = parameter_types(script).ok_or("Parsing failed:\nerror: no transaction in it")?;
    if types.len() != arguments.len() {
        let (expected, got) = (types.len(), arguments.len());
        return Err(format!(
            "entry point parameter count mismatch: expected {expected}, got {got}"
        ));
    }
    let read = |(index, (expected, bytes)): (usize, (&String, &Vec<u8>))| {
        let argument: Option<Argument> = serde_json::from_slice(bytes).ok();
        // The type of a list says more than its name in JSON.
        let fits = |argument: &Argument| argument.kind == *expected || expected.starts_with('[');
        argument.filter(fits).ok_or_else(|| {
            format!("invalid argument at index {index}: expected value of type `{expected}`")
        })
    };
    types.iter().zip(arguments).enumerate().map(read).collect()
}

/// The types of the parameters of `transaction(name: Type, …)`; none where there is no transaction.
fn parameter_types(script: &str) -> Option<Vec<String>> {
    let is_before = |line: &&str| !line.trim_start().starts_with("transaction");
    let at = script.split_inclusive('\n').take_while(is_before).map(str::len).sum::<usize>();
    let rest = script[at..].trim_start().strip_prefix("transaction")?.trim_start();
    let Some(rest) = rest.strip_prefix('(') else { return Some(Vec::new()) };
    let (parameters, _) = rest.split_once(')')?;
    let types = parameters.split(',').filter(|parameter| !parameter.trim().is_empty());
    types.map(|parameter| Some(parameter.split_once(':')?.1.trim().to_owned())).collect()
}

/// A `UFix64`: always with a point.
fn fixed_point(text: &str) -> Option<u64> {
    decimal::units("amount", text.contains('.').then_some(text)?, DECIMALS).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSFER: &str = "import FungibleToken from 0x9a0766d93b6608b7\n\
        import FlowToken from 0x7e60df042a9c0868\n\
        transaction(amount: UFix64, to: Address) {\n  v.withdraw(amount: amount)\n  r.deposit(from: v)\n}";

    fn run(script: &str, arguments: &[&str]) -> Result<Effect, String> {
        let arguments: Vec<_> = arguments.iter().map(|text| text.as_bytes().to_vec()).collect();
        effect(script.as_bytes(), &arguments)
    }

    #[test]
    fn transfers_are_known_by_what_they_do() {
        let amount = r#"{"type":"UFix64","value":"1.50000000"}"#;
        let to = r#"{"type":"Address","value":"0xfbb470dfc9e4f7e0"}"#;
        let transfer = Effect::Transfer {
            to: Address::parse("fbb470dfc9e4f7e0").unwrap(),
            units: 150_000_000,
        };
        assert_eq!(run(TRANSFER, &[amount, to]), Ok(transfer));
        assert_eq!(run("transaction {\n  execute {}\n}", &[]), Ok(Effect::None));
        assert_eq!(run("transaction(a: UFix64) { }", &[amount]), Ok(Effect::None));
        for (script, arguments, words) in [
            (TRANSFER, vec![amount], "entry point parameter count mismatch: expected 2, got 1"),
            (TRANSFER, vec![to, amount], "invalid argument at index 0"),
            (TRANSFER, vec!["{", to], "invalid argument at index 0"),
            ("transaction { prepare(a: AuthAccount) {} }", vec![], "Checking failed"),
            ("import FlowToken from 0x1654653399040a61\ntransaction {}", vec![], "Checking failed"),
            ("fun main() {}", vec![], "Parsing failed"),
        ] {
            let error = run(script, &arguments).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
