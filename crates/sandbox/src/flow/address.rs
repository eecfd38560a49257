//! Addresses of accounts: eight bytes.

use std::fmt;

use crate::error::ApiError;

/// An account. It is shown with `0x` in front, as the API does; the access node leaves that out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address(pub(super) [u8; 8]);

impl Address {
    /// 16 hex digits, with or without `0x` in front.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 8];
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The same for a property of a request.
    pub(super) fn read(property: &str, text: &str) -> Result<Self, ApiError> {
        Self::parse(text).ok_or_else(|| {
            let reason =
                "an account has 0x and 16 hex digits; POST /sandbox/FLOW/account opens one";
            ApiError::invalid(property, text.into(), reason)
        })
    }

    /// Without `0x`.
    pub(super) fn digits(self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}
