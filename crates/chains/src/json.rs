//! Payloads and answers that are JSON.

use kms_core::Payload;
use serde_json::{Map, Value};

use crate::error::PayloadError;

/// The payload as JSON.
///
/// # Errors
/// It is none. The parser's own words may quote the payload; its place can't.
pub(crate) fn value(chain: &'static str, payload: &Payload) -> Result<Value, PayloadError> {
    serde_json::from_str(payload.expose_secret()).map_err(|e| PayloadError::Json {
        chain,
        problem: format!("it breaks off or is damaged at line {} column {}", e.line(), e.column()),
    })
}

/// The payload as a JSON object, its members in their order.
///
/// # Errors
/// It is none.
pub(crate) fn object(
    chain: &'static str,
    payload: &Payload,
) -> Result<Map<String, Value>, PayloadError> {
    match value(chain, payload)? {
        Value::Object(object) => Ok(object),
        _ => Err(PayloadError::Json { chain, problem: "it is not an object".to_owned() }),
    }
}
