//! Refusals in the shape the API gives them: `{"statusCode", "errorCode", "message", "data"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that says no.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    status: StatusCode,
    code: Option<&'static str>,
    message: String,
    data: Option<Value>,
}

impl ApiError {
    /// 403 with an error code: the request was understood and is refused.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: Some(code),
            message: message.into(),
            data: None,
        }
    }

    /// 403 for an id that no pending transaction has.
    pub fn missing(id: &str) -> Self {
        Self::refused("kms.missing", format!("No such KMS signature with id '{id}'."))
    }

    /// 400: one property of the body, path or query is not what it has to be.
    pub fn invalid(property: &str, value: Value, reason: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: Some("validation.failed"),
            message: "Request validation failed. Please see data for additional information."
                .to_owned(),
            data: Some(json!([{
                "property": property,
                "value": value,
                "constraints": { "sandbox": reason.into() },
            }])),
        }
    }

    /// 401: no API key, or another one than the sandbox was started with.
    pub fn unauthorized(message: &str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: Some("subscription.invalid"),
            message: message.to_owned(),
            data: None,
        }
    }

    /// 403 without an error code: the request comes from where none should come from.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: None, message: message.into(), data: None }
    }

    /// 404: nothing is served there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: Some("not.found"),
            message: message.into(),
            data: None,
        }
    }

    /// 500: the node behind the sandbox did not do its part.
    pub fn broken(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: None,
            message: message.into(),
            data: None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "statusCode": self.status.as_u16(), "message": self.message });
        if let Some(code) = self.code {
            body["errorCode"] = code.into();
        }
        if let Some(data) = self.data {
            body["data"] = data;
        }
        (self.status, Json(body)).into_response()
    }
}
