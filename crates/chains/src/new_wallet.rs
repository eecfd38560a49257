//! A wallet that was just made, in the shape of its chain.

use kms_core::{KeyText, Mnemonic, Seed};

/// A wallet that was just made, before it has a signature id.
#[derive(Debug)]
pub struct NewWallet {
    /// What it consists of, in the order in which the wallet file and `generatewallet` write it.
    pub fields: Vec<WalletField>,
    /// The seed of the mnemonic among them, where it took one to make the wallet. It costs a PBKDF2, which need
    /// not be paid twice.
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
    /// A wallet of a mnemonic, its seed, and the extended public key to which its addresses belong.
    pub(crate) fn with_xpub(mnemonic: Mnemonic, xpub: String, seed: Seed) -> Self {
        let fields = vec![WalletField::Mnemonic(mnemonic), WalletField::Xpub(xpub)];
        Self { fields, seed: Some(seed) }
    }
}
