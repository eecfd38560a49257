//! Endpoints and what is said of them, in one place: a route can't be had without its description.
//!
//! [`Endpoints`] is axum's router with an [`About`] for each route. `GET /openapi.json` is made of
//! them (`openapi.rs`), and so is the list of requests that a state file keeps.

mod about;
mod glossary;
mod openapi;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

pub use self::about::About;
pub(crate) use self::about::{Effect, PENDING_ID, WALLET};
pub(crate) use self::openapi::document;

/// Routes with their descriptions, of one chain or of all.
pub struct Endpoints<S = ()> {
    router: Router<S>,
    described: Vec<Described>,
    tag: &'static str,
}

/// A route and what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) method: Verb,
    /// As axum has it: `/v3/kms/{id}`.
    pub(crate) path: String,
    /// What it belongs to: a chain's ticker, or a part of the API.
    pub(crate) tag: &'static str,
    pub(crate) about: About,
}

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    /// As HTTP writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Endpoints<S> {
    /// None yet, of a chain or another part of the API.
    pub(crate) fn new(tag: &'static str) -> Self {
        Self { router: Router::new(), described: Vec::new(), tag }
    }

    /// Something to be read.
    pub(crate) fn get<H, T>(self, path: &str, handler: H, about: About) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Verb::Get, path, handler, about.reads())
    }

    /// Something to be done, unless its description says that it only reads.
    pub(crate) fn post<H, T>(self, path: &str, handler: H, about: About) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Verb::Post, path, handler, about)
    }

    /// Something to be put in place.
    pub(crate) fn put<H, T>(self, path: &str, handler: H, about: About) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Verb::Put, path, handler, about)
    }

    /// Something to be taken away.
    pub(crate) fn delete<H, T>(self, path: &str, handler: H, about: About) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Verb::Delete, path, handler, about)
    }

    fn add<H, T>(mut self, method: Verb, path: &str, handler: H, about: About) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.route(path, on(method.filter(), handler));
        let (path, tag) = (path.to_owned(), self.tag);
        self.described.push(Described { method, path, tag, about });
        self
    }

    /// Gives the handlers what they work on.
    pub(crate) fn with_state<T>(self, state: S) -> Endpoints<T> {
        let Self { router, described, tag } = self;
        Endpoints { router: router.with_state(state), described, tag }
    }

    /// Both.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.described.extend(other.described);
        self
    }

    /// The routes alone, and the descriptions alone.
    pub(crate) fn apart(self) -> (Router<S>, Vec<Described>) {
        (self.router, self.described)
    }
}
