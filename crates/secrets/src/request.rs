//! Requests that are made by hand (ADR 10): bounded in time and size, past any proxy, without redirects.
//!
//! A redirect would carry a token to whomever the answer names; a proxy of the environment would see those of the
//! metadata servers, which speak plain http.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::de::DeserializeOwned;
use url::{Host, Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::connection;
use crate::failure::{Failure, is_code};

/// How long one request may take, from the connection to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the connection may take. Metadata servers are next door; where there is none, nothing answers.
const CONNECT: Duration = Duration::from_secs(3);
/// Bytes of an answer. A secret of Google has up to 64 KiB, a third more in Base64; the others are smaller.
const LIMIT: usize = 256 * 1024;
/// The waits before a request is repeated that met an overloaded server.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];

/// A request: a GET, or a POST of a form. It holds secrets, so there is no `Debug`.
pub(crate) struct Request {
    url: Url,
    headers: HeaderMap,
    form: Option<Zeroizing<String>>,
}

/// An answer of whatever status. It may hold the secret, so there is no `Debug`.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Request {
    /// A GET of `url`.
    pub(crate) fn get(url: Url) -> Self {
        Self { url, headers: HeaderMap::new(), form: None }
    }

    /// A POST of a form to `url`.
    pub(crate) fn post(url: Url, form: &[(&str, &str)]) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        Self { form: Some(Zeroizing::new(form)), ..Self::get(url) }
    }

    /// With these headers.
    pub(crate) fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// With a header that may be secret.
    ///
    /// # Errors
    /// `value` has characters that no header has; `what` says what it is, as in "the token".
    pub(crate) fn header(
        mut self,
        name: &'static str,
        value: &str,
        what: &str,
    ) -> Result<Self, Failure> {
        let odd = || Failure::Answer(format!("{what} has characters that can't be sent"));
        let mut value = HeaderValue::from_str(value).map_err(|_| odd())?;
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// With a bearer token (RFC 6750).
    ///
    /// # Errors
    /// It is no token.
    pub(crate) fn bearer(self, token: &str) -> Result<Self, Failure> {
        let value = Zeroizing::new(format!("Bearer {token}"));
        self.header("authorization", &value, "the token")
    }

    /// Sends it, and again while the server has too much to do.
    ///
    /// # Errors
    /// No answer, none in time, or one that is too long.
    pub(crate) async fn send(self) -> Result<Answer, Failure> {
        let client = client(&self.url)?;
        for pause in PAUSES {
            let answer = self.exchange(&client).await?;
            if !is_busy(answer.status) {
                return Ok(answer);
            }
            tokio::time::sleep(pause).await;
        }
        self.exchange(&client).await
    }

    async fn exchange(&self, client: &Client) -> Result<Answer, Failure> {
        let mut request = match &self.form {
            None => client.get(self.url.clone()),
            Some(form) => client
                .post(self.url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_string()),
        };
        request = request.header("accept", "application/json").headers(self.headers.clone());
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.read(response).await?;
        Ok(Answer { status, headers, body })
    }

    /// The body, and no more of it than an honest answer has. Nothing asks for compressed ones.
    async fn read(&self, mut response: Response) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len() + chunk.len() > LIMIT {
                return Err(Failure::Answer(format!("it has more than {LIMIT} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        match error.is_timeout() {
            true if error.is_connect() => Failure::TimedOut(CONNECT),
            true => Failure::TimedOut(PATIENCE),
            false => connection::failure(place(&self.url), error),
        }
    }
}

impl Answer {
    /// The body as JSON of this form.
    ///
    /// # Errors
    /// It is not; the error has nothing of its content.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = match error.is_data() {
                true => "its JSON lacks a member, or has another in its place",
                false => "it is not JSON",
            };
            Failure::Answer(what.to_owned())
        })
    }

    /// What an error says, or what it would say if it said nothing.
    pub(crate) fn error<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The status in words, for an error without a code.
    pub(crate) fn status(&self) -> String {
        format!("HTTP {}", self.status.as_u16())
    }

    /// `code` as the server's code for an error, or else the status. What is no code is not shown.
    pub(crate) fn reason(&self, code: Option<&str>) -> String {
        code.filter(|code| is_code(code)).map_or_else(|| self.status(), str::to_owned)
    }
}

/// The host of a URL, with the port where one is given.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether `url` leads to this machine or to one that is on the same wire, as metadata servers are: there plain http
/// shows nothing to others.
pub(crate) fn is_next_door(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unicast_link_local(),
        None => false,
    }
}

fn client(url: &Url) -> Result<Client, Failure> {
    let builder = Client::builder()
        .user_agent(concat!("tatum-kms-secrets/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(PATIENCE);
    // Where there is no TLS the system's certificates are not even read.
    let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(|error| connection::failure(place(url), &error))
}

fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// Whether `headers` say who is asking.
pub(crate) fn has_authorization(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        let body = Zeroizing::new(body.as_bytes().to_vec());
        Answer { status: StatusCode::FORBIDDEN, headers: HeaderMap::new(), body }
    }

    #[test]
    fn codes_are_shown_and_nothing_else() {
        let answer = answer("");
        assert_eq!(answer.reason(Some("ForbiddenByRbac")), "ForbiddenByRbac");
        for odd in [None, Some(""), Some("pass word"), Some("a\u{1b}[2J"), Some(&"x".repeat(65))] {
            assert_eq!(answer.reason(odd), "HTTP 403");
        }
    }

    #[test]
    fn what_json_should_have_been_is_not_shown() {
        for body in ["hunter2", "{\"hunter2\":", "\"hunter2\""] {
            let error = answer(body).json::<u8>().unwrap_err().to_string();
            assert!(error.contains("JSON") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn next_door_is_this_machine_or_this_wire() {
        for near in
            ["http://127.0.0.1:1", "http://169.254.169.254", "http://[fe80::1]", "http://localhost"]
        {
            assert!(is_next_door(&Url::parse(near).unwrap()), "{near}");
        }
        for far in ["http://10.0.0.1", "http://metadata.google.internal", "http://[2001:db8::1]"] {
            assert!(!is_next_door(&Url::parse(far).unwrap()), "{far}");
        }
    }
}
