//! Whether a key that is to be stored is there already.
//!
//! The same key under both networks is refused: testnet keys are handled with less care, and a
//! transaction of one network could be replayed on the other. Twice on the same chain and network is
//! only a nuisance, since both wallets are polled and billed.

use anyhow::bail;
use kms_chains::registry;
use kms_core::{KeyText, Password, SignatureId};
use kms_keystore::{Entry, Format, Keystore, NewRecord, Writer};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::{App, limits, store};
use crate::args::Import;
use crate::output;

/// Opens the store for `record`, unless its key may not be stored there.
///
/// # Errors
/// The key is stored for the other network, or the store is full. A file of the old format is left as it is
/// then.
pub(super) fn open_for(
    app: &App,
    password: &Password,
    record: &NewRecord,
    import: &Import,
) -> anyhow::Result<Writer> {
    let allow_both_networks = import.allow_both_networks;
    if Keystore::detect(&app.settings.path)? == Some(Format::Legacy) {
        let twins = twins_in_legacy(&store::peek(app, password)?, record)?;
        refuse_other_network(&twins, record, allow_both_networks)?;
    }
    let writer = limits::open_for(app, password, import.chain.0, 1, &import.limit)?;
    let twins = twins(&writer, record)?;
    refuse_other_network(&twins, record, allow_both_networks)?;
    tell(&twins, record);
    Ok(writer)
}

/// The wallet under which the key of `record` is stored for the same chain and network already.
///
/// # Errors
/// The key is stored for the other network.
pub(super) fn known(
    writer: &Writer,
    record: &NewRecord,
    allow_both_networks: bool,
) -> anyhow::Result<Option<SignatureId>> {
    let twins = twins(writer, record)?;
    refuse_other_network(&twins, record, allow_both_networks)?;
    Ok(twins.iter().filter(|twin| is_same(twin, record)).find_map(|twin| twin.id.parse().ok()))
}

fn twins(writer: &Writer, record: &NewRecord) -> anyhow::Result<Vec<Entry>> {
    match &record.extras.identity {
        Some(identity) => Ok(writer.find_identity(identity)?),
        None => Ok(Vec::new()),
    }
}

fn is_same(twin: &Entry, record: &NewRecord) -> bool {
    twin.ticker == record.ticker && twin.network == record.network
}

/// Names the wallets that have the same key.
fn tell(twins: &[Entry], record: &NewRecord) {
    let (same, others): (Vec<&Entry>, Vec<&Entry>) =
        twins.iter().partition(|twin| is_same(twin, record));
    if !same.is_empty() {
        let ids: Vec<&str> = same.iter().map(|twin| twin.id.as_str()).collect();
        output::warning(&format!(
            "the same key is stored already as wallet {}; both are polled and billed, remove one",
            ids.join(", ")
        ));
    }
    for twin in others {
        output::note(&format!(
            "the same key is stored as wallet {} for {} {}",
            twin.id, twin.ticker, twin.network
        ));
    }
}

fn refuse_other_network(
    twins: &[Entry],
    record: &NewRecord,
    allow_both_networks: bool,
) -> anyhow::Result<()> {
    let other = twins.iter().find(|twin| twin.network != record.network);
    match other {
        Some(twin) if !allow_both_networks => bail!(
            "this key is stored already for {} as wallet {} ({}), and is now to be stored for {}; use \
             different keys, or --allowBothNetworks if this is meant",
            twin.network,
            twin.id,
            twin.ticker,
            record.network
        ),
        _ => Ok(()),
    }
}

/// The members that tell whose key it is.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Secrets {
    mnemonic: Option<Text>,
    #[serde(rename = "privateKey")]
    private_key: Option<Text>,
    secret: Option<Text>,
}

/// A text that is wiped.
#[derive(PartialEq)]
struct Text(Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Secrets {
    /// The public key of a wallet that holds one private key.
    fn public_key(&mut self, entry: &Entry) -> Option<Vec<u8>> {
        let text = self.private_key.take().or_else(|| self.secret.take())?;
        let chain = registry::find(&entry.ticker).ok()?;
        let key = chain.parse(&KeyText::new(text.0.as_str().to_owned()), entry.network).ok()?;
        Some(key.public().to_bytes())
    }
}

/// An old file has no index of keys, so every wallet is looked at. Mnemonics are compared as text,
/// since their seeds would cost a PBKDF2 each.
fn twins_in_legacy(store: &Keystore, record: &NewRecord) -> anyhow::Result<Vec<Entry>> {
    let read = |json: &str| serde_json::from_str::<Secrets>(json).unwrap_or_default();
    let wanted = read(record.json.expose_secret());
    let mut entries = store.entries()?.into_iter();
    let mut twins = Vec::new();
    store.for_each(|id, json| {
        let mut found = read(json.expose_secret());
        let Some(entry) = entries.find(|entry| entry.id == id) else { return Ok(()) };
        let same = match &wanted.mnemonic {
            Some(mnemonic) => found.mnemonic.as_ref() == Some(mnemonic),
            None => found.mnemonic.is_none() && found.public_key(&entry) == record.extras.identity,
        };
        if same {
            twins.push(entry);
        }
        Ok::<_, anyhow::Error>(())
    })?;
    Ok(twins)
}
