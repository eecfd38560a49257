//! `/sandbox/faults`: what goes wrong on purpose.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::request::ApiJson;
use crate::error::ApiError;
use crate::faults::{FaultList, FaultSettings};
use crate::server::Sandbox;

type Desk = State<Arc<Sandbox>>;

pub(super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new().route("/sandbox/faults", get(list).post(set).delete(clear))
}

async fn list(State(sandbox): Desk) -> Json<FaultList> {
    Json(sandbox.faults.list())
}

/// Puts the faults of the body in place of all others.
async fn set(
    State(sandbox): Desk,
    ApiJson(body): ApiJson<FaultList>,
) -> Result<Json<FaultList>, ApiError> {
    let settings = body
        .settings()
        .map_err(|error| ApiError::invalid("faults", Value::Null, error.to_string()))?;
    sandbox.faults.set(settings);
    Ok(Json(sandbox.faults.list()))
}

async fn clear(State(sandbox): Desk) -> Json<FaultList> {
    sandbox.faults.set(FaultSettings::default());
    Json(sandbox.faults.list())
}
