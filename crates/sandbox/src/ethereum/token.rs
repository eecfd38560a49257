//! The test token: a small ERC-20 of which anyone may mint.
//!
//! Written for the EVM directly. Storage: the supply in slot 0, the balance of an owner in slot
//! `keccak256(owner ++ 1)`, both as 32-byte words.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, sol};
use revm::bytecode::opcode::{
    ADD, AND, CALLDATALOAD, CALLER, CALLVALUE, DUP1, DUP2, DUP3, EQ, KECCAK256, LOG3, LT, MSTORE,
    RETURN, REVERT, SHR, SLOAD, SSTORE, SUB, SWAP1,
};

use super::assembler::{Assembler, deployment};

sol! {
    interface Erc20 {
        event Transfer(address indexed from, address indexed to, uint256 value);
        function transfer(address to, uint256 value) external returns (bool);
        function balanceOf(address owner) external view returns (uint256);
        function totalSupply() external view returns (uint256);
        function decimals() external view returns (uint8);
        function symbol() external view returns (string);
        function name() external view returns (string);
        function mint(address to, uint256 value) external returns (bool);
    }
}

/// Its symbol and name.
pub const SYMBOL: &str = "TEST";

/// Digits behind the point.
pub const DECIMALS: u8 = 18;

const SUPPLY_SLOT: [u8; 1] = [0];
const BALANCES_SLOT: [u8; 1] = [1];
const FIRST_ARGUMENT: [u8; 1] = [0x04];
const SECOND_ARGUMENT: [u8; 1] = [0x24];

/// What is put in the data of a transaction without recipient to deploy it.
pub fn init_code() -> Vec<u8> {
    deployment(runtime_code())
}

/// The data of a call that moves the caller's tokens.
pub fn transfer(to: Address, value: U256) -> Bytes {
    Erc20::transferCall { to, value }.abi_encode().into()
}

/// The data of a call that asks a balance.
pub fn balance_of(owner: Address) -> Bytes {
    Erc20::balanceOfCall { owner }.abi_encode().into()
}

/// The data of a call that makes tokens.
pub fn mint(to: Address, value: U256) -> Bytes {
    Erc20::mintCall { to, value }.abi_encode().into()
}

/// Recipient and amount, where the data is a call that moves the caller's tokens.
pub(crate) fn read_transfer(data: &[u8]) -> Option<(Address, U256)> {
    let call = Erc20::transferCall::abi_decode(data).ok()?;
    Some((call.to, call.value))
}

/// The owner, where the data is a call that asks a balance.
pub(crate) fn read_balance_of(data: &[u8]) -> Option<Address> {
    Erc20::balanceOfCall::abi_decode(data).ok().map(|call| call.owner)
}

/// Where the balance of an owner is stored.
pub(super) fn balance_slot_of(owner: Address) -> U256 {
    let slot = B256::with_last_byte(BALANCES_SLOT[0]);
    keccak256([owner.into_word().0, slot.0].concat()).into()
}

fn runtime_code() -> Vec<u8> {
    let mut code = Assembler::default();
    // No function takes coins.
    code.op(&[CALLVALUE]).jump_if("refuse");
    code.push(&[0]).op(&[CALLDATALOAD]).push(&[0xe0]).op(&[SHR]);
    for (selector, label) in [
        (Erc20::transferCall::SELECTOR, "transfer"),
        (Erc20::balanceOfCall::SELECTOR, "balanceOf"),
        (Erc20::totalSupplyCall::SELECTOR, "totalSupply"),
        (Erc20::decimalsCall::SELECTOR, "decimals"),
        (Erc20::symbolCall::SELECTOR, "symbol"),
        (Erc20::nameCall::SELECTOR, "name"),
        (Erc20::mintCall::SELECTOR, "mint"),
    ] {
        code.op(&[DUP1]).push(&selector).op(&[EQ]).jump_if(label);
    }
    code.label("refuse").push(&[0]).push(&[0]).op(&[REVERT]);
    transfer_code(&mut code);
    mint_code(&mut code);

    code.label("balanceOf");
    load_address(&mut code);
    balance_slot(&mut code);
    code.op(&[SLOAD]);
    return_word(&mut code);
    code.label("totalSupply").push(&SUPPLY_SLOT).op(&[SLOAD]);
    return_word(&mut code);
    code.label("decimals").push(&[DECIMALS]);
    return_word(&mut code);
    for label in ["symbol", "name"] {
        code.label(label);
        return_text(&mut code, SYMBOL);
    }
    code.finish()
}

fn transfer_code(code: &mut Assembler) {
    code.label("transfer").op(&[CALLER]);
    balance_slot(code);
    code.op(&[DUP1, SLOAD]).push(&SECOND_ARGUMENT).op(&[CALLDATALOAD]);
    // slot, balance, value: refuse if balance < value
    code.op(&[DUP1, DUP3, LT]).jump_if("refuse");
    code.op(&[SWAP1, SUB, SWAP1, SSTORE]);
    credit(code);
    load_address(code);
    code.op(&[CALLER]);
    log_transfer(code);
}

fn mint_code(code: &mut Assembler) {
    code.label("mint");
    code.push(&SUPPLY_SLOT).op(&[SLOAD]).push(&SECOND_ARGUMENT).op(&[CALLDATALOAD, ADD]);
    // supply: refuse if it is now less than what was added
    code.push(&SECOND_ARGUMENT).op(&[CALLDATALOAD, DUP2, LT]).jump_if("refuse");
    code.push(&SUPPLY_SLOT).op(&[SSTORE]);
    credit(code);
    load_address(code);
    code.push(&[0]);
    log_transfer(code);
}

/// Adds the second argument to the balance of the first. No balance exceeds the supply: it can't
/// overflow.
fn credit(code: &mut Assembler) {
    load_address(code);
    balance_slot(code);
    code.op(&[DUP1, SLOAD]).push(&SECOND_ARGUMENT).op(&[CALLDATALOAD, ADD, SWAP1, SSTORE]);
}

/// → first argument
fn load_address(code: &mut Assembler) {
    code.push(&FIRST_ARGUMENT).op(&[CALLDATALOAD]).push(&[0xff; 20]).op(&[AND]);
}

/// owner → slot of its balance
fn balance_slot(code: &mut Assembler) {
    code.push(&[0]).op(&[MSTORE]).push(&BALANCES_SLOT).push(&[0x20]).op(&[MSTORE]);
    code.push(&[0x40]).push(&[0]).op(&[KECCAK256]);
}

/// to, from → ends the call with the event and `true`
fn log_transfer(code: &mut Assembler) {
    code.push(&SECOND_ARGUMENT).op(&[CALLDATALOAD]).push(&[0]).op(&[MSTORE]);
    code.push(Erc20::Transfer::SIGNATURE_HASH.as_slice()).push(&[0x20]).push(&[0]).op(&[LOG3]);
    code.push(&[1]);
    return_word(code);
}

/// word → ends the call with it
fn return_word(code: &mut Assembler) {
    code.push(&[0]).op(&[MSTORE]).push(&[0x20]).push(&[0]).op(&[RETURN]);
}

fn return_text(code: &mut Assembler, text: &str) {
    let mut word = [0; 32];
    word[..text.len()].copy_from_slice(text.as_bytes());
    let length = u8::try_from(text.len()).expect("the text fits one word");
    for (offset, constant) in [(0_u8, &[0x20_u8][..]), (0x20, &[length]), (0x40, &word)] {
        code.push(constant).push(&[offset]).op(&[MSTORE]);
    }
    code.push(&[0x60]).push(&[0]).op(&[RETURN]);
}
