//! Which keys unlock which input, and how.

use std::collections::HashMap;

use bitcoin::hashes::Hash as _;
use bitcoin::opcodes::all::OP_CHECKSIG;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::{
    PubkeyHash, Script, ScriptBuf, WPubkeyHash, Witness, WitnessProgram, WitnessVersion,
};
use kms_crypto::hash::hash160;
use kms_crypto::secp256k1::PublicKey;
use kms_crypto::taproot::Tweak;

use super::draft::Draft;
use super::multisig::{Multisig, Wrapping, push_bytes};

/// What an input asks for.
pub(super) enum Kind {
    P2pk,
    P2pkh { key: Vec<u8> },
    P2wpkh { key: Vec<u8> },
    P2shP2wpkh { key: Vec<u8>, program: ScriptBuf },
    Taproot(Tweak),
    Multisig(Multisig),
}

/// How an input will be unlocked.
pub(super) struct Spend {
    pub(super) kind: Kind,
    /// Who makes its signatures, in the order in which they are written.
    pub(super) signatures: Vec<Origin>,
}

/// Where a signature comes from.
pub(super) enum Origin {
    /// The signer with this place in the list.
    Signer(usize),
    /// The payload: a key and its DER signature, verified when the hash of the input is known.
    Payload(PublicKey, Vec<u8>),
}

/// The scripts that the signers can spend alone.
pub(super) struct Spendable<'a> {
    signers: &'a [PublicKey],
    by_script: HashMap<ScriptBuf, (usize, Form)>,
}

/// The kinds of script that one key spends.
#[derive(Clone, Copy)]
enum Form {
    P2pk,
    P2pkh,
    P2wpkh,
    P2shP2wpkh,
    Taproot(Tweak),
}

impl<'a> Spendable<'a> {
    /// The scripts of `signers`; those with witnesses only on chains that have them, and taproot, whose
    /// keys cost something to compute, only where the draft spends or pays it.
    pub(super) fn new(signers: &'a [PublicKey], draft: &Draft, segwit: bool) -> Self {
        let mut outputs = draft.spent.iter().chain(&draft.tx.output);
        let taproot = segwit && outputs.any(|output| output.script_pubkey.is_p2tr());
        let mut by_script = HashMap::new();
        for (place, key) in signers.iter().enumerate() {
            for (form, script) in forms(key, segwit, taproot) {
                by_script.entry(script).or_insert((place, form));
            }
        }
        Self { signers, by_script }
    }

    /// Whether one of the signers can spend `script` alone.
    pub(super) fn contains(&self, script: &Script) -> bool {
        self.by_script.contains_key(script)
    }

    /// How an input that spends `script` is unlocked; nothing if no key fits.
    pub(super) fn spend(&self, script: &Script) -> Option<Spend> {
        let (place, form) = *self.by_script.get(script)?;
        Some(Spend { kind: form.of(&self.signers[place]), signatures: vec![Origin::Signer(place)] })
    }

    /// As [`spend`](Self::spend), where it is known which signer the input belongs to.
    pub(super) fn spend_by(&self, place: usize) -> Spend {
        let kind = Kind::P2pkh { key: self.signers[place].to_script_form() };
        Spend { kind, signatures: vec![Origin::Signer(place)] }
    }

    /// As [`spend`](Self::spend), for an input that needs several keys: what the payload has is kept, and
    /// the signers add theirs in their order until there are enough.
    ///
    /// # Errors
    /// How many signatures there are, if they are too few.
    pub(super) fn spend_multisig(&self, multisig: Multisig) -> Result<Spend, usize> {
        let threshold = usize::from(multisig.threshold);
        let mut origins: HashMap<usize, Origin> = HashMap::new();
        for (place, (key, signature)) in multisig.keys.iter().enumerate() {
            if let Some(der) = signature.as_ref().filter(|_| origins.len() < threshold) {
                origins.insert(place, Origin::Payload(*key, der.clone()));
            }
        }
        for (signer, key) in self.signers.iter().enumerate() {
            let place = multisig.keys.iter().position(|(own, _)| own == key);
            if let Some(place) = place.filter(|_| origins.len() < threshold) {
                origins.entry(place).or_insert(Origin::Signer(signer));
            }
        }
        if origins.len() < threshold {
            return Err(origins.len());
        }
        let places = 0..multisig.keys.len();
        let signatures = places.filter_map(|place| origins.remove(&place)).collect();
        Ok(Spend { kind: Kind::Multisig(multisig), signatures })
    }
}

