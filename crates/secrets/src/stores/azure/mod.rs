//! Azure Key Vault: one GET, with a token of Entra ID.
//!
//! By hand (ADR 10): <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret>.

mod identity;

use kms_core::Password;
use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use self::identity::Identity;
use crate::failure::Failure;
use crate::payload::Payload;
use crate::request::{Answer, Request, is_next_door, place};
use crate::settings::{Settings, server_url};

/// The version of the API of Key Vault.
const API_VERSION: &str = "7.4";
/// Bytes of the name of a secret, as Key Vault has it.
const NAME_BYTES: usize = 127;
/// Bytes of a version; they are 32 hexadecimal digits.
const VERSION_BYTES: usize = 64;

/// A cloud of Azure. A token goes to vaults below `suffix` and nowhere else.
struct Cloud {
    suffix: &'static str,
    /// What the token is for.
    resource: &'static str,
    /// Who gives it.
    authority: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        suffix: ".vault.azure.net",
        resource: "https://vault.azure.net",
        authority: "https://login.microsoftonline.com",
    },
    Cloud {
        suffix: ".vault.azure.cn",
        resource: "https://vault.azure.cn",
        authority: "https://login.chinacloudapi.cn",
    },
    Cloud {
        suffix: ".vault.usgovcloudapi.net",
        resource: "https://vault.usgovcloudapi.net",
        authority: "https://login.microsoftonline.us",
    },
];

/// A secret of a vault.
struct Secret<'a> {
    vault: Url,
    name: &'a str,
    version: Option<&'a str>,
}

/// What Key Vault says of a secret.
#[derive(Deserialize)]
struct Bundle {
    value: String,
}

/// What it says in place of one.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Option<Code>,
}

#[derive(Deserialize)]
struct Code {
    code: Option<String>,
    innererror: Option<Box<Code>>,
}

/// The password.
///
/// # Errors
/// As of [`Failure`].
pub(crate) async fn password(settings: &Settings) -> Result<Password, Failure> {
    let secret = Secret::of(settings)?;
    let cloud = cloud(&secret.vault, settings)?;
    let token = Identity::of(settings, cloud)?.token(cloud.resource).await?;
    let answer = Request::get(secret.url()).bearer(&token)?.send().await?;
    if answer.status != StatusCode::OK {
        return Err(secret.refused(&answer));
    }
    let bundle: Bundle = answer.json()?;
    let payload = Payload { secret: secret.words(), key_setting: "KEY", settings };
    payload.text(&Zeroizing::new(bundle.value))
}

