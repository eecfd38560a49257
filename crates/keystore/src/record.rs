//! What a wallet's JSON says, and what a sealed row holds.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use kms_core::{KeyText, Mnemonic, Network, Seed, SignatureId, Wallet, WalletJson};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// What signs in a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A mnemonic, whatever else.
    Mnemonic,
    /// `privateKey` and no mnemonic.
    PrivateKey,
    /// `secret` and neither of the others.
    Secret,
    /// Nothing, or no chain or network: a record from an old file that no chain can use. Kept as it is.
    Other,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Mnemonic => "mnemonic",
            Self::PrivateKey => "privateKey",
            Self::Secret => "secret",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Mnemonic, Self::PrivateKey, Self::Secret, Self::Other]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// A wallet as it can be listed without opening it.
///
/// Read from clear columns, which are authenticated only when the wallet itself is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id. In an old file it may be any text.
    pub id: String,
    /// The chain code it was stored under, as it was given. Empty where an old record has none.
    pub ticker: String,
    /// Its network. Mainnet where an old record has none; such a record is [`Kind::Other`].
    pub network: Network,
    /// What signs.
    pub kind: Kind,
}

/// What the caller, who knows chains, adds to a wallet.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// The seed of the mnemonic, so that a signature costs no PBKDF2.
    pub seed: Option<Seed>,
    /// The address, on chains where a wallet has exactly one. Can be looked up.
    pub address: Option<String>,
    /// Bytes that are equal for the same key on any chain and network. Can be looked up; may be secret.
    pub identity: Option<Vec<u8>>,
}

/// A wallet to be stored.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Its id, which must be new.
    pub id: SignatureId,
    /// The chain code, as it was given.
    pub ticker: String,
    /// Its network.
    pub network: Network,
    /// The wallet, kept verbatim.
    pub json: WalletJson,
    /// What is kept with it.
    pub extras: Extras,
}

/// The members of a wallet's JSON that mean something to us. Secrets go straight into their types.
#[derive(Default)]
pub(crate) struct Fields {
    chain: Option<String>,
    testnet: Option<bool>,
    mnemonic: Option<Mnemonic>,
    private_key: Option<KeyText>,
    secret: Option<KeyText>,
    xpub: Option<String>,
    pub(crate) address: Option<String>,
}

impl Fields {
    /// What `json` says; of a text that is not an object, nothing.
    pub(crate) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self { chain: None, .. } | Self { testnet: None, .. } => Kind::Other,
            Self { mnemonic: Some(_), .. } => Kind::Mnemonic,
            Self { private_key: Some(_), .. } => Kind::PrivateKey,
            Self { secret: Some(_), .. } => Kind::Secret,
            _ => Kind::Other,
        }
    }

    pub(crate) fn entry(&self, id: &str) -> Entry {
        Entry {
            id: id.to_owned(),
            ticker: self.chain.clone().unwrap_or_default(),
            network: Network::from_testnet(self.testnet.unwrap_or(false)),
            kind: self.kind(),
        }
    }

    /// The wallet. What no chain can use comes without its secrets, so that nothing can sign with it.
    pub(crate) fn wallet(self, id: SignatureId, entry: Entry, json: WalletJson) -> Wallet {
        let usable = entry.kind != Kind::Other;
        Wallet {
            id,
            ticker: entry.ticker,
            network: entry.network,
            mnemonic: self.mnemonic.filter(|_| usable),
            seed: None,
            key: self.private_key.or(self.secret).filter(|_| usable),
            xpub: self.xpub,
            address: self.address,
            json,
        }
    }

    fn set(&mut self, member: &str, value: &RawValue) {
        // A member of another type than expected is as good as absent.
        let text = || serde_json::from_str::<String>(value.get()).ok();
        match member {
            "chain" => self.chain = text(),
            "testnet" => self.testnet = serde_json::from_str(value.get()).ok(),
            "mnemonic" => self.mnemonic = text().map(Mnemonic::new),
            "privateKey" => self.private_key = text().map(KeyText::new),
            "secret" => self.secret = text().map(KeyText::new),
            "xpub" => self.xpub = text(),
            "address" => self.address = text(),
            _ => {}
        }
    }
}

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a wallet")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some(member) = map.next_key::<Cow<'de, str>>()? {
                    fields.set(&member, map.next_value()?);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// What is sealed in a row.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) json: WalletJson,
    pub(crate) extras: Extras,
    pub(crate) label: Option<String>,
    /// The first index whose address was not given out yet.
    pub(crate) next_index: u32,
}

/// Field numbers in a sealed row.
const JSON: u8 = 1;
const SEED: u8 = 2;
const ADDRESS: u8 = 3;
const IDENTITY: u8 = 4;
const LABEL: u8 = 5;
const NEXT_INDEX: u8 = 6;
/// Number and length in front of each field.
const FIELD_HEADER_LEN: usize = 9;

