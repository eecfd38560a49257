//! What every chain provides.
//!
//! A transaction goes through these steps, each of which returns the next, so that the order can't be
//! got wrong: [`TransactionScheme::prepare`] (network, public keys) → [`Unsigned::sign`] (secrets, no
//! network) → [`Signed::finish`] (network, no secrets). The half that talks to the network never holds
//! a secret; the half that holds a secret never talks to the network.

use async_trait::async_trait;
use kms_core::{
    ChainSpec, Digest, Expiry, Intent, KeyRef, KeyText, Mnemonic, Network, Node, NodeError,
    PendingTransaction, Seed, Sequence, SignedTransaction, TransactionHash,
};
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39};

use crate::delivery::Delivery;
use crate::error::{FinishError, KeyError, PayloadError, PrepareError, SignError};
use crate::new_wallet::NewWallet;
use crate::signing::{SigningKeys, WalletRule};

/// A chain: its keys, its transactions, and what is fixed about it.
pub trait Chain: KeyScheme + TransactionScheme + Sync {
    /// Names, unit, API paths.
    fn spec(&self) -> &ChainSpec;

    /// What the chain's nodes answer to a transaction that they have already, in lower case: such a
    /// refusal is as good as an acceptance. Words that may be about another transaction ("nonce too
    /// low") don't belong here. Each with its source.
    fn known_already(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a node that refuses a transaction for this reason waits for another one before it in its account's
    /// order: the same bytes may go through later.
    fn is_too_early(&self, _reason: &str) -> bool {
        false
    }

    /// What the operator should hear of the chain itself before anything is signed for it, once in a run
    /// of the program.
    fn notice(&self) -> Option<&'static str> {
        None
    }

    /// Who sends what was signed.
    fn delivery(&self) -> Delivery {
        Delivery::Tatum
    }
}

/// Keys and addresses. In `keys.rs` of the chain's folder.
pub trait KeyScheme {
    /// A new wallet in the shape this chain stores.
    ///
    /// # Errors
    /// The source of randomness failed.
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError>;

    /// Checks the words of a mnemonic that is typed in: BIP-39, unless the chain has words of its own.
    ///
    /// # Errors
    /// What is wrong, by position.
    fn check_mnemonic(&self, mnemonic: &Mnemonic) -> Result<(), KeyError> {
        Ok(bip39::check(mnemonic)?)
    }

    /// The wallet of a mnemonic that exists already, in the shape of the chain. Does not check the words:
    /// stored mnemonics are used as they are, and the commands check what is typed in.
    ///
    /// # Errors
    /// The chain has no use for such a mnemonic.
    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError>;

    /// The seed of a mnemonic: BIP-39's, unless the chain makes its own of the words.
    ///
    /// # Errors
    /// The chain reads the words, and they are none of its words.
    fn seed(&self, mnemonic: &Mnemonic) -> Result<Seed, KeyError> {
        Ok(bip39::seed(mnemonic))
    }

    /// Whether a seed that a store keeps is one that [`seed`](Self::seed) makes. If not, it is made anew.
    fn knows_seed(&self, _seed: &Seed) -> bool {
        true
    }

    /// The key at `index` of a mnemonic's [`seed`](Self::seed).
    ///
    /// # Errors
    /// The index is outside the chain's range, or the chain derives nothing.
    fn derive(&self, seed: &Seed, index: u32, network: Network) -> Result<PrivateKey, KeyError>;

    /// Reads a private key in any of the forms the chain accepts.
    ///
    /// # Errors
    /// Says which forms are accepted, never what was given.
    fn parse(&self, text: &KeyText, network: Network) -> Result<PrivateKey, KeyError>;

    /// What the operator should hear of a key that is accepted all the same. Says nothing of the key.
    fn key_warning(&self, _text: &KeyText, _network: Network) -> Option<String> {
        None
    }

    /// Writes a private key in the form that `getprivatekey` prints and wallets store.
    ///
    /// # Errors
    /// The key is of another curve.
    fn format(&self, key: &PrivateKey, network: Network) -> Result<KeyText, KeyError>;

    /// The address of a key, spelled as the commands print it.
    ///
    /// # Errors
    /// The key is of another curve.
    fn address(&self, key: &PublicKey, network: Network) -> Result<String, KeyError>;

    /// How [`address`](Self::address) spells the address that a person or a program wrote as `text`: in
    /// another letter case, with or without a prefix, in another form of the chain. More than one where the
    /// text does not tell which key of two kinds it stands for.
    ///
    /// # Errors
    /// It is not an address of the chain and the network, or not one that a key can have.
    fn spellings(&self, text: &str, network: Network) -> Result<Vec<String>, KeyError>;

    /// The public key at `index` below a wallet's extended public key; nothing on chains whose wallets have
    /// none.
    ///
    /// # Errors
    /// The text is something else, or only the private key leads to the key at that index.
    fn derive_public(&self, _xpub: &str, _index: u32) -> Result<Option<PublicKey>, KeyError> {
        Ok(None)
    }
}

