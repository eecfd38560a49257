//! HashiCorp Vault and OpenBao: the key-value engine in both versions.
//!
//! Who is asking is a token, an AppRole or the service account of a Kubernetes pod. A token that was got by a login
//! is revoked once the secret has been read.
//! <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>,
//! <https://developer.hashicorp.com/vault/api-docs/auth/approle>,
//! <https://developer.hashicorp.com/vault/api-docs/auth/kubernetes>

use std::fs;

use kms_core::Password;
use reqwest::Certificate;
use reqwest::redirect::Policy;
use serde_json::{Map, Value};
use url::Url;
use vaultrs::api::EndpointMiddleware;
use vaultrs::client::{Client as _, VaultClient, VaultClientSettings};
use vaultrs::error::ClientError;
use zeroize::Zeroizing;

use crate::connection;
use crate::failure::Failure;
use crate::payload::Payload;
use crate::settings::{Settings, server_url};

/// Where a pod finds the token of its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
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

/// How one comes by a token.
enum Login {
    Token(Zeroizing<String>),
    AppRole { mount: String, role_id: String, secret_id: Zeroizing<String> },
    Kubernetes { mount: String, role: String, jwt: Zeroizing<String> },
}

impl Login {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        let own = ["TOKEN", "ROLE_ID", "KUBERNETES_ROLE"];
        let mut given = own.into_iter().filter(|setting| settings.get(setting).is_some());
        let mount =
            |usual: &str| settings.get("AUTH_MOUNT").unwrap_or(usual).trim_matches('/').to_owned();
        match (given.next(), given.next()) {
            (Some(one), Some(two)) => Err(settings.invalid(
                two,
                format!("is set, and so is {}; set one of them", settings.name(one)),
            )),
            (Some("ROLE_ID"), None) => Ok(Self::AppRole {
                mount: mount("approle"),
                role_id: settings.need("ROLE_ID", "the id of the AppRole")?.to_owned(),
                secret_id: settings.get("SECRET_ID").unwrap_or_default().to_owned().into(),
            }),
            (Some("KUBERNETES_ROLE"), None) => {
                let file = settings.get("JWT_FILE").unwrap_or(SERVICE_ACCOUNT);
                let jwt = fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
                    settings.invalid(
                        "JWT_FILE",
                        format!("or its default names `{file}`, which can't be read: {error}"),
                    )
                })?;
                let role = settings.need("KUBERNETES_ROLE", "the role")?.to_owned();
                Ok(Self::Kubernetes {
                    mount: mount("kubernetes"),
                    role,
                    jwt: jwt.trim().to_owned().into(),
                })
            }
            _ => {
                let token = either(settings, "TOKEN").ok_or_else(|| Failure::CredentialsMissing {
                    remedy: "set TATUM_KMS_VAULT_TOKEN, TATUM_KMS_VAULT_ROLE_ID or TATUM_KMS_VAULT_KUBERNETES_ROLE"
                        .to_owned(),
                })?;
                let token = as_header(token).ok_or_else(|| {
                    settings
                        .invalid("TOKEN", "has characters in it that no token has; copy it anew")
                })?;
                Ok(Self::Token(token.to_owned().into()))
            }
        }
    }

    /// Gives the client its token, and says whether it was made for this.
    async fn enter(self, client: &mut VaultClient, wanted: &Wanted<'_>) -> Result<bool, Failure> {
        let entered = match &self {
            Self::Token(token) => {
                client.set_token(token);
                return Ok(false);
            }
            Self::AppRole { mount, role_id, secret_id } => {
                vaultrs::auth::approle::login(client, mount, role_id, secret_id).await
            }
            Self::Kubernetes { mount, role, jwt } => {
                vaultrs::auth::kubernetes::login(client, mount, role, jwt).await
            }
        };
        let entered = entered.map_err(|error| match refusal(&error) {
            Some((status @ (400 | 401 | 403 | 404), _)) => Failure::CredentialsRefused {
                reason: format!("HTTP status {status} at the login"),
                remedy: "check the role, its secret, TATUM_KMS_VAULT_AUTH_MOUNT and TATUM_KMS_VAULT_NAMESPACE"
                    .to_owned(),
            },
            Some((status, _)) => other(status),
            None => wanted.no_answer(&error),
        })?;
        let token = Zeroizing::new(entered.client_token);
        let token =
            as_header(&token).ok_or_else(|| Failure::Answer("its token is none".to_owned()))?;
        client.set_token(token);
        Ok(true)
    }
}

/// A client that asks this server and no other: no redirect, no proxy, and no variable that the library knows.
fn client(settings: &Settings, wanted: &Wanted<'_>) -> Result<VaultClient, Failure> {
    let namespace = either(settings, "NAMESPACE").map(|namespace| {
        as_header(namespace).map(str::to_owned).ok_or_else(|| {
            settings.invalid("NAMESPACE", "has characters in it that no namespace has")
        })
    });
    let namespace = namespace.transpose()?;
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("tatum-kms-secrets/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy();
    if wanted.address.scheme() == "http" {
        http = http.tls_certs_only([]);
    } else if let Some(file) = either(settings, "CACERT") {
        http =
            http.tls_certs_only(certificates(file).map_err(|why| settings.invalid("CACERT", why))?);
    }
    let http = http.build().map_err(|error| Failure::Tls {
        place: wanted.address.to_string(),
        reason: connection::innermost(&error),
    })?;
    let http = rustify::clients::reqwest::Client::new(wanted.address.as_str(), http);
    let middle = EndpointMiddleware {
        token: String::new(),
        version: "v1".to_owned(),
        wrap: None,
        namespace: namespace.clone(),
    };
    let settings = VaultClientSettings {
        address: wanted.address.clone(),
        ca_certs: Vec::new(),
        identity: None,
        timeout: None,
        token: String::new(),
        verify: true,
        version: 1,
        wrapping: false,
        namespace,
        proxy: None,
    };
    Ok(VaultClient { http, middle, settings })
}

/// The certificates in a file, of which there is one at least.
fn certificates(file: &str) -> Result<Vec<Certificate>, String> {
    let bytes =
        fs::read(file).map_err(|error| format!("names `{file}`, which can't be read: {error}"))?;
    let found = Certificate::from_pem_bundle(&bytes).unwrap_or_default();
    if found.is_empty() {
        return Err(format!("names `{file}`, which has no certificate in PEM"));
    }
    Ok(found)
}

/// The text without blanks around it, if it can be a header. The library takes that for granted.
fn as_header(text: &str) -> Option<&str> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_graphic()).then_some(text)
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
