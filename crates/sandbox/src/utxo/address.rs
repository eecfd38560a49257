//! Addresses of the test networks, and the scripts they stand for.

use bech32::{Fe32, Hrp, segwit};
use bitcoin::hashes::Hash as _;
use bitcoin::{PubkeyHash, Script, ScriptBuf, ScriptHash, WitnessProgram, WitnessVersion, base58};

use super::cashaddr;
use super::spec::Spec;
use crate::error::ApiError;

/// The type bits of a CashAddr version byte, with and without tokens.
const CASH_P2PKH: [u8; 2] = [0, 16];
const CASH_P2SH: [u8; 2] = [8, 24];

/// The script an address stands for.
pub(super) fn read(spec: &Spec, address: &str) -> Result<ScriptBuf, ApiError> {
    from_base58(spec, address)
        .or_else(|| from_bech32(spec, address))
        .or_else(|| from_cashaddr(spec, address))
        .ok_or_else(|| {
            let reason =
                format!("it is no address of {} on the test network; copy it again", spec.ticker);
            ApiError::invalid("address", address.into(), reason)
        })
}

fn from_base58(spec: &Spec, address: &str) -> Option<ScriptBuf> {
    let bytes = base58::decode_check(address).ok()?;
    let (version, hash) = bytes.split_first()?;
    let hash: [u8; 20] = hash.try_into().ok()?;
    if *version == spec.p2pkh {
        return Some(p2pkh(hash));
    }
    spec.p2sh.contains(version).then(|| p2sh(hash))
}

fn from_bech32(spec: &Spec, address: &str) -> Option<ScriptBuf> {
    let (hrp, version, program) = segwit::decode(address).ok()?;
    if !spec.hrp.contains(&hrp.to_lowercase().as_str()) {
        return None;
    }
    let version = WitnessVersion::try_from(version.to_u8()).ok()?;
    let program = WitnessProgram::new(version, &program).ok()?;
    Some(ScriptBuf::new_witness_program(&program))
}

fn from_cashaddr(spec: &Spec, address: &str) -> Option<ScriptBuf> {
    let (version, hash) = cashaddr::decode(spec.cashaddr?, address)?;
    if CASH_P2PKH.contains(&version) {
        return Some(p2pkh(hash));
    }
    CASH_P2SH.contains(&version).then(|| p2sh(hash))
}

/// The address that stands for a script; none for a bare script.
pub(super) fn write(spec: &Spec, script: &Script) -> Option<String> {
    if let Some(version) = script.witness_version() {
        let hrp = Hrp::parse(spec.hrp.first()?).ok()?;
        let version = Fe32::try_from(version.to_num()).ok()?;
        return segwit::encode(hrp, version, &script.as_bytes()[2..]).ok();
    }
    let bytes = script.as_bytes();
    let (base58_version, cash_version, hash) = if script.is_p2pkh() {
        (spec.p2pkh, CASH_P2PKH[0], &bytes[3..23])
    } else if script.is_p2sh() {
        (*spec.p2sh.first()?, CASH_P2SH[0], &bytes[2..22])
    } else {
        return None;
    };
    Some(match spec.cashaddr {
        Some(prefix) => cashaddr::encode(prefix, cash_version, hash.try_into().ok()?),
        None => base58::encode_check(&[&[base58_version], hash].concat()),
    })
}

fn p2pkh(hash: [u8; 20]) -> ScriptBuf {
    ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash))
}

fn p2sh(hash: [u8; 20]) -> ScriptBuf {
    ScriptBuf::new_p2sh(&ScriptHash::from_byte_array(hash))
}

#[cfg(test)]
mod tests {
    use super::super::spec::{BITCOIN, BITCOIN_CASH, DOGECOIN, LITECOIN};
    use super::*;

    const PROGRAM: &str = "751e76e8199196d454941c45d1b3a323f1433bd6";

    #[test]
    fn every_kind_round_trips_on_its_chain() {
        let hash = [7; 20];
        let program = |version, bytes: &[u8]| {
            ScriptBuf::new_witness_program(&WitnessProgram::new(version, bytes).unwrap())
        };
        let (v0, v1) = (program(WitnessVersion::V0, &hash), program(WitnessVersion::V1, &[9; 32]));
        for (spec, scripts) in [
            (&BITCOIN, vec![p2pkh(hash), p2sh(hash), v0.clone(), v1.clone()]),
            (&LITECOIN, vec![p2pkh(hash), p2sh(hash), v0.clone(), v1]),
            (&DOGECOIN, vec![p2pkh(hash), p2sh(hash)]),
            (&BITCOIN_CASH, vec![p2pkh(hash), p2sh(hash)]),
        ] {
            for script in scripts {
                let address = write(spec, &script).unwrap();
                assert_eq!(read(spec, &address).unwrap(), script, "{address}");
            }
        }
        assert_eq!(write(&DOGECOIN, &v0), None);
        assert_eq!(write(&BITCOIN, Script::new()), None);
    }

    #[test]
    fn addresses_look_as_on_the_test_networks() {
        let hash: [u8; 20] = hex::decode(PROGRAM).unwrap().try_into().unwrap();
        let v0 = ScriptBuf::new_witness_program(
            &WitnessProgram::new(WitnessVersion::V0, &hash).unwrap(),
        );
        // The address is from BIP-173.
        assert_eq!(write(&BITCOIN, &v0).unwrap(), "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx");
        for (spec, start) in [(&LITECOIN, "m"), (&DOGECOIN, "n"), (&BITCOIN_CASH, "bchtest:q")] {
            let address = write(spec, &p2pkh(hash)).unwrap();
            assert!(address.starts_with(start), "{address}");
        }
    }

    #[test]
    fn addresses_of_other_networks_are_refused() {
        for address in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
            "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0",
            "",
            "nonsense",
        ] {
            assert!(read(&BITCOIN, address).is_err(), "{address}");
        }
        assert!(read(&DOGECOIN, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx").is_err());
    }
}
