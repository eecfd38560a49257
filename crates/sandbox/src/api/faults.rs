//! `/sandbox/faults`: what goes wrong on purpose.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::faults::{FaultList, FaultSettings};
use crate::request::ApiJson;
use crate::sandbox::Sandbox;

type Desk = State<Arc<Sandbox>>;

pub(super) fn routes() -> Endpoints<Arc<Sandbox>> {
    let faults = json!({ "faults": ["lost-reply=0.1,at=broadcast"], "seed": 0, "latency": 0 });
    let path = "/sandbox/faults";
    Endpoints::new("sandbox")
        .get(path, list, About::new("What goes wrong on purpose").answer(faults.clone()))
        .post(
            path,
            set,
            About::new("Have other things go wrong from now on, in place of all others")
                .body(faults.clone())
                .optional(&["faults", "seed", "latency"])
                .answer(faults.clone())
                .reads(),
        )
        .delete(path, clear, About::new("Have nothing go wrong").answer(faults).reads())
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
