//! A loopback HTTP server that says what a test wants, and remembers what it was asked.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// How long a test waits for what must come: nobody knows how busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test answers.
pub enum Answer {
    Text(u16, String),
    WithHeader(u16, &'static str, Vec<u8>, String),
    /// No answer until the client gives up.
    Silence,
}

pub fn json(value: Value) -> Answer {
    Answer::Text(200, value.to_string())
}

type Script = dyn Fn(&Seen, usize) -> Answer + Send + Sync;

pub struct Stub {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

struct Server {
    script: Box<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Starts a server; `script` gets the request and how many came before it with the same method and path.
    pub async fn start(script: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Arc::new(Server { script: Box::new(script), seen: seen.clone() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(server);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests with this method whose path starts like this.
    pub fn to(&self, method: &str, path: &str) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|one| one.method == method && one.path.starts_with(path));
        seen
    }

    /// Ends when there have been so many of them.
    pub async fn until(&self, method: &str, path: &str, count: usize) {
        let come = async {
            while self.to(method, path).len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, come).await.unwrap();
    }
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).unwrap(),
    };
    let before = {
        let mut all = server.seen.lock().unwrap();
        let before = all.iter().filter(|one| one.is(&seen.method, &seen.path)).count();
        all.push(seen.clone());
        before
    };
    let status = |code| StatusCode::from_u16(code).unwrap();
    match (server.script)(&seen, before) {
        Answer::Text(code, text) => (status(code), text).into_response(),
        Answer::WithHeader(code, name, value, text) => {
            let mut response = (status(code), text).into_response();
            response.headers_mut().insert(name, value.try_into().unwrap());
            response
        }
        Answer::Silence => pending().await,
    }
}
