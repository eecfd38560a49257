//! Why a transaction is not executed, in the validator's words and in its JSON.

use serde_json::{Value, json};

/// What is wrong with a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TransactionError {
    #[error("Attempt to debit an account but found no record of a prior credit.")]
    AccountNotFound,
    #[error("Account loaded twice")]
    AccountLoadedTwice,
    #[error("This transaction has already been processed")]
    AlreadyProcessed,
    #[error("Blockhash not found")]
    BlockhashNotFound,
    #[error("Insufficient funds for fee")]
    InsufficientFundsForFee,
    #[error("Transaction results in an account ({0}) with insufficient funds for rent")]
    InsufficientFundsForRent(usize),
    #[error("Attempt to load a program that does not exist")]
    ProgramAccountNotFound,
    #[error("Error processing Instruction {0}: {1}")]
    Instruction(usize, InstructionError),
}

impl TransactionError {
    /// As JSON-RPC shows it.
    pub(super) fn view(&self) -> Value {
        match self {
            Self::AccountNotFound => "AccountNotFound".into(),
            Self::AccountLoadedTwice => "AccountLoadedTwice".into(),
            Self::AlreadyProcessed => "AlreadyProcessed".into(),
            Self::BlockhashNotFound => "BlockhashNotFound".into(),
            Self::InsufficientFundsForFee => "InsufficientFundsForFee".into(),
            Self::InsufficientFundsForRent(place) => {
                json!({ "InsufficientFundsForRent": { "account_index": place } })
            }
            Self::ProgramAccountNotFound => "ProgramAccountNotFound".into(),
            Self::Instruction(place, error) => json!({ "InstructionError": [place, error.view()] }),
        }
    }

    /// Whether such a transaction gets into a block, where it costs its fee.
    pub(super) fn costs_a_fee(&self) -> bool {
        matches!(self, Self::Instruction(..) | Self::InsufficientFundsForRent(_))
    }
}

/// What is wrong with an instruction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InstructionError {
    /// The program's own number.
    #[error("custom program error: {0:#x}")]
    Custom(u32),
    #[error("Provided owner is not allowed")]
    IllegalOwner,
    #[error("invalid account data for instruction")]
    InvalidAccountData,
    #[error("invalid instruction data")]
    InvalidInstructionData,
    #[error("Provided seeds do not result in a valid address")]
    InvalidSeeds,
    #[error("missing required signature for instruction")]
    MissingRequiredSignature,
    #[error("insufficient account keys for instruction")]
    NotEnoughAccountKeys,
    #[error("instruction changed the balance of a read-only account")]
    ReadonlyLamportChange,
}

impl InstructionError {
    fn view(&self) -> Value {
        match self {
            Self::Custom(number) => json!({ "Custom": number }),
            Self::IllegalOwner => "IllegalOwner".into(),
            Self::InvalidAccountData => "InvalidAccountData".into(),
            Self::InvalidInstructionData => "InvalidInstructionData".into(),
            Self::InvalidSeeds => "InvalidSeeds".into(),
            Self::MissingRequiredSignature => "MissingRequiredSignature".into(),
            Self::NotEnoughAccountKeys => "NotEnoughAccountKeys".into(),
            Self::ReadonlyLamportChange => "ReadonlyLamportChange".into(),
        }
    }
}
