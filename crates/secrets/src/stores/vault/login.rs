//! Who is asking: a token, an AppRole, or the service account of a pod.

use std::path::Path;

use vaultrs::client::{Client as _, VaultClient};
use zeroize::Zeroizing;

use super::client::as_header;
use super::{Wanted, either, other, refusal};
use crate::failure::Failure;
use crate::file;
use crate::settings::Settings;

/// Where a pod finds the token of its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/// Bytes of such a token at most; they have about a thousand.
const JWT_BYTES: u64 = 64 * 1024;

/// How one comes by a token.
pub(super) enum Login {
    Token(Zeroizing<String>),
    AppRole { mount: String, role_id: String, secret_id: Zeroizing<String> },
    Kubernetes { mount: String, role: String, jwt: Zeroizing<String> },
}

impl Login {
    /// As the settings say.
    ///
    /// # Errors
    /// They say nothing, or two things.
    pub(super) fn new(settings: &Settings) -> Result<Self, Failure> {
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
                let path = settings.get("JWT_FILE").unwrap_or(SERVICE_ACCOUNT);
                let jwt = file::read(Path::new(path), JWT_BYTES);
                let jwt = jwt
                    .map_err(|why| settings.invalid("JWT_FILE", format!("or its default {why}")))?;
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
    ///
    /// # Errors
    /// The login is refused, or there is no answer.
    pub(super) async fn enter(
        self,
        client: &mut VaultClient,
        wanted: &Wanted<'_>,
    ) -> Result<bool, Failure> {
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
