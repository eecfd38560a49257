//! From stored wallets to signing keys, the same for every chain.

use kms_core::{KeyRef, KeyText, Mnemonic, Network, PendingTransaction, Wallet};
use kms_crypto::{PrivateKey, PublicKey};

use crate::chain::Chain;
use crate::error::{KeyError, PayloadError, SignError};

/// A wallet that was just made, before it has a signature id.
#[derive(Debug)]
pub struct NewWallet {
    /// What it consists of, in the order in which the wallet file and `generatewallet` write it.
    pub fields: Vec<WalletField>,
}

/// One member of a wallet object.
#[derive(Debug)]
pub enum WalletField {
    /// `mnemonic`
    Mnemonic(Mnemonic),
    /// `xpub`
    Xpub(String),
    /// `address`
    Address(String),
    /// `privateKey`
    PrivateKey(KeyText),
    /// `secret`, the private key on ledger chains
    Secret(KeyText),
}

impl WalletField {
    /// The name of the member.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mnemonic(_) => "mnemonic",
            Self::Xpub(_) => "xpub",
            Self::Address(_) => "address",
            Self::PrivateKey(_) => "privateKey",
            Self::Secret(_) => "secret",
        }
    }

    /// The value of the member. Counts as secret.
    pub fn expose_secret(&self) -> &str {
        match self {
            Self::Mnemonic(mnemonic) => mnemonic.expose_secret(),
            Self::PrivateKey(key) | Self::Secret(key) => key.expose_secret(),
            Self::Xpub(text) | Self::Address(text) => text,
        }
    }

    /// Whether the commands may print it when a wallet is made.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Xpub(_) | Self::Address(_))
    }
}

/// The private key of `wallet` for `chain` on `network`: derived at `index` where the wallet holds a
/// mnemonic and an index is given, else the stored key.
///
/// # Errors
/// The wallet is for another chain or network, or an index is missing, or the stored text is no key.
pub fn private_key(
    chain: &dyn Chain,
    wallet: &Wallet,
    index: Option<u32>,
    network: Network,
) -> Result<PrivateKey, KeyError> {
    let ticker = chain.spec().ticker.0;
    if wallet.ticker != ticker {
        return Err(KeyError::OtherChain {
            wallet: wallet.id.clone(),
            of: wallet.ticker.clone(),
            for_chain: ticker,
        });
    }
    if wallet.network != network {
        return Err(KeyError::OtherNetwork {
            wallet: wallet.id.clone(),
            of: wallet.network,
            for_network: network,
        });
    }
    match (&wallet.mnemonic, index, &wallet.key) {
        (Some(mnemonic), Some(index), _) => {
            match wallet.seed.as_ref().filter(|seed| chain.knows_seed(seed)) {
                Some(seed) => chain.derive(seed, index, network),
                None => chain.derive(&chain.seed(mnemonic)?, index, network),
            }
        }
        (_, _, Some(key)) => chain.parse(key, network),
        (Some(_), None, None) => Err(KeyError::IndexNeeded(wallet.id.clone())),
        (None, _, None) => Err(KeyError::Empty(wallet.id.clone())),
    }
}

/// How a chain takes the wallets that a transaction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletRule {
    /// Each must have a key: a mnemonic needs an index.
    EachSigns,
    /// A wallet that holds a mnemonic and was named without an index is passed over.
    PassesOverMnemonics,
    /// Each must hold a mnemonic.
    MnemonicsOnly,
}

/// The key that `signer` stands for in `tx`, from its `wallet`; nothing where the chain passes the wallet
/// over.
///
/// # Errors
/// As [`private_key`], or the wallet is not of the kind that the transaction needs.
pub fn signing_key(
    chain: &dyn Chain,
    tx: &PendingTransaction,
    wallet: &Wallet,
    signer: &KeyRef,
    network: Network,
) -> Result<Option<PrivateKey>, KeyError> {
    let rule = chain.wallet_rule(tx);
    if rule == WalletRule::MnemonicsOnly && wallet.mnemonic.is_none() {
        return Err(KeyError::MnemonicNeeded(wallet.id.clone()));
    }
    match private_key(chain, wallet, signer.index, network) {
        Err(KeyError::IndexNeeded(_)) if rule == WalletRule::PassesOverMnemonics => Ok(None),
        key => key.map(Some),
    }
}

/// The signer of a transaction that has one: the first wallet, at the transaction's index where it holds a
/// mnemonic.
///
/// # Errors
/// The transaction names no wallet.
pub(crate) fn first_signer(tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
    let stored =
        tx.wallets.first().map(|wallet| KeyRef { wallet: wallet.clone(), index: tx.index });
    let signer = stored.or_else(|| tx.signers.first().cloned());
    signer.map(|signer| vec![signer]).ok_or(PayloadError::NoSigner)
}

/// The keys of one transaction, in signing order. Wiped when dropped.
#[derive(Debug)]
pub struct SigningKeys(Vec<PrivateKey>);

impl SigningKeys {
    /// Takes the keys over.
    pub fn new(keys: Vec<PrivateKey>) -> Self {
        Self(keys)
    }

    /// The public halves, in the same order.
    pub fn public(&self) -> Vec<PublicKey> {
        self.0.iter().map(PrivateKey::public).collect()
    }

    /// All of them.
    pub fn all(&self) -> &[PrivateKey] {
        &self.0
    }

    /// The one key of a transaction that has a single signer.
    ///
    /// # Errors
    /// There is not exactly one.
    pub fn only(&self) -> Result<&PrivateKey, SignError> {
        match &self.0[..] {
            [key] => Ok(key),
            keys => Err(SignError::KeyCount { expected: 1, found: keys.len() }),
        }
    }
}
