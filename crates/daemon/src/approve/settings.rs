//! How the approval server is asked, and what of that is refused.

use std::fmt;
use std::time::Duration;

use kms_crypto::mac::MacKey;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

/// The fewest bytes of a shared secret: what can't be guessed.
const MIN_SECRET: usize = 16;

/// Headers that are the connection's own, or ours.
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The longest name of a header, in characters. Those in use have less than half as many.
const LONGEST_NAME: usize = 64;

/// The operator's approval server.
#[derive(Clone)]
pub struct Approval {
    /// Where it is; the pending id is appended as a path segment.
    pub url: Url,
    /// `--externalUrlMethod`.
    pub method: ApprovalMethod,
    /// `--externalUrlHeader`: sent with each question, after our own.
    pub headers: Vec<ApprovalHeader>,
    /// `--approvalSecretFile`: signs the questions, and checks the answers.
    pub secret: Option<MacKey>,
    /// `--strictApproval`: an answer without a MAC under the secret counts for nothing.
    pub strict: bool,
    /// `--externalUrlCert`, `--externalUrlKey`: the client certificate with its key, as PEM.
    pub identity: Option<Zeroizing<Vec<u8>>>,
    /// `--externalUrlCa`: the only authorities that are trusted, as PEM; the system's where there are none.
    pub authorities: Option<Vec<u8>>,
    /// `--maxDenials`: after how many a denial is final; never, if 0.
    pub max_denials: u32,
    /// `--externalUrlTimeout`: the most that one question may take.
    pub timeout: Duration,
}

/// How the approval server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalMethod {
    /// With the id in the path and nothing else.
    Get,
    /// With the whole pending transaction as JSON too.
    Post,
}

/// A header of the operator's choosing. Its value counts as secret.
#[derive(Clone)]
pub struct ApprovalHeader {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

/// What is wrong with the text of a header. Does not repeat it: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// There is no colon, or what is around it can't be a header.
    #[error("a header for the approval server is not written `Name: value`")]
    Form,
    /// So many characters are no name, but something in its place.
    #[error(
        "a header for the approval server has a name of {0} characters; names have {LONGEST_NAME} at most"
    )]
    Long(usize),
    /// The name is taken.
    #[error("the header {0} can't be set: it belongs to the connection, or to tatum-kms")]
    Reserved(HeaderName),
}

/// An approval server that can't be asked like this.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalSettingsError {
    /// An address that can't be asked.
    #[error("the approval server's address is not an http or https address; correct --externalUrl")]
    Url,
    /// In strict mode nobody in between may read along.
    #[error(
        "--strictApproval needs https:// beyond this machine, and --externalUrl is plain http; change the address"
    )]
    PlainHttp,
    /// In strict mode the answers are checked under the secret.
    #[error(
        "--strictApproval needs a secret that the approval server shares; give it in TATUM_KMS_APPROVAL_SECRET or with --approvalSecretFile"
    )]
    NoSecret,
    /// A secret that can be guessed.
    #[error(
        "the approval secret has {0} bytes, and fewer than {MIN_SECRET} can be guessed; make one with `openssl rand -hex 32`"
    )]
    ShortSecret(usize),
    /// Certificates without TLS.
    #[error(
        "a client certificate or an authority for the approval server needs https://; correct --externalUrl"
    )]
    PlainTls,
    /// No time to answer.
    #[error("the approval server has 0 seconds to answer; give more with --externalUrlTimeout")]
    Timeout,
    /// The certificate or its key can't be used.
    #[error(
        "the client certificate for the approval server can't be used: {0}; --externalUrlCert and --externalUrlKey must be PEM and belong together"
    )]
    Identity(String),
    /// The authorities can't be read.
    #[error("the authorities in --externalUrlCa can't be used: {0}; they must be PEM certificates")]
    Authorities(String),
    /// The client could not be set up.
    #[error("the approval server can't be asked: {0}")]
    Setup(String),
}

impl Approval {
    /// A server that is asked as Tatum KMS does it: no secret, the system's authorities.
    pub fn new(url: Url, method: ApprovalMethod) -> Self {
        Self {
            url,
            method,
            headers: Vec::new(),
            secret: None,
            strict: false,
            identity: None,
            authorities: None,
            max_denials: 20,
            timeout: Duration::from_secs(10),
        }
    }

