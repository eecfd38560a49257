//! Every chain the sandbox serves. To add one: write its folder, then its line here.

use std::sync::Arc;

use anyhow::Result;

use crate::chain::Chain;
use crate::ethereum::Ethereum;
use crate::server::Settings;

/// Opens all of them.
pub async fn open(settings: &Settings) -> Result<Vec<Arc<dyn Chain>>> {
    Ok(vec![Arc::new(Ethereum::open(settings.eth_node.as_ref()).await?)])
}
