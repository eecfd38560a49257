//! The description of the API, held against the API: every endpoint is called with its own example.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use std::path::{Path, PathBuf};

use common::{Api, text};
use serde_json::{Map, Value, json};

/// An operation of the description.
struct Operation {
    method: String,
    path: String,
    description: Value,
}

async fn operations(api: &Api) -> Vec<Operation> {
    let (status, document) = api.get("/openapi.json").await;
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.0")));
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let of_method = |(method, description): (&String, &Value)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            description: description.clone(),
        };
        methods.as_object().unwrap().iter().map(of_method).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// With the examples of the parameters in their places.
    fn url(&self, base: &str) -> String {
        let (mut path, mut query) = (self.path.clone(), String::new());
        for parameter in self.description["parameters"].as_array().unwrap() {
            let Some(name) = parameter["name"].as_str() else { continue };
            let example = text(&parameter["example"]);
            if parameter["in"] == "path" {
                path = path.replace(&format!("{{{name}}}"), &example);
            } else {
                query = format!("{query}&{name}={example}");
            }
        }
        assert!(!path.contains('{'), "{}: a part of the path has no example", self.name());
        format!("{base}{path}?{}", query.trim_start_matches('&'))
    }

    fn body(&self) -> Option<&Value> {
        self.description["requestBody"]["content"]["application/json"].get("example")
    }

    /// The example of a fault would strike what is asked next.
    async fn calm(&self, api: &Api) {
        assert_eq!(api.delete(&self.path).await.0, 200);
    }

    async fn call(&self, api: &Api, body: Option<&Value>) -> (u16, Value) {
        let method = self.method.parse().unwrap();
        let mut request =
            api.client.request(method, self.url(&api.base)).header("x-api-key", "key");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }
}

/// What does not hold, at which place.
fn wrong(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        return vec![format!("{at}: {value} is no {}", schema["type"])];
    }
    let mut found = Vec::new();
    let none = Map::new();
    for (name, of) in schema["properties"].as_object().unwrap_or(&none) {
        match value.get(name) {
            Some(member) => found.extend(wrong(of, member, &format!("{at}.{name}"))),
            None if schema["required"].as_array().unwrap().contains(&json!(name)) => {
                found.push(format!("{at}.{name} is missing"));
            }
            None => {}
        }
    }
    for item in value.as_array().into_iter().flatten() {
        found.extend(wrong(&schema["items"], item, &format!("{at}[]")));
    }
    found
}

#[tokio::test]
async fn every_endpoint_answers_its_own_example_as_described() {
    let api = Api::start().await;
    let mut problems = Vec::new();
    let mut done = 0;
    for operation in operations(&api).await {
        let (status, answer) = operation.call(&api, operation.body()).await;
        let name = operation.name();
        let is_absent = status == 405 || text_of(&answer).starts_with("Cannot ");
        if is_absent || status >= 500 {
            problems.push(format!("{name}: {status} {answer}"));
        }
        // A hash that nobody has sent, bytes that are no transaction: refused, but as described.
        let refused = &answer["errorCode"];
        let is_example = operation.path.contains("/node") || operation.path.ends_with("/sign");
        if refused == "validation.failed" && !is_example {
            problems.push(format!("{name}: its example is refused: {answer}"));
        }
        let described = &operation.description["responses"];
        let Some(content) = described["200"]["content"].get("application/json") else { continue };
        problems.extend(wrong(
            &content["schema"],
            &content["example"],
            &format!("{name}, example"),
        ));
        if status == 200 {
            problems.extend(wrong(&content["schema"], &answer, &name));
            done += 1;
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(done > 100, "only {done} endpoints have done something");
}

fn text_of(answer: &Value) -> &str {
    answer["message"].as_str().unwrap_or_default()
}

/// What goes with another property, so that leaving out one alone is refused.
const TOGETHER: &[&str] = &[
    "fee",
    "changeAddress",
    "token",
    "issuerAccount",
    "feePayer",
    "feePayerSignatureId",
    "gasLimit",
    "gasPrice",
    "params",
    "rippling",
];

/// The accounts of the examples, where they must be there.
const ACCOUNTS: [(&str, &str); 2] = [
    ("XRP", "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"),
    ("XLM", "GCEZWKCA5VLDNRLN3RPRJMRZOX3Z6G5CHCGSNFHEYVXM3XOJMDS674JZ"),
];

#[tokio::test]
async fn what_is_required_is_required_and_what_is_optional_is_not() {
    let api = Api::start().await;
    // These ledgers number a transaction when it is asked for: the account comes before the wallet.
    for (chain, address) in ACCOUNTS {
        let body = json!({ "address": address, "amount": "50" });
        assert_eq!(api.post(&format!("/sandbox/{chain}/faucet"), body).await.0, 200);
    }
    let mut problems = Vec::new();
    for operation in operations(&api).await {
        let Some(body) = operation.body().filter(|body| body.is_object()) else { continue };
        // Nodes have their own words for what they can't read, and ledgers may be asked for nothing.
        if operation.path.contains("node") || operation.path.contains("web3") {
            continue;
        }
        let schema = &operation.description["requestBody"]["content"]["application/json"]["schema"];
        problems.extend(wrong(schema, body, &operation.name()));
        let required = schema["required"].as_array().unwrap();
        for name in
            body.as_object().unwrap().keys().filter(|name| !TOGETHER.contains(&name.as_str()))
        {
            let mut without = body.clone();
            without.as_object_mut().unwrap().shift_remove(name);
            let (status, answer) = operation.call(&api, Some(&without)).await;
            if operation.path == "/sandbox/faults" {
                operation.calm(&api).await;
            }
            if required.contains(&json!(name)) != (status == 400) {
                problems.push(format!("{} without {name}: {status} {answer}", operation.name()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn every_property_and_parameter_is_explained() {
    let api = Api::start().await;
    let mut unexplained = Vec::new();
    for operation in operations(&api).await {
        let parameters = operation.description["parameters"].as_array().unwrap().iter();
        let of_path =
            parameters.filter_map(|one| Some((one["name"].as_str()?.to_owned(), one.clone())));
        let body = &operation.description["requestBody"]["content"]["application/json"]["schema"];
        let of_body = body["properties"].as_object().cloned().unwrap_or_default().into_iter();
        for (name, described) in of_path.chain(of_body) {
            if described["description"].as_str().is_none_or(str::is_empty)
                && !operation.path.contains("node")
            {
                unexplained.push(format!("{}: {name}", operation.name()));
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}

/// Routes are made in one place, which can't make one without its description. The page is no part of
/// the API.
#[test]
fn no_route_is_made_without_its_description() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed = ["endpoints/mod.rs", "server.rs"].map(|file| source.join(file));
    for file in files(&source) {
        let is_page = file.starts_with(source.join("page"));
        if !is_page && !allowed.contains(&file) {
            let code = std::fs::read_to_string(&file).unwrap();
            assert!(!code.contains(".route("), "{} makes a route of its own", file.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_entry = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries
        .flat_map(of_entry)
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}
