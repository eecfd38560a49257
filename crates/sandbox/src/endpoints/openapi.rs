//! The descriptions as OpenAPI 3.1 has them.
//!
//! <https://spec.openapis.org/oas/v3.1.0>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::glossary::describe;
use super::{Described, Verb};

const ABOUT: &str = "A stand-in for the Tatum API on loopback, for test networks only. Transactions are \
    queued with the `signatureId` of a wallet of the KMS, signed by its daemon, and verified here as \
    the chain would. Any API key will do, unless one was set with --apiKey. Every answer carries the \
    header `x-tatum-sandbox: testnet`.";

const FAULT: &str = "What goes wrong with this request on purpose, as in POST /sandbox/faults, such as \
    `lost-reply` or `status-503,executed`; with `;N` behind it, with this one and the next ones of \
    the same method and path, N in all.";

/// The whole document.
pub(crate) fn document(endpoints: &[Described]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        path[endpoint.method.name().to_ascii_lowercase()] = operation(endpoint);
    }
    let tags: BTreeSet<_> = endpoints.iter().map(|endpoint| endpoint.tag).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "tatum-sandbox", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
        },
        "servers": [{ "url": "/" }],
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Value>(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": { "type": "apiKey", "in": "header", "name": "x-api-key" },
            },
            "parameters": { "fault": {
                "name": "x-sandbox-fault", "in": "header", "required": false,
                "description": FAULT, "schema": { "type": "string" },
            } },
            "responses": { "refusal": {
                "description": "Refused: 400 for what can't be read, 401 without an API key, 403 for \
                                what is not possible, 404 for what is not served",
                "content": { "application/json": { "schema": {
                    "$ref": "#/components/schemas/Refusal",
                } } },
            } },
            "schemas": { "Refusal": refusal() },
        },
    })
}

fn operation(endpoint: &Described) -> Value {
    let Described { method, path, tag, about } = endpoint;
    let mut parameters: Vec<_> = open_parts(path)
        .zip(&about.at)
        .map(|(name, example)| parameter(name, "path", example, true))
        .collect();
    for (name, example, required) in &about.query {
        parameters.push(parameter(name, "query", example, *required));
    }
    parameters.push(json!({ "$ref": "#/components/parameters/fault" }));
    let mut operation = json!({
        "operationId": operation_id(*method, path),
        "tags": [tag],
        "summary": about.summary,
        "parameters": parameters,
        "responses": { "default": { "$ref": "#/components/responses/refusal" } },
    });
    match &about.answer {
        Some(answer) => {
            operation["responses"]["200"] = json!({
                "description": "Done",
                "content": { "application/json": { "schema": schema(answer, &[]), "example": answer } },
            });
        }
        None => operation["responses"]["204"] = json!({ "description": "Done; there is no body" }),
    }
    if let Some(body) = &about.body {
        let schema = schema(body, about.optional);
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema, "example": body } },
        });
    }
    if path.starts_with("/v3/") && !path.contains("{key}") {
        operation["security"] = json!([{ "apiKey": [] }]);
    }
    operation
}

/// The names between braces.
pub(super) fn open_parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn operation_id(method: Verb, path: &str) -> String {
    let words =
        path.split(|byte: char| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<_> = words.collect();
    format!("{}_{}", method.name().to_ascii_lowercase(), words.join("_"))
}

fn parameter(name: &str, place: &str, example: &str, required: bool) -> Value {
    json!({
        "name": name, "in": place, "required": required, "description": describe(name),
        "schema": { "type": "string" }, "example": example,
    })
}

/// What an example is one of. Of an object only the outermost members can be optional.
fn schema(example: &Value, optional: &[&str]) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => {
            json!({ "type": "array", "items": items.first().map_or(json!({}), |item| schema(item, optional)) })
        }
        Value::Object(members) => {
            let required: Vec<_> =
                members.keys().filter(|name| !optional.contains(&name.as_str())).collect();
            let member = |(name, value): (&String, &Value)| {
                let mut schema = schema(value, &[]);
                let words = describe(name);
                if !words.is_empty() {
                    schema["description"] = words.into();
                }
                (name.clone(), schema)
            };
            let properties: Map<_, _> = members.iter().map(member).collect();
            json!({ "type": "object", "required": required, "properties": properties })
        }
    }
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "required": ["statusCode", "message"],
        "properties": {
            "statusCode": { "type": "integer", "description": "The status once more" },
            "errorCode": { "type": "string", "description": "What programs go by, such as kms.missing" },
            "message": { "type": "string", "description": "What people read" },
            "data": {
                "type": "array",
                "description": "What is wrong with which property, where the request can't be read",
                "items": { "type": "object" },
            },
        },
    })
}
