//! HashiCorp Vault and OpenBao: the key-value engine in both versions.
//!
//! Who is asking is a token, an AppRole or the service account of a Kubernetes pod. A token that was got by a login
//! is revoked once the secret has been read.
//! <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>,
//! <https://developer.hashicorp.com/vault/api-docs/auth/approle>,
//! <https://developer.hashicorp.com/vault/api-docs/auth/kubernetes>

mod client;
mod login;

use kms_core::Password;
use serde_json::{Map, Value};
use url::Url;
use vaultrs::client::{Client as _, VaultClient};
use vaultrs::error::ClientError;

use self::client::client;
use self::login::Login;
use crate::connection;
use crate::failure::Failure;
use crate::payload::Payload;
use crate::settings::{Settings, server_url};

/// The member of a secret that is read unless another is named.
const KEY: &str = "password";

/// The password.
///
/// # Errors
/// As of [`Failure`].
pub(crate) async fn password(settings: &Settings) -> Result<Password, Failure> {
    let wanted = Wanted::new(settings)?;
    let login = Login::new(settings)?;
    let mut client = client(settings, &wanted)?;
    let is_ours = login.enter(&mut client, &wanted).await?;
    let found = wanted.read(&client).await;
    if is_ours {
        // Should this fail, it ends by itself.
        let _ = client.revoke().await;
    }
    let payload = Payload { secret: wanted.secret(), key_setting: "KEY", settings };
    payload.member(&found?, settings.get("KEY").unwrap_or(KEY))
}

/// A setting of ours, or the variable that every program for Vault knows.
fn either<'a>(settings: &'a Settings, setting: &str) -> Option<&'a str> {
    settings.get(setting).or_else(|| settings.variable(&format!("VAULT_{setting}")))
}

/// What is asked for, and where.
struct Wanted<'a> {
    address: Url,
    mount: &'a str,
    path: &'a str,
    engine: Engine,
}

/// The version of the key-value engine.
enum Engine {
    /// One value a path.
    One,
    /// The latest version of a value, or a certain one.
    Two { version: Option<u64> },
}

impl<'a> Wanted<'a> {
    fn new(settings: &'a Settings) -> Result<Self, Failure> {
        let address = either(settings, "ADDR").ok_or_else(|| Failure::SettingMissing {
            name: settings.name("ADDR"),
            what: "the address of the server, for example https://vault.example.com:8200",
        })?;
        let address = server_url(address).map_err(|why| settings.invalid("ADDR", why))?;
        let path =
            settings.need("PATH", "the path of the secret below its mount, for example kms")?;
        let version = settings.get("VERSION").map(str::parse).transpose();
        let version = version.map_err(|_| {
            settings.invalid("VERSION", "is not a whole number; it must be, or leave it out")
        })?;
        let engine = match (settings.get("KV").unwrap_or("2"), version) {
            ("2", version) => Engine::Two { version },
            ("1", None) => Engine::One,
            ("1", Some(_)) => {
                return Err(settings.invalid(
                    "VERSION",
                    "is set, and version 1 of the engine keeps none; leave it out",
                ));
            }
            _ => {
                return Err(
                    settings.invalid("KV", "must be 1 or 2, the version of the key-value engine")
                );
            }
        };
        let mount = settings.get("MOUNT").unwrap_or("secret").trim_matches('/');
        Ok(Self { address, mount, path: path.trim_matches('/'), engine })
    }

    async fn read(&self, client: &VaultClient) -> Result<Map<String, Value>, Failure> {
        let found = match self.engine {
            Engine::One => vaultrs::kv1::get(client, self.mount, self.path).await,
            Engine::Two { version: None } => {
                vaultrs::kv2::read(client, self.mount, self.path).await
            }
            Engine::Two { version: Some(version) } => {
                vaultrs::kv2::read_version(client, self.mount, self.path, version).await
            }
        };
        found.map_err(|error| self.unread(&error))
    }

    fn secret(&self) -> String {
        format!("the secret `{}/{}`", self.mount, self.path)
    }

    /// Why it could not be read.
    fn unread(&self, error: &ClientError) -> Failure {
        let Some((status, says)) = refusal(error) else { return self.no_answer(error) };
        let reason = format!("HTTP status {status}");
        match status {
            403 if says("invalid token") || says("bad token") => Failure::CredentialsRefused {
                reason,
                remedy: "check whether the token has ended".to_owned(),
            },
            403 => Failure::NoPermission {
                secret: self.secret(),
                reason,
                remedy: "grant read on its path, which has /data/ behind the mount in version 2 of the engine, and \
                         check that the token has not ended"
                    .to_owned(),
            },
            404 => self.missing(error),
            _ => other(status),
        }
    }

    /// Nothing under this name, or nothing any more.
    fn missing(&self, error: &ClientError) -> Failure {
        let asked = match self.engine {
            Engine::Two { version } => version,
            Engine::One => None,
        };
        match deleted_version(error).or(asked) {
            Some(version) => Failure::VersionMissing {
                version: version.to_string(),
                secret: self.secret(),
                remedy:
                    "it may be deleted; check TATUM_KMS_VAULT_VERSION, or store the password anew"
                        .to_owned(),
            },
            None => Failure::SecretMissing {
                secret: format!("secret `{}` in the mount `{}`", self.path, self.mount),
                remedy:
                    "check TATUM_KMS_VAULT_PATH, TATUM_KMS_VAULT_MOUNT, TATUM_KMS_VAULT_KV and \
                         TATUM_KMS_VAULT_NAMESPACE"
                        .to_owned(),
            },
        }
    }

    /// There was no answer, or none of a Vault. Its content is not shown: it may be the secret.
    fn no_answer(&self, error: &ClientError) -> Failure {
        use rustify::errors::ClientError as Rest;
        match error {
            ClientError::RestClientError {
                source: Rest::RequestError { .. } | Rest::ResponseError { .. },
            } => connection::failure(self.address.host_str().unwrap_or_default(), error),
            _ => Failure::Answer("it is not the JSON that is expected".to_owned()),
        }
    }
}

/// The status of an answer that is an error, and what looks for words in it.
fn refusal(error: &ClientError) -> Option<(u16, impl Fn(&str) -> bool)> {
    let (status, errors) = match error {
        ClientError::APIError { code, errors } => (*code, errors.as_slice()),
        ClientError::RestClientError {
            source: rustify::errors::ClientError::ServerResponseError { code, .. },
        } => (*code, [].as_slice()),
        _ => return None,
    };
    Some((status, move |words: &str| errors.iter().any(|error| error.contains(words))))
}

/// The version that the server says it has deleted.
fn deleted_version(error: &ClientError) -> Option<u64> {
    let ClientError::RestClientError {
        source: rustify::errors::ClientError::ServerResponseError { content: Some(content), .. },
    } = error
    else {
        return None;
    };
    serde_json::from_str::<Value>(content).ok()?.pointer("/data/metadata/version")?.as_u64()
}

fn other(status: u16) -> Failure {
    let remedy = match status {
        503 => "it may be sealed or starting; unseal it",
        300..400 => {
            "it names another server, which is not followed; set TATUM_KMS_VAULT_ADDR to that"
        }
        _ => "check TATUM_KMS_VAULT_ADDR and the server's log",
    };
    Failure::Refused { reason: format!("HTTP status {status}"), remedy: remedy.to_owned() }
}
