//! The corpora that fuzzing starts from, made of what the repository has recorded.

use std::io;
use std::path::{Path, PathBuf};

use kms_chains::registry::CHAINS;
use kms_chains::signing_key;
use kms_core::{KeyRef, KeyText, Mnemonic, Network, Wallet, WalletJson};
use kms_crypto::hash::sha256;
use kms_keystore::{Extras, NewRecord, Writer};
use serde_json::{Map, Value, json};

use crate::{binary, parts, store, transaction};

mod recording;

/// Writes the inputs of every target below `corpus`, one folder for each.
///
/// # Errors
/// A file can't be read or written.
pub fn write(corpus: &Path) -> io::Result<()> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut corpus = Corpus { folder: corpus.to_owned() };
    let chains = files(&crates.join("chains/src"), "json")?;
    for path in &chains {
        let recorded: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        if path.ends_with("wallets.json") {
            keys(&mut corpus, &recorded)?;
        } else {
            case(&mut corpus, &recorded)?;
        }
    }
    wallet_files(&mut corpus, &crates.join("keystore/tests/fixtures"))?;
    small(&mut corpus)
}

/// The longest input, in bytes: with longer ones there are too few in a second.
const LONGEST: usize = 16 * 1024;

/// Where inputs go.
struct Corpus {
    folder: PathBuf,
}

impl Corpus {
    fn add(&mut self, target: &str, input: &[u8]) -> io::Result<()> {
        if input.len() > LONGEST {
            return Ok(());
        }
        let folder = self.folder.join(target);
        std::fs::create_dir_all(&folder)?;
        // Named by its content: much was recorded more than once.
        std::fs::write(folder.join(hex::encode(&sha256(input)[..8])), input)
    }
}

/// Every file below `folder` with this extension.
fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The place of a chain in the registry, as a byte.
fn place(ticker: &Value) -> Option<u8> {
    let place = CHAINS.iter().position(|chain| chain.spec().ticker.0 == *ticker)?;
    u8::try_from(place).ok()
}

fn flags(recorded: &Value) -> u8 {
    recorded["testnet"].as_bool().unwrap_or_default().into()
}

/// A recorded case: a transaction, and the poll that it came with.
fn case(corpus: &mut Corpus, recorded: &Value) -> io::Result<()> {
    let Some(pending) = recorded["pending"].as_array() else { return Ok(()) };
    corpus.add("pending_list", recorded["pending"].to_string().as_bytes())?;
    for stub in recorded["stubs"].as_array().into_iter().flatten() {
        corpus.add("api_answer", stub["body"].to_string().as_bytes())?;
    }
    for item in pending {
        let Some(input) = input(recorded, item) else { continue };
        corpus.add("transaction", &input)?;
        let ticker = recorded["chain"].as_str().unwrap_or_default();
        if binary::TICKERS.contains(&ticker)
            && let Some(seed) = binary::seed(ticker, &input)
        {
            corpus.add(&format!("{}_transaction", ticker.to_lowercase()), &seed)?;
        }
    }
    Ok(())
}

/// The input of a pending item, with the keys of its wallets and the answers that it is given.
fn input(recorded: &Value, item: &Value) -> Option<Vec<u8>> {
    let place = place(&recorded["chain"])?;
    let chain = transaction::chain(place);
    let network = transaction::network(flags(recorded));
    let read = kms_tatum::fuzzing::pending(json!([item]).to_string().as_bytes()).ok()?;
    let tx = &read.items.first()?.transaction;
    let key = |signer: &KeyRef| {
        let wallet = wallet(signer.wallet.as_str(), &recorded["wallets"][signer.wallet.as_str()])?;
        signing_key(chain, tx, &wallet, signer, network).ok()?
    };
    let keys: Vec<_> = chain.signers(tx).ok()?.iter().filter_map(key).collect();
    let texts: Vec<_> = keys.iter().filter_map(|key| chain.format(key, network).ok()).collect();
    let texts: Vec<_> = texts.iter().map(KeyText::expose_secret).collect();
    let answers = recording::answers(chain, network, tx, keys, &recorded["stubs"]);
    let mut rest: Map<String, Value> = item.as_object()?.clone();
    rest.retain(|name, _| !matches!(name.as_str(), "chain" | "id" | "serializedTransaction"));
    let (texts, rest) = (texts.join(","), Value::Object(rest).to_string());
    let mut all = vec![texts.as_str(), &rest, tx.payload.expose_secret()];
    all.extend(answers.iter().map(String::as_str));
    Some(parts::join(place, flags(recorded), &all))
}

/// A wallet as a store holds it.
fn wallet(id: &str, object: &Value) -> Option<Wallet> {
    let text = |member: &str| object.get(member).and_then(Value::as_str).map(str::to_owned);
    Some(Wallet {
        id: id.parse().ok()?,
        ticker: text("chain")?,
        network: Network::from_testnet(object["testnet"].as_bool()?),
        mnemonic: text("mnemonic").map(Mnemonic::new),
        seed: None,
        key: text("privateKey").or(text("secret")).map(KeyText::new),
        xpub: text("xpub"),
        address: text("address"),
        json: WalletJson::new(object.to_string()),
    })
}

