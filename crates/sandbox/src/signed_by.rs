//! Who is to sign what an application asks for: the part of a request that is the same on every chain
//! with one signer.

use serde::Deserialize;

use crate::error::ApiError;
use crate::pending::Draft;

/// A wallet of the KMS.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedBy {
    #[serde(default)]
    signature_id: String,
    /// Which key of a mnemonic.
    pub(crate) index: Option<u64>,
}

impl SignedBy {
    /// The wallet's signature id.
    pub(crate) fn wallet(&self) -> Result<String, ApiError> {
        check_wallet("signatureId", &self.signature_id)
    }

    /// The pending transaction of a payload that one wallet signs.
    pub(crate) fn draft(&self, chain: &str, payload: String) -> Result<Draft, ApiError> {
        Ok(Draft {
            chain: chain.to_owned(),
            hashes: vec![self.wallet()?],
            serialized_transaction: payload,
            index: self.index,
            ..Draft::default()
        })
    }
}

/// A signature id, which is a UUID.
pub(crate) fn check_wallet(property: &str, id: &str) -> Result<String, ApiError> {
    if uuid::Uuid::try_parse(id).is_err() {
        let reason = "a wallet's signature id is needed; the sandbox takes no private keys";
        return Err(ApiError::invalid(property, id.into(), reason));
    }
    Ok(id.to_owned())
}
