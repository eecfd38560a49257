//! Doors for the fuzz targets. Only there with `--cfg fuzzing`.

use kms_core::{Intent, PendingId};
use kms_crypto::mac::MacKey;
use reqwest::header::{HeaderMap, HeaderValue};

use super::question::{self, Question};
use super::{ApprovalError, answer};

/// Reads an answer to the question about `id` whose nonce is `00` and whose digest is all zeros. `approval` is
/// the header `X-KMS-Approval`; a value that no header can carry counts as none.
///
/// # Errors
/// It is no yes.
pub fn approval_answer(
    id: &PendingId,
    secret: Option<&MacKey>,
    strict: bool,
    status: u16,
    approval: Option<&[u8]>,
) -> Result<(), ApprovalError> {
    let value = approval.and_then(|value| HeaderValue::from_bytes(value).ok());
    let mut headers = HeaderMap::new();
    headers.extend(
        value.map(|value| (reqwest::header::HeaderName::from_static("x-kms-approval"), value)),
    );
    answer::read(&Question::fixed(id), secret, strict, status, &headers)
}

/// The header that says what a transaction does.
pub fn intent_header(intent: &Intent) -> Option<String> {
    question::intent_header(intent)
}
