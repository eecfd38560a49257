//! Addresses: classic ones (`r…`), and those that hold a tag and a network as well (`X…`, `T…`).
//!
//! <https://xrpl.org/docs/references/protocol/data-types/base58-encodings>,
//! <https://github.com/XRPLF/XRPL-Standards/tree/master/XLS-0005-x-addresses>

use kms_core::Network;
use kms_crypto::PublicKey;
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::hash::{hash160, sha256d};

/// The 20 bytes that stand for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AccountId(pub(super) [u8; 20]);

/// An address in either form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) account: AccountId,
    /// The tag that is part of it.
    pub(super) tag: Option<u32>,
}

const ACCOUNT: u8 = 0;
const X_MAINNET: [u8; 2] = [0x05, 0x44];
const X_TESTNET: [u8; 2] = [0x04, 0x93];
const CHECKSUM: usize = 4;

impl AccountId {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self(hash160(&key_bytes(key)))
    }

    /// `r…`
    pub(super) fn to_classic(self) -> String {
        let mut bytes = vec![ACCOUNT];
        bytes.extend_from_slice(&self.0);
        let checksum = sha256d(&bytes);
        bytes.extend_from_slice(&checksum[..CHECKSUM]);
        String::from(base58::encode(&bytes, Alphabet::XRPL).as_str())
    }
}

/// A public key as the ledger writes it, 33 bytes: compressed, or `ED` and the 32 bytes of Ed25519.
pub(super) fn key_bytes(key: &PublicKey) -> Vec<u8> {
    match key {
        PublicKey::Secp256k1(key) => key.to_compressed().to_vec(),
        PublicKey::Ed25519(key) => [&[0xed], &key.0[..]].concat(),
    }
}

impl Address {
    /// Reads either form.
    ///
    /// # Errors
    /// What is wrong, to stand after the name of the field.
    pub(super) fn read(text: &str, network: Network) -> Result<Self, String> {
        let damaged = |why: &str| format!("is not an address of the XRP Ledger: {why}");
        let bytes = base58::decode(text, Alphabet::XRPL).map_err(|e| damaged(&e.to_string()))?;
        let split = bytes.len().checked_sub(CHECKSUM).ok_or_else(|| damaged("it is too short"))?;
        let (body, checksum) = bytes.split_at(split);
        if sha256d(body)[..CHECKSUM] != *checksum {
            return Err(damaged("its checksum is wrong, a character is mistyped"));
        }
        match (body.split_first(), body.split_first_chunk()) {
            (Some((&ACCOUNT, account)), _) if account.len() == 20 => {
                let account = AccountId(account.try_into().expect("its length is 20"));
                Ok(Self { account, tag: None })
            }
            (_, Some((prefix, rest))) if [X_MAINNET, X_TESTNET].contains(prefix) => {
                if (*prefix == X_TESTNET) != network.is_testnet() {
                    return Err(format!("is an address of the other network than {network}"));
                }
                Self::read_extended(rest).ok_or_else(|| damaged("its tag can't be read"))
            }
            _ => Err(damaged("it begins with neither r, X nor T")),
        }
    }

    /// Account, flag, tag (little-endian), four bytes of zeros.
    fn read_extended(bytes: &[u8]) -> Option<Self> {
        let (account, rest) = bytes.split_first_chunk::<20>()?;
        let (&[flag], rest) = rest.split_first_chunk()?;
        let (tag, rest) = rest.split_first_chunk::<4>()?;
        let tag = u32::from_le_bytes(*tag);
        let tag = match (flag, tag, rest) {
            (0, 0, [0, 0, 0, 0]) => None,
            (1, tag, [0, 0, 0, 0]) => Some(tag),
            _ => return None,
        };
        Some(Self { account: AccountId(*account), tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of XLS-5.
    #[test]
    fn extended_addresses_hold_their_tag_and_network() {
        let account =
            Address::read("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf", Network::Mainnet).unwrap();
        assert_eq!(account.account.to_classic(), "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf");
        for (text, tag, network) in [
            ("XVLhHMPHU98es4dbozjVtdWzVrDjtV5fdx1mHp98tDMoQXb", None, Network::Mainnet),
            ("XVLhHMPHU98es4dbozjVtdWzVrDjtV8AqEL4xcZj5whKbmc", Some(0), Network::Mainnet),
            ("TVE26TYGhfLC7tQDno7G8dGtxSkYQn49b3qD26PK7FcGSKE", None, Network::Testnet),
        ] {
            let read = Address::read(text, network).unwrap();
            assert_eq!((read.account, read.tag), (account.account, tag), "{text}");
            let other = Network::from_testnet(!network.is_testnet());
            assert!(Address::read(text, other).unwrap_err().contains("other network"));
        }
        for bad in ["", "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpg", "0", "snoPBrXtMeMyMHUVTgbuqAfg1SUTb"]
        {
            assert!(Address::read(bad, Network::Mainnet).is_err(), "{bad}");
        }
    }
}
