//! The endpoints that don't depend on a chain.

mod faults;
mod kms;
mod ledger;
mod request;

use std::sync::Arc;

use axum::Router;

pub(crate) use self::request::{ApiJson, read};
use crate::server::Sandbox;

pub(crate) fn routes(sandbox: &Sandbox) -> Router<Arc<Sandbox>> {
    kms::routes().merge(faults::routes()).merge(ledger::routes(sandbox))
}
