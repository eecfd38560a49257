//! Signed transactions: read, and tied to the account that signed them.

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Transaction, TxEnvelope, Typed2718};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, hex};
use revm::context::TxEnv;

use super::spec::Spec;
use crate::chain::Identity;

/// A transaction whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    /// The transaction itself.
    pub(super) envelope: TxEnvelope,
    /// The account whose key signed it.
    pub(super) sender: Address,
    /// Its hash, which is not the envelope's where the chain has types of its own.
    pub(super) hash: B256,
    /// The token in which its fee is paid, on chains that allow that.
    pub(super) fee_currency: Option<Address>,
}

impl SignedTransaction {
    /// Reads the hex of a broadcast. The errors are those of geth.
    pub(super) fn read(spec: &Spec, text: &str) -> Result<Self, String> {
        let bytes = hex::decode(text)
            .map_err(|error| format!("the transaction is not hex: {error}; send 0x and hex"))?;
        let first = bytes.first().copied().unwrap_or_default();
        if let Some(own) = spec.own_types.iter().find(|own| own.number == first) {
            return (own.read)(&bytes, spec.chain_id);
        }
        let mut rest = match spec.typed_prefix {
            Some(prefix) if first == prefix => &bytes[1..],
            _ => bytes.as_slice(),
        };
        let envelope = TxEnvelope::decode_2718(&mut rest)
            .map_err(|error| format!("the transaction can't be read: {error}"))?;
        if !rest.is_empty() {
            return Err(format!("{} bytes follow the transaction; send it alone", rest.len()));
        }
        if envelope.ty() > 2 {
            return Err(format!("transaction type {} not supported", envelope.ty()));
        }
        match envelope.chain_id() {
            Some(id) if id == spec.chain_id => {}
            Some(id) => {
                return Err(format!(
                    "invalid sender: invalid chain id for signer: have {id} want {}",
                    spec.chain_id
                ));
            }
            None => {
                return Err("only replay-protected (EIP-155) transactions allowed over RPC".into());
            }
        }
        let sender = envelope
            .recover_signer()
            .map_err(|_| "invalid sender: invalid transaction v, r, s values".to_owned())?;
        let hash = *envelope.tx_hash();
        Ok(Self { envelope, sender, hash, fee_currency: None })
    }

    /// Its hash.
    pub(super) fn hash(&self) -> B256 {
        self.hash
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            hash: self.hash().to_string(),
            sender: Some(format!("{:#x}", self.sender)),
            nonce: Some(self.envelope.nonce()),
            inputs: Vec::new(),
        }
    }

    /// As the EVM wants it.
    pub(super) fn environment(&self) -> TxEnv {
        let envelope = &self.envelope;
        if self.fee_currency.is_some() {
            return self.without_fee();
        }
        TxEnv {
            tx_type: envelope.ty(),
            caller: self.sender,
            gas_limit: envelope.gas_limit(),
            gas_price: envelope.max_fee_per_gas(),
            gas_priority_fee: envelope.max_priority_fee_per_gas(),
            kind: envelope.kind(),
            value: envelope.value(),
            data: envelope.input().clone(),
            nonce: envelope.nonce(),
            chain_id: envelope.chain_id(),
            access_list: envelope.access_list().cloned().unwrap_or_default(),
            ..TxEnv::default()
        }
    }
    /// The same for one whose fee is paid in a token, beside the EVM.
    fn without_fee(&self) -> TxEnv {
        let plain = Self { fee_currency: None, ..self.clone() };
        let environment = plain.environment();
        TxEnv { tx_type: 0, gas_price: 0, gas_priority_fee: None, ..environment }
    }
}
