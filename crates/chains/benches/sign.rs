//! What a signature costs, beside the bare curve operations it can't do without.

#![allow(clippy::unwrap_used, missing_docs)]

use async_trait::async_trait;
use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{All, Message, Secp256k1, SecretKey};
use bitcoin::sighash::{EcdsaSighashType, SighashCache};
use bitcoin::{Amount, ScriptBuf, Transaction};
use criterion::{Criterion, criterion_group, criterion_main};
use kms_chains::{Context, Policy, Sequences, SigningKeys, Unsigned, private_key, registry};
use kms_core::{
    KeyText, Mnemonic, Network, Node, NodeError, Payload, PendingTransaction, Wallet, WalletJson,
};
use kms_crypto::bip39;
use serde_json::{Value, json};

struct Silent;

#[async_trait]
impl Node for Silent {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        if method == "getLatestBlockhash" {
            let hash = "AHityp8byAqT5QLGNktccaRagEDpL1wLBZhjz1VE2xFy";
            return Ok(json!({"value": {"blockhash": hash, "lastValidBlockHeight": 279_298_940}}));
        }
        Err(NodeError::Unreachable(method.to_owned()))
    }
    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        Err(NodeError::Unreachable(path.to_owned()))
    }
    async fn post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        Err(NodeError::Unreachable(path.to_owned()))
    }
}

impl Sequences for Silent {
    fn next(&self, _account: &str, from_network: u64) -> u64 {
        from_network
    }
}

fn wallet(mnemonic: Option<&str>, key: Option<&str>) -> Wallet {
    let mnemonic = mnemonic.map(|text| Mnemonic::new(text.to_owned()));
    Wallet {
        id: "6d78dad2-518f-4e76-8255-8f1df0de6886".parse().unwrap(),
        ticker: "ETH".to_owned(),
        network: Network::Mainnet,
        seed: mnemonic.as_ref().map(bip39::seed),
        mnemonic,
        key: key.map(|text| KeyText::new(text.to_owned())),
        xpub: None,
        address: None,
        json: WalletJson::new(String::new()),
    }
}

const KEY: &str = "0x4646464646464646464646464646464646464646464646464646464646464646";
const PAYLOAD: &str = r#"{"from":0,"to":"0x3535353535353535353535353535353535353535",
    "data":"0xa9059cbb00000000000000000000000035353535353535353535353535353535353535350000000000000000000000000000000000000000000000000000000000000001",
    "nonce":9,"gasPrice":"20000000000","gas":"60000","chainId":1}"#;

fn prepared(ticker: &str, payload: &str, keys: &SigningKeys) -> Box<dyn Unsigned> {
    let tx = PendingTransaction {
        id: "5e6645712b55823de7ea82f1".parse().unwrap(),
        ticker: ticker.to_owned(),
        wallets: vec!["6d78dad2-518f-4e76-8255-8f1df0de6886".parse().unwrap()],
        signers: Vec::new(),
        index: None,
        payload: Payload::new(payload.to_owned()),
        withdrawal: None,
    };
    let signers = keys.public();
    let network = Network::Mainnet;
    let cx = Context {
        network,
        signers: &signers,
        node: &Silent,
        sequences: &Silent,
        now: None,
        policy: Policy::default(),
    };
    let mut future = registry::find(ticker).unwrap().prepare(&tx, &cx);
    let mut waker = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut waker) {
        std::task::Poll::Ready(unsigned) => unsigned.unwrap(),
        std::task::Poll::Pending => unreachable!("nothing is asked for"),
    }
}

