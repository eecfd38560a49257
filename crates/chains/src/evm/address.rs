//! Addresses: 20 bytes, and the ways to write them.

use std::fmt;

use kms_crypto::hash::keccak256;
use kms_crypto::secp256k1::PublicKey;

/// The account or contract at the last 20 bytes of a Keccak-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(pub(crate) [u8; 20]);

impl Address {
    /// The address of a key.
    pub(crate) fn of(key: &PublicKey) -> Self {
        let hash = keccak256(&key.to_uncompressed()[1..]);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&hash[12..]);
        Self(bytes)
    }

    /// `0x` and 40 lower-case digits.
    pub(crate) fn to_hex(self) -> String {
        format!("0x{}", hex::encode(self.0))
    }

    /// `0x` and 40 digits whose letter case is a checksum (EIP-55).
    pub(crate) fn to_checksummed(self) -> String {
        let digits = hex::encode(self.0);
        let hash = hex::encode(keccak256(digits.as_bytes()));
        let cased = digits.chars().zip(hash.chars());
        let cased = cased.map(|(c, h)| if h >= '8' { c.to_ascii_uppercase() } else { c });
        format!("0x{}", cased.collect::<String>())
    }

    fn from_digits(digits: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// How a chain writes addresses, and which forms of its own it reads besides hex.
#[derive(Clone, Copy)]
pub(crate) enum Spelling {
    /// `0x…`
    Hex,
    /// Writes `0x…`, reads Bech32 with this prefix too.
    HexOrBech32(&'static str),
    /// Writes `xdc…`, reads `0x…` too.
    Xdc,
}

/// Why a text is not an address; says what was found.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("is {0:?}, which is not an address; write 0x and 40 hexadecimal digits")]
    Shape(String),
    #[error(
        "is {0:?}, whose letter case is not the checksum of an address; check it letter by letter"
    )]
    Checksum(String),
}

impl AddressError {
    /// The same without what was found, which may be a secret given in the wrong place.
    pub(crate) fn without_text(&self) -> &'static str {
        match self {
            Self::Shape(_) => "is not valid: write 0x and 40 hexadecimal digits",
            Self::Checksum(_) => {
                "has a letter case that is not its checksum; check it letter by letter"
            }
        }
    }
}

impl Spelling {
    /// The address as the commands print it.
    pub(super) fn write(self, address: &Address) -> String {
        match self {
            Self::Hex | Self::HexOrBech32(_) => address.to_hex(),
            Self::Xdc => format!("xdc{}", hex::encode(address.0)),
        }
    }

    /// The address as a person should read it: with a checksum where the chain has one.
    pub(super) fn write_checksummed(self, address: &Address) -> String {
        match self {
            Self::Hex | Self::HexOrBech32(_) => address.to_checksummed(),
            Self::Xdc => self.write(address),
        }
    }

    /// Reads an address: 40 digits with or without `0x`, all lower, all upper or with a correct
    /// checksum; a direct ICAP number (`XE…`); or the chain's own form.
    pub(crate) fn read(self, text: &str) -> Result<Address, AddressError> {
        let shape = || AddressError::Shape(text.chars().take(42).collect());
        if let Some(digits) = self.strip(text) {
            let address = Address::from_digits(digits).ok_or_else(shape)?;
            let lower = digits.chars().any(|c| c.is_ascii_lowercase());
            let upper = digits.chars().any(|c| c.is_ascii_uppercase());
            let mixed = lower && upper;
            if mixed && address.to_checksummed()[2..] != *digits {
                return Err(AddressError::Checksum(text.to_owned()));
            }
            return Ok(address);
        }
        match self {
            Self::HexOrBech32(hrp) if text.to_ascii_lowercase().starts_with(hrp) => {
                from_bech32(hrp, text).ok_or_else(shape)
            }
            _ => from_icap(text).ok_or_else(shape),
        }
    }

