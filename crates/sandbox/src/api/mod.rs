//! The endpoints that don't depend on a chain.

mod faults;
mod kms;
mod ledger;
mod offchain;
mod request;

use std::sync::Arc;

pub(crate) use self::request::{ApiJson, read};
use crate::endpoints::Endpoints;
use crate::sandbox::Sandbox;

pub(crate) fn routes(sandbox: &Sandbox) -> Endpoints<Arc<Sandbox>> {
    kms::routes().merge(faults::routes()).merge(ledger::routes(sandbox)).merge(offchain::routes())
}