fn signatures(c: &mut Criterion) {
    let mut group = c.benchmark_group("signature");
    let curve = Secp256k1::new();
    let secret = SecretKey::from_slice(&[0x46; 32]).unwrap();
    let public = secret.public_key(&curve);
    let message = Message::from_digest([7; 32]);
    group.bench_function("bare sign and verify", |b| {
        b.iter(|| {
            let signature = curve.sign_ecdsa_recoverable(&message, &secret);
            curve.verify_ecdsa(&message, &signature.to_standard(), &public).unwrap();
            signature
        });
    });
    let eth = registry::find("ETH").unwrap();
    let key_wallet = wallet(None, Some(KEY));
    let key = || private_key(eth, &key_wallet, None, Network::Mainnet).unwrap();
    let keys = SigningKeys::new(vec![key()]);
    let unsigned = prepared("ETH", PAYLOAD, &keys);
    group.bench_function("ETH prepared transaction to raw bytes", |b| {
        b.iter(|| unsigned.sign(&keys).unwrap());
    });
    group.bench_function("ETH payload to prepared transaction", |b| {
        b.iter(|| prepared("ETH", PAYLOAD, &keys));
    });
    group.finish();
}

fn keys(c: &mut Criterion) {
    let mut group = c.benchmark_group("key");
    let eth = registry::find("ETH").unwrap();
    let words = "abandon ".repeat(11) + "about";
    let stored = wallet(None, Some(KEY));
    let seeded = wallet(Some(&words), None);
    let unseeded = Wallet { seed: None, ..wallet(Some(&words), None) };
    for (name, wallet, index) in [
        ("of a private-key wallet", &stored, None),
        ("of a mnemonic wallet with its seed", &seeded, Some(7)),
        ("of a mnemonic wallet without its seed", &unseeded, Some(7)),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| private_key(eth, wallet, index, Network::Mainnet).unwrap());
        });
    }
    group.finish();
}

/// A transaction with this many P2WPKH inputs of one key, as the payload of BTC.
fn witness_payload(inputs: usize, script: &ScriptBuf) -> String {
    let input = |n: usize| {
        format!(
            r#"{{"prevTxId":"{:064x}","outputIndex":0,"script":"","output":{{"satoshis":100000,"script":"{}"}}}}"#,
            n + 1,
            script.to_hex_string()
        )
    };
    let inputs: Vec<String> = (0..inputs).map(input).collect();
    format!(
        r#"{{"version":2,"nLockTime":0,"inputs":[{}],"outputs":[{{"satoshis":50000,"script":"{}"}}]}}"#,
        inputs.join(","),
        script.to_hex_string()
    )
}

/// What an input can't do without: its hash, a signature and the verification.
fn bare_inputs(tx: &Transaction, script: &ScriptBuf, secret: &SecretKey, curve: &Secp256k1<All>) {
    let public = secret.public_key(curve);
    let mut cache = SighashCache::new(tx);
    for number in 0..tx.input.len() {
        let (value, all) = (Amount::from_sat(100_000), EcdsaSighashType::All);
        let hash = cache.p2wpkh_signature_hash(number, script, value, all).unwrap();
        let message = Message::from_digest(hash.to_byte_array());
        let signature = curve.sign_ecdsa(&message, secret);
        curve.verify_ecdsa(&message, &signature, &public).unwrap();
    }
}

fn inputs(c: &mut Criterion) {
    let mut group = c.benchmark_group("inputs");
    let curve = Secp256k1::new();
    let secret = SecretKey::from_slice(&[0x46; 32]).unwrap();
    let public = bitcoin::PublicKey::new(secret.public_key(&curve));
    let script = ScriptBuf::new_p2wpkh(&public.wpubkey_hash().unwrap());
    let chain = registry::find("BTC").unwrap();
    let key = KeyText::new(KEY[2..].to_owned());
    let keys = SigningKeys::new(vec![chain.parse(&key, Network::Mainnet).unwrap()]);
    for count in [1, 10, 100] {
        let payload = witness_payload(count, &script);
        let signed = prepared("BTC", &payload, &keys).sign(&keys).unwrap();
        let tx: Transaction = deserialize_hex(&signed.transaction().data).unwrap();
        group.bench_function(format!("{count} bare sighash, sign and verify"), |b| {
            b.iter(|| bare_inputs(&tx, &script, &secret, &curve));
        });
        group.bench_function(format!("{count} BTC payload to raw bytes"), |b| {
            b.iter(|| prepared("BTC", &payload, &keys).sign(&keys).unwrap());
        });
    }
    group.finish();
}

