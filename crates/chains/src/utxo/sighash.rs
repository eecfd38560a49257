//! The hash of an input, over which its signatures are made. The hash type is always `ALL`.

use bitcoin::hashes::Hash as _;
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::{Amount, Script, Transaction, TxOut};
use kms_crypto::hash::sha256d;

use super::Scheme;
use super::draft::Draft;
use super::multisig::Wrapping;
use super::spend::{Kind, Spend};

/// `ALL|FORKID`
pub(super) const CASH_HASH_TYPE: u8 = 0x41;

/// Computes the hashes of one transaction; what its inputs share is hashed once.
pub(super) struct Hasher<'a> {
    cache: SighashCache<&'a Transaction>,
    spent: &'a [TxOut],
    scheme: Scheme,
}

impl<'a> Hasher<'a> {
    pub(super) fn new(draft: &'a Draft, scheme: Scheme) -> Self {
        Self { cache: SighashCache::new(&draft.tx), spent: &draft.spent, scheme }
    }

    /// The hash of the input with this number.
    pub(super) fn hash(&mut self, number: usize, spend: &Spend) -> [u8; 32] {
        let spent: &'a TxOut = &self.spent[number];
        let (script, value) = (&*spent.script_pubkey, spent.value);
        match &spend.kind {
            _ if self.scheme == Scheme::Cash => self.cash(number, script, value),
            Kind::P2pk | Kind::P2pkh { .. } => self.legacy(number, script),
            Kind::P2wpkh { .. } => self.witness_key(number, script, value),
            Kind::P2shP2wpkh { program, .. } => self.witness_key(number, program, value),
            Kind::Multisig(multisig) => match multisig.wrapping {
                Wrapping::P2sh => self.legacy(number, &multisig.redeem),
                Wrapping::P2wsh | Wrapping::P2shP2wsh => {
                    self.witness_script(number, &multisig.redeem, value)
                }
            },
            Kind::Taproot(_) => self.taproot(number),
        }
    }

    fn legacy(&self, number: usize, script: &Script) -> [u8; 32] {
        let hash_type = EcdsaSighashType::All.to_u32();
        let hash = self.cache.legacy_signature_hash(number, script, hash_type);
        hash.expect(IN_RANGE).to_byte_array()
    }

    fn witness_key(&mut self, number: usize, program: &Script, value: Amount) -> [u8; 32] {
        let all = EcdsaSighashType::All;
        let hash = self.cache.p2wpkh_signature_hash(number, program, value, all);
        hash.expect("the input is in range and its program is P2WPKH").to_byte_array()
    }

    fn witness_script(&mut self, number: usize, script: &Script, value: Amount) -> [u8; 32] {
        let all = EcdsaSighashType::All;
        let hash = self.cache.p2wsh_signature_hash(number, script, value, all);
        hash.expect(IN_RANGE).to_byte_array()
    }

    fn taproot(&mut self, number: usize) -> [u8; 32] {
        let prevouts = Prevouts::All(self.spent);
        let default = TapSighashType::Default;
        let hash = self.cache.taproot_key_spend_signature_hash(number, &prevouts, default);
        hash.expect("the input is in range and every spent output is known").to_byte_array()
    }

    /// BIP-143 with another hash type: the last four bytes of what is hashed.
    fn cash(&mut self, number: usize, script: &Script, value: Amount) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(256);
        let all = EcdsaSighashType::All;
        let written =
            self.cache.segwit_v0_encode_signing_data_to(&mut bytes, number, script, value, all);
        written.expect(IN_RANGE);
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&u32::from(CASH_HASH_TYPE).to_le_bytes());
        sha256d(&bytes)
    }
}

const IN_RANGE: &str = "the inputs are numbered from the transaction itself";
