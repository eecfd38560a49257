//! A server on loopback that answers what a test says, and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use url::{Url, form_urlencoded};

/// A key of 2,048 bits that was made for these tests and is of no use elsewhere.
pub(crate) const KEY: &str = include_str!("throwaway.pem");
/// A certificate for 127.0.0.1 that this key signed. Nobody trusts it.
pub(crate) const CERTIFICATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clouds/throwaway-certificate.pem");

/// What the server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method, path and query, as in `GET /a?b=c`.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What it answers.
pub(crate) enum Reply {
    /// A status and a body of JSON.
    Json(u16, String),
    /// The same from a metadata server of Google's.
    Google(u16, String),
    /// The same with more lines in its head.
    Headed(u16, &'static str, String),
    /// Nothing, while the other side waits.
    Silence,
}

pub(crate) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Asked {
    /// The method and the path.
    pub(crate) fn path(&self) -> &str {
        self.line.split_once('?').map_or(&self.line, |(path, _)| path)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A field of the form, or else of the query.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let query = self.line.split_once('?').map_or("", |(_, query)| query);
        let text = if self.body.is_empty() { query } else { &self.body };
        let mut fields = form_urlencoded::parse(text.as_bytes());
        fields.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

impl Server {
    /// One that answers by `answer` until the test ends.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::with("http", answer, Ok)
    }

    /// The same over TLS, with a certificate that nobody trusts.
    pub(crate) fn secure(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        Self::with("https", answer, move |stream| {
            ServerConnection::new(config.clone()).map(|tls| StreamOwned::new(tls, stream))
        })
    }

    fn with<S: Read + Write>(
        scheme: &'static str,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Result<S, rustls::Error> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (seen, answer) = (asked.clone(), Arc::new((answer, wrap)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || {
                    let (answer, wrap) = &*answer;
                    serve(wrap(stream).unwrap(), &seen, answer);
                });
            }
        });
        Self { scheme, address, asked }
    }

    /// One that answers everything with this status and body.
    pub(crate) fn always(status: u16, body: &'static str) -> Self {
        Self::start(move |_| Reply::Json(status, body.to_owned()))
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Its address.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// What it was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// An address of this machine that nobody listens at.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    Url::parse(&format!("http://{address}")).unwrap().origin().ascii_serialization()
}

fn serve<S: Read + Write>(stream: S, seen: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Reply) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        seen.lock().unwrap().push(asked.clone());
        let (status, more, body) = match answer(&asked) {
            Reply::Json(status, body) => (status, "", body),
            Reply::Google(status, body) => (status, "Metadata-Flavor: Google\r\n", body),
            Reply::Headed(status, more, body) => (status, more, body),
            Reply::Silence => {
                let _ = reader.read(&mut [0]);
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status} Any\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let stream = reader.get_mut();
        let written = stream.write_all(format!("{head}{body}").as_bytes());
        if written.and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

fn read<S: Read>(reader: &mut BufReader<S>) -> Option<Asked> {
    let mut line = String::new();
    let mut lines = || {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_owned();
        (!line.is_empty()).then_some(line)
    };
    let first = lines()?;
    let line = first.strip_suffix(" HTTP/1.1")?.to_owned();
    let headers: Vec<_> = std::iter::from_fn(lines)
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let mut asked = Asked { line, headers, body: String::new() };
    let length = asked.header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}
