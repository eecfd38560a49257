//! Assets: lumens, and what accounts issue under a code of up to 12 characters.

use serde_json::{Value, json};
use stellar_xdr::{
    AccountId, AlphaNum4, AlphaNum12, Asset as XdrAsset, AssetCode4, AssetCode12, ChangeTrustAsset,
};

use crate::accounts::Asset;

/// What an account issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credit {
    pub(super) code: String,
    pub(super) issuer: String,
}

impl Credit {
    pub(super) fn asset(&self) -> Asset {
        Asset::Token(format!("{}-{}", self.code, self.issuer))
    }

    /// As Horizon shows it.
    pub(super) fn view(&self) -> Value {
        let kind = if self.code.len() <= 4 { "credit_alphanum4" } else { "credit_alphanum12" };
        json!({ "asset_type": kind, "asset_code": self.code, "asset_issuer": self.issuer })
    }

    /// What a payment moves; none for lumens.
    pub(super) fn of(asset: &XdrAsset) -> Option<Self> {
        match asset {
            XdrAsset::Native => None,
            XdrAsset::CreditAlphanum4(asset) => Some(short(asset)),
            XdrAsset::CreditAlphanum12(asset) => Some(long(asset)),
        }
    }

    /// What a trust line is for; none for what needs no line, and for shares of pools.
    pub(super) fn of_line(asset: &ChangeTrustAsset) -> Option<Self> {
        match asset {
            ChangeTrustAsset::CreditAlphanum4(asset) => Some(short(asset)),
            ChangeTrustAsset::CreditAlphanum12(asset) => Some(long(asset)),
            ChangeTrustAsset::Native | ChangeTrustAsset::PoolShare(_) => None,
        }
    }

    /// In XDR; none where the code is no code.
    pub(super) fn to_xdr(&self) -> Option<XdrAsset> {
        let issuer: AccountId = self.issuer.parse().ok()?;
        let code = self.code.as_bytes();
        if code.is_empty() || !code.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        if code.len() <= 4 {
            let asset_code = AssetCode4(padded(code)?);
            return Some(XdrAsset::CreditAlphanum4(AlphaNum4 { asset_code, issuer }));
        }
        let asset_code = AssetCode12(padded(code)?);
        Some(XdrAsset::CreditAlphanum12(AlphaNum12 { asset_code, issuer }))
    }
}

fn short(asset: &AlphaNum4) -> Credit {
    Credit { code: text(&asset.asset_code.0), issuer: asset.issuer.to_string() }
}

fn long(asset: &AlphaNum12) -> Credit {
    Credit { code: text(&asset.asset_code.0), issuer: asset.issuer.to_string() }
}

fn text(code: &[u8]) -> String {
    let end = code.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    String::from_utf8_lossy(&code[..end]).into_owned()
}

fn padded<const N: usize>(code: &[u8]) -> Option<[u8; N]> {
    let mut padded = [0; N];
    padded.get_mut(..code.len())?.copy_from_slice(code);
    Some(padded)
}
