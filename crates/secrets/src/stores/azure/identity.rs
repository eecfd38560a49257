//! Who asks: an application with a secret, a workload of Kubernetes, or the machine itself; and its token.
//!
//! The names of the variables that are not ours are those of Azure's own clients.

use std::path::Path;

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::Cloud;
use crate::failure::Failure;
use crate::request::{Answer, Request, is_next_door, place};
use crate::settings::{Settings, server_url};

/// Where a virtual machine asks who it is:
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>.
const METADATA: &str = "http://169.254.169.254";
const METADATA_PATH: &str = "/metadata/identity/oauth2/token";
const METADATA_API: &str = "2018-02-01";
/// The same for App Service, Functions and Container Apps:
/// <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>.
const APP_SERVICE_API: &str = "2019-08-01";
/// What a token of Kubernetes is shown as (RFC 7523).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Bytes of such a token; the largest have a few thousand.
const ASSERTION_BYTES: u64 = 64 * 1024;

/// Who asks.
pub(super) enum Identity<'a> {
    /// An application that is registered with Entra ID, and what it proves that with.
    Application { endpoint: Url, client: &'a str, proof: Proof<'a> },
    /// What Azure runs this machine or container as; the one of `client` where there are several.
    Managed { server: Metadata<'a>, client: Option<&'a str> },
}

/// What an application proves its name with.
pub(super) enum Proof<'a> {
    Secret(&'a str),
    /// The token that Kubernetes gave the container.
    Assertion(Zeroizing<String>),
}

/// Who knows what this runs as.
pub(super) struct Metadata<'a> {
    url: Url,
    api: &'static str,
    /// The header that proves that it is this container that asks; virtual machines have none.
    header: Option<&'a str>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// What Entra ID and the metadata servers say in place of a token (RFC 6749, section 5.2).
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_codes: Vec<u64>,
}

impl<'a> Identity<'a> {
    /// The first that the settings are complete for: an application's secret, a workload's token, the machine.
    ///
    /// # Errors
    /// Some of the settings of one are missing or wrong.
    pub(super) fn of(settings: &'a Settings, cloud: &Cloud) -> Result<Self, Failure> {
        let either = |own, known| settings.get(own).or_else(|| settings.variable(known));
        let client = either("CLIENT_ID", "AZURE_CLIENT_ID");
        let secret = either("CLIENT_SECRET", "AZURE_CLIENT_SECRET").map(Proof::Secret);
        let proof = match (secret, either("FEDERATED_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE")) {
            (Some(secret), _) => secret,
            (None, Some(file)) => Proof::Assertion(assertion(file, settings)?),
            (None, None) => return Ok(Self::Managed { server: Metadata::of(settings)?, client }),
        };
        let tenant = either("TENANT_ID", "AZURE_TENANT_ID");
        let (Some(tenant), Some(client)) = (tenant, client) else {
            let name = if tenant.is_none() { "TENANT_ID" } else { "CLIENT_ID" };
            return Err(Failure::SettingMissing {
                name: settings.name(name),
                what: "that of the application that may read the secret",
            });
        };
        if !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
            return Err(settings.invalid("TENANT_ID", "is no tenant; it is its id or its domain"));
        }
        let mut endpoint = authority(settings, cloud)?;
        endpoint.set_path(&format!("/{tenant}/oauth2/v2.0/token"));
        Ok(Self::Application { endpoint, client, proof })
    }

    /// A token for `resource`.
    ///
    /// # Errors
    /// There is none for whoever asks, or nobody to give one.
    pub(super) async fn token(self, resource: &str) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::Application { endpoint, client, proof } => {
                let place = place(&endpoint);
                let answer = proof.request(endpoint, client, resource).send().await?;
                token(&answer, |refusal| refusal.of_application(&answer, &place))
            }
            Self::Managed { server, client } => {
                let answer = server.request(resource, client)?.send().await;
                let answer = answer.map_err(|failure| server.not_there(failure))?;
                token(&answer, |refusal| refusal.of_machine(&answer, client))
            }
        }
    }
}

impl Proof<'_> {
    /// The client credentials grant:
    /// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
    fn request(&self, endpoint: Url, client: &str, resource: &str) -> Request {
        let scope = format!("{resource}/.default");
        let mut form =
            vec![("grant_type", "client_credentials"), ("client_id", client), ("scope", &scope)];
        match self {
            Self::Secret(secret) => form.push(("client_secret", secret)),
            Self::Assertion(token) => {
                form.extend([("client_assertion_type", ASSERTION), ("client_assertion", token)]);
            }
        }
        Request::post(endpoint, &form)
    }
}