impl<'a> Secret<'a> {
    fn of(settings: &'a Settings) -> Result<Self, Failure> {
        let vault = vault(settings)?;
        let name = settings.need("SECRETNAME", "the name of the secret")?;
        let version = settings.get("SECRETVERSION");
        let is_name = |text: &str, most: usize| {
            text.len() <= most
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !is_name(name, NAME_BYTES) {
            let why = "is no name of a secret; it has letters, digits and hyphens, 127 at most";
            return Err(settings.invalid("SECRETNAME", why));
        }
        if !version.is_none_or(|version| is_name(version, VERSION_BYTES)) {
            let why = "is no version; it is the 32 digits behind the name in the secret's identifier, or left out";
            return Err(settings.invalid("SECRETVERSION", why));
        }
        Ok(Self { vault, name, version })
    }

    fn url(&self) -> Url {
        let mut url = self.vault.clone();
        let version = self.version.map(|version| format!("/{version}")).unwrap_or_default();
        url.set_path(&format!("/secrets/{}{version}", self.name));
        url.set_query(Some(&format!("api-version={API_VERSION}")));
        url
    }

    fn words(&self) -> String {
        format!("the secret `{}`", self.name)
    }

    /// Why `answer` has no secret. The codes: <https://learn.microsoft.com/azure/key-vault/general/rest-error-codes>.
    fn refused(&self, answer: &Answer) -> Failure {
        let refusal: Refusal = answer.error();
        let outer = refusal.error.as_ref();
        let inner = outer.and_then(|outer| outer.innererror.as_deref());
        let code = inner.or(outer).and_then(|code| code.code.as_deref());
        let reason = answer.reason(code);
        let (secret, host) = (self.words(), place(&self.vault));
        match (answer.status.as_u16(), code) {
            (401, _) => Failure::CredentialsRefused {
                reason,
                remedy: "use an identity of the tenant that the vault is in".to_owned(),
            },
            (403, Some("SecretDisabled")) => self.disabled(reason),
            (403, Some("ForbiddenByFirewall" | "ForbiddenByConnection")) => Failure::Refused {
                reason,
                remedy: format!("let this machine through the firewall of {host}"),
            },
            (403, _) => Failure::NoPermission {
                secret,
                reason,
                remedy: format!(
                    "grant the identity `Key Vault Secrets User` on it, or `get` in the access policy of {host}"
                ),
            },
            (404, _) => match self.version {
                Some(version) => Failure::VersionMissing {
                    version: version.to_owned(),
                    secret,
                    remedy: format!("check the name and the version in {host}"),
                },
                None => Failure::SecretMissing {
                    secret: format!("secret `{}` in {host}", self.name),
                    remedy: "check TATUM_KMS_AZURE_SECRETNAME and TATUM_KMS_AZURE_VAULTURL"
                        .to_owned(),
                },
            },
            _ => Failure::Refused { reason, remedy: format!("try again, and check {host}") },
        }
    }

    fn disabled(&self, reason: String) -> Failure {
        let remedy = "enable it, or name another in TATUM_KMS_AZURE_SECRETVERSION".to_owned();
        match self.version {
            Some(version) => Failure::VersionMissing {
                version: version.to_owned(),
                secret: self.words(),
                remedy,
            },
            None => Failure::Refused {
                reason,
                remedy: format!("its newest version is disabled: {remedy}"),
            },
        }
    }
}

/// The vault. Tatum KMS wants a host without a scheme; both will do.
fn vault(settings: &Settings) -> Result<Url, Failure> {
    let what = "the URL of the vault, such as https://name.vault.azure.net";
    let text = settings.need("VAULTURL", what)?;
    let with_scheme = format!("https://{text}");
    let text = if text.contains("://") { text } else { &with_scheme };
    let url = server_url(text).map_err(|why| settings.invalid("VAULTURL", why))?;
    if url.path() != "/" || url.query().is_some() {
        let why = "has more than a host; it must be one such as https://name.vault.azure.net";
        return Err(settings.invalid("VAULTURL", why));
    }
    Ok(url)
}

/// The cloud that `vault` is in. A vault on this machine is taken for one of the public cloud.
fn cloud(vault: &Url, settings: &Settings) -> Result<&'static Cloud, Failure> {
    let host = vault.host_str().unwrap_or_default();
    let named = CLOUDS.iter().find(|cloud| host.ends_with(cloud.suffix));
    let found = named.or_else(|| is_next_door(vault).then_some(&CLOUDS[0]));
    found.ok_or_else(|| {
        let suffixes = CLOUDS.map(|cloud| cloud.suffix).join(", ");
        settings
            .invalid("VAULTURL", format!("is no Key Vault; its host must end in one of {suffixes}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::Store;

    fn secret(given: &[(&str, &str)]) -> Result<String, String> {
        let settings = Settings::of(Store::Azure, given);
        let found = Secret::of(&settings).and_then(|found| {
            cloud(&found.vault, &settings)
                .map(|cloud| format!("{} {}", found.url(), cloud.resource))
        });
        found.map_err(|error| error.to_string())
    }

    #[test]
    fn the_vault_is_a_host_or_a_url() {
        for vault in
            ["v.vault.azure.net", "https://v.vault.azure.net", "https://v.vault.azure.net/"]
        {
            let found = secret(&[("VAULTURL", vault), ("SECRETNAME", "kms")]).unwrap();
            let expected =
                "https://v.vault.azure.net/secrets/kms?api-version=7.4 https://vault.azure.net";
            assert_eq!(found, expected);
        }
        let given = [
            ("VAULTURL", "v.vault.azure.cn"),
            ("SECRETNAME", "kms"),
            ("SECRETVERSION", "4387e9f3"),
        ];
        let found = secret(&given).unwrap();
        assert!(found.starts_with("https://v.vault.azure.cn/secrets/kms/4387e9f3?"), "{found}");
        assert!(found.ends_with(" https://vault.azure.cn"), "{found}");
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        for (vault, name, version, part) in [
            ("v.vault.azure.net.example.com", "kms", "", "is no Key Vault"),
            ("https://example.com", "kms", "", "must end in one of .vault.azure.net, "),
            ("http://v.vault.azure.net", "kms", "", "begins with http://"),
            ("https://v.vault.azure.net/secrets/kms", "kms", "", "has more than a host"),
            ("v.vault.azure.net", "../keys", "", "SECRETNAME is no name of a secret"),
            ("v.vault.azure.net", "kms", "1/../..", "SECRETVERSION is no version"),
            ("v.vault.azure.net", "", "", "TATUM_KMS_AZURE_SECRETNAME is not set"),
            ("", "kms", "", "TATUM_KMS_AZURE_VAULTURL is not set; set it to the URL of the vault"),
        ] {
            let given = [("VAULTURL", vault), ("SECRETNAME", name), ("SECRETVERSION", version)];
            let error = secret(&given).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
