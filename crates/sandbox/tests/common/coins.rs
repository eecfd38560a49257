//! Outputs of every kind, and signatures for them, by libsecp256k1.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode;
use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::key::{Keypair, TapTweak as _};
use bitcoin::opcodes::all::{OP_CHECKMULTISIG, OP_PUSHNUM_2};
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::secp256k1::{Message, Secp256k1, SecretKey, ecdsa};
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, OutPoint, PublicKey, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness, base58,
};
use serde_json::{Value, json};

use super::{Answer, Api, text};

pub(crate) const COIN: u64 = 100_000_000;

/// What a test has to know of a chain.
pub(crate) struct Coin {
    pub(crate) ticker: &'static str,
    pub(crate) path: &'static str,
    pub(crate) p2pkh: u8,
    pub(crate) kinds: &'static [Kind],
}

pub(crate) const BTC: Coin =
    Coin { ticker: "BTC", path: "bitcoin", p2pkh: 0x6f, kinds: &Kind::ALL };
pub(crate) const LTC: Coin =
    Coin { ticker: "LTC", path: "litecoin", p2pkh: 0x6f, kinds: &Kind::ALL };
pub(crate) const DOGE: Coin =
    Coin { ticker: "DOGE", path: "dogecoin", p2pkh: 0x71, kinds: &Kind::LEGACY };
pub(crate) const BCH: Coin =
    Coin { ticker: "BCH", path: "bcash", p2pkh: 0x6f, kinds: &[Kind::P2pkh] };

/// How an output is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    P2pkh,
    P2pk,
    Multisig,
    P2wpkh,
    NestedP2wpkh,
    WitnessMultisig,
    Taproot,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::P2pkh,
        Self::P2pk,
        Self::Multisig,
        Self::P2wpkh,
        Self::NestedP2wpkh,
        Self::WitnessMultisig,
        Self::Taproot,
    ];
    const LEGACY: [Self; 3] = [Self::P2pkh, Self::P2pk, Self::Multisig];

    pub(crate) fn script(self, key: &Key) -> ScriptBuf {
        let secp = Secp256k1::new();
        match self {
            Self::P2pkh => ScriptBuf::new_p2pkh(&key.public().pubkey_hash()),
            Self::P2pk => ScriptBuf::new_p2pk(&key.public()),
            Self::Multisig => ScriptBuf::new_p2sh(&key.multisig().script_hash()),
            Self::P2wpkh => key.p2wpkh(),
            Self::NestedP2wpkh => ScriptBuf::new_p2sh(&key.p2wpkh().script_hash()),
            Self::WitnessMultisig => ScriptBuf::new_p2wsh(&key.multisig().wscript_hash()),
            Self::Taproot => {
                let internal = key.public().inner.x_only_public_key().0;
                ScriptBuf::new_p2tr(&secp, internal, None)
            }
        }
    }
}

/// A key, and a second one for multisig.
pub(crate) struct Key(pub(crate) SecretKey);

impl Key {
    pub(crate) fn new(byte: u8) -> Self {
        Self(SecretKey::from_slice(&[byte; 32]).unwrap())
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::new(self.0.public_key(&Secp256k1::new()))
    }

    fn second(&self) -> Self {
        let digest = sha256::Hash::hash(&self.0.secret_bytes());
        Self(SecretKey::from_slice(digest.as_byte_array()).unwrap())
    }

    pub(crate) fn address(&self, coin: &Coin) -> String {
        let hash = self.public().pubkey_hash();
        base58::encode_check(&[&[coin.p2pkh], hash.as_byte_array().as_slice()].concat())
    }

    fn p2wpkh(&self) -> ScriptBuf {
        ScriptBuf::new_p2wpkh(&self.public().wpubkey_hash().unwrap())
    }

    fn multisig(&self) -> ScriptBuf {
        Builder::new()
            .push_opcode(OP_PUSHNUM_2)
            .push_key(&self.public())
            .push_key(&self.second().public())
            .push_opcode(OP_PUSHNUM_2)
            .push_opcode(OP_CHECKMULTISIG)
            .into_script()
    }

    pub(crate) fn ecdsa(&self, digest: [u8; 32]) -> ecdsa::Signature {
        Secp256k1::new().sign_ecdsa(&Message::from_digest(digest), &self.0)
    }