/// The recorded wallets of a chain: keys, addresses, extended public keys and mnemonics.
fn keys(corpus: &mut Corpus, recorded: &Value) -> io::Result<()> {
    let Some(place) = place(&recorded["chain"]) else { return Ok(()) };
    for case in recorded["cases"].as_array().into_iter().flatten().take(4) {
        let of = |list: &str| {
            case[list].as_object().and_then(|list| list.values().next()).and_then(Value::as_str)
        };
        let wallet = &case["wallet"];
        let texts = [
            of("privateKeys").or(wallet["secret"].as_str()),
            of("addresses"),
            wallet["xpub"].as_str(),
            wallet["mnemonic"].as_str(),
        ];
        for (kind, text) in (0_u8..).zip(texts) {
            let Some(text) = text else { continue };
            corpus.add("keys", &parts::join(place, flags(case) | kind << 1, &[text]))?;
            for choice in 0..8 {
                corpus.add("encodings", &[&[choice][..], text.as_bytes()].concat())?;
            }
        }
    }
    Ok(())
}

fn wallet_files(corpus: &mut Corpus, fixtures: &Path) -> io::Result<()> {
    for path in files(fixtures, "dat")? {
        let bytes = std::fs::read(path)?;
        corpus.add("legacy_file", &[&[0], &bytes[..]].concat())?;
    }
    for path in files(fixtures, "json")? {
        let bytes = std::fs::read(path)?;
        corpus.add("legacy_file", &[&[3], &bytes[..]].concat())?;
        corpus.add("wallet_rows", &[&[2], &bytes[..]].concat())?;
    }
    let copy =
        kms_keystore::fuzzing::seal_legacy_copy(b"{}", &store::password(), &store::options());
    corpus.add("legacy_file", &[&[1], &copy.map_err(io::Error::other)?[..]].concat())?;
    let mut content = vec![0, 1, 2, 0, 0, 0, 0, 0, 0, 0];
    content.extend_from_slice(b"{}\x05\x01\0\0\0\0\0\0\0x");
    corpus.add("wallet_rows", &content)?;
    let mut state = vec![0; 1 + 48 + 8 + 32];
    state[0] = 1;
    corpus.add("wallet_rows", &state)?;
    // Nothing changed, cut short, and a byte in every page of the store.
    corpus.add("wallet_file", &[0, 0])?;
    corpus.add("wallet_file", &[0, 16])?;
    for page in 0..store::STORE.len() / 4096 {
        let at = u16::try_from(page * 4096 + 100).map_err(io::Error::other)?.to_le_bytes();
        corpus.add("wallet_file", &[0, 0, at[0], at[1], 1, 0xff])?;
    }
    Ok(())
}

fn small(corpus: &mut Corpus) -> io::Result<()> {
    for text in ["A=1\nexport B: 'two'\n# c\nC=\"x\\n#y\" # z\n", "\u{feff}A=`b`\r\nB=\n"] {
        corpus.add("env_file", text.as_bytes())?;
    }
    for flags in [0b111, 0b1111, 0b10111, 0b11, 0b10, 0] {
        for status in [200_u16, 403, 429, 500] {
            let [low, high] = status.to_le_bytes();
            corpus.add("approval_answer", &[&[flags, low, high][..], b"00ff"].concat())?;
        }
    }
    let record = r#"{"signing":null,"earlier":[],"times":[["seen",1700000000]],"reason":"x","tries":1,"report":"due","retry":false,"unfinished":false,"intent":"{}"}"#;
    corpus.add("journal_record", record.as_bytes())?;
    corpus.add("journal_record", b"Authorization: Bearer x")?;
    for text in [
        r#"{"statusCode":400,"errorCode":"v","message":"m","data":[{"property":"p","constraints":{"c":"d"}}]}"#,
        "9.0.0;INFO;please update",
        "120",
        "Wed, 21 Oct 2026 07:28:30 GMT",
    ] {
        corpus.add("api_answer", text.as_bytes())?;
    }
    Ok(())
}

/// A store for [`store::STORE`], with wallets of a few kinds.
///
/// # Errors
/// It can't be made at `path`.
pub fn store(path: &Path) -> Result<(), kms_keystore::KeystoreError> {
    let enrich = |_: &Wallet| Extras::default();
    let (mut writer, _) =
        Writer::open_or_create(path, &store::password(), &store::options(), &enrich)?;
    let record = |(number, ticker): (usize, &str)| NewRecord {
        id: format!("6d78dad2-518f-4e76-8255-8f1df0de{number:04}").parse().expect("an id"),
        ticker: ticker.to_owned(),
        network: Network::Testnet,
        json: WalletJson::new(format!(
            r#"{{"privateKey":"key {number}","chain":"{ticker}","testnet":true}}"#
        )),
        extras: Extras {
            seed: None,
            address: Some(format!("address {number}")),
            identity: Some(vec![u8::try_from(number).unwrap_or_default(); 33]),
        },
    };
    let records: Vec<_> =
        ["ETH", "BTC", "XRP", "ADA"].into_iter().enumerate().map(record).collect();
    writer.add(&records)?;
    writer.set_label(records[0].id.as_str(), Some("a label"))
}