    /// Checks what would be dangerous or can't work.
    ///
    /// # Errors
    /// See [`ApprovalSettingsError`].
    pub fn validate(&self) -> Result<(), ApprovalSettingsError> {
        if !matches!(self.url.scheme(), "http" | "https") || !self.url.has_host() {
            return Err(ApprovalSettingsError::Url);
        }
        if self.is_plain() && (self.identity.is_some() || self.authorities.is_some()) {
            return Err(ApprovalSettingsError::PlainTls);
        }
        if self.timeout.is_zero() {
            return Err(ApprovalSettingsError::Timeout);
        }
        match &self.secret {
            Some(secret) if secret.size() < MIN_SECRET => {
                return Err(ApprovalSettingsError::ShortSecret(secret.size()));
            }
            None if self.strict => return Err(ApprovalSettingsError::NoSecret),
            _ => {}
        }
        if self.strict && self.is_open() {
            return Err(ApprovalSettingsError::PlainHttp);
        }
        Ok(())
    }

    /// Whether the question travels in the clear.
    pub(super) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// Whether it does so beyond this machine.
    pub(super) fn is_open(&self) -> bool {
        self.is_plain() && !kms_tatum::is_loopback(&self.url)
    }
}

impl ApprovalHeader {
    /// Reads `Name: value`.
    ///
    /// # Errors
    /// It is something else, or the name is reserved.
    pub fn parse(text: &str) -> Result<Self, HeaderProblem> {
        let (name, value) = text.split_once(':').ok_or(HeaderProblem::Form)?;
        let name: HeaderName = name.trim().parse().map_err(|_| HeaderProblem::Form)?;
        let known = name.as_str();
        if known.len() > LONGEST_NAME {
            return Err(HeaderProblem::Long(known.len()));
        }
        if known.starts_with("x-kms-") || known.starts_with("proxy-") || RESERVED.contains(&known) {
            return Err(HeaderProblem::Reserved(name));
        }
        let mut value: HeaderValue = value.trim().parse().map_err(|_| HeaderProblem::Form)?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

impl fmt::Debug for ApprovalHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApprovalHeader({}: [redacted])", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval(url: &str) -> Approval {
        Approval::new(url.parse().unwrap(), ApprovalMethod::Get)
    }

    fn secret(text: &str) -> Option<MacKey> {
        Some(MacKey::new(Zeroizing::new(text.as_bytes().to_vec())))
    }

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value_that_is_not_shown() {
        let header = ApprovalHeader::parse("Authorization: Bearer s3cret:x").unwrap();
        assert_eq!(
            (header.name.as_str(), header.value.as_bytes()),
            ("authorization", &b"Bearer s3cret:x"[..])
        );
        assert!(!format!("{header:?} {:?}", header.value).contains("s3cret"));
        for bad in ["s3cret", "s3 cret: x", ": s3cret", "a: s3cret\r\nb: c", "a: s3cret\u{0}"] {
            let problem = ApprovalHeader::parse(bad).unwrap_err();
            assert_eq!(problem, HeaderProblem::Form, "{bad:?}");
            assert!(!problem.to_string().contains("s3c"));
        }
        for taken in ["Host: x", "X-KMS-Digest: 00", "content-length: 1", "Proxy-Authorization: x"]
        {
            let problem = ApprovalHeader::parse(taken).unwrap_err();
            assert!(matches!(problem, HeaderProblem::Reserved(_)), "{taken}");
        }
        let problem = ApprovalHeader::parse(&format!("Proxy-{}: x", "y".repeat(59))).unwrap_err();
        assert_eq!(problem, HeaderProblem::Long(65));
    }

    #[test]
    fn strict_means_a_secret_and_no_plain_http() {
        let strict = |url: &str, shared: Option<MacKey>| {
            let approval = Approval { strict: true, secret: shared, ..approval(url) };
            approval.validate().map_err(|error| error.to_string())
        };
        let long = "0123456789abcdef";
        assert_eq!(strict("https://approver.internal/x", secret(long)), Ok(()));
        assert_eq!(strict("http://127.0.0.1:8080/x", secret(long)), Ok(()));
        assert_eq!(strict("http://[::1]/x", secret(long)), Ok(()));
        assert!(strict("http://approver.internal/x", secret(long)).unwrap_err().contains("https"));
        assert!(strict("http://localhost.evil/x", secret(long)).unwrap_err().contains("https"));
        assert!(strict("https://approver.internal/x", None).unwrap_err().contains("secret"));
        assert!(strict("https://a/x", secret("0123456789")).unwrap_err().contains("10 bytes"));
        assert!(approval("http://approver.internal").validate().is_ok());
    }

    #[test]
    fn certificates_need_tls() {
        let with_ca = |url: &str| Approval { authorities: Some(Vec::new()), ..approval(url) };
        assert!(with_ca("https://localhost/x").validate().is_ok());
        assert!(with_ca("http://localhost/x").validate().is_err());
        assert!(approval("ftp://localhost/x").validate().is_err());
    }
}
