//! The approval server over TLS: a private authority, and a client certificate.
//!
//! The certificates are made by the `openssl` command; where there is none, the tests say that they skip.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use fake::{FakeChain, FakeStore, ID, accepted, item, run, served, settings};
use kms_daemon::{Approval, ApprovalMethod, DaemonError, DaemonSettings, SettingsError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};
use tempfile::TempDir;

/// An authority, a server at `localhost` and a client, each with a key; and an authority of strangers.
struct Certificates(TempDir);

impl Certificates {
    fn make() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let openssl = |line: &str| {
            let mut command = Command::new("openssl");
            command.args(line.split_whitespace()).current_dir(directory.path());
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
            assert!(status.success(), "openssl {line}");
            Some(())
        };
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256";
        fs::write(directory.path().join("server.ext"), "subjectAltName=DNS:localhost\n").unwrap();
        fs::write(directory.path().join("client.ext"), "extendedKeyUsage=clientAuth\n").unwrap();
        for ca in ["ca", "strangers"] {
            openssl(&format!(
                "req -x509 {new} -days 2 -subj /CN={ca} -keyout {ca}.key -out {ca}.pem \
                 -addext basicConstraints=critical,CA:TRUE"
            ))?;
        }
        for name in ["server", "client"] {
            openssl(&format!("req {new} -subj /CN={name} -keyout {name}.key -out {name}.csr"))?;
            openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                 -extfile {name}.ext -out {name}.pem"
            ))?;
        }
        Some(Self(directory))
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    fn chain(&self, name: &str) -> Vec<CertificateDer<'static>> {
        let pem = self.read(name);
        CertificateDer::pem_slice_iter(&pem).map(Result::unwrap).collect()
    }

    /// A server that says yes to whoever has a certificate of `ca`. Returns its address.
    fn serve(&self, ca: &str) -> String {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.chain(ca));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
        let key = PrivateKeyDer::from_pem_slice(&self.read("server.key")).unwrap();
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier.unwrap())
            .with_single_cert(self.chain("server.pem"), key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let config = Arc::new(config);
            for mut socket in listener.incoming().flatten() {
                let mut connection = ServerConnection::new(config.clone()).unwrap();
                // A handshake that fails is what some tests are about.
                let _ = answer(&mut Stream::new(&mut connection, &mut socket));
            }
        });
        format!("https://localhost:{port}/kms")
    }
}

fn answer(stream: &mut impl ReadWrite) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")?;
    stream.flush()
}

trait ReadWrite: std::io::Read + std::io::Write {}
impl<T: std::io::Read + std::io::Write> ReadWrite for T {}

/// One pass with `change` made to the approval settings. Returns how the question ended.
async fn pass(url: &str, change: impl FnOnce(&mut Approval)) -> &'static str {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let api = served(vec![item(ID, "FAKE", "{}")], accepted).await;
    let mut settings: DaemonSettings = settings(&api.url, &[chain]);
    let mut approval = Approval::new(url.parse().unwrap(), ApprovalMethod::Get);
    change(&mut approval);
    settings.approval = Some(approval);
    run(&settings, &store).await.unwrap();
    let approvals = &settings.status.chains()["FAKE"].approvals;
    let how = *approvals.keys().next().unwrap();
    assert_eq!(chain.signatures(), u64::from(how == "approved"));
    how
}

fn identity(
    certificates: &Certificates,
    certificate: &str,
    key: &str,
) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let mut pem = certificates.read(certificate);
    pem.extend(certificates.read(key));
    Some(pem.into())
}

#[tokio::test]
async fn both_sides_show_a_certificate_of_the_private_authority() {
    let Some(made) = Certificates::make() else {
        eprintln!("skipped: there is no openssl");
        return;
    };
    let url = made.serve("ca.pem");
    let ca = Some(made.read("ca.pem"));
    let client = identity(&made, "client.pem", "client.key");
    let ended = pass(&url, |approval| {
        approval.authorities = ca.clone();
        approval.identity = client.clone();
    });
    assert_eq!(ended.await, "approved");
    // No certificate to show.
    let ended = pass(&url, |approval| approval.authorities = ca.clone());
    assert_eq!(ended.await, "unreachable");
    // The server's certificate is of an authority that is not trusted: ours, or the system's.
    let ended = pass(&url, |approval| {
        approval.authorities = Some(made.read("strangers.pem"));
        approval.identity = client.clone();
    });
    assert_eq!(ended.await, "unreachable");
    // A server that trusts other clients.
    let picky = made.serve("strangers.pem");
    let ended = pass(&picky, |approval| {
        approval.authorities = ca.clone();
        approval.identity = client.clone();
    });
    assert_eq!(ended.await, "unreachable");
}

#[tokio::test]
async fn files_that_are_no_certificates_stop_the_start() {
    let Some(made) = Certificates::make() else {
        eprintln!("skipped: there is no openssl");
        return;
    };
    let refused = |change: Box<dyn FnOnce(&mut Approval)>| async move {
        let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
        let mut settings = settings("http://127.0.0.1:1", &[chain]);
        let url = "https://localhost/kms".parse().unwrap();
        let mut approval = Approval::new(url, ApprovalMethod::Get);
        change(&mut approval);
        settings.approval = Some(approval);
        match run(&settings, &store).await.unwrap_err() {
            DaemonError::Settings(SettingsError::Approval(error)) => error.to_string(),
            other => panic!("{other}"),
        }
    };
    let words = refused(Box::new(|approval| approval.authorities = Some(b"nonsense".to_vec())));
    assert!(words.await.contains("--externalUrlCa"));
    let words = refused(Box::new(|approval| approval.identity = Some(b"nonsense".to_vec().into())));
    assert!(words.await.contains("--externalUrlCert"));
    let alone = identity(&made, "client.pem", "ca.pem");
    let words = refused(Box::new(|approval| approval.identity = alone));
    assert!(words.await.contains("--externalUrlKey"));
}
