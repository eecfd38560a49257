//! Addresses (CIP-19): a header byte and hashes in Bech32, or those of the Byron era in Base58.

use bech32::{Bech32, Hrp};
use bitcoin::base58;
use kms_core::Network;
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::blake2b_224;

use crate::described;

/// Header of an enterprise address of a key, without the network.
const ENTERPRISE: u8 = 0x60;
/// The first byte of every address of the Byron era: a CBOR array of two.
const BYRON: u8 = 0x82;
/// The most characters of an address of the Byron era; most have 59 to 114.
const LONGEST_BYRON: usize = 256;
/// Header types from here on are reward accounts, which receive nothing.
const REWARD: u8 = 0xe0;

fn prefix(network: Network) -> Hrp {
    Hrp::parse_unchecked(match network {
        Network::Mainnet => "addr",
        Network::Testnet => "addr_test",
    })
}

fn network_id(network: Network) -> u8 {
    u8::from(network == Network::Mainnet)
}

/// The enterprise address of a key.
pub(super) fn of_key(key: &PublicKey, network: Network) -> String {
    of_key_hash(&blake2b_224(&key.0), network)
}

/// The enterprise address of the key with this hash.
pub(super) fn of_key_hash(hash: &[u8; 28], network: Network) -> String {
    let header = ENTERPRISE | network_id(network);
    let bytes = [&[header][..], hash].concat();
    bech32::encode::<Bech32>(prefix(network), &bytes).expect("29 bytes are short enough")
}

/// The bytes of an address of `network`, as they stand in transactions.
///
/// # Errors
/// What is wrong with it, to stand after its name.
pub(super) fn read(text: &str, network: Network) -> Result<Vec<u8>, String> {
    let none = || format!("is {}, which is not an address", described::text(text));
    let Ok(decoded) = bech32::primitives::decode::CheckedHrpstring::new::<Bech32>(text) else {
        // Reading Base58 takes the square of the length, and the length is the sender's choice.
        let short = Some(text).filter(|text| text.len() <= LONGEST_BYRON).ok_or_else(none)?;
        let bytes = base58::decode(short).map_err(|_| none())?;
        return if bytes.first() == Some(&BYRON) { Ok(bytes) } else { Err(none()) };
    };
    let bytes: Vec<u8> = decoded.byte_iter().collect();
    let header = *bytes.first().ok_or_else(none)?;
    if decoded.hrp() != prefix(network) || header & 0x0f != network_id(network) {
        return Err(format!("is an address, but none of {network}"));
    }
    let whole = match header >> 4 {
        // Key or script, with a key or a script for staking.
        0..=3 => bytes.len() == 57,
        // With a pointer of one to eighteen bytes.
        4 | 5 => (30..=47).contains(&bytes.len()),
        6 | 7 => bytes.len() == 29,
        _ => false,
    };
    if whole && header < REWARD { Ok(bytes) } else { Err(none()) }
}

/// The hash of the key that spends what is at an address; nothing where a script does, or in the Byron era.
pub(super) fn payment_key(address: &[u8]) -> Option<&[u8; 28]> {
    let (header, rest) = address.split_first()?;
    let of_key = matches!(header >> 4, 0 | 2 | 4 | 6);
    rest.first_chunk().filter(|_| of_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of CIP-19: type 6 and type 0.
    #[test]
    fn the_examples_of_cip_19() {
        let mut key = [0; 32];
        let digits = "73fea80d424276ad0978d4fe5310e8bc2d485f5f6bb3bf87612989f112ad5a7d";
        hex::decode_to_slice(digits, &mut key).unwrap();
        let enterprise = "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8";
        assert_eq!(of_key(&PublicKey(key), Network::Mainnet), enterprise);
        assert_eq!(read(enterprise, Network::Mainnet).unwrap().len(), 29);
        assert!(read(enterprise, Network::Testnet).is_err());
        let base = "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x";
        let base = read(base, Network::Mainnet).unwrap();
        assert_eq!(base.len(), 57);
        assert_eq!(of_key_hash(payment_key(&base).unwrap(), Network::Mainnet), enterprise);
        let reward = "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw";
        assert!(read(reward, Network::Mainnet).is_err());
        assert!(read(&enterprise.replace('v', "w"), Network::Mainnet).is_err());
        assert!(read("", Network::Mainnet).is_err());
        assert!(read(&"A".repeat(1 << 20), Network::Mainnet).is_err());
        let key = "4".repeat(128);
        assert!(!read(&key, Network::Mainnet).unwrap_err().contains(&key[..64]));
    }
}
