//! The settings of the approval server, from flags, environment and files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use kms_crypto::mac::MacKey;
use kms_daemon::{Approval, ApprovalHeader, ApprovalMethod};
use zeroize::Zeroizing;

use super::App;
use crate::args::{ApprovalArgs, Method};

/// The approval server, if there is one.
///
/// # Errors
/// A header makes no sense, or a file can't be read.
pub(super) fn settings(app: &App, flags: &ApprovalArgs) -> anyhow::Result<Option<Approval>> {
    let Some(url) = flags.url() else { return Ok(None) };
    let method = match flags.external_url_method {
        Method::Get => ApprovalMethod::Get,
        Method::Post => ApprovalMethod::Post,
    };
    let mut approval = Approval::new(url.clone(), method);
    approval.headers = headers(app, flags)?;
    approval.secret = secret(app, flags)?;
    approval.strict = flags.strict_approval;
    approval.identity = identity(flags)?;
    approval.authorities = match &flags.external_url_ca {
        Some(file) => Some(read(file)?.to_vec()),
        None => None,
    };
    approval.max_denials = flags.max_denials;
    approval.timeout = flags.external_url_timeout;
    Ok(Some(approval))
}

/// From the command line, the environment and the file, in this order.
fn headers(app: &App, flags: &ApprovalArgs) -> anyhow::Result<Vec<ApprovalHeader>> {
    let file = flags.external_url_header_file.as_deref().map(read_text).transpose()?;
    let set = app.settings.get("TATUM_KMS_EXTERNAL_HEADERS").unwrap_or_default();
    let lines = set.lines().chain(file.iter().flat_map(|text| text.lines()));
    let given = flags.external_url_header.iter().map(String::as_str);
    let all = given.chain(lines.filter(|line| !line.trim().is_empty()));
    all.map(|text| Ok(ApprovalHeader::parse(text)?)).collect()
}

/// The file wins over the environment if it was typed; white space around the secret is none of it.
fn secret(app: &App, flags: &ApprovalArgs) -> anyhow::Result<Option<MacKey>> {
    let key = |text: &str| MacKey::new(Zeroizing::new(text.trim().as_bytes().to_vec()));
    let set = app.settings.get("TATUM_KMS_APPROVAL_SECRET");
    let is_weaker = app.settings.config.has_added("approvalSecretFile") && set.is_some();
    match &flags.approval_secret_file {
        Some(file) if !is_weaker => Ok(Some(key(&read_text(file)?))),
        _ => Ok(set.map(key)),
    }
}

/// Certificate and key in one PEM text.
fn identity(flags: &ApprovalArgs) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    let (Some(certificate), Some(key)) = (&flags.external_url_cert, &flags.external_url_key) else {
        return Ok(None);
    };
    let (certificate, key) = (read(certificate)?, read(key)?);
    // In one piece from the start: a buffer that grows leaves the key behind.
    let mut pem = Zeroizing::new(Vec::with_capacity(certificate.len() + 1 + key.len()));
    pem.extend_from_slice(&certificate);
    pem.push(b'\n');
    pem.extend_from_slice(&key);
    Ok(Some(pem))
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let bytes = fs::read(file);
    bytes.map(Zeroizing::new).with_context(|| format!("`{}` can't be read", file.display()))
}

fn read_text(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let bytes = read(file)?;
    match str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => bail!("`{}` is not text in UTF-8", file.display()),
    }
}
