//! Addresses: how a script is written for people.

use bech32::{Fe32, Hrp, segwit};
use bitcoin::script::Script;
use bitcoin::{base58, opcodes};
use kms_crypto::hash::hash160;
use kms_crypto::secp256k1::PublicKey;

use super::{OwnAddress, cashaddr};

/// What addresses of a chain begin with on one network.
#[derive(Clone, Copy)]
pub(super) enum Prefixes {
    /// Version bytes of Base58Check, and the human-readable part of Bech32 (BIP-173, BIP-350).
    Base58 { p2pkh: u8, p2sh: u8, segwit: Option<&'static str> },
    /// The prefix of CashAddr.
    Cash(&'static str),
}

/// What an address holds.
enum Hash {
    Key([u8; 20]),
    WitnessKey([u8; 20]),
    /// Of a script, or a key of taproot.
    Script,
}

/// The most characters of 25 bytes in Base58.
const LONGEST_BASE58: usize = 35;
/// The most bytes of a script that are shown where it has no address.
const SHOWN_BYTES: usize = 40;

impl Prefixes {
    /// The address of a key.
    pub(super) fn of_key(&self, key: &PublicKey, kind: OwnAddress) -> String {
        match kind {
            OwnAddress::KeyHash => self.key_hash(&hash160(&key.to_script_form())),
            OwnAddress::WitnessKeyHash if key.is_compressed() => {
                let program = hash160(&key.to_compressed());
                self.witness(0, &program).unwrap_or_else(|| self.key_hash(&program))
            }
            // A witness program has room for compressed keys only (BIP-143).
            OwnAddress::WitnessKeyHash => self.key_hash(&hash160(&key.to_uncompressed())),
        }
    }

    /// The address that a script pays; a script without one is shown as it is.
    pub(super) fn of_script(&self, script: &Script) -> String {
        self.find(script).unwrap_or_else(|| {
            let bytes = script.as_bytes();
            let shown = &bytes[..bytes.len().min(SHOWN_BYTES)];
            let more = if bytes.len() > SHOWN_BYTES { "…" } else { "" };
            format!("script {}{more}", hex::encode(shown))
        })
    }

    /// How [`of_key`](Self::of_key) writes the addresses of the key that `text` is an address of.
    ///
    /// # Errors
    /// What the text is instead, to stand before the name of the chain.
    pub(super) fn spellings(
        &self,
        text: &str,
        kind: OwnAddress,
    ) -> Result<Vec<String>, &'static str> {
        let hash = self.read(text).ok_or("is not one")?;
        match (hash, kind) {
            (Hash::Script, _) => Err("is not one of a key, but of a script"),
            (Hash::Key(hash) | Hash::WitnessKey(hash), OwnAddress::KeyHash) => {
                Ok(vec![self.key_hash(&hash)])
            }
            (Hash::WitnessKey(hash), OwnAddress::WitnessKeyHash) => {
                Ok(self.witness(0, &hash).into_iter().collect())
            }
            // The hash does not tell whether the key is compressed, as witness programs have it.
            (Hash::Key(hash), OwnAddress::WitnessKeyHash) => {
                Ok(self.witness(0, &hash).into_iter().chain([self.key_hash(&hash)]).collect())
            }
        }
    }

    fn read(&self, text: &str) -> Option<Hash> {
        match self {
            Self::Base58 { p2pkh, p2sh, segwit } => {
                if let Ok((prefix, version, program)) = segwit::decode(text) {
                    let own = segwit.is_some_and(|own| own.eq_ignore_ascii_case(prefix.as_str()));
                    let key = program.try_into().ok().filter(|_| version == Fe32::Q);
                    return own.then(|| key.map_or(Hash::Script, Hash::WitnessKey));
                }
                // Reading Base58 takes the square of the length.
                let short = Some(text).filter(|text| text.len() <= LONGEST_BASE58)?;
                let bytes = base58::decode_check(short).ok()?;
                let (version, hash) = bytes.split_first()?;
                let hash = hash.try_into().ok()?;
                match *version {
                    version if version == *p2pkh => Some(Hash::Key(hash)),
                    version if version == *p2sh => Some(Hash::Script),
                    _ => None,
                }
            }
            Self::Cash(prefix) => {
                let (version, hash) = cashaddr::decode(prefix, text)?;
                let key = hash.try_into().ok().filter(|_| version == 0);
                Some(key.map_or(Hash::Script, Hash::Key))
            }
        }
    }

    fn find(&self, script: &Script) -> Option<String> {
        let bytes = script.as_bytes();
        if script.is_p2pkh() {
            return Some(self.key_hash(&bytes[3..23]));
        }
        if script.is_p2sh() {
            return Some(self.script_hash(&bytes[2..22]));
        }
        if let (Self::Cash(prefix), true) = (self, is_p2sh32(bytes)) {
            return Some(cashaddr::encode(prefix, 0x0b, &bytes[2..34]));
        }
        let version = script.witness_version()?.to_num();
        self.witness(version, &bytes[2..])
    }

    fn key_hash(&self, hash: &[u8]) -> String {
        match self {
            Self::Base58 { p2pkh, .. } => base58_check(*p2pkh, hash),
            Self::Cash(prefix) => cashaddr::encode(prefix, 0, hash),
        }
    }

    fn script_hash(&self, hash: &[u8]) -> String {
        match self {
            Self::Base58 { p2sh, .. } => base58_check(*p2sh, hash),
            Self::Cash(prefix) => cashaddr::encode(prefix, 8, hash),
        }
    }

    fn witness(&self, version: u8, program: &[u8]) -> Option<String> {
        let Self::Base58 { segwit: Some(prefix), .. } = self else { return None };
        let prefix = Hrp::parse(prefix).expect("the prefixes of the chains are valid");
        segwit::encode(prefix, Fe32::try_from(version).ok()?, program).ok()
    }
}

/// `OP_HASH256 <32 bytes> OP_EQUAL`, Bitcoin Cash's longer form of P2SH.
fn is_p2sh32(bytes: &[u8]) -> bool {
    use opcodes::all::{OP_EQUAL, OP_HASH256, OP_PUSHBYTES_32};
    bytes.len() == 35
        && bytes[..2] == [OP_HASH256.to_u8(), OP_PUSHBYTES_32.to_u8()]
        && bytes[34] == OP_EQUAL.to_u8()
}

fn base58_check(version: u8, hash: &[u8]) -> String {
    base58::encode_check(&[&[version], hash].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitcoin::ScriptBuf;

    const BITCOIN: Prefixes = Prefixes::Base58 { p2pkh: 0, p2sh: 5, segwit: Some("bc") };

    /// Examples of BIP-173, BIP-350 and BIP-341.
    #[test]
    fn scripts_have_their_published_addresses() {
        for (script, address) in [
            (
                "0014751e76e8199196d454941c45d1b3a323f1433bd6",
                "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            ),
            (
                "512053a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343",
                "bc1p2wsldez5mud2yam29q22wgfh9439spgduvct83k3pm50fcxa5dps59h4z5",
            ),
            ("6a026869", "script 6a026869"),
        ] {
            let script = ScriptBuf::from_hex(script).unwrap();
            assert_eq!(BITCOIN.of_script(&script), address);
        }
    }

    #[test]
    fn a_key_is_found_by_any_of_its_addresses() {
        // Both of the hash 751e76e8…, the first example of BIP-173.
        let (legacy, witness) =
            ("1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
        let own = |text: &str, kind| BITCOIN.spellings(text, kind);
        assert_eq!(own(&witness.to_uppercase(), OwnAddress::WitnessKeyHash).unwrap(), [witness]);
        assert_eq!(own(legacy, OwnAddress::WitnessKeyHash).unwrap(), [witness, legacy]);
        assert_eq!(own(witness, OwnAddress::KeyHash).unwrap(), [legacy]);
        for script in [
            "3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN",
            "bc1p2wsldez5mud2yam29q22wgfh9439spgduvct83k3pm50fcxa5dps59h4z5",
        ] {
            assert!(own(script, OwnAddress::KeyHash).unwrap_err().contains("script"), "{script}");
        }
        for bad in ["", &legacy.to_lowercase(), "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"] {
            assert_eq!(own(bad, OwnAddress::KeyHash).err(), Some("is not one"), "{bad}");
        }
    }
}