impl Form {
    fn of(self, key: &PublicKey) -> Kind {
        let bytes = key.to_script_form();
        match self {
            Self::P2pk => Kind::P2pk,
            Self::P2pkh => Kind::P2pkh { key: bytes },
            Self::P2wpkh => Kind::P2wpkh { key: bytes },
            Self::P2shP2wpkh => Kind::P2shP2wpkh { program: witness_key_hash(&bytes), key: bytes },
            Self::Taproot(tweak) => Kind::Taproot(tweak),
        }
    }
}

fn forms(key: &PublicKey, segwit: bool, taproot: bool) -> Vec<(Form, ScriptBuf)> {
    let bytes = key.to_script_form();
    let mut forms = vec![(Form::P2pkh, key_hash(&bytes)), (Form::P2pk, pay_to_key(&bytes))];
    // Witness programs have room for compressed keys only (BIP-143).
    if segwit && key.is_compressed() {
        let program = witness_key_hash(&bytes);
        forms.push((Form::P2shP2wpkh, program.to_p2sh()));
        forms.push((Form::P2wpkh, program));
    }
    if taproot {
        for tweak in [Tweak::EmptyTree, Tweak::None] {
            let program = WitnessProgram::new(WitnessVersion::V1, &key.taproot_output(tweak))
                .expect("32 bytes are a program of version 1");
            forms.push((Form::Taproot(tweak), ScriptBuf::new_witness_program(&program)));
        }
    }
    forms
}

/// `OP_DUP OP_HASH160 <hash> OP_EQUALVERIFY OP_CHECKSIG`
pub(super) fn key_hash(key: &[u8]) -> ScriptBuf {
    ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash160(key)))
}

fn witness_key_hash(key: &[u8]) -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array(hash160(key)))
}

fn pay_to_key(key: &[u8]) -> ScriptBuf {
    let key: PushBytesBuf = push_bytes(key.to_vec());
    Builder::new().push_slice(key).push_opcode(OP_CHECKSIG).into_script()
}

impl Kind {
    /// The unlocking script and the witness, with the signatures in their order.
    pub(super) fn unlock(&self, mut signatures: Vec<Vec<u8>>) -> (ScriptBuf, Witness) {
        match self {
            Self::P2pk => (pushes(signatures), Witness::new()),
            Self::P2pkh { key } => {
                signatures.push(key.clone());
                (pushes(signatures), Witness::new())
            }
            Self::P2wpkh { key } => {
                signatures.push(key.clone());
                (ScriptBuf::new(), Witness::from_slice(&signatures))
            }
            Self::P2shP2wpkh { key, program } => {
                signatures.push(key.clone());
                (pushes(vec![program.to_bytes()]), Witness::from_slice(&signatures))
            }
            Self::Taproot(_) => (ScriptBuf::new(), Witness::from_slice(&signatures)),
            Self::Multisig(multisig) => multisig.unlock(signatures),
        }
    }
}

impl Multisig {
    fn unlock(&self, mut items: Vec<Vec<u8>>) -> (ScriptBuf, Witness) {
        // The opcode takes one item more than it uses.
        items.insert(0, Vec::new());
        items.push(self.redeem.to_bytes());
        match self.wrapping {
            Wrapping::P2sh => (pushes(items), Witness::new()),
            Wrapping::P2wsh => (ScriptBuf::new(), Witness::from_slice(&items)),
            Wrapping::P2shP2wsh => {
                (pushes(vec![self.redeem.to_p2wsh().to_bytes()]), Witness::from_slice(&items))
            }
        }
    }
}

fn pushes(items: Vec<Vec<u8>>) -> ScriptBuf {
    let push = |script: Builder, item| script.push_slice(push_bytes(item));
    items.into_iter().fold(Builder::new(), push).into_script()
}
