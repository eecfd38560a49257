//! The programs there are: transfers of SOL, tokens (SPL), token accounts, memos.

use std::sync::LazyLock;

use super::failure::{InstructionError, TransactionError};
use super::key::{Key, derive, well_known};
use super::message::{Instruction, Message};
use super::state::{Draft, TOKEN_ACCOUNT_RENT, TokenAccount};
use crate::accounts::Asset;

pub(super) const SYSTEM: Key = [0; 32];
pub(super) static TOKEN: LazyLock<Key> =
    LazyLock::new(|| well_known("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"));
pub(super) static ASSOCIATED: LazyLock<Key> =
    LazyLock::new(|| well_known("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"));
static MEMO: LazyLock<Key> =
    LazyLock::new(|| well_known("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"));

/// Numbers of instructions.
const SYSTEM_TRANSFER: [u8; 4] = [2, 0, 0, 0];
const TOKEN_TRANSFER: u8 = 3;
const TOKEN_TRANSFER_CHECKED: u8 = 12;

/// The programs' own numbers of errors.
const SYSTEM_TOO_LITTLE: u32 = 1;
const TOKEN_TOO_LITTLE: u32 = 1;
const TOKEN_OTHER_MINT: u32 = 3;
const TOKEN_OTHER_OWNER: u32 = 4;
const TOKEN_OTHER_DIGITS: u32 = 18;

type Outcome = Result<(), InstructionError>;

/// The account of an owner for a token.
pub(super) fn associated_account(owner: &Key, mint: &Key) -> Key {
    derive([owner, &TOKEN, mint], &ASSOCIATED)
}

/// Executes one instruction of a message.
pub(super) fn execute(
    draft: &mut Draft<'_>,
    message: &Message,
    place: usize,
) -> Result<(), TransactionError> {
    let instruction = &message.instructions[place];
    let program = message.accounts[instruction.program];
    let mut call = Call { draft, message, instruction };
    let outcome = if program == SYSTEM {
        call.system()
    } else if program == *TOKEN {
        call.token()
    } else if program == *ASSOCIATED {
        call.associated()
    } else if program == *MEMO {
        Ok(())
    } else {
        return Err(TransactionError::ProgramAccountNotFound);
    };
    outcome.map_err(|error| TransactionError::Instruction(place, error))
}

struct Call<'a, 'b> {
    draft: &'a mut Draft<'b>,
    message: &'a Message,
    instruction: &'a Instruction,
}

impl Call<'_, '_> {
    /// One of the instruction's accounts, by its place there.
    fn account(&self, place: usize) -> Result<Key, InstructionError> {
        self.place(place).map(|place| self.message.accounts[place])
    }

    fn place(&self, place: usize) -> Result<usize, InstructionError> {
        let place = self.instruction.accounts.get(place);
        place.copied().ok_or(InstructionError::NotEnoughAccountKeys)
    }

    fn must_sign(&self, place: usize) -> Outcome {
        let has_signed = self.message.is_signer(self.place(place)?);
        if has_signed { Ok(()) } else { Err(InstructionError::MissingRequiredSignature) }
    }

    fn must_be_writable(&self, places: [usize; 2]) -> Outcome {
        for place in places {
            if !self.message.is_writable(self.place(place)?) {
                return Err(InstructionError::ReadonlyLamportChange);
            }
        }
        Ok(())
    }

    fn system(&mut self) -> Outcome {
        let data = &self.instruction.data;
        let lamports = data.strip_prefix(&SYSTEM_TRANSFER).and_then(|rest| rest.try_into().ok());
        let lamports = lamports.map(u64::from_le_bytes);
        self.pay(lamports.ok_or(InstructionError::InvalidInstructionData)?.into())
    }

    /// From the instruction's first account to its second.
    fn pay(&mut self, lamports: u128) -> Outcome {
        let (from, to) = (self.account(0)?, self.account(1)?);
        self.must_sign(0)?;
        self.must_be_writable([0, 1])?;
        if self.draft.token_account(&from).is_some() {
            return Err(InstructionError::InvalidAccountData);
        }
        let paid = self.draft.transfer(Asset::Coin, &from, &to, lamports);
        paid.ok_or(InstructionError::Custom(SYSTEM_TOO_LITTLE))
    }

    fn token(&mut self) -> Outcome {
        match self.instruction.data.as_slice() {
            [TOKEN_TRANSFER, units @ ..] => {
                let units =
                    units.try_into().map_err(|_| InstructionError::InvalidInstructionData)?;
                self.transfer_tokens([0, 1, 2], None, u64::from_le_bytes(units))
            }
            [TOKEN_TRANSFER_CHECKED, units @ .., digits] => {
                let units =
                    units.try_into().map_err(|_| InstructionError::InvalidInstructionData)?;
                let mint = self.account(1)?;
                if self.draft.digits(&mint) != Some(*digits) {
                    return Err(InstructionError::Custom(TOKEN_OTHER_DIGITS));
                }
                self.transfer_tokens([0, 2, 3], Some(mint), u64::from_le_bytes(units))
            }
            _ => Err(InstructionError::InvalidInstructionData),
        }
    }

    fn transfer_tokens(
        &mut self,
        [from, to, owner]: [usize; 3],
        mint: Option<Key>,
        units: u64,
    ) -> Outcome {
        self.must_be_writable([from, to])?;
        let (source, target) = (self.account(from)?, self.account(to)?);
        let known = |account| self.draft.token_account(account);
        let sender = known(&source).ok_or(InstructionError::InvalidAccountData)?;
        let receiver = known(&target).ok_or(InstructionError::InvalidAccountData)?;
        if sender.mint != receiver.mint || mint.is_some_and(|mint| mint != sender.mint) {
            return Err(InstructionError::Custom(TOKEN_OTHER_MINT));
        }
        if self.account(owner)? != sender.owner {
            return Err(InstructionError::Custom(TOKEN_OTHER_OWNER));
        }
        self.must_sign(owner)?;
        let moved = self.draft.transfer(sender.asset(), &source, &target, units.into());
        moved.ok_or(InstructionError::Custom(TOKEN_TOO_LITTLE))
    }

    /// Makes the token account of an owner; with number 1 only where there is none.
    fn associated(&mut self) -> Outcome {
        let tolerant = match self.instruction.data.as_slice() {
            [] | [0] => false,
            [1] => true,
            _ => return Err(InstructionError::InvalidInstructionData),
        };
        let (account, owner, mint) = (self.account(1)?, self.account(2)?, self.account(3)?);
        if account != associated_account(&owner, &mint) {
            return Err(InstructionError::InvalidSeeds);
        }
        if self.draft.token_account(&account).is_some() {
            return if tolerant { Ok(()) } else { Err(InstructionError::IllegalOwner) };
        }
        if self.draft.digits(&mint).is_none() {
            return Err(InstructionError::InvalidAccountData);
        }
        self.pay(TOKEN_ACCOUNT_RENT)?;
        self.draft.open(&account, TokenAccount { mint, owner });
        Ok(())
    }
}
