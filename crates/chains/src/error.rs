//! Why a chain says no. One enum per step; none of them can hold key material.

use kms_core::{Network, NodeError, SignatureId};

/// A key or a wallet can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not a private key of the chain.
    #[error("the private key is not valid for {chain}: {reason}; accepted are {accepted}")]
    NotAKey {
        /// The chain's code.
        chain: &'static str,
        /// What was wrong, without the text itself.
        reason: String,
        /// The forms that are accepted.
        accepted: &'static str,
    },
    /// The index is outside the range of the chain.
    #[error("index {index} is out of range for {chain}; indexes go from 0 to {highest}")]
    Index {
        /// The chain's code.
        chain: &'static str,
        /// The index.
        index: u32,
        /// The highest that is allowed.
        highest: u32,
    },
    /// No key exists at the index (one in 2^127).
    #[error(transparent)]
    NoSuchChild(#[from] kms_crypto::bip32::NoSuchChild),
    /// The text is not an address of the chain, or not one of a key.
    #[error("the address {reason}")]
    NotAnAddress {
        /// The chain's code.
        chain: &'static str,
        /// What is wrong, to stand after "the address".
        reason: String,
    },
    /// What a wallet has as its extended public key is none.
    #[error("the extended public key of a {chain} wallet can't be read; use the wallet's secrets")]
    NotAnXpub {
        /// The chain's code.
        chain: &'static str,
    },
    /// The wallet belongs to another chain.
    #[error("wallet {wallet} is for {of}, it does not sign for {for_chain}")]
    OtherChain {
        /// The wallet.
        wallet: SignatureId,
        /// Its chain as stored.
        of: String,
        /// The chain it was asked for.
        for_chain: &'static str,
    },
    /// The wallet belongs to the other network.
    #[error("wallet {wallet} is for {of}, it does not sign for {for_network}")]
    OtherNetwork {
        /// The wallet.
        wallet: SignatureId,
        /// Its network.
        of: Network,
        /// The network it was asked for.
        for_network: Network,
    },
    /// A mnemonic wallet without an index.
    #[error(
        "wallet {0} holds a mnemonic; send the transaction with `index`, or use a private-key wallet"
    )]
    IndexNeeded(SignatureId),
    /// A private-key wallet where only a mnemonic will do.
    #[error(
        "wallet {0} holds a private key; this transaction needs the mnemonic wallet that its addresses come from"
    )]
    MnemonicNeeded(SignatureId),
    /// The wallet has neither a mnemonic nor a key.
    #[error("wallet {0} holds neither a mnemonic nor a private key; remove it and store it again")]
    Empty(SignatureId),
    /// The chain has one key for each wallet.
    #[error("{0} keys are not derived: each wallet has one key of its own")]
    NotDerived(&'static str),
    /// The words of a mnemonic are wrong.
    #[error(transparent)]
    Mnemonic(#[from] kms_crypto::bip39::MnemonicError),
    /// The words of a mnemonic of the chain's own kind are wrong.
    #[error(transparent)]
    Words25(#[from] kms_crypto::words25::Words25Error),
    /// The key is of another curve than the chain's.
    #[error(transparent)]
    Curve(#[from] kms_crypto::WrongCurve),
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] kms_crypto::EntropyError),
}

/// The pending transaction itself is wrong.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// No wallet in `hashes` or `signatures`.
    #[error("the transaction names no signature id")]
    NoSigner,
    /// All wallets were passed over.
    #[error(
        "none of the wallets {wallets} has a key for this transaction; a mnemonic wallet is named in \
         `signatures`, with an index"
    )]
    NoKey {
        /// Their ids, with commas.
        wallets: String,
    },
    /// The payload is not JSON of the expected shape. `problem` holds no text of the payload.
    #[error("the payload is not valid {chain} JSON: {problem}")]
    Json {
        /// The chain's code.
        chain: &'static str,
        /// Where and what, without the text.
        problem: String,
    },
    /// A field has a value that can't be signed.
    #[error("the field `{field}` of the payload {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// An input or an output can't be signed.
    #[error("{part} {number} of the payload {problem}")]
    Part {
        /// `input` or `output`.
        part: &'static str,
        /// Which one, from 0.
        number: usize,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// It gives something away for good, which the operator has to allow.
    #[error("the transaction {what}; it is signed only if the daemon runs with {flag}")]
    NotAllowed {
        /// What it does.
        what: String,
        /// The flag that allows it.
        flag: &'static str,
    },
    /// The network won't take it any more.
    #[error(
        "the transaction expired {0}; nothing was signed, since the daemon runs with --refuseExpired"
    )]
    Expired(String),
    /// A field changes what is signed in a way that is not supported.
    #[error("the payload has {what}, which is not supported: {why}")]
    Unsupported {
        /// What it has.
        what: String,
        /// Why it is refused.
        why: &'static str,
    },
}

/// A transaction could not be made ready to sign. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The transaction is wrong.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The signer's key does not fit.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signer's key is of another curve than the chain's.
    #[error(transparent)]
    Curve(#[from] kms_crypto::WrongCurve),
    /// The network was asked and gave no usable answer.
    #[error("asking for the {question} failed: {source}")]
    Node {
        /// What was asked for.
        question: &'static str,
        /// Why there is no answer.
        source: NodeError,
    },
    /// The network is not the one the wallet is for.
    #[error("the chain id is {found}, but {chain} on {network} has {expected}; nothing was signed")]
    ChainId {
        /// The chain's code.
        chain: &'static str,
        /// The network.
        network: Network,
        /// The id in the payload or from the node.
        found: u64,
        /// The ids the chain has on that network.
        expected: String,
    },
}

impl PrepareError {
    /// `question` got no usable answer.
    pub(crate) fn unanswered(question: &'static str, source: NodeError) -> Self {
        Self::Node { question, source }
    }
}

/// Signing failed. No signature has left the process.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// More or fewer keys than the transaction needs.
    #[error("the transaction needs {expected} signing keys, {found} were given")]
    KeyCount {
        /// How many it needs.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A key other than the one it was prepared for.
    #[error("the signing key is not the one the transaction was prepared for")]
    OtherKey,
    /// The signing key is of another curve than the chain's.
    #[error(transparent)]
    Curve(#[from] kms_crypto::WrongCurve),
    /// The signature does not verify.
    #[error(transparent)]
    Faulty(#[from] kms_crypto::secp256k1::FaultySignature),
}

/// The part after our signature failed.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The network was asked and gave no usable answer.
    #[error("asking for the {question} failed: {source}")]
    Node {
        /// What was asked for.
        question: &'static str,
        /// Why there is no answer.
        source: NodeError,
    },
}