    fn element(&self, digest: [u8; 32]) -> Vec<u8> {
        let mut element = self.ecdsa(digest).serialize_der().to_vec();
        element.push(1);
        element
    }

    fn schnorr(&self, digest: [u8; 32]) -> Vec<u8> {
        let secp = Secp256k1::new();
        let pair = Keypair::from_secret_key(&secp, &self.0).tap_tweak(&secp, None).to_keypair();
        secp.sign_schnorr_no_aux_rand(&Message::from_digest(digest), &pair).serialize().to_vec()
    }
}

/// An unsigned transaction that spends outputs and pays to scripts.
pub(crate) fn spend(inputs: &[OutPoint], outputs: &[(ScriptBuf, u64)]) -> Transaction {
    let input = |outpoint: &OutPoint| TxIn {
        previous_output: *outpoint,
        script_sig: ScriptBuf::new(),
        sequence: Sequence::MAX,
        witness: Witness::new(),
    };
    let output = |(script, value): &(ScriptBuf, u64)| TxOut {
        value: Amount::from_sat(*value),
        script_pubkey: script.clone(),
    };
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: inputs.iter().map(input).collect(),
        output: outputs.iter().map(output).collect(),
    }
}

/// Signs input `index` of a transaction, whose spent outputs are all of one key.
pub(crate) fn sign(
    transaction: &mut Transaction,
    index: usize,
    kind: Kind,
    key: &Key,
    spent: &[TxOut],
    is_wrong: bool,
) {
    let mut digest = digest(transaction, index, kind, key, spent);
    digest[0] ^= u8::from(is_wrong);
    let input = &mut transaction.input[index];
    let (first, second) = (key.element(digest), key.second().element(digest));
    let public = key.public().to_bytes();
    let multisig = key.multisig().to_bytes();
    match kind {
        Kind::P2pkh => input.script_sig = pushes(&[first, public]),
        Kind::P2pk => input.script_sig = pushes(&[first]),
        Kind::Multisig => input.script_sig = pushes(&[vec![], first, second, multisig]),
        Kind::P2wpkh => input.witness = Witness::from_slice(&[first, public]),
        Kind::NestedP2wpkh => {
            input.script_sig = pushes(&[key.p2wpkh().to_bytes()]);
            input.witness = Witness::from_slice(&[first, public]);
        }
        Kind::WitnessMultisig => {
            input.witness = Witness::from_slice(&[vec![], first, second, multisig]);
        }
        Kind::Taproot => input.witness = Witness::from_slice(&[key.schnorr(digest)]),
    }
}

/// Makes and signs the transaction that a payload of the API stands for, as a KMS does.
pub(crate) fn signed(payload: &Value, keys: &[Key]) -> Transaction {
    let output = |value: &Value| {
        let script = ScriptBuf::from_hex(value["script"].as_str().unwrap()).unwrap();
        (script, value["satoshis"].as_u64().unwrap())
    };
    let outpoint = |input: &Value| {
        let index = u32::try_from(input["outputIndex"].as_u64().unwrap()).unwrap();
        OutPoint::new(text(&input["prevTxId"]).parse().unwrap(), index)
    };
    let inputs = payload["inputs"].as_array().unwrap();
    let outpoints: Vec<_> = inputs.iter().map(outpoint).collect();
    let outputs: Vec<_> = payload["outputs"].as_array().unwrap().iter().map(output).collect();
    let spent = inputs.iter().map(|input| output(&input["output"]));
    let spent: Vec<_> = spend(&[], &spent.collect::<Vec<_>>()).output;
    let mut transaction = spend(&outpoints, &outputs);
    transaction.version = Version(i32::try_from(payload["version"].as_i64().unwrap()).unwrap());
    assert_eq!(transaction.compute_txid().to_string(), payload["hash"]);
    for (index, output) in spent.iter().enumerate() {
        let kinds = || Kind::ALL.into_iter();
        let all = keys.iter().flat_map(|key| kinds().map(move |kind| (key, kind)));
        let mut owned = all.filter(|(key, kind)| kind.script(key) == output.script_pubkey);
        let (key, kind) = owned.next().unwrap();
        sign(&mut transaction, index, kind, key, &spent, false);
    }
    transaction
}

