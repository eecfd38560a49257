//! One answer of the approval server, and whether it is the server's.

use kms_crypto::mac::MacKey;
use reqwest::header::HeaderMap;

use super::ApprovalError;
use super::question::Question;

/// What an answer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Approve,
    Deny,
}

/// Reads an answer: a yes, or why not.
///
/// A MAC that is there must be right; in strict mode (`strict`) it must be there, under a denial too.
pub(super) fn read(
    question: &Question<'_>,
    secret: Option<&MacKey>,
    strict: bool,
    status: u16,
    headers: &HeaderMap,
) -> Result<(), ApprovalError> {
    let decision = decision(status).ok_or(ApprovalError::Error { status })?;
    if let Some(secret) = secret {
        check(question, secret, strict, decision, headers)
            .map_err(|problem| ApprovalError::Unauthenticated { status, problem })?;
    }
    match decision {
        Decision::Approve => Ok(()),
        Decision::Deny => Err(ApprovalError::Denied { status }),
    }
}

/// What a status decides, if anything. "Not now" (408, 425, 429) is no denial.
fn decision(status: u16) -> Option<Decision> {
    match status {
        200..=299 => Some(Decision::Approve),
        408 | 425 | 429 => None,
        400..=499 => Some(Decision::Deny),
        _ => None,
    }
}

fn check(
    question: &Question<'_>,
    secret: &MacKey,
    strict: bool,
    decision: Decision,
    headers: &HeaderMap,
) -> Result<(), &'static str> {
    let Some(value) = headers.get("x-kms-approval") else {
        return if strict { Err("without an X-KMS-Approval header") } else { Ok(()) };
    };
    let tag = hex::decode(value.as_bytes()).map_err(|_| "its X-KMS-Approval is not hex")?;
    if secret.is_tag(canonical(question, decision).as_bytes(), &tag) {
        return Ok(());
    }
    Err("its X-KMS-Approval is not for this question and this decision")
}

/// The text that `x-kms-approval` is made of: five lines, the last without an end.
fn canonical(question: &Question<'_>, decision: Decision) -> String {
    let decision = match decision {
        Decision::Approve => "approve",
        Decision::Deny => "deny",
    };
    let (nonce, id, digest) = (&question.nonce, question.id, question.digest);
    format!("tatum-kms approval answer 1\n{nonce}\n{id}\n{digest}\n{decision}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_now_is_neither_yes_nor_no() {
        assert_eq!(decision(204), Some(Decision::Approve));
        assert_eq!(decision(403), Some(Decision::Deny));
        assert_eq!(decision(404), Some(Decision::Deny));
        for neither in [101, 302, 408, 425, 429, 500, 503, 600] {
            assert_eq!(decision(neither), None, "{neither}");
        }
    }
}
