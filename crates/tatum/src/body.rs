//! Reading a body, and no more of it than an honest answer has.

use reqwest::Response;

use crate::error::ApiError;
use crate::text::causes;

/// Bytes of an answer to a poll: 25,000 transactions fit.
pub(crate) const POLL_LIMIT: usize = 32 * 1024 * 1024;
/// Bytes of any other answer.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// The body of `response`, up to `limit` bytes. Bodies are not compressed: the client accepts no encoding.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, ApiError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(ApiError::TooLarge { limit });
    }
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = response.chunk().await.map_err(|e| ApiError::NoAnswer(causes(e)))? {
        if body.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
