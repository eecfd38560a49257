//! What there is behind the endpoints.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::chain::Chain;
use crate::error::ApiError;
use crate::faults::Faults;
use crate::history::Past;
use crate::page::Page;
use crate::pending::PendingList;
use crate::settings::Settings;
use crate::{chains, clock};

/// A poll for 25,000 wallets is a body of one megabyte.
pub(crate) const BODY_LIMIT: usize = 16 << 20;

/// The API with everything behind it.
pub(crate) struct Sandbox {
    pub(crate) pending: Arc<PendingList>,
    pub(crate) chains: Vec<Arc<dyn Chain>>,
    pub(crate) faults: Faults,
    pub(crate) page: Page,
    api_key: Option<String>,
    past: Mutex<Option<Past>>,
}

impl Sandbox {
    /// Opens the ledgers of all chains.
    pub(crate) async fn open(settings: Settings) -> Result<Arc<Self>> {
        let past = Past::open(&settings.memory)?;
        let chains = match &past {
            Some(past) => clock::at(past.origin.beginning(), chains::open(&settings)).await?,
            None => chains::open(&settings).await?,
        };
        Ok(Arc::new(Self {
            pending: Arc::default(),
            chains,
            faults: Faults::new(settings.faults),
            page: Page::new(settings.page),
            api_key: settings.api_key,
            past: Mutex::new(past),
        }))
    }

    pub(crate) fn chain(&self, ticker: &str) -> Result<&Arc<dyn Chain>, ApiError> {
        self.chains.iter().find(|chain| chain.ticker() == ticker).ok_or_else(|| {
            let served: Vec<_> = self.chains.iter().map(|chain| chain.ticker()).collect();
            let served = served.join(", ");
            ApiError::invalid("chain", ticker.into(), format!("the sandbox serves {served}"))
        })
    }

    /// The only API key that is accepted, if there is one.
    pub(crate) fn api_key(&self) -> Option<&str> {
        self.api_key.as_deref()
    }

    /// What the state file held; nothing when it was asked for before.
    pub(crate) fn take_past(&self) -> Option<Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
