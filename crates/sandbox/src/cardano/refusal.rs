//! Why a transaction is refused, in the words of `cardano-node`.

use std::fmt;

use super::cbor::CborError;
use super::{Outpoint, Output};

/// What the ledger has against a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// None of what it spends is there.
    AllInputsSpent,
    /// It spends nothing.
    NoInputs,
    /// Some of what it spends is not there.
    MissingInputs(Vec<Outpoint>),
    /// A key has not signed what its witness says.
    InvalidWitnesses(Vec<[u8; 32]>),
    /// Nobody has signed for these hashes of keys.
    MissingWitnesses(Vec<[u8; 28]>),
    /// It came too late.
    Expired {
        /// The last slot but one in which it was valid.
        ttl: u64,
        /// The slot of now.
        slot: u64,
    },
    /// The fee is less than the least.
    FeeTooSmall {
        /// Lovelace.
        fee: u64,
        /// Lovelace.
        least: u64,
    },
    /// What comes in is not what goes out.
    NotConserved {
        /// Lovelace.
        consumed: u128,
        /// Lovelace.
        produced: u128,
    },
    /// Outputs with less in them than their bytes cost.
    OutputTooSmall(Vec<Output>),
    /// An output is on another network.
    WrongNetwork(Vec<Output>),
    /// What only a script could spend.
    Script,
}

/// Bytes that are no transaction, or one that the sandbox does not know.
pub(super) fn unreadable(error: CborError) -> String {
    match error {
        CborError::Broken => decoder_error("end of input"),
        CborError::Expected(what) => decoder_error(&format!("expected {what}")),
        CborError::Unsupported(what) => {
            format!("the sandbox knows transfers of ADA alone, and this one has {what}")
        }
    }
}

fn decoder_error(words: &str) -> String {
    format!("DecoderErrorDeserialiseFailure \"Shelley Tx\" (DeserialiseFailure 0 \"{words}\")")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("transaction submit error ShelleyTxValidationError ShelleyBasedEraConway ")?;
        write!(f, "(ApplyTxError [{}])", self.failure())
    }
}

impl Refusal {
    fn failure(&self) -> String {
        let utxow = |words: String| format!("ConwayUtxowFailure ({words})");
        let utxo = |words: String| utxow(format!("UtxoFailure ({words})"));
        match self {
            Self::AllInputsSpent => {
                let words = "All inputs are spent. Transaction has probably already been included";
                format!("ConwayMempoolFailure {words:?}")
            }
            Self::NoInputs => utxo("InputSetEmptyUTxO".to_owned()),
            Self::MissingInputs(inputs) => {
                utxo(format!("BadInputsUTxO (fromList {})", list(inputs, show_input)))
            }
            Self::InvalidWitnesses(keys) => {
                let key = |key: &[u8; 32]| format!("VKey (VerKeyEd25519DSIGN {:?})", hex(key));
                utxow(format!("InvalidWitnessesUTXOW {}", list(keys, key)))
            }
            Self::MissingWitnesses(hashes) => {
                let hash = |hash: &[u8; 28]| format!("KeyHash {{unKeyHash = {:?}}}", hex(hash));
                utxow(format!("MissingVKeyWitnessesUTXOW (fromList {})", list(hashes, hash)))
            }
            Self::Expired { ttl, slot } => utxo(format!(
                "OutsideValidityIntervalUTxO (ValidityInterval {{invalidBefore = SNothing, \
                 invalidHereafter = SJust (SlotNo {ttl})}}) (SlotNo {slot})"
            )),
            Self::FeeTooSmall { fee, least } => {
                let (fee, least) = (format!("Coin {fee}"), format!("Coin {least}"));
                utxo(format!("FeeTooSmallUTxO ({})", mismatch(&fee, &least)))
            }
            Self::NotConserved { consumed, produced } => {
                let value = |coin| format!("MaryValue (Coin {coin}) (MultiAsset (fromList []))");
                let mismatch = mismatch(&value(consumed), &value(produced));
                utxo(format!("ValueNotConservedUTxO ({mismatch})"))
            }
            Self::OutputTooSmall(outputs) => {
                utxo(format!("BabbageOutputTooSmallUTxO {}", list(outputs, show_output)))
            }
            Self::WrongNetwork(outputs) => {
                let address = |output: &Output| hex(&output.address.0);
                utxo(format!("WrongNetwork Testnet (fromList {})", list(outputs, address)))
            }
            Self::Script => utxow("MissingScriptWitnessesUTXOW".to_owned()),
        }
    }
}

fn mismatch(supplied: &str, expected: &str) -> String {
    format!("Mismatch {{mismatchSupplied = {supplied}, mismatchExpected = {expected}}}")
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(","))
}

fn show_input((hash, place): &Outpoint) -> String {
    let hash = hex(hash);
    format!("TxIn (TxId {{unTxId = SafeHash {hash:?}}}) (TxIx {{unTxIx = {place}}})")
}

fn show_output(output: &Output) -> String {
    format!("({},Coin {})", hex(&output.address.0), output.lovelace)
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}
