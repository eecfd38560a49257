//! Who asks: what a file of credentials says, by Google's own client, or else what Google runs this machine as.

use std::error::Error;
use std::path::Path;

use google_cloud_auth::build_errors::Error as BuildError;
use google_cloud_auth::credentials::{
    CacheableResource, Credentials, external_account, impersonated, service_account, user_account,
};
use google_cloud_auth::errors::CredentialsError;
use http::{Extensions, HeaderMap};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::request::{Request, has_authorization, place};
use crate::settings::{Settings, server_url};
use crate::{connection, file, request};

/// Where a machine of Google's asks who it is: <https://cloud.google.com/compute/docs/access/authenticate-workloads>.
/// Its number, as in Google's client for Go: its name may be looked up anywhere.
const METADATA: &str = "169.254.169.254";
const METADATA_PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
/// The header that the metadata server wants, and gives.
const FLAVOR: &str = "metadata-flavor";
/// What the token is for; permissions narrow it.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Bytes of a file of credentials; keys of accounts have less than 3,000.
const FILE_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// The headers that say who asks.
///
/// # Errors
/// The file is no such file, nobody gives a token for it, or there is no file and this is no machine of Google's.
pub(super) async fn headers(settings: &Settings) -> Result<HeaderMap, Failure> {
    let known = "GOOGLE_APPLICATION_CREDENTIALS";
    let own =
        settings.get("CREDENTIALS_FILE").map(|path| (settings.name("CREDENTIALS_FILE"), path));
    let given = own.or_else(|| settings.variable(known).map(|path| (known.to_owned(), path)));
    match given {
        Some((name, path)) => of_file(&name, path).await,
        None => of_machine(settings).await,
    }
}

/// Those of a file: <https://google.aip.dev/auth/4110>.
async fn of_file(name: &str, path: &str) -> Result<HeaderMap, Failure> {
    let invalid = |why: String| Failure::SettingInvalid { name: name.to_owned(), why };
    let text = file::read(Path::new(path), FILE_BYTES).map_err(invalid)?;
    let odd = |why: &str| {
        invalid(format!("names {path}, which {why}; it is a JSON file that Google made"))
    };
    let content: Value = serde_json::from_str(&text).map_err(|_| odd("is not JSON"))?;
    let server = server(&content);
    let credentials = credentials(content).ok_or_else(|| odd("has no `type` that is known"))?;
    let credentials = credentials.map_err(|error| odd(&wrong_with(&error)))?;
    match credentials.headers(Extensions::new()).await {
        Ok(CacheableResource::New { data, .. }) if has_authorization(&data) => Ok(data),
        Ok(_) => Err(Failure::Answer("there is no token".to_owned())),
        Err(error) => Err(refused(&error, name, &server)),
    }
}

/// The client for this kind of file, if it is one.
fn credentials(content: Value) -> Option<Result<Credentials, BuildError>> {
    let scopes = [SCOPE];
    match content.get("type")?.as_str()? {
        "service_account" => {
            let scopes = service_account::AccessSpecifier::from_scopes(scopes);
            Some(service_account::Builder::new(content).with_access_specifier(scopes).build())
        }
        "external_account" => {
            Some(external_account::Builder::new(content).with_scopes(scopes).build())
        }
        "impersonated_service_account" => {
            Some(impersonated::Builder::new(content).with_scopes(scopes).build())
        }
        "authorized_user" => Some(user_account::Builder::new(content).with_scopes(scopes).build()),
        _ => None,
    }
}

/// What is wrong with a file. The client's own words may have parts of it in them.
fn wrong_with(error: &BuildError) -> String {
    let what = match error {
        error if error.is_missing_field() => "lacks a member that its `type` needs",
        error if error.is_parsing() => "has not the members that its `type` needs",
        error if error.is_not_supported() => "has a `credential_source` that is not supported",
        _ => "can't be used",
    };
    what.to_owned()
}

/// Who gives tokens for a file.
fn server(content: &Value) -> String {
    let url =
        |name: &str| content.get(name).and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
    let url = url("token_url").or_else(|| url("token_uri"));
    url.map_or_else(|| "the server of its tokens".to_owned(), |url| place(&url))
}

/// Why there is no token for a file. The client's error may quote the file or an answer, so it is not shown.
fn refused(error: &CredentialsError, name: &str, server: &str) -> Failure {
    let sources =
        std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source());
    let transport = sources.filter_map(|error| error.downcast_ref::<reqwest::Error>()).last();
    match transport {
        Some(error) if error.status().is_none() => connection::failure(server, error),
        transport => {
            let status = transport.and_then(reqwest::Error::status);
            let reason = status.map(|status| format!("{server} says HTTP {}", status.as_u16()));
            Failure::CredentialsRefused {
                reason: reason.unwrap_or_else(|| "there is no token for them".to_owned()),
                remedy: format!(
                    "check the file that {name} names: its key, or what it exchanges for a token"
                ),
            }
        }
    }
}

/// Those of the account that this machine or container runs as.
async fn of_machine(settings: &Settings) -> Result<HeaderMap, Failure> {
    let (name, host) = ("GCE_METADATA_HOST", settings.variable("GCE_METADATA_HOST"));
    let url = metadata(host.unwrap_or(METADATA))
        .map_err(|why| Failure::SettingInvalid { name: name.to_owned(), why })?;
    let host = place(&url);
    let none = |why: &str| Failure::CredentialsMissing {
        remedy: format!(
            "set TATUM_KMS_GCP_CREDENTIALS_FILE to the key of a service account or to the configuration of a \
             workload identity, or run it as a service account of Google's ({host} {why})"
        ),
    };
    let answer = Request::get(url).header(FLAVOR, "Google", "the header")?.send().await;
    let answer = match answer {
        Err(Failure::Unreachable { .. } | Failure::TimedOut(_)) => {
            return Err(none("does not answer"));
        }
        answer => answer?,
    };
    if answer.headers.get(FLAVOR).is_none_or(|flavor| flavor != "Google") {
        return Err(none("is no metadata server of Google's"));
    }
    match answer.status {
        StatusCode::OK => {
            let token: Token = answer.json()?;
            bearer(&Zeroizing::new(token.access_token))
        }
        StatusCode::NOT_FOUND => Err(none("knows no service account")),
        _ => Err(Failure::CredentialsRefused {
            reason: format!("{host} says {}", answer.status()),
            remedy: "check the service account of this machine".to_owned(),
        }),
    }
}

/// The metadata server at `host`, which may have a port.
fn metadata(host: &str) -> Result<Url, String> {
    let plain = format!("http://{host}{METADATA_PATH}");
    let url = Url::parse(&plain).ok().filter(|url| {
        url.path() == METADATA_PATH
            && (request::is_next_door(url) || url.host_str() == Some("metadata.google.internal"))
    });
    url.map_or_else(|| server_url(&plain), Ok)
}

fn bearer(token: &str) -> Result<HeaderMap, Failure> {
    let value = http::HeaderValue::from_str(&Zeroizing::new(format!("Bearer {token}")));
    let mut value = value.map_err(|_| Failure::Answer("the token can't be sent".to_owned()))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(http::header::AUTHORIZATION, value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_server_is_next_door() {
        for host in ["169.254.169.254", "127.0.0.1:8080", "localhost:1", "metadata.google.internal"]
        {
            assert!(metadata(host).is_ok(), "{host}");
        }
        for host in
            ["example.com", "10.0.0.1", "metadata.google.internal.example.com", "127.0.0.1@a.b"]
        {
            let why = metadata(host).unwrap_err();
            assert!(why.starts_with("begins with http://"), "{host}: {why}");
        }
    }
}