impl<'a> Metadata<'a> {
    fn of(settings: &'a Settings) -> Result<Self, Failure> {
        let header = settings.variable("IDENTITY_HEADER");
        if let (Some(endpoint), Some(_)) = (settings.variable("IDENTITY_ENDPOINT"), header) {
            let url = near(endpoint, "IDENTITY_ENDPOINT")?;
            return Ok(Self { url, api: APP_SERVICE_API, header });
        }
        let name = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
        let mut url = near(settings.variable(name).unwrap_or(METADATA), name)?;
        url.set_path(METADATA_PATH);
        Ok(Self { url, api: METADATA_API, header: None })
    }

    fn request(&self, resource: &str, client: Option<&str>) -> Result<Request, Failure> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("api-version", self.api)
            .append_pair("resource", resource)
            .extend_pairs(client.map(|client| ("client_id", client)));
        let request = Request::get(url).header("metadata", "true", "the header")?;
        match self.header {
            Some(header) => request.header("x-identity-header", header, "IDENTITY_HEADER"),
            None => Ok(request),
        }
    }

    /// Where nothing answers there is no such identity, and nobody has said who else asks.
    fn not_there(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Unreachable { .. } | Failure::TimedOut(_) => Failure::CredentialsMissing {
                remedy: format!(
                    "set TATUM_KMS_AZURE_TENANT_ID, TATUM_KMS_AZURE_CLIENT_ID and TATUM_KMS_AZURE_CLIENT_SECRET, \
                     or run it where Azure gives it a managed identity (nothing answers at {})",
                    place(&self.url)
                ),
            },
            other => other,
        }
    }
}

impl Refusal {
    fn of_application(&self, answer: &Answer, place: &str) -> Failure {
        let number = self.error_codes.first().copied();
        let code = number.map(|number| format!("AADSTS{number}"));
        let reason = answer.reason(code.as_deref().or(self.error.as_deref()));
        // https://learn.microsoft.com/entra/identity-platform/reference-error-codes
        let remedy = match number {
            Some(7_000_215) => {
                "check TATUM_KMS_AZURE_CLIENT_SECRET: it is the value of the secret, not its id"
            }
            Some(7_000_222) => "the client secret has expired: make a new one",
            Some(700_016) => "check TATUM_KMS_AZURE_CLIENT_ID and TATUM_KMS_AZURE_TENANT_ID",
            Some(90_002 | 900_023) => "check TATUM_KMS_AZURE_TENANT_ID",
            Some(70_021 | 700_211..=700_213) => {
                "add a federated credential to the application for this service account of Kubernetes"
            }
            _ if answer.status.is_server_error() => {
                return Failure::Refused {
                    reason,
                    remedy: format!("try again, and check {place}"),
                };
            }
            _ => "check the tenant, the client and what proves it",
        };
        Failure::CredentialsRefused { reason, remedy: remedy.to_owned() }
    }

    fn of_machine(&self, answer: &Answer, client: Option<&str>) -> Failure {
        let reason = answer.reason(self.error.as_deref());
        let remedy = match client {
            Some(client) => {
                format!("assign the managed identity {client:?} to this machine or container")
            }
            None => "assign a managed identity to this machine or container, or name one in \
                     TATUM_KMS_AZURE_CLIENT_ID"
                .to_owned(),
        };
        Failure::CredentialsRefused { reason, remedy }
    }
}

fn token(
    answer: &Answer,
    refused: impl FnOnce(Refusal) -> Failure,
) -> Result<Zeroizing<String>, Failure> {
    if answer.status != StatusCode::OK {
        return Err(refused(answer.error()));
    }
    answer.json::<Token>().map(|token| Zeroizing::new(token.access_token))
}

fn authority(settings: &Settings, cloud: &Cloud) -> Result<Url, Failure> {
    if let Some(url) = settings.url("AUTHORITY")? {
        return Ok(url);
    }
    let name = "AZURE_AUTHORITY_HOST";
    let text = settings.variable(name).unwrap_or(cloud.authority);
    server_url(text).map_err(|why| Failure::SettingInvalid { name: name.to_owned(), why })
}

/// The URL of a metadata server, which may be plain http on this machine or this wire.
fn near(text: &str, name: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok().filter(is_next_door);
    url.map_or_else(|| server_url(text), Ok)
        .map_err(|why| Failure::SettingInvalid { name: name.to_owned(), why })
}

fn assertion(file: &str, settings: &Settings) -> Result<Zeroizing<String>, Failure> {
    let text = crate::file::read(Path::new(file), ASSERTION_BYTES)
        .map_err(|why| settings.invalid("FEDERATED_TOKEN_FILE", why))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}