/// Reads a pending transaction and makes it ready to sign. In `transaction.rs` and `prepare.rs`.
#[async_trait]
pub trait TransactionScheme {
    /// Which keys sign, in order.
    ///
    /// # Errors
    /// The transaction names no key.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError>;

    /// What the wallets that [`signers`](Self::signers) names must hold. [`crate::signing_key`] sees to it.
    fn wallet_rule(&self, _tx: &PendingTransaction) -> WalletRule {
        WalletRule::EachSigns
    }

    /// Fills in what the payload leaves open, by asking the network, and checks all of it.
    ///
    /// # Errors
    /// The payload can't be signed as it stands, or a question got no usable answer. Nothing has been
    /// signed then.
    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError>;

    /// Takes up what was signed and not finished, from what [`Signed::kept`] has left. Nothing where it is
    /// of another shape, or where transactions need nobody else's part. Finished twice, it must still be
    /// executed once at most.
    fn take_up(&self, _kept: &str, _network: Network) -> Option<Box<dyn Signed>> {
        None
    }

    /// Asks the node whether it has the transaction with this hash, waiting or in a block.
    ///
    /// # Errors
    /// The node gave no usable answer, which says nothing about the transaction.
    async fn find(&self, _hash: &TransactionHash, _node: &dyn Node) -> Result<Found, NodeError> {
        Ok(Found::CannotTell)
    }
}

/// Whether a node has a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has.
    Known,
    /// It has not, though it would tell.
    Unknown,
    /// The chain's nodes can't be asked that.
    CannotTell,
}

/// Where and for whom a transaction is prepared.
pub struct Context<'a> {
    /// The network the daemon works for.
    pub network: Network,
    /// The public keys of the signers, in the order of [`TransactionScheme::signers`], without those
    /// that [`WalletRule`] passes over.
    pub signers: &'a [PublicKey],
    /// Whom to ask.
    pub node: &'a dyn Node,
    /// What other transactions of the same accounts have taken already.
    pub sequences: &'a dyn Sequences,
    /// The time in seconds since 1970, where it is known.
    pub now: Option<u64>,
    /// What the operator decided.
    pub policy: Policy,
}

/// What the operator allows or forbids. The default is what is right without a word from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Sign what gives an account, or all that is left in it, into other hands (`--allowRekey`).
    pub allow_rekey: bool,
    /// Refuse what the network won't take any more, instead of signing it with a warning
    /// (`--refuseExpired`).
    pub refuse_expired: bool,
}

/// The one place where numbers in an account's order (nonces, sequences) are given out.
pub trait Sequences: Send + Sync {
    /// The number for the next transaction of `account`, given what the network says.
    ///
    /// Higher than the network's where transactions were signed that it does not know of yet.
    fn next(&self, account: &str, from_network: u64) -> u64;
}

/// Complete but for its signatures. Nothing but [`TransactionScheme::prepare`] makes one.
#[async_trait]
pub trait Unsigned: Send + Sync {
    /// What a person or a policy must see before it is signed, read from what will be signed.
    fn intent(&self) -> Intent;

    /// Of the exact bytes that will be signed. What was approved under this digest is what is signed.
    fn digest(&self) -> Digest;

    /// The transaction's place in its account's order, on chains that have one.
    fn sequence(&self) -> Option<Sequence>;

    /// What the operator should hear before it is signed. Holds no secret.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Until when it can be executed once it is signed, on chains with [`Delivery::Node`]. Nothing where it
    /// does not expire, or where the bytes are the same each time.
    fn expiry(&self) -> Option<Expiry> {
        None
    }

    /// Called when it will not be signed after all. Gives back what the API lent for it, if anything. Nothing
    /// depends on whether that succeeds.
    async fn abandon(&self, _node: &dyn Node) {}

    /// Signs, and verifies the signatures. Pure, offline, deterministic: the same keys give the same
    /// bytes.
    ///
    /// # Errors
    /// The keys are not those it was prepared for.
    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError>;
}

/// Our signatures are in place. On some chains somebody else still has to sign (Flow's payer) or to
/// assemble (Cardano); on the others this is the transaction already.
#[async_trait]
pub trait Signed: Send {
    /// What the journal keeps before the next step is taken.
    fn transaction(&self) -> &SignedTransaction;

    /// What the journal keeps so that the transaction can be finished in another run of the program:
    /// [`TransactionScheme::take_up`] reads it.
    fn kept(&self) -> String {
        self.transaction().data.clone()
    }

    /// Whether that is all of it. What still lacks somebody else's part is kept, but never sent.
    fn is_final(&self) -> bool {
        false
    }

    /// Completes the transaction.
    ///
    /// # Errors
    /// It could not be completed; our signature is out, so it counts as perhaps sent.
    async fn finish(self: Box<Self>, node: &dyn Node) -> Result<SignedTransaction, FinishError>;
}

/// A transaction that needs nobody else's signature is finished at once.
#[async_trait]
impl Signed for SignedTransaction {
    fn transaction(&self) -> &SignedTransaction {
        self
    }

    fn is_final(&self) -> bool {
        true
    }

    async fn finish(self: Box<Self>, _node: &dyn Node) -> Result<SignedTransaction, FinishError> {
        Ok(*self)
    }
}