    /// The digits of a hexadecimal form.
    fn strip(self, text: &str) -> Option<&str> {
        let own = if matches!(self, Self::Xdc) { text.strip_prefix("xdc") } else { None };
        let digits = own.or(text.strip_prefix("0x")).or(text.strip_prefix("0X")).unwrap_or(text);
        (digits.len() == 40 && digits.is_ascii()).then_some(digits)
    }
}

fn from_bech32(hrp: &str, text: &str) -> Option<Address> {
    let decoded = bech32::primitives::decode::CheckedHrpstring::new::<bech32::Bech32>(text).ok()?;
    if !decoded.hrp().as_str().eq_ignore_ascii_case(hrp) {
        return None;
    }
    Some(Address(decoded.byte_iter().collect::<Vec<u8>>().try_into().ok()?))
}

/// ICAP, direct form: `XE`, two check digits (ISO 13616), the address in base 36.
/// <https://eips.ethereum.org/EIPS/eip-7> draft and <https://github.com/ethereum/wiki/wiki/ICAP>
fn from_icap(text: &str) -> Option<Address> {
    let upper = text.to_ascii_uppercase();
    let body = upper.strip_prefix("XE")?;
    if !matches!(body.len(), 32 | 33) || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let (check, number) = body.split_at(2);
    let rearranged = format!("{number}XE{check}");
    let digit = |c: char| c.to_digit(36);
    let remainder = rearranged.chars().try_fold(0_u32, |sum, c| {
        let value = digit(c)?;
        Some(if value < 10 { sum * 10 + value } else { sum * 100 + value } % 97)
    })?;
    if remainder != 1 {
        return None;
    }
    let mut bytes = [0_u8; 20];
    for c in number.chars() {
        let mut carry = digit(c)?;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 36;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(Address(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From EIP-55.
    const CHECKSUMMED: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

    #[test]
    fn letter_case_is_a_checksum() {
        let address = Spelling::Hex.read(CHECKSUMMED).unwrap();
        assert_eq!(address.to_checksummed(), CHECKSUMMED);
        for same in [CHECKSUMMED.to_lowercase(), CHECKSUMMED[2..].to_uppercase()] {
            assert_eq!(Spelling::Hex.read(&same), Ok(address), "{same}");
        }
        let wrong = CHECKSUMMED.replace("5aA", "5Aa");
        assert_eq!(Spelling::Hex.read(&wrong), Err(AddressError::Checksum(wrong.clone())));
    }

    #[test]
    fn chains_read_their_own_forms_only() {
        let hex = "0xdc00000000000000000000000000000000000001";
        let address = Spelling::Xdc.read(hex).unwrap();
        assert_eq!(address.to_hex(), hex);
        assert_eq!(Spelling::Xdc.read(&hex.replace("0x", "xdc")), Ok(address));
        assert!(Spelling::Hex.read(&hex.replace("0x", "xdc")).is_err());
        let one = "one1xa4ce4axcaz2y83wcwuu874cwscz0wl4rmkmjp";
        let address = Spelling::HexOrBech32("one").read(one).unwrap();
        assert_eq!(address.to_hex(), "0x376b8cd7a6c744a21e2ec3b9c3fab8743027bbf5");
        assert!(Spelling::Hex.read(one).is_err());
    }

    /// The example of the ICAP specification.
    #[test]
    fn direct_icap_numbers_are_read() {
        let address = Spelling::Hex.read("XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS").unwrap();
        assert_eq!(address.to_hex(), "0x00c5496aee77c1ba1f0854206a26dda82a81d6d8");
        assert!(Spelling::Hex.read("XE7438O073KYGTWWZN0F2WZ0R8PX5ZPPZS").is_err());
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in ["", "0x", "0x1234", "alice.eth", "0x49ff8002562b9736b1027e91f6027cf7e5e2ea1g"] {
            assert!(matches!(Spelling::Hex.read(bad), Err(AddressError::Shape(_))), "{bad}");
        }
    }
}
