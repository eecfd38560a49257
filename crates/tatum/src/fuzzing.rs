//! Doors for the fuzz targets: parsers that nobody else may call. Only there with `--cfg fuzzing`.

use std::time::{Duration, SystemTime};

use crate::error::ApiError;
use crate::pending::{self, Pending};
use crate::text::{escaped, of_error_body};
use crate::{retry, update_notice};

/// The answer to a poll.
///
/// # Errors
/// It is no list.
pub fn pending(body: &[u8]) -> Result<Pending, ApiError> {
    pending::read(body)
}

/// What the body of an error answer says, as it is shown.
pub fn error_words(body: &[u8]) -> String {
    escaped(&of_error_body(body))
}

/// How long the header `Retry-After` says to wait.
pub fn retry_after(text: &str) -> Option<Duration> {
    retry::read_retry_after(text, SystemTime::UNIX_EPOCH)
}

/// The version and the message of a note about an update.
pub fn update_notice(text: &str) -> Option<(String, String)> {
    update_notice::parse(text).map(|notice| (notice.version, notice.message))
}
