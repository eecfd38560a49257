//! One call at a time: URL, headers, time-outs, retries.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use kms_core::Ticker;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response};
use serde::Serialize;
use tokio::sync::Semaphore;
use url::Url;

use crate::body;
use crate::circuit::Circuits;
use crate::error::{ApiError, ClientError};
use crate::http::{Roots, builder};
use crate::pace::Pace;
use crate::retry::{Backoff, read_retry_after};
use crate::settings::{ClientSettings, is_loopback};
use crate::text::{causes, escaped, of_error_body};
use crate::update_notice::UpdateNotice;

/// A client of the Tatum API. Cheap to share by reference; keeps its connections open.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: ClientSettings,
    /// Sent with every call but those that have the key in their path.
    headers: HeaderMap,
    notice: UpdateNotice,
    pace: Pace,
    circuits: Circuits,
    /// As many calls as there are connections.
    connections: Semaphore,
    retries: Arc<AtomicU64>,
}

/// One request, ready to be sent, and sent again.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Shared with whoever sends it: that of a poll has a megabyte.
    pub(crate) body: Option<Bytes>,
    pub(crate) headers: HeaderMap,
    /// The most bytes that the answer may have.
    pub(crate) limit: usize,
    /// What is down if this fails: a chain's part of the API, or all that is none of a chain's.
    pub(crate) scope: &'static str,
}

/// An answer of whatever status; the body may have been cut off even so.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Result<Vec<u8>, ApiError>,
}

