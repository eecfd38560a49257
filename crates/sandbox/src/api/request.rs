//! Bodies, read so that a bad one is refused in the API's shape.

use axum::Json;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::amount;
use crate::error::ApiError;
use crate::pending::Draft;

/// A JSON body.
pub(crate) struct ApiJson<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = Json::from_request(request, state)
            .await
            .map_err(|error| ApiError::invalid("body", Value::Null, error.body_text()))?;
        Ok(Self(body))
    }
}

/// Reads a body that is JSON already.
pub(crate) fn read<T: DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    serde_json::from_value(body)
        .map_err(|error| ApiError::invalid("body", Value::Null, error.to_string()))
}

/// Reads a decimal text as a number of the smallest units.
pub(crate) fn units(property: &str, text: &str, decimals: u8) -> Result<u128, ApiError> {
    let refused = |reason: String| ApiError::invalid(property, text.into(), reason);
    let units = amount::parse(text, decimals).map_err(|error| refused(error.to_string()))?;
    u128::try_from(units)
        .map_err(|_| refused("nobody has so many; give a smaller amount".to_owned()))
}

/// Whom a request names to sign it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedBy {
    signature_id: Option<String>,
    index: Option<u64>,
}

impl SignedBy {
    /// What waits for that wallet's signature.
    pub(crate) fn draft(self, chain: &str, payload: &Value) -> Result<Draft, ApiError> {
        let wallet = self.signature_id.unwrap_or_default();
        if uuid::Uuid::try_parse(&wallet).is_err() {
            let reason = "a wallet's signature id is needed; the sandbox takes no private keys";
            return Err(ApiError::invalid("signatureId", wallet.into(), reason));
        }
        Ok(Draft {
            chain: chain.to_owned(),
            hashes: vec![wallet],
            serialized_transaction: payload.to_string(),
            index: self.index,
            ..Draft::default()
        })
    }
}