const XRP: &str = r#"{"Account":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh","Amount":"3100000","Fee":"12",
    "Destination":"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf","TransactionType":"Payment","Sequence":7,
    "LastLedgerSequence":80085863,"Flags":0}"#;

const XLM: &str = "AAAAAgAAAAA3oLFs0dFMgTMfK9BgEL9w/0Kr/I3auK7x6lbFGIi3cAAAAGQCFTrLAAAADgAAAAEAAAAAAAAAAAAAA\
    ABo53geAAAAAAAAAAEAAAAAAAAABgAAAAFVU0RDAAAAABkHLqye0GKR+5IRoGRdRTvVIdx1tmKVeyesVvPoT9GGAAAAAlQL5AAAAAAAAAAAAA==";

const ALGO_KEY: &str = "RUATSTWR7SZZIUTJLET2K5J6NN7KQZVOKG6MNXKWDIFZPEHM657CTQLT7CJZPHCEYNJSJLWSCLE2QFF3UPWSWQGMJR3QP\
    2R2BLB3VGQ";
const ALGO: &str = r#"{"type":"pay","from":"FHAXH6ETS6OEJQ2TESXNEEWJVAKLXI7NFNAMYTDXA7VDUCWDXKNO7GHQMU",
    "to":"7YCMUITDE5K7RQIMBBZCO3KQAZ24PJJNEFF5GO6B24PBTFSC55IVWVX2ZE","amount":1000000,"fee":1000,"firstRound":10,
    "lastRound":1010,"genesisID":"mainnet-v1.0","genesisHash":[192,97,196,216,252,29,189,222,210,215,96,75,228,86,142,
    63,109,4,25,135,172,55,189,228,182,32,181,171,57,36,138,223]}"#;

const SOL_KEY: &str =
    "3SKaFb6ij7UF2sMa94TFB5VUD4G6JKeYzi1tEzAbo8NcRzLNYvtXPqP1JbH9upXSrJEdCWdxWsc4MsdoA4qhDQ8R";
const SOL: &str = r#"{"txData":"01000103dc76be23823cdd47a8c1e3dc97804e8577ed206393e32ae5bffd9eb34063c18af761a79d0fa47f279b4430be013bad5c337d97bd18a4ab881d51bd9d2298d795000000000000000000000000000000000000000000000000000000000000000060d38e0da20dc5900b7e902c918eae6a95e2d90af154b53a422f4ab26b050f4f01020200010c020000000027b92900000000"}"#;

/// One signature on each chain with payloads of its own: chain and curve, key, payload.
fn ledgers(c: &mut Criterion) {
    let mut group = c.benchmark_group("ledgers");
    for (ticker, name, key, payload) in [
        ("XRP", "XRP, secp256k1", "snoPBrXtMeMyMHUVTgbuqAfg1SUTb", XRP),
        ("XRP", "XRP, Ed25519", "sEdTM1uX8pu2do5XvTnutH6HsouMaM2", XRP),
        ("ALGO", "ALGO", ALGO_KEY, ALGO),
        ("SOL", "SOL", SOL_KEY, SOL),
        ("XLM", "XLM", "SAGZCLZ5G4V6O5LTJK4XV2F4RLD5XHNIY7F6AMXIABDLFDIINJ5HESXA", XLM),
    ] {
        let chain = registry::find(ticker).unwrap();
        let key = KeyText::new(key.to_owned());
        let keys = SigningKeys::new(vec![chain.parse(&key, Network::Mainnet).unwrap()]);
        let unsigned = prepared(ticker, payload, &keys);
        group.bench_function(format!("{name}: payload to prepared transaction"), |b| {
            b.iter(|| prepared(ticker, payload, &keys));
        });
        group.bench_function(format!("{name}: prepared transaction to raw bytes"), |b| {
            b.iter(|| unsigned.sign(&keys).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, signatures, keys, inputs, ledgers);
criterion_main!(benches);
