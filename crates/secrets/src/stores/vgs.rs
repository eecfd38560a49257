//! The VGS vault: one GET that reveals an alias.
//!
//! <https://docs.verygoodsecurity.com/vault/developer-tools/apis/vault-api-v1/aliases>. There is no client to use.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kms_core::Password;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Map;
use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::payload::Payload;
use crate::request::{Answer, Request, place};
use crate::settings::{Settings, server_url};

/// The live vaults outside of Europe, as Tatum KMS has it.
const LIVE: &str = "https://api.live.verygoodvault.com";

/// What VGS reveals: a list of one for one alias, or a map with the alias as its key.
#[derive(Deserialize)]
struct Revealed {
    data: Data,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    List(Vec<Entry>),
    ByAlias(Map<String, serde_json::Value>),
}

#[derive(Deserialize)]
struct Entry {
    value: String,
}

/// The password.
///
/// # Errors
/// As of [`Failure`].
pub(crate) async fn password(settings: &Settings) -> Result<Password, Failure> {
    let alias = settings.need("ALIAS", "the alias of the password")?;
    let url = url(settings, alias)?;
    let request = Request::get(url.clone()).header(
        "authorization",
        &basic(settings)?,
        "TATUM_KMS_VGS_PASSWORD",
    )?;
    let answer = request.send().await?;
    if answer.status != StatusCode::OK {
        return Err(refused(&answer, &place(&url)));
    }
    let revealed: Revealed = answer.json()?;
    let value = revealed.data.value(alias).map(Zeroizing::new);
    let value = value.ok_or_else(|| Failure::Answer("it has no value for the alias".to_owned()))?;
    let payload = Payload { secret: SECRET.to_owned(), key_setting: "KEY", settings };
    payload.text(&value)
}

/// The alias itself is worth hiding: with the credentials it is all that is needed.
const SECRET: &str = "the value of TATUM_KMS_VGS_ALIAS";

impl Data {
    fn value(self, alias: &str) -> Option<String> {
        match self {
            Self::List(entries) => entries.into_iter().next().map(|entry| entry.value),
            Self::ByAlias(mut entries) => {
                let entry = serde_json::from_value::<Entry>(entries.remove(alias)?);
                entry.ok().map(|entry| entry.value)
            }
        }
    }
}

fn url(settings: &Settings, alias: &str) -> Result<Url, Failure> {
    if matches!(alias, "." | "..") || alias.chars().any(char::is_control) {
        return Err(settings.invalid("ALIAS", "is no alias; it is one such as tok_live_…"));
    }
    let mut url = match settings.url("ENDPOINT")? {
        Some(endpoint) => endpoint,
        None => server_url(LIVE).map_err(|why| settings.invalid("ENDPOINT", why))?,
    };
    url.set_path("/aliases");
    // It never fails on a URL with a host.
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(alias);
    }
    Ok(url)
}

/// User name and password (RFC 7617).
fn basic(settings: &Settings) -> Result<Zeroizing<String>, Failure> {
    let name = settings.need("USERNAME", "the user name of the access credentials of the vault")?;
    let password =
        settings.need("PASSWORD", "the password of the access credentials of the vault")?;
    if name.contains(':') {
        return Err(settings.invalid("USERNAME", "has a colon, which no user name of VGS has"));
    }
    let both = Zeroizing::new(format!("{name}:{password}"));
    Ok(Zeroizing::new(format!("Basic {}", *Zeroizing::new(BASE64_STANDARD.encode(&*both)))))
}

fn refused(answer: &Answer, host: &str) -> Failure {
    let reason = answer.status();
    match answer.status.as_u16() {
        401 => Failure::CredentialsRefused {
            reason,
            remedy: format!(
                "check TATUM_KMS_VGS_USERNAME and TATUM_KMS_VGS_PASSWORD, and that they are of a vault of {host}"
            ),
        },
        403 => Failure::NoPermission {
            secret: SECRET.to_owned(),
            reason,
            remedy: "have the support of VGS allow these credentials to reveal".to_owned(),
        },
        400 | 404 => Failure::SecretMissing {
            secret: format!("value of TATUM_KMS_VGS_ALIAS in {host}"),
            remedy: "check the alias and the vault of the credentials".to_owned(),
        },
        _ => Failure::Refused { reason, remedy: format!("try again, and check {host}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::Store;

    #[test]
    fn the_alias_stays_one_segment() {
        for (alias, path) in [
            ("tok_live_5UpnbMvaihRuRwz5QXwBFw", "/aliases/tok_live_5UpnbMvaihRuRwz5QXwBFw"),
            ("a/../b?c#d", "/aliases/a%2F..%2Fb%3Fc%23d"),
        ] {
            let settings = Settings::of(Store::Vgs, &[("ALIAS", alias)]);
            assert_eq!(url(&settings, alias).unwrap().as_str(), format!("{LIVE}{path}"));
        }
        for alias in [".", "..", "a\nb"] {
            let settings = Settings::of(Store::Vgs, &[("ALIAS", alias)]);
            let error = url(&settings, alias).unwrap_err().to_string();
            assert!(error.starts_with("TATUM_KMS_VGS_ALIAS is no alias"), "{error}");
        }
    }

    #[test]
    fn a_value_is_in_a_list_or_under_its_alias() {
        for (body, expected) in [
            (r#"{"data":[{"value":"hunter2","classifiers":[]}]}"#, Some("hunter2")),
            (r#"{"data":{"tok_1":{"value":"hunter2"}}}"#, Some("hunter2")),
            (r#"{"data":{"tok_2":{"value":"hunter2"}}}"#, None),
            (r#"{"data":[]}"#, None),
        ] {
            let revealed: Revealed = serde_json::from_str(body).unwrap();
            assert_eq!(revealed.data.value("tok_1").as_deref(), expected, "{body}");
        }
    }
}
