//! Transactions: complete, to be signed, signed.

use bitcoin::consensus::encode;
use bitcoin::{Transaction, TxOut};
use kms_core::{
    Digest, Intent, Network, PendingTransaction, Sequence, SignedTransaction, TransactionHash,
};
use kms_crypto::hash::sha256;
use kms_crypto::{PrivateKey, secp256k1};

use super::draft::Draft;
use super::fee::{self, Payment};
use super::pending::wallets;
use super::sighash::{CASH_HASH_TYPE, Hasher};
use super::spend::{Kind, Origin, Spend, Spendable};
use super::{Scheme, Utxo, intent};
use crate::chain::{Signed, Unsigned};
use crate::error::{PayloadError, SignError};
use crate::signing::SigningKeys;

/// `ALL`
const HASH_TYPE: u8 = 0x01;
/// The longest signature with low S in DER, and its hash type.
const ECDSA_BYTES: usize = 72;

/// A transaction that lacks only its signatures.
pub(super) struct UtxoTransaction {
    tx: Transaction,
    /// One for each input, as the hashes.
    spends: Vec<Spend>,
    hashes: Vec<[u8; 32]>,
    signers: Vec<secp256k1::PublicKey>,
    scheme: Scheme,
    intent: Intent,
}

impl UtxoTransaction {
    pub(super) fn new(
        chain: &Utxo,
        pending: &PendingTransaction,
        network: Network,
        signers: Vec<secp256k1::PublicKey>,
        mut draft: Draft,
    ) -> Result<Self, PayloadError> {
        let fee = fee::remainder(&draft, chain.rules.max_money)?;
        let spendable = Spendable::new(&signers, &draft, chain.rules.segwit);
        let spends = Plan { chain, pending, network, spendable: &spendable }.spends(&mut draft)?;
        let scheme = chain.rules.scheme;
        let payment = Payment {
            fee,
            vsize: vsize(&draft.tx, &spends, scheme),
            is_withdrawal: pending.withdrawal.is_some(),
            spends: &spends,
            draft: &draft,
        };
        payment.check(&chain.rules)?;
        let mut hasher = Hasher::new(&draft, scheme);
        let hashes: Vec<_> =
            spends.iter().enumerate().map(|(number, spend)| hasher.hash(number, spend)).collect();
        check_given(&spends, &hashes)?;
        let intent = intent::intent(chain, network, &draft, &spendable, fee);
        Ok(Self { tx: draft.tx, spends, hashes, signers, scheme, intent })
    }
}

/// What is needed to say how inputs are unlocked, or why one can't be.
struct Plan<'a> {
    chain: &'a Utxo,
    pending: &'a PendingTransaction,
    network: Network,
    spendable: &'a Spendable<'a>,
}

impl Plan<'_> {
    fn spends(&self, draft: &mut Draft) -> Result<Vec<Spend>, PayloadError> {
        let mut spends = Vec::with_capacity(draft.spent.len());
        for (number, spent) in draft.spent.iter().enumerate() {
            let problem = |problem| PayloadError::Part { part: "input", number, problem };
            spends.push(match (&draft.assigned, draft.multisig.remove(&number)) {
                (Some(assigned), _) => self.spendable.spend_by(assigned[number]),
                (None, Some(multisig)) => {
                    let needed = multisig.threshold;
                    self.spendable.spend_multisig(multisig).map_err(|found| {
                        let wallets = wallets(self.pending);
                        problem(format!(
                            "needs {needed} signatures, but with the keys of {wallets} it has {found}"
                        ))
                    })?
                }
                (None, None) => self
                    .spendable
                    .spend(&spent.script_pubkey)
                    .ok_or_else(|| problem(self.no_key(spent)))?,
            });
        }
        Ok(spends)
    }

    fn no_key(&self, spent: &TxOut) -> String {
        let script = &spent.script_pubkey;
        let address = self.chain.prefixes.get(self.network).of_script(script);
        let witness = script.is_p2wpkh() || script.is_p2sh() || script.is_p2tr();
        let known = script.is_p2pkh() || script.is_p2pk() || (self.chain.rules.segwit && witness);
        if known {
            let wallets = wallets(self.pending);
            format!("spends from {address}, which none of the keys of {wallets} fits")
        } else {
            format!("spends from {address}, a kind of script that is not signed here")
        }
    }
}