impl Content {
    /// The fields one after the other: number (one byte), length (eight bytes, little-endian), bytes.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let next_index = i64::from(self.next_index).to_le_bytes();
        let fields: [(u8, Option<&[u8]>); 6] = [
            (JSON, Some(self.json.expose_secret().as_bytes())),
            (SEED, self.extras.seed.as_ref().map(|seed| &seed.expose_secret()[..])),
            (ADDRESS, self.extras.address.as_deref().map(str::as_bytes)),
            (IDENTITY, self.extras.identity.as_deref()),
            (LABEL, self.label.as_deref().map(str::as_bytes)),
            (NEXT_INDEX, Some(&next_index[..]).filter(|_| self.next_index > 0)),
        ];
        let present = || fields.iter().filter_map(|(number, bytes)| Some((*number, (*bytes)?)));
        // Reserved at once: a vector that grows would leave copies of secrets behind.
        let len = present().map(|(_, bytes)| FIELD_HEADER_LEN + bytes.len()).sum();
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        for (number, bytes) in present() {
            out.push(number);
            let length = u64::try_from(bytes.len()).expect("a length fits in 64 bits");
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        out
    }

    /// The reverse; none if the bytes are anything else than what [`Content::encode`] writes.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut json = None;
        let mut extras = Extras::default();
        let mut label = None;
        let mut next_index = 0;
        let mut previous = 0;
        while !bytes.is_empty() {
            let (&number, rest) = bytes.split_first()?;
            let (length, rest) = rest.split_first_chunk()?;
            let (field, rest) =
                rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            if number <= previous {
                return None;
            }
            match number {
                JSON => json = Some(WalletJson::new(std::str::from_utf8(field).ok()?.to_owned())),
                SEED => {
                    let field: &[u8; 64] = field.try_into().ok()?;
                    extras.seed = Some(Seed::init_with_mut(|seed| seed.copy_from_slice(field)));
                }
                ADDRESS => extras.address = Some(String::from_utf8(field.to_vec()).ok()?),
                IDENTITY => extras.identity = Some(field.to_vec()),
                LABEL => label = Some(String::from_utf8(field.to_vec()).ok()?),
                NEXT_INDEX => {
                    let next = u32::try_from(i64::from_le_bytes(field.try_into().ok()?)).ok();
                    next_index = next.filter(|next| *next > 0)?;
                }
                _ => return None,
            }
            previous = number;
            bytes = rest;
        }
        Some(Self { json: json?, extras, label, next_index })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::{ProptestConfig, any};

    use super::*;

    fn kind(json: &str) -> Kind {
        Fields::read(json).kind()
    }

    #[test]
    fn kind_is_what_signs() {
        assert_eq!(
            kind(r#"{"mnemonic":"m","privateKey":"k","chain":"SOL","testnet":true}"#),
            Kind::Mnemonic
        );
        assert_eq!(kind(r#"{"privateKey":"k","chain":"ETH","testnet":false}"#), Kind::PrivateKey);
        assert_eq!(
            kind(r#"{"address":"r","secret":"s","chain":"XRP","testnet":false}"#),
            Kind::Secret
        );
    }

    #[test]
    fn what_no_chain_can_use_gives_no_secret() {
        for json in [
            r#"{"mnemonic":"m","chain":"ETH"}"#,
            r#"{"mnemonic":"m","testnet":true}"#,
            r#"{"mnemonic":"m","chain":"ETH","testnet":"true"}"#,
            r#"{"mnemonic":7,"chain":"ETH","testnet":true}"#,
            "5",
            "[]",
        ] {
            let fields = Fields::read(json);
            let entry = fields.entry("id");
            assert_eq!(entry.kind, Kind::Other, "{json}");
            let wallet = fields.wallet("id".parse().unwrap(), entry, WalletJson::new(json.into()));
            assert!(wallet.mnemonic.is_none() && wallet.key.is_none());
            assert_eq!(wallet.json.expose_secret(), json);
        }
    }

    #[test]
    fn of_double_members_the_last_counts() {
        let fields = Fields::read(r#"{"chain":"A","chain":"B","testnet":true,"secret":"s"}"#);
        assert_eq!(fields.entry("id").ticker, "B");
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_content_survives_encoding(
            json: String,
            seed in option::of(vec(any::<u8>(), 64)),
            address: Option<String>,
            identity: Option<Vec<u8>>,
            label: Option<String>,
            next_index: u32,
        ) {
            let seed = seed.map(|seed| Seed::init_with_mut(|out| out.copy_from_slice(&seed)));
            let extras = Extras { seed, address: address.clone(), identity: identity.clone() };
            let json = WalletJson::new(json);
            let bytes = Content { json, extras, label: label.clone(), next_index }.encode();
            let back = Content::decode(&bytes).unwrap();
            assert_eq!(back.encode(), bytes);
            assert_eq!((back.extras.address, back.extras.identity), (address, identity));
            assert_eq!((back.label, back.next_index), (label, next_index));
        }
    }

    #[test]
    fn content_survives_encoding() {
        let content = Content {
            json: WalletJson::new("{\"a\": 1}".into()),
            extras: Extras {
                seed: Some(Seed::init_with_mut(|seed| seed.fill(7))),
                address: Some("addr".into()),
                identity: Some(vec![1, 2]),
            },
            label: None,
            next_index: 1 << 31,
        };
        let bytes = content.encode();
        let back = Content::decode(&bytes).unwrap();
        assert_eq!(back.json.expose_secret(), "{\"a\": 1}");
        assert_eq!(back.extras.seed.unwrap().expose_secret(), &[7; 64]);
        assert_eq!(back.extras.address.as_deref(), Some("addr"));
        assert_eq!(back.extras.identity, Some(vec![1, 2]));
        assert_eq!((back.label, back.next_index), (None, 1 << 31));
        for len in 0..bytes.len() {
            let cut = Content::decode(&bytes[..len]);
            assert!(cut.is_none_or(|cut| *cut.encode() == bytes[..len]));
        }
    }
}
