//! The endpoints that don't depend on a chain.

mod faults;
mod kms;
mod ledger;
mod offchain;

use std::sync::Arc;

use crate::endpoints::Endpoints;
use crate::sandbox::Sandbox;

pub(crate) fn routes(sandbox: &Sandbox) -> Endpoints<Arc<Sandbox>> {
    kms::routes().merge(faults::routes()).merge(ledger::routes(sandbox)).merge(offchain::routes())
}
