//! Strkeys: keys as text, with their kind in front and a checksum behind.
//!
//! Written here rather than taken from a library because seeds must be wiped.
//!
//! <https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md>

use kms_crypto::base32::{self, Base32Error};
use zeroize::Zeroizing;

/// What a strkey stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// `G…`
    Account = 6 << 3,
    /// `S…`
    Seed = 18 << 3,
}

/// Why a text is no strkey of its kind. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StrkeyError {
    #[error(transparent)]
    Base32(#[from] Base32Error),
    #[error("it has not 56 characters")]
    Length,
    #[error("its checksum is wrong: a character is mistyped")]
    Checksum,
    #[error("it is a strkey of another kind, for example an address (G…)")]
    Kind,
}

const LEN: usize = 1 + 32 + 2;
const TEXT_LEN: usize = 56;

pub(super) fn decode(text: &str, kind: Kind) -> Result<Zeroizing<[u8; 32]>, StrkeyError> {
    if text.len() != TEXT_LEN {
        return Err(StrkeyError::Length);
    }
    let bytes = base32::decode(text)?;
    let (body, checksum) = bytes.split_at(LEN - 2);
    if crc16(body).to_le_bytes() != *checksum {
        return Err(StrkeyError::Checksum);
    }
    if body[0] != kind as u8 {
        return Err(StrkeyError::Kind);
    }
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&body[1..]);
    Ok(key)
}

pub(super) fn encode(key: &[u8; 32], kind: Kind) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; LEN]);
    bytes[0] = kind as u8;
    bytes[1..LEN - 2].copy_from_slice(key);
    let checksum = crc16(&bytes[..LEN - 2]);
    bytes[LEN - 2..].copy_from_slice(&checksum.to_le_bytes());
    base32::encode(bytes.as_slice())
}

/// CRC-16/XMODEM: polynomial 1021, starting from zero.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of SEP-0023 and of SEP-0005, test 1.
    #[test]
    fn the_examples_of_the_proposals() {
        let account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
        let key = decode(account, Kind::Account).unwrap();
        assert_eq!(
            hex::encode(*key),
            "3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a"
        );
        assert_eq!(encode(&key, Kind::Account).as_str(), account);
        let seed = "SBGWSG6BTNCKCOB3DIFBGCVMUPQFYPA2G4O34RMTB343OYPXU5DJDVMN";
        let key = decode(seed, Kind::Seed).unwrap();
        assert_eq!(encode(&key, Kind::Seed).as_str(), seed);
    }

    proptest::proptest! {
        #[test]
        fn keys_survive(key: [u8; 32]) {
            for kind in [Kind::Account, Kind::Seed] {
                assert_eq!(*decode(&encode(&key, kind), kind).unwrap(), key);
            }
        }
    }

    #[test]
    fn damage_is_told_by_kind() {
        let account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
        for (text, error) in [
            (account.replace("GZ", "GA"), StrkeyError::Checksum),
            (account.to_lowercase(), StrkeyError::Base32(Base32Error::Character)),
            (account[1..].to_owned(), StrkeyError::Length),
            (account.to_owned(), StrkeyError::Kind),
        ] {
            assert_eq!(decode(&text, Kind::Seed).err(), Some(error), "{text}");
        }
    }
}