fn digest(
    transaction: &Transaction,
    index: usize,
    kind: Kind,
    key: &Key,
    spent: &[TxOut],
) -> [u8; 32] {
    let mut cache = SighashCache::new(transaction);
    let (all, value) = (EcdsaSighashType::All, spent[index].value);
    let multisig = key.multisig();
    let legacy = |script: &ScriptBuf| {
        let hash = cache.legacy_signature_hash(index, script, all.to_u32());
        hash.unwrap().to_byte_array()
    };
    match kind {
        Kind::P2pkh | Kind::P2pk => legacy(&spent[index].script_pubkey),
        Kind::Multisig => legacy(&multisig),
        Kind::P2wpkh | Kind::NestedP2wpkh => {
            let hash = cache.p2wpkh_signature_hash(index, &key.p2wpkh(), value, all);
            hash.unwrap().to_byte_array()
        }
        Kind::WitnessMultisig => {
            let hash = cache.p2wsh_signature_hash(index, &multisig, value, all);
            hash.unwrap().to_byte_array()
        }
        Kind::Taproot => {
            let (spent, default) = (Prevouts::All(spent), TapSighashType::Default);
            let hash = cache.taproot_key_spend_signature_hash(index, &spent, default);
            hash.unwrap().to_byte_array()
        }
    }
}

pub(crate) fn pushes(elements: &[Vec<u8>]) -> ScriptBuf {
    let push = |builder: Builder, element: &Vec<u8>| {
        builder.push_slice(PushBytesBuf::try_from(element.clone()).unwrap())
    };
    elements.iter().fold(Builder::new(), push).into_script()
}

impl Api {
    /// A confirmed output at the P2PKH address of a key.
    pub(crate) async fn coin(&self, coin: &Coin, key: &Key, units: u64) -> (OutPoint, TxOut) {
        let amount = format!("{}.{:08}", units / COIN, units % COIN);
        let body = json!({ "address": key.address(coin), "amount": amount });
        let (status, answer) = self.post(&format!("/sandbox/{}/faucet", coin.ticker), body).await;
        assert_eq!(status, 200, "{answer}");
        let outpoint = OutPoint::new(text(&answer["txId"]).parse().unwrap(), 0);
        let script_pubkey = Kind::P2pkh.script(key);
        (outpoint, TxOut { value: Amount::from_sat(units), script_pubkey })
    }

    pub(crate) async fn send_coins(&self, coin: &Coin, transaction: &Transaction) -> Answer {
        self.send_hex(coin, &encode::serialize_hex(transaction), None).await
    }

    pub(crate) async fn send_hex(&self, coin: &Coin, hex: &str, id: Option<&str>) -> Answer {
        let mut body = json!({ "txData": hex });
        if let Some(id) = id {
            body["signatureId"] = id.into();
        }
        self.post(&format!("/v3/{}/broadcast", coin.path), body).await
    }

    /// Sends what has to be refused; the words it is refused with.
    pub(crate) async fn refusal(&self, coin: &Coin, transaction: &Transaction) -> String {
        let (status, answer) = self.send_coins(coin, transaction).await;
        let code = format!("{}.broadcast.failed", coin.path);
        assert_eq!((status, &answer["errorCode"]), (403, &json!(code)), "{answer}");
        text(&answer["message"])
    }

    /// Sends what has to be accepted.
    pub(crate) async fn accepted(&self, coin: &Coin, transaction: &Transaction) {
        let (status, answer) = self.send_coins(coin, transaction).await;
        let txid = transaction.compute_txid().to_string();
        assert_eq!((status, &answer["txId"]), (200, &json!(txid)), "{answer}");
    }

    pub(crate) async fn block(&self, coin: &Coin) {
        let path = format!("/sandbox/{}/block", coin.ticker);
        assert_eq!(self.post(&path, Value::Null).await.0, 200);
    }

    /// What came to an address and what left it.
    pub(crate) async fn coin_balance(&self, coin: &Coin, address: &str) -> (String, String) {
        let path = format!("/v3/{}/address/balance/{address}", coin.path);
        let (status, answer) = self.get(&path).await;
        assert_eq!(status, 200, "{answer}");
        (text(&answer["incoming"]), text(&answer["outgoing"]))
    }
}
