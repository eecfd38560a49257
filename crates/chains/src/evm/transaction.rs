//! Transactions: complete, to be signed, signed.

use alloy_consensus::transaction::RlpEcdsaEncodableTx;
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxLegacy};
use alloy_primitives::{Address as AlloyAddress, Signature as AlloySignature, TxKind, U256};
use alloy_rlp::Header;
use kms_core::{Digest, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::hash::keccak256;
use kms_crypto::secp256k1;

use super::address::Address;
use super::intent::Account;
use super::payload::{Call, Kind, Request};
use super::{Evm, Rules};
use crate::chain::{Signed, Unsigned};
use crate::error::{PayloadError, SignError};
use crate::keys::SigningKeys;

/// What the payload left open, filled in.
pub(super) struct Filled {
    pub(super) chain_id: u64,
    pub(super) nonce: u64,
    pub(super) gas: u64,
    pub(super) fees: Fees,
    pub(super) from: Address,
}

/// What a unit of gas may cost, in base units.
#[derive(Clone, Copy)]
pub(super) enum Fees {
    /// A fixed price.
    Price(u128),
    /// EIP-1559.
    Dynamic { max: u128, priority: u128 },
}

impl Fees {
    /// The most that a unit of gas can cost.
    pub(super) fn highest(self) -> u128 {
        match self {
            Self::Price(price) => price,
            Self::Dynamic { max, .. } => max,
        }
    }

    /// The part for the block's producer; all of a fixed price.
    pub(super) fn priority(self) -> u128 {
        match self {
            Self::Price(price) => price,
            Self::Dynamic { priority, .. } => priority,
        }
    }
}

/// How a type of transaction is written.
pub(super) trait Envelope: Send + Sync {
    /// The bytes whose Keccak-256 is signed.
    fn signing_bytes(&self) -> Vec<u8>;

    /// The bytes that are sent, and the bytes whose Keccak-256 is the transaction's hash.
    fn assemble(&self, signature: &secp256k1::Signature) -> Assembled;
}

/// A signed transaction as bytes.
pub(super) struct Assembled {
    pub(super) raw: Vec<u8>,
    pub(super) hash: [u8; 32],
}

/// The types of transaction that a chain has of its own.
#[derive(Clone, Copy)]
pub(super) struct OwnTypes {
    /// Payload fields that only these types have.
    pub(super) fields: &'static [&'static str],
    /// The envelope, if the request asks for a type of the chain's own.
    pub(super) envelope: fn(&Request, &Filled) -> OwnEnvelope,
}

/// Nothing where the request is for one of Ethereum's types.
pub(super) type OwnEnvelope = Result<Option<Box<dyn Envelope>>, PayloadError>;

/// An RLP list of items that are encoded already.
pub(crate) fn rlp_list(items: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(items.len() + 9);
    Header { list: true, payload_length: items.len() }.encode(&mut out);
    out.extend_from_slice(items);
    out
}

/// A transaction that lacks only its signature.
pub(super) struct EvmTransaction {
    envelope: Box<dyn Envelope>,
    digest: [u8; 32],
    signer: secp256k1::PublicKey,
    account: Account,
    call: Call,
    nonce: u64,
    max_fee: U256,
    fee_currency: Option<Address>,
}

impl EvmTransaction {
    pub(super) fn new(
        chain: &Evm,
        network: Network,
        signer: secp256k1::PublicKey,
        request: Request,
        filled: &Filled,
    ) -> Result<Self, PayloadError> {
        if chain.rules.minimum_gas {
            check_gas(filled.gas, &request.call)?;
        }
        if filled.nonce == u64::MAX {
            let problem = "is 2^64 - 1, which no transaction can have (EIP-2681)".to_owned();
            return Err(PayloadError::Field { field: "nonce", problem });
        }
        let max_fee = U256::from(filled.gas) * U256::from(filled.fees.highest());
        if max_fee.checked_add(request.call.value).is_none() {
            let problem = "and the fee together are above 2^256 - 1".to_owned();
            return Err(PayloadError::Field { field: "value", problem });
        }
        let envelope = envelope(&chain.rules, &request, filled)?;
        Ok(Self {
            digest: keccak256(&envelope.signing_bytes()),
            envelope,
            signer,
            account: Account::new(chain, network, filled.from),
            nonce: filled.nonce,
            max_fee,
            fee_currency: request.fee_currency,
            call: request.call,
        })
    }
}