/// Signatures that came with the payload must be right, too.
fn check_given(spends: &[Spend], hashes: &[[u8; 32]]) -> Result<(), PayloadError> {
    for (number, (spend, hash)) in spends.iter().zip(hashes).enumerate() {
        for origin in &spend.signatures {
            if let Origin::Payload(key, der) = origin
                && !key.verify_der(hash, der)
            {
                let problem = "has a signature that does not verify".to_owned();
                return Err(PayloadError::Part { part: "input", number, problem });
            }
        }
    }
    Ok(())
}

/// The size with the largest signatures.
fn vsize(tx: &Transaction, spends: &[Spend], scheme: Scheme) -> u64 {
    let placeholder = |spend: &Spend| {
        let bytes = match (&spend.kind, scheme) {
            (Kind::Taproot(_), _) => 64,
            (_, Scheme::Cash) => 65,
            (_, Scheme::Ecdsa) => ECDSA_BYTES,
        };
        vec![vec![0; bytes]; spend.signatures.len()]
    };
    let mut tx = tx.clone();
    for (input, spend) in tx.input.iter_mut().zip(spends) {
        (input.script_sig, input.witness) = spend.kind.unlock(placeholder(spend));
    }
    tx.vsize() as u64
}

impl Unsigned for UtxoTransaction {
    fn intent(&self) -> Intent {
        self.intent.clone()
    }

    /// SHA-256 over the hashes of all inputs, in their order.
    fn digest(&self) -> Digest {
        Digest(sha256(&self.hashes.concat()))
    }

    /// Inputs are fixed: two transactions with the same ones exclude each other.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let keys = self.check_keys(keys)?;
        let mut tx = self.tx.clone();
        for ((input, spend), hash) in tx.input.iter_mut().zip(&self.spends).zip(&self.hashes) {
            let mut signatures = Vec::with_capacity(spend.signatures.len() + 2);
            for origin in &spend.signatures {
                signatures.push(match origin {
                    Origin::Payload(_, der) => [&der[..], &[HASH_TYPE]].concat(),
                    Origin::Signer(place) => self.signature(keys[*place], hash, &spend.kind)?,
                });
            }
            (input.script_sig, input.witness) = spend.kind.unlock(signatures);
        }
        Ok(Box::new(SignedTransaction {
            data: encode::serialize_hex(&tx),
            hash: TransactionHash(tx.compute_txid().to_string()),
        }))
    }
}

impl UtxoTransaction {
    fn check_keys<'a>(
        &self,
        keys: &'a SigningKeys,
    ) -> Result<Vec<&'a secp256k1::PrivateKey>, SignError> {
        let keys: Vec<_> =
            keys.all().iter().map(PrivateKey::secp256k1).collect::<Result<_, _>>()?;
        if keys.len() != self.signers.len() {
            return Err(SignError::KeyCount { expected: self.signers.len(), found: keys.len() });
        }
        if keys.iter().zip(&self.signers).any(|(key, signer)| key.public() != *signer) {
            return Err(SignError::OtherKey);
        }
        Ok(keys)
    }

    /// A verified signature in the form in which the input has it.
    fn signature(
        &self,
        key: &secp256k1::PrivateKey,
        hash: &[u8; 32],
        kind: &Kind,
    ) -> Result<Vec<u8>, SignError> {
        let (mut signature, hash_type) = match (kind, self.scheme) {
            // SIGHASH_DEFAULT, which has no byte of its own.
            (Kind::Taproot(tweak), _) => return Ok(key.sign_taproot(hash, *tweak)?.to_vec()),
            (_, Scheme::Cash) => (key.sign_cash_schnorr(hash)?.to_vec(), CASH_HASH_TYPE),
            (_, Scheme::Ecdsa) => (key.sign_digest_der(hash)?, HASH_TYPE),
        };
        signature.push(hash_type);
        Ok(signature)
    }
}