impl Client {
    /// A client for `settings`. Nothing is sent yet.
    ///
    /// # Errors
    /// The settings are not usable, or TLS can't be set up.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        settings.validate()?;
        let roots = if is_loopback(&settings.base_url) && settings.base_url.scheme() == "http" {
            Roots::None
        } else {
            Roots::System
        };
        let http = builder(settings.connect_timeout, settings.timeout, roots)
            .build()
            .map_err(|e| ClientError::Setup(causes(e)))?;
        let headers = common_headers(&settings)?;
        Ok(Self {
            http,
            headers,
            notice: UpdateNotice::default(),
            pace: Pace::new(settings.rps),
            circuits: Circuits::default(),
            connections: Semaphore::new(settings.connections.max(1)),
            retries: Arc::default(),
            settings,
        })
    }

    /// How many calls a second are made at most, as it is now; none while nothing limits them.
    pub fn rate(&self) -> Option<f64> {
        self.pace.rate()
    }

    /// How many calls have been repeated; keeps counting.
    pub fn retries(&self) -> Arc<AtomicU64> {
        self.retries.clone()
    }

    /// The settings it was made from.
    pub fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// The URL of `path`, which starts with a slash and consists of nothing foreign.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.settings.base_url.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url.set_query(query);
        url
    }

    /// The URL of `path` followed by `segments`, each escaped so that it stays one segment.
    pub(crate) fn url_with(&self, path: &str, segments: &[&str]) -> Url {
        let mut url = self.url(path);
        if let Ok(mut end) = url.path_segments_mut() {
            end.extend(segments);
        }
        url
    }

    /// The API key, for the paths that contain it.
    pub(crate) fn api_key(&self) -> &str {
        self.settings.api_key.expose_secret()
    }

    /// What the API last said about newer clients, kept so that each text is shown once.
    pub(crate) fn notice(&self) -> &UpdateNotice {
        &self.notice
    }

    /// The waits between the tries of one call.
    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.settings.retries, self.settings.retry_delay, self.retries.clone())
    }

    /// A call with the API key in its header.
    pub(crate) fn call(&self, method: Method, url: Url) -> Call {
        let headers = self.headers.clone();
        Call { method, url, body: None, headers, limit: body::LIMIT, scope: "api" }
    }

    /// Sends once. An answer of any status is a success here.
    pub(crate) async fn send(&self, call: &Call) -> Result<Reply, ApiError> {
        self.send_noticing(call, |_| {}).await
    }

    /// Sends once, and lets `notice` see the headers of the answer. Waits for its turn first; what is
    /// known to be down is not asked.
    pub(crate) async fn send_noticing(
        &self,
        call: &Call,
        notice: impl FnOnce(&HeaderMap),
    ) -> Result<Reply, ApiError> {
        // The semaphore is never closed.
        let _connection = self.connections.acquire().await;
        self.pace.turn().await;
        self.circuits.check(call.scope).map_err(|wait| {
            ApiError::NotSent(format!("it was down and is asked again in {} s", wait.as_secs() + 1))
        })?;
        let reply = self.exchange(call, notice).await;
        match &reply {
            Ok(Reply { status: 500.., .. } | Reply { body: Err(ApiError::NoAnswer(_)), .. }) => {
                self.circuits.failed(call.scope);
            }
            Err(_) => self.circuits.failed(call.scope),
            Ok(_) => self.circuits.works(call.scope),
        }
        if let Ok(Reply { status: 429, retry_after, .. }) = &reply {
            self.pace.too_fast(*retry_after);
        }
        reply
    }

    async fn exchange(
        &self,
        call: &Call,
        notice: impl FnOnce(&HeaderMap),
    ) -> Result<Reply, ApiError> {
        let mut request =
            self.http.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|e| self.not_answered(e))?;
        if response.headers().contains_key(SANDBOX_HEADER) && !self.takes_sandbox() {
            return Err(ApiError::Sandbox);
        }
        notice(response.headers());
        let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
        let body = body::read(response, call.limit).await;
        Ok(Reply { status, retry_after, body })
    }

    /// Sends what only asks, or what may be repeated without harm, until there is an answer.
    ///
    /// Repeats on network failures, 408, 429 and 5xx, up to the number of retries.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Vec<u8>, ApiError> {
        let mut backoff = self.backoff();
        loop {
            let error = match self.ask_once(call).await {
                Ok(body) => return Ok(body),
                Err(error @ ApiError::CreditsUsedUp(_)) => return Err(error),
                Err(error) if !error.is_transient() => return Err(error),
                Err(error) => error,
            };
            match backoff.wait(error.retry_after()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// Sends once; only a 2xx is a success.
    pub(crate) async fn ask_once(&self, call: &Call) -> Result<Vec<u8>, ApiError> {
        self.success(self.send(call).await?)
    }

    /// The body of a 2xx answer; anything else as an error.
    pub(crate) fn success(&self, reply: Reply) -> Result<Vec<u8>, ApiError> {
        match reply.status {
            200..=299 => reply.body,
            _ => Err(self.refusal(reply)),
        }
    }

    /// What an answer that is not 2xx says.
    pub(crate) fn refusal(&self, reply: Reply) -> ApiError {
        let Reply { status, retry_after, body } = reply;
        if status == 429 {
            return ApiError::RateLimited { retry_after };
        }
        let words = of_error_body(&body.unwrap_or_default());
        let message = self.foreign(&words);
        if status == 403 && says_credits_used_up(&words) {
            return ApiError::CreditsUsedUp(message);
        }
        if (300..400).contains(&status) {
            let message = "a redirect, which is not followed; check the API address".to_owned();
            return ApiError::Status { status, message };
        }
        ApiError::Status { status, message }
    }

    /// Foreign words, without the API key (some errors repeat the path), shortened and escaped.
    pub(crate) fn foreign(&self, words: &str) -> String {
        let key = self.api_key();
        let mut path = self.settings.base_url.clone();
        path.set_path(key);
        let encoded = path.path().trim_start_matches('/');
        escaped(&words.replace(key, "[api key]").replace(encoded, "[api key]"))
    }

    /// Whether a sandbox may answer: it holds test coins only.
    fn takes_sandbox(&self) -> bool {
        self.settings.network.is_testnet() || self.settings.allow_sandbox
    }

    fn not_answered(&self, error: reqwest::Error) -> ApiError {
        let before_any_byte = error.is_connect() || error.is_builder();
        let words = self.foreign(&causes(error));
        if before_any_byte { ApiError::NotSent(words) } else { ApiError::NoAnswer(words) }
    }
}

impl Call {
    /// The same call with `body` as JSON; the members keep their order.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        // Serialising plain strings, lists and numbers can't fail; an empty body would be refused.
        self.body = Some(serde_json::to_vec(body).unwrap_or_default().into());
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self
    }

    /// The same call as one to a chain's part of the API.
    pub(crate) fn of_chain(mut self, chain: Ticker) -> Self {
        self.scope = chain.0;
        self
    }

    /// The same call as one to a host whose trouble is none of the API's.
    pub(crate) fn of_another_host(mut self) -> Self {
        self.scope = "second node";
        self
    }

    /// The same call without the key in its header, for paths that contain it.
    pub(crate) fn with_key_in_path_only(mut self) -> Self {
        self.headers.remove(API_KEY_HEADER);
        self.headers.remove(TESTNET_HEADER);
        self
    }
}

const API_KEY_HEADER: &str = "x-api-key";
const SANDBOX_HEADER: &str = "x-tatum-sandbox";
const TESTNET_HEADER: &str = "x-testnet-type";

fn common_headers(settings: &ClientSettings) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let mut key =
        HeaderValue::from_str(settings.api_key.expose_secret()).map_err(|_| ClientError::ApiKey)?;
    key.set_sensitive(true);
    headers.insert(API_KEY_HEADER, key);
    if settings.network.is_testnet() {
        let kind =
            HeaderValue::from_str(&settings.testnet_type).map_err(|_| ClientError::TestnetType)?;
        headers.insert(TESTNET_HEADER, kind);
    }
    Ok(headers)
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    read_retry_after(text, SystemTime::now())
}

/// There is no error code for spent credits, only prose: "You have reached the limit of 10000 credits …".
fn says_credits_used_up(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("credits") && words.contains("limit")
}
