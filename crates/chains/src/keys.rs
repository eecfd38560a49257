//! From stored wallets to signing keys, the same for every chain.

use kms_core::{KeyRef, KeyText, Mnemonic, Network, PendingTransaction, Seed, Wallet};
use kms_crypto::bip32::{ExtendedPublicKey, HARDENED};
use kms_crypto::{PrivateKey, PublicKey};

use crate::chain::{Chain, KeyScheme};
use crate::error::{KeyError, PayloadError, SignError};

/// A wallet that was just made, before it has a signature id.
#[derive(Debug)]
pub struct NewWallet {
    /// What it consists of, in the order in which the wallet file and `generatewallet` write it.
    pub fields: Vec<WalletField>,
    /// The [`seed`](KeyScheme::seed) of the mnemonic among them, where it took one to make the wallet. It costs a
    /// PBKDF2, which need not be paid twice.
    pub seed: Option<Seed>,
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

impl NewWallet {
    /// A wallet of one key: its address, and the key as `secret`.
    ///
    /// # Errors
    /// The key is of another curve than the chain's.
    pub(crate) fn of_secret(
        scheme: &dyn KeyScheme,
        key: &PrivateKey,
        network: Network,
    ) -> Result<Self, KeyError> {
        let address = scheme.address(&key.public(), network)?;
        let secret = scheme.format(key, network)?;
        let fields = vec![WalletField::Address(address), WalletField::Secret(secret)];
        Ok(Self { fields, seed: None })
    }

    /// A wallet of a mnemonic with the key at index 0 beside it, on chains where most wallets have one key.
    ///
    /// # Errors
    /// The chain derives nothing.
    pub(crate) fn with_first_key(
        scheme: &dyn KeyScheme,
        mnemonic: Mnemonic,
        network: Network,
    ) -> Result<Self, KeyError> {
        let seed = scheme.seed(&mnemonic)?;
        let key = scheme.derive(&seed, 0, network)?;
        let address = scheme.address(&key.public(), network)?;
        let text = scheme.format(&key, network)?;
        Ok(Self {
            fields: vec![
                WalletField::Mnemonic(mnemonic),
                WalletField::Address(address),
                WalletField::PrivateKey(text),
            ],
            seed: Some(seed),
        })
    }
}

/// The addresses of a wallet that holds a mnemonic, one for each index. Made of its extended public key
/// where it has one, else of its seed, which is wiped with this.
#[derive(Debug)]
pub struct Addresses {
    network: Network,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Xpub(String),
    Seed(Seed),
}

impl Addresses {
    /// The highest index of an address.
    pub const HIGHEST_INDEX: u32 = HARDENED - 1;

    /// Those of `wallet`. Nothing for a wallet without a mnemonic, or whose mnemonic is that of one key.
    ///
    /// # Errors
    /// The wallet's mnemonic is none of the chain.
    pub fn of(chain: &dyn Chain, wallet: &Wallet) -> Result<Option<Self>, KeyError> {
        let Some(mnemonic) = &wallet.mnemonic else { return Ok(None) };
        let below = |xpub: &String| matches!(chain.derive_public(xpub, 0), Ok(Some(_)));
        let source = match (wallet.xpub.clone().filter(below), &wallet.seed) {
            (Some(xpub), _) => Source::Xpub(xpub),
            (None, Some(seed)) if chain.knows_seed(seed) => Source::Seed(seed.clone()),
            _ => Source::Seed(chain.seed(mnemonic)?),
        };
        let addresses = Self { network: wallet.network, source };
        // Algorand's 25 words are one key, which is stored beside them.
        let has_many = wallet.key.is_none() || addresses.at(chain, 0).is_ok();
        Ok(has_many.then_some(addresses))
    }

    /// The address at `index`.
    ///
    /// # Errors
    /// The index is above [`HIGHEST_INDEX`](Self::HIGHEST_INDEX), or no key exists there.
    pub fn at(&self, chain: &dyn Chain, index: u32) -> Result<String, KeyError> {
        if index > Self::HIGHEST_INDEX {
            let (chain, highest) = (chain.spec().ticker.0, Self::HIGHEST_INDEX);
            return Err(KeyError::Index { chain, index, highest });
        }
        let key = match &self.source {
            Source::Xpub(xpub) => chain
                .derive_public(xpub, index)?
                .ok_or(KeyError::NotAnXpub { chain: chain.spec().ticker.0 })?,
            Source::Seed(seed) => chain.derive(seed, index, self.network)?.public(),
        };
        chain.address(&key, self.network)
    }
}

/// The key at `index` below an extended public key of BIP-32.
///
/// # Errors
/// The text is none, or the key is hardened.
pub(crate) fn below_xpub(
    chain: &'static str,
    xpub: &str,
    index: u32,
) -> Result<Option<PublicKey>, KeyError> {
    let node = ExtendedPublicKey::read(xpub).map_err(|_| KeyError::NotAnXpub { chain })?;
    Ok(Some(PublicKey::Secp256k1(node.child(index)?)))
}

/// What [`KeyScheme::spellings`] says of a text that is no address of `chain`.
pub(crate) fn not_an_address(chain: &'static str, reason: impl Into<String>) -> KeyError {
    KeyError::NotAnAddress { chain, reason: reason.into() }
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
