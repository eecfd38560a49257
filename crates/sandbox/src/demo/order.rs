//! How a transfer is asked for, on chains where one request has one sender and one recipient.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::stage::Stage;
use super::{Asset, DemoChain, Order};
use crate::amount;
use crate::kms::Wallet;

/// A transfer that is to be asked for.
pub(super) struct Wish<'a> {
    pub(super) wallet: &'a Wallet,
    pub(super) signed_by: &'a str,
    /// Which key of a mnemonic, where the request names it.
    pub(super) index: Option<u32>,
    pub(super) asset: Asset,
    pub(super) amount: &'a str,
    pub(super) recipient: &'a str,
}

impl Wish<'_> {
    /// Asks for it, with a body that lacks only who signs.
    pub(super) async fn place(
        self,
        chain: &dyn DemoChain,
        stage: &Stage,
        path: &str,
        mut body: Value,
    ) -> Result<Order> {
        let before = chain.balance(stage, &self.asset, self.recipient).await?;
        body["signatureId"] = json!(self.wallet.signature_id);
        if let Some(index) = self.index {
            body["index"] = index.into();
        }
        let queued = stage.post(path, &body).await?;
        Ok(Order {
            pending_id: queued["signatureId"].as_str().context("no pending id")?.to_owned(),
            signed_by: self.signed_by.to_owned(),
            recipient: self.recipient.to_owned(),
            units: amount::parse(self.amount, self.asset.decimals)?,
            asset: self.asset,
            before,
        })
    }
}
