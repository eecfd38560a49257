//! The payload of a pending transaction. It may hold a private key, so nothing of it is copied that is not wiped.

use kms_core::Payload;
use kms_crypto::ed25519;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::keys::key_of;
use super::message::Message;
use crate::error::PayloadError;

/// The members as they stand in the text, borrowed from it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    #[serde(rename = "txData")]
    message: &'a str,
    #[serde(rename = "mintPK")]
    mint_key: Option<&'a str>,
}

/// A message, and the key of the account that it makes.
pub(super) struct Request {
    pub(super) message: Message,
    pub(super) mint_key: Option<ed25519::PrivateKey>,
}

impl Request {
    /// # Errors
    /// Says where and what, and nothing of the text.
    pub(super) fn read(chain: &'static str, payload: &Payload) -> Result<Self, PayloadError> {
        let json = |problem: String| PayloadError::Json { chain, problem };
        let text = payload.expose_secret();
        // Whatever is escaped would be copied to be read.
        if text.contains('\\') {
            return Err(json("it has a backslash, which has no place in it".to_owned()));
        }
        let members: Members<'_> = serde_json::from_str(text).map_err(|e| {
            json(format!(
                "it is damaged at line {} column {}, or has other members than the texts txData and mintPK",
                e.line(),
                e.column()
            ))
        })?;
        let field = |field, problem| PayloadError::Field { field, problem };
        let bytes = hex::decode(members.message)
            .map_err(|_| field("txData", "is not hexadecimal".to_owned()))?;
        let message = Message::read(bytes).map_err(|problem| field("txData", problem))?;
        let mint_key = match members.mint_key {
            None => None,
            Some(digits) => Some(mint_key(digits).map_err(|problem| field("mintPK", problem))?),
        };
        Ok(Self { message, mint_key })
    }
}

fn mint_key(digits: &str) -> Result<ed25519::PrivateKey, String> {
    let mut bytes = Zeroizing::new([0; 64]);
    hex::decode_to_slice(digits, bytes.as_mut_slice())
        .map_err(|_| "is not 128 hexadecimal digits".to_owned())?;
    key_of(bytes.as_slice()).map_err(|problem| format!("is no key: {problem}"))
}