impl Unsigned for EvmTransaction {
    fn intent(&self) -> Intent {
        self.account.intent(&self.call, self.max_fee, self.fee_currency)
    }

    fn digest(&self) -> Digest {
        Digest(self.digest)
    }

    fn sequence(&self) -> Option<Sequence> {
        Some(Sequence { account: self.account.from.to_hex(), number: self.nonce })
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.secp256k1()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign_digest(&self.digest)?;
        let Assembled { raw, hash } = self.envelope.assemble(&signature);
        Ok(Box::new(SignedTransaction {
            data: format!("0x{}", hex::encode(raw)),
            hash: TransactionHash(format!("0x{}", hex::encode(hash))),
        }))
    }
}

/// Ethereum's own minimum: 21,000, 4 or 16 for a byte of data, 32,000 for a contract.
fn check_gas(gas: u64, call: &Call) -> Result<(), PayloadError> {
    let data: u64 = call.data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    let minimum = 21_000 + data + if call.to.is_none() { 32_000 } else { 0 };
    if gas >= minimum {
        return Ok(());
    }
    let problem = format!("is {gas}, but this transaction needs at least {minimum}");
    Err(PayloadError::Field { field: "gas", problem })
}

fn envelope(
    rules: &Rules,
    request: &Request,
    filled: &Filled,
) -> Result<Box<dyn Envelope>, PayloadError> {
    if let Some(own) = rules.own_types
        && let Some(envelope) = (own.envelope)(request, filled)?
    {
        return Ok(envelope);
    }
    let Call { to, value, data } = request.call.clone();
    let to = to.map_or(TxKind::Create, |to| TxKind::Call(AlloyAddress::new(to.0)));
    let input = data.into();
    let Filled { chain_id, nonce, gas: gas_limit, fees, .. } = *filled;
    let access_list = request.access_list.clone();
    let gas_price = fees.highest();
    Ok(match &request.kind {
        Kind::Legacy => Box::new(Standard {
            tx: TxLegacy {
                chain_id: Some(chain_id),
                nonce,
                gas_price,
                gas_limit,
                to,
                value,
                input,
            },
            prefix: &[],
        }),
        Kind::AccessList => Box::new(Standard {
            tx: TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, value, access_list, input },
            prefix: rules.typed_prefix,
        }),
        Kind::DynamicFee => Box::new(Standard {
            tx: TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: gas_price,
                max_priority_fee_per_gas: fees.priority(),
                to,
                value,
                access_list,
                input,
            },
            prefix: rules.typed_prefix,
        }),
        Kind::Own(name) => {
            let what = format!("transaction type {:?}", name.chars().take(40).collect::<String>());
            return Err(PayloadError::Unsupported { what, why: "the chain has no such type" });
        }
    })
}

/// A transaction type of Ethereum.
struct Standard<T> {
    tx: T,
    prefix: &'static [u8],
}

impl<T> Envelope for Standard<T>
where
    T: SignableTransaction<AlloySignature> + RlpEcdsaEncodableTx + Send + Sync,
{
    fn signing_bytes(&self) -> Vec<u8> {
        self.tx.encoded_for_signing()
    }

    fn assemble(&self, signature: &secp256k1::Signature) -> Assembled {
        let (r, s) = (U256::from_be_bytes(signature.r), U256::from_be_bytes(signature.s));
        let mut raw = self.prefix.to_vec();
        self.tx.eip2718_encode(&AlloySignature::new(r, s, signature.odd_y), &mut raw);
        Assembled { hash: keccak256(&raw[self.prefix.len()..]), raw }
    }
}
