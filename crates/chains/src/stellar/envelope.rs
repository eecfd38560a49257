//! The envelope of a transaction, read strictly and written back as it came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_core::Payload;
use stellar_xdr::{
    DecoratedSignature, FeeBumpTransactionInnerTx, Limits, MuxedAccount, Operation, Preconditions,
    ReadXdr as _, Signature, SignatureHint, TimeBounds, TransactionEnvelope, VecM, WriteXdr as _,
};

use crate::error::PayloadError;

/// Deeper than any value that the network takes, and far from the end of the stack.
const DEPTH: u32 = 200;
/// No transaction is as long.
const MAX_BYTES: usize = 1 << 20;
const FIELD: &str = "serializedTransaction";

/// What signatures stand behind: at most 20.
type Signatures = VecM<DecoratedSignature, 20>;

/// An envelope, and what all kinds of it have.
pub(super) struct Envelope(TransactionEnvelope);

fn problem(problem: impl Into<String>) -> PayloadError {
    PayloadError::Field { field: FIELD, problem: problem.into() }
}

impl Envelope {
    /// # Errors
    /// It is damaged, cut short or followed by something, or not in the one form that its content has.
    pub(super) fn read(payload: &Payload) -> Result<Self, PayloadError> {
        let bytes = STANDARD
            .decode(payload.expose_secret())
            .map_err(|_| problem("is not Base64 with padding, or it is damaged"))?;
        let limits = Limits { depth: DEPTH, len: MAX_BYTES };
        let envelope = TransactionEnvelope::from_xdr(&bytes, limits).map_err(|_| {
            problem("is no transaction envelope in XDR: it is damaged, cut short or too long")
        })?;
        let envelope = Self(envelope);
        if envelope.to_bytes() != bytes {
            return Err(problem("is not in the canonical form of XDR"));
        }
        if envelope.operations().is_empty() {
            return Err(problem("has no operation; there is nothing to sign"));
        }
        Ok(envelope)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let limits = Limits { depth: DEPTH, len: 2 * MAX_BYTES };
        self.0.to_xdr(limits).expect("what was read can be written")
    }

    /// The envelope with one signature more, in Base64.
    pub(super) fn with_signature(&self, public: &[u8; 32], signature: &[u8; 64]) -> String {
        let mut signed = Self(self.0.clone());
        let mut signatures = signed.signatures().to_vec();
        signatures.push(DecoratedSignature {
            hint: SignatureHint(hint(public)),
            signature: Signature(signature.to_vec().try_into().expect("64 bytes fit")),
        });
        let signatures = signatures.try_into().expect("the room for one more was checked");
        match &mut signed.0 {
            TransactionEnvelope::TxV0(envelope) => envelope.signatures = signatures,
            TransactionEnvelope::Tx(envelope) => envelope.signatures = signatures,
            TransactionEnvelope::TxFeeBump(envelope) => envelope.signatures = signatures,
        }
        STANDARD.encode(signed.to_bytes())
    }

    /// What is signed. An envelope of version 0 is hashed as if it were of version 1.
    pub(super) fn hash(&self, network_id: [u8; 32]) -> [u8; 32] {
        self.0.hash(network_id).expect("what was read can be written")
    }

    /// Refuses an envelope that has no room for a signature, or has this key's already.
    pub(super) fn check_signatures(
        &self,
        public: &kms_crypto::ed25519::PublicKey,
        hash: &[u8; 32],
    ) -> Result<(), PayloadError> {
        let signatures = self.signatures();
        if signatures.len() == signatures.max_len() {
            return Err(problem("has 20 signatures already, which is the most that fit"));
        }
        let by_key = |one: &&DecoratedSignature| {
            let signature = one.signature.as_slice().try_into();
            signature.is_ok_and(|signature| public.verify(hash, signature))
        };
        match signatures.iter().find(by_key) {
            Some(_) => Err(problem("is signed by this key already; the network takes no two")),
            None => Ok(()),
        }
    }

    fn signatures(&self) -> &Signatures {
        match &self.0 {
            TransactionEnvelope::TxV0(envelope) => &envelope.signatures,
            TransactionEnvelope::Tx(envelope) => &envelope.signatures,
            TransactionEnvelope::TxFeeBump(envelope) => &envelope.signatures,
        }
    }

    pub(super) fn operations(&self) -> &[Operation] {
        match &self.0 {
            TransactionEnvelope::TxV0(envelope) => &envelope.tx.operations,
            TransactionEnvelope::Tx(envelope) => &envelope.tx.operations,
            TransactionEnvelope::TxFeeBump(envelope) => &inner(envelope).operations,
        }
    }

    pub(super) fn memo(&self) -> &stellar_xdr::Memo {
        match &self.0 {
            TransactionEnvelope::TxV0(envelope) => &envelope.tx.memo,
            TransactionEnvelope::Tx(envelope) => &envelope.tx.memo,
            TransactionEnvelope::TxFeeBump(envelope) => &inner(envelope).memo,
        }
    }

    /// Whose sequence the transaction uses, and its number.
    pub(super) fn source(&self) -> (MuxedAccount, i64) {
        match &self.0 {
            TransactionEnvelope::TxV0(envelope) => {
                let key = envelope.tx.source_account_ed25519.clone();
                (MuxedAccount::Ed25519(key), envelope.tx.seq_num.0)
            }
            TransactionEnvelope::Tx(envelope) => {
                (envelope.tx.source_account.clone(), envelope.tx.seq_num.0)
            }
            TransactionEnvelope::TxFeeBump(envelope) => {
                let tx = inner(envelope);
                (tx.source_account.clone(), tx.seq_num.0)
            }
        }
    }

    /// Who pays the fee, where that is another than the source, and the most it can be in stroops.
    pub(super) fn fee(&self) -> (Option<&MuxedAccount>, i64) {
        match &self.0 {
            TransactionEnvelope::TxV0(envelope) => (None, envelope.tx.fee.into()),
            TransactionEnvelope::Tx(envelope) => (None, envelope.tx.fee.into()),
            TransactionEnvelope::TxFeeBump(envelope) => {
                (Some(&envelope.tx.fee_source), envelope.tx.fee)
            }
        }
    }

    /// The last second in which the network takes it.
    pub(super) fn valid_until(&self) -> Option<u64> {
        let of = |conditions: &Preconditions| match conditions {
            Preconditions::None => None,
            Preconditions::Time(bounds) => Some(bounds.clone()),
            Preconditions::V2(conditions) => conditions.time_bounds.clone(),
        };
        let bounds: Option<TimeBounds> = match &self.0 {
            TransactionEnvelope::TxV0(envelope) => envelope.tx.time_bounds.clone(),
            TransactionEnvelope::Tx(envelope) => of(&envelope.tx.cond),
            TransactionEnvelope::TxFeeBump(envelope) => of(&inner(envelope).cond),
        };
        bounds.map(|bounds| bounds.max_time.0).filter(|time| *time != 0)
    }
}

fn inner(envelope: &stellar_xdr::FeeBumpTransactionEnvelope) -> &stellar_xdr::Transaction {
    let FeeBumpTransactionInnerTx::Tx(inner) = &envelope.tx.inner_tx;
    &inner.tx
}

/// The last four bytes of a key, by which its signature is found.
fn hint(public: &[u8; 32]) -> [u8; 4] {
    [public[28], public[29], public[30], public[31]]
}
