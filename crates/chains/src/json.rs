//! Payloads that are JSON.

use kms_core::Payload;
use serde_json::{Map, Value};

use crate::error::PayloadError;

/// Reads a payload that must be an object.
///
/// # Errors
/// It is no JSON, or something else than an object, or nested more than 128 deep. None of its text is repeated.
pub(crate) fn object(
    chain: &'static str,
    payload: &Payload,
) -> Result<Map<String, Value>, PayloadError> {
    let json = |problem: String| PayloadError::Json { chain, problem };
    let value = serde_json::from_str(payload.expose_secret()).map_err(|e| {
        json(format!("it breaks off or is damaged at line {} column {}", e.line(), e.column()))
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(json("it is not an object".to_owned())),
    }
}
