//! The test collection: a small ERC-721 in which anyone may mint, with the API's own calls.
//!
//! Storage: the owner of a token in slot `keccak256(id ++ 0)`, how many an owner has in slot
//! `keccak256(owner ++ 1)`. What a token's URI is, only the data of its minting tells.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent, sol};
use revm::bytecode::opcode::{
    ADD, AND, CALLDATALOAD, CALLER, CALLVALUE, DUP1, DUP2, DUP3, EQ, ISZERO, KECCAK256, LOG4,
    MSTORE, RETURN, REVERT, SHR, SLOAD, SSTORE, SUB, SWAP1,
};

use super::assembler::{Assembler, deployment};

sol! {
    interface Erc721 {
        event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
        function mintWithTokenURI(address to, uint256 tokenId, string tokenURI) external;
        function safeTransfer(address to, uint256 tokenId) external;
        function ownerOf(uint256 tokenId) external view returns (address);
        function balanceOf(address owner) external view returns (uint256);
    }
}

const OWNERS_SLOT: [u8; 1] = [0];
const COUNTS_SLOT: [u8; 1] = [1];
const FIRST_ARGUMENT: [u8; 1] = [0x04];
const SECOND_ARGUMENT: [u8; 1] = [0x24];

/// What is put in the data of a transaction without recipient to deploy it.
pub(super) fn init_code() -> Vec<u8> {
    deployment(runtime_code())
}

/// The data of a call that makes a token.
pub(super) fn mint(to: Address, token_id: U256, uri: String) -> Bytes {
    Erc721::mintWithTokenURICall { to, tokenId: token_id, tokenURI: uri }.abi_encode().into()
}

/// The data of a call that moves the caller's token.
pub(super) fn transfer(to: Address, token_id: U256) -> Bytes {
    Erc721::safeTransferCall { to, tokenId: token_id }.abi_encode().into()
}

/// The data of a call that asks whose a token is.
pub(super) fn owner_of(token_id: U256) -> Bytes {
    Erc721::ownerOfCall { tokenId: token_id }.abi_encode().into()
}

fn runtime_code() -> Vec<u8> {
    let mut code = Assembler::default();
    code.op(&[CALLVALUE]).jump_if("refuse");
    code.push(&[0]).op(&[CALLDATALOAD]).push(&[0xe0]).op(&[SHR]);
    for (selector, label) in [
        (Erc721::mintWithTokenURICall::SELECTOR, "mint"),
        (Erc721::safeTransferCall::SELECTOR, "transfer"),
        (Erc721::ownerOfCall::SELECTOR, "ownerOf"),
        (Erc721::balanceOfCall::SELECTOR, "balanceOf"),
    ] {
        code.op(&[DUP1]).push(&selector).op(&[EQ]).jump_if(label);
    }
    code.label("refuse").push(&[0]).push(&[0]).op(&[REVERT]);

    code.label("mint");
    // Nobody's so far.
    owner_slot(&mut code, &SECOND_ARGUMENT);
    code.op(&[DUP1, SLOAD]).jump_if("refuse");
    give(&mut code);
    code.push(&[0]);
    end(&mut code);

    code.label("transfer");
    owner_slot(&mut code, &SECOND_ARGUMENT);
    // The caller's own.
    code.op(&[DUP1, SLOAD, CALLER, EQ, ISZERO]).jump_if("refuse");
    give(&mut code);
    code.op(&[CALLER]);
    count_slot(&mut code);
    code.push(&[1]).op(&[DUP2, SLOAD, SUB, SWAP1, SSTORE]);
    code.op(&[CALLER]);
    end(&mut code);

    code.label("ownerOf");
    owner_slot(&mut code, &FIRST_ARGUMENT);
    code.op(&[SLOAD, DUP1, ISZERO]).jump_if("refuse");
    return_word(&mut code);
    code.label("balanceOf");
    load_address(&mut code);
    count_slot(&mut code);
    code.op(&[SLOAD]);
    return_word(&mut code);
    code.finish()
}

/// slot of the owner → writes the first argument there, and counts one more for it. It must be an
/// address.
fn give(code: &mut Assembler) {
    load_address(code);
    code.op(&[DUP1, ISZERO]).jump_if("refuse");
    // slot, to
    code.op(&[SWAP1, DUP2, SWAP1, SSTORE]);
    count_slot(code);
    code.op(&[DUP1, SLOAD]).push(&[1]).op(&[ADD, SWAP1, SSTORE]);
}

/// from → ends the call with the event
fn end(code: &mut Assembler) {
    code.push(&SECOND_ARGUMENT).op(&[CALLDATALOAD]);
    load_address(code);
    // from, id, to → id, to, from
    code.op(&[DUP3]);
    code.push(Erc721::Transfer::SIGNATURE_HASH.as_slice()).push(&[0]).push(&[0]).op(&[LOG4]);
    code.push(&[0]).push(&[0]).op(&[RETURN]);
}

/// → first argument
fn load_address(code: &mut Assembler) {
    code.push(&FIRST_ARGUMENT).op(&[CALLDATALOAD]).push(&[0xff; 20]).op(&[AND]);
}

/// → slot of the owner of the token in an argument
fn owner_slot(code: &mut Assembler, argument: &[u8]) {
    code.push(argument).op(&[CALLDATALOAD]);
    slot(code, &OWNERS_SLOT);
}

/// owner → slot of how many it has
fn count_slot(code: &mut Assembler) {
    slot(code, &COUNTS_SLOT);
}

fn slot(code: &mut Assembler, of: &[u8]) {
    code.push(&[0]).op(&[MSTORE]).push(of).push(&[0x20]).op(&[MSTORE]);
    code.push(&[0x40]).push(&[0]).op(&[KECCAK256]);
}

/// word → ends the call with it
fn return_word(code: &mut Assembler) {
    code.push(&[0]).op(&[MSTORE]).push(&[0x20]).push(&[0]).op(&[RETURN]);
}
