//! Messages as web3.js compiles them, which is how Tatum's SDK makes them.

use std::cmp::Ordering;

use super::key::{Key, parse, write};

/// What the SDK writes where the blockhash belongs. The signer puts another there.
const PLACEHOLDER: &str = "7WyEshBZcZwEbJsvSeGgCkSNMxxxFAym3x7Cuj6UjAUE";

/// An account as an instruction uses it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meta {
    pub(super) key: Key,
    pub(super) signs: bool,
    pub(super) is_writable: bool,
}

/// Signs, and has less or more afterwards.
pub(super) const fn payer(key: Key) -> Meta {
    Meta { key, signs: true, is_writable: true }
}

pub(super) const fn signer(key: Key) -> Meta {
    Meta { key, signs: true, is_writable: false }
}

pub(super) const fn writable(key: Key) -> Meta {
    Meta { key, signs: false, is_writable: true }
}

pub(super) const fn read_only(key: Key) -> Meta {
    Meta { key, signs: false, is_writable: false }
}

/// A program and what it is told.
pub(super) struct Call {
    pub(super) program: Key,
    pub(super) accounts: Vec<Meta>,
    pub(super) data: Vec<u8>,
}

/// The message of these calls, with the placeholder for a blockhash.
pub(super) fn compile(fee_payer: Key, calls: &[Call]) -> Vec<u8> {
    let accounts = order(fee_payer, calls);
    let count = |is_it: fn(&&Meta) -> bool| byte(accounts.iter().filter(is_it).count());
    let mut message = vec![
        count(|meta| meta.signs),
        count(|meta| meta.signs && !meta.is_writable),
        count(|meta| !meta.signs && !meta.is_writable),
        byte(accounts.len()),
    ];
    message.extend(accounts.iter().flat_map(|meta| meta.key));
    message.extend(parse(PLACEHOLDER).unwrap_or_default());
    let place = |key: &Key| byte(accounts.iter().position(|meta| meta.key == *key).unwrap_or(0));
    message.push(byte(calls.len()));
    for call in calls {
        message.extend([place(&call.program), byte(call.accounts.len())]);
        message.extend(call.accounts.iter().map(|meta| place(&meta.key)));
        message.push(byte(call.data.len()));
        message.extend(&call.data);
    }
    message
}

/// Lengths here are below 128, so that each is one byte.
fn byte(length: usize) -> u8 {
    u8::try_from(length).expect("the sandbox makes messages with few accounts and short data")
}

/// Each account once, signers first, writable ones before others, then by their text; the payer first
/// of all.
fn order(fee_payer: Key, calls: &[Call]) -> Vec<Meta> {
    let programs = calls.iter().map(|call| read_only(call.program));
    let used = calls.iter().flat_map(|call| call.accounts.iter().copied());
    let mut accounts: Vec<Meta> = Vec::new();
    for meta in std::iter::once(payer(fee_payer)).chain(used).chain(programs) {
        match accounts.iter_mut().find(|known| known.key == meta.key) {
            Some(known) => {
                known.signs |= meta.signs;
                known.is_writable |= meta.is_writable;
            }
            None => accounts.push(meta),
        }
    }
    accounts[1..].sort_by(|a, b| {
        let flags = |meta: &Meta| (!meta.signs, !meta.is_writable);
        flags(a).cmp(&flags(b)).then_with(|| collate(&write(&a.key), &write(&b.key)))
    });
    accounts
}

/// As `localeCompare` does: without regard to case first, then lower case first.
fn collate(a: &str, b: &str) -> Ordering {
    let lower = |text: &str| text.to_ascii_lowercase();
    lower(a).cmp(&lower(b)).then_with(|| b.cmp(a))
}
