//! What the sandbox has been asked to do, so that it can be done again.
//!
//! With a seed, time and chance are no longer the machine's: requests that change something are
//! served one after the other, each at a moment of its own (`clock.rs`), and the same requests give
//! the same answers. With a state file each of them is written down before it is answered; when the
//! sandbox is opened again, they are all executed once more. With neither, nothing here happens.

mod file;

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tower::ServiceExt as _;

use self::file::StateFile;
use crate::clock::{self, Moment};
use crate::door::key_in_path;
use crate::endpoints::{Described, Effect};
use crate::error::ApiError;
use crate::faults::LeaveOpen;
use crate::output::say;
use crate::random::Random;
use crate::sandbox::BODY_LIMIT;
use crate::settings::Memory;

/// When a sandbox with a seed begins: the first of January 2030, in microseconds since 1970. What it makes
/// does not expire before it is signed.
const BEGINNING: u64 = 1_893_456_000_000_000;

/// How far its clock moves with each request that changes something, in microseconds.
const TICK: u64 = 100_000;

/// What stands in stored paths for the API key.
const SOME_KEY: &str = "key";

/// What every moment of a sandbox is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) seed: u64,
    /// When it began, in microseconds since 1970.
    pub(crate) started: u64,
    /// Whether its clock moves with requests alone.
    pub(crate) fixed: bool,
}

/// A request that changed something.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deed {
    /// In microseconds since 1970.
    at: u64,
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    body: String,
    /// A fault kept its pending transaction open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leave_open: bool,
}

/// The past of a sandbox that remembers, or whose future is fixed.
pub(crate) struct History {
    origin: Origin,
    effects: HashMap<(&'static str, String), Effect>,
    book: Mutex<Book>,
}

struct Book {
    /// How many requests have changed something.
    count: u64,
    file: Option<StateFile>,
    /// Why nothing more can be changed.
    broken: Option<String>,
}

impl Origin {
    /// Of a new sandbox.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        match seed {
            Some(seed) => Self { seed, started: BEGINNING, fixed: true },
            None => {
                let (seed, started) = (clock::system_number(), clock::system_microseconds());
                Self { seed, started, fixed: false }
            }
        }
    }

    /// The moment at which the ledgers are opened.
    pub(crate) fn beginning(&self) -> Moment {
        Moment::new(self.started, self.seed)
    }

    fn time(&self, count: u64) -> u64 {
        if self.fixed {
            self.started.saturating_add(count.saturating_mul(TICK))
        } else {
            clock::system_microseconds()
        }
    }

    /// The moment of the request with this number.
    fn moment(&self, at: u64, number: u64) -> Moment {
        let mut random = Random::new(self.seed ^ number.rotate_left(32));
        Moment::new(at, random.number())
    }
}

impl History {
    fn new(origin: Origin, file: Option<StateFile>, described: &[Described]) -> Self {
        let effect = |one: &Described| ((one.method.name(), one.path.clone()), one.about.effect);
        let effects = described.iter().map(effect).collect();
        Self { origin, effects, book: Mutex::new(Book { count: 0, file, broken: None }) }
    }

    /// Executes what is in the file once more.
    async fn repeat(&self, deeds: Vec<Deed>, routes: &Router) -> Result<()> {
        let mut book = self.book.lock().await;
        if !deeds.is_empty() {
            say(&format!("state: {} requests are executed once more", deeds.len()));
        }
        for deed in deeds {
            book.count += 1;
            let moment = self.origin.moment(deed.at, book.count);
            let request = deed.request().context("the state file holds what is no request")?;
            clock::at(moment, routes.clone().oneshot(request)).await?;
        }
        Ok(())
    }

    fn effect(&self, head: &Parts, body: &[u8]) -> Effect {
        let route = head.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        let known = match head.method {
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            _ => return Effect::Reads,
        };
        let route = route.unwrap_or_default().to_owned();
        match self.effects.get(&(known, route)).copied().unwrap_or(Effect::Reads) {
            Effect::MaySend if is_sent(body) => Effect::Changes,
            Effect::MaySend => Effect::Reads,
            effect => effect,
        }
    }

    async fn serve(&self, request: Request, next: Next) -> Response {
        let (head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
            return ApiError::invalid("body", "".into(), "it is too long").into_response();
        };
        let effect = self.effect(&head, &body);
        let mut book = self.book.lock().await;
        let at = self.origin.time(book.count);
        if effect == Effect::Reads {
            let moment = self.origin.moment(at, u64::MAX - book.count);
            drop(book);
            let request = Request::from_parts(head, Body::from(body));
            return clock::at(moment, next.run(request)).await;
        }
        if let Some(words) = &book.broken {
            return ApiError::broken(words.clone()).into_response();
        }
        book.count += 1;
        let deed = Deed::of(at, &head, &body);
        let moment = self.origin.moment(at, book.count);
        let request = Request::from_parts(head, Body::from(body));
        // Nobody else is served in between: the order of the file is that of the ledgers.
        let answer = clock::at(moment, next.run(request)).await;
        match book.file.as_mut().map(|file| file.append(&deed)) {
            Some(Err(error)) => {
                let words = format!("nothing more can be changed here: {error:#}");
                book.broken = Some(words.clone());
                ApiError::broken(words).into_response()
            }
            _ => answer,
        }
    }
}

/// Whether JSON-RPC is asked to take a transaction.
fn is_sent(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.contains("sendRawTransaction") || text.contains("sendTransaction")
}

impl Deed {
    fn of(at: u64, head: &Parts, body: &[u8]) -> Self {
        let path = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let path = match key_in_path(head.uri.path()) {
            Some(key) => path.replacen(&format!("/{key}"), &format!("/{SOME_KEY}"), 1),
            None => path,
        };
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Self {
            at,
            method: head.method.to_string(),
            path,
            content_type: content_type.map(str::to_owned),
            body: String::from_utf8_lossy(body).into_owned(),
            leave_open: head.extensions.get::<LeaveOpen>().is_some(),
        }
    }

    fn request(self) -> Result<Request> {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(self.path)
            .body(Body::from(self.body))?;
        if let Some(text) = self.content_type {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_str(&text)?);
        }
        if self.leave_open {
            request.extensions_mut().insert(LeaveOpen);
        }
        Ok(request)
    }
}

/// Serves a request at its moment, and writes it down.
pub(crate) async fn remember(
    State(history): State<Arc<History>>,
    request: Request,
    next: Next,
) -> Response {
    history.serve(request, next).await
}

/// What a sandbox begins with that remembers or repeats itself.
pub(crate) struct Past {
    pub(crate) origin: Origin,
    file: Option<StateFile>,
    deeds: Vec<Deed>,
}

impl Past {
    /// None where nothing is to be remembered or repeated.
    ///
    /// # Errors
    /// The state file can't be had; see [`StateFile::open`].
    pub(crate) fn open(memory: &Memory) -> Result<Option<Self>> {
        match (&memory.file, memory.seed) {
            (None, None) => Ok(None),
            (None, seed) => {
                Ok(Some(Self { origin: Origin::new(seed), file: None, deeds: Vec::new() }))
            }
            (Some(path), seed) => {
                let (file, origin, deeds) = StateFile::open(path, seed)?;
                Ok(Some(Self { origin, file: Some(file), deeds }))
            }
        }
    }

    /// Executes what is in the file once more, and goes on from there.
    pub(crate) async fn repeat(self, routes: &Router, described: &[Described]) -> Result<History> {
        let Self { origin, file, deeds } = self;
        let history = History::new(origin, file, described);
        history.repeat(deeds, routes).await?;
        Ok(history)
    }
}
