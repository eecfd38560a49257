//! `moto`, which answers as AWS does: <https://docs.getmoto.org>.
//!
//! `check` puts it into `target/tools/python-moto`. Without it the tests say that they skip, unless
//! TATUM_KMS_REQUIRE_MOTO is 1.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::program::Variable;

/// The region in which all of this is.
pub(crate) const REGION: &str = "eu-west-1";
/// The secret of the static key, as the documentation of AWS writes it.
pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A server that ends with the test.
pub(crate) struct Moto {
    process: Child,
    address: String,
}

impl Moto {
    /// Starts one on loopback, if it is installed.
    pub(crate) fn start() -> Option<Self> {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_tatum-kms-secrets"))
            .ancestors()
            .map(|place| place.join("tools/python-moto/bin/moto_server"))
            .find(|program| program.exists());
        let Some(program) = program else {
            skip("moto is not installed; ./check installs it");
            return None;
        };
        let mut process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let running = lines.by_ref().find(|line| line.as_ref().unwrap().contains("Running on"));
        let running = running.expect("moto ended at once").unwrap();
        let address = running.rsplit("http://").next().unwrap().trim().to_owned();
        // It writes a line for each request, and must not wait for somebody to read it.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, address })
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has it do something, as `CreateSecret` with a body of JSON.
    pub(crate) fn secrets_manager(&self, action: &str, body: &str) {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nX-Amz-Target: secretsmanager.{action}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/{REGION}/secretsmanager/aws4_request, \
             SignedHeaders=host, Signature=00\r\n\
             Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{action}: {answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says that a test skips for this reason, or fails where nothing may be missing.
#[expect(clippy::disallowed_methods, reason = "whether tools must be there is set outside")]
#[expect(clippy::print_stdout, reason = "a test that skips says so")]
pub(crate) fn skip(why: &str) {
    let is_required = std::env::var_os("TATUM_KMS_REQUIRE_MOTO").is_some_and(|value| value == "1");
    assert!(!is_required, "{why}");
    println!("skipped: {why}");
}

/// The settings of Tatum KMS but for the member, and where to ask.
pub(crate) fn settings<'a>(url: &'a str, secret: &'a str) -> Vec<Variable<'a>> {
    vec![
        ("TATUM_KMS_AWS_REGION", REGION),
        ("TATUM_KMS_AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("TATUM_KMS_AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("TATUM_KMS_AWS_SECRET_NAME", secret),
        ("TATUM_KMS_AWS_ENDPOINT", url),
        // One try is enough to see what is said.
        ("AWS_MAX_ATTEMPTS", "1"),
    ]
}
