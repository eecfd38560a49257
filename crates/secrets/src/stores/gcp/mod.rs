//! Google Secret Manager: one GET, with a token of Google.
//!
//! By hand (ADR 10): <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access>.

mod identity;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kms_core::Password;
use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::payload::Payload;
use crate::request::{Answer, Request};
use crate::settings::Settings;

/// Where the secrets are that are kept in no one region.
const GLOBAL: &str = "https://secretmanager.googleapis.com";
/// The version that is meant if none is named.
const LATEST: &str = "latest";
/// The polynomial of CRC-32C (Castagnoli), with its bits reversed (RFC 3720, appendix B.4).
const CASTAGNOLI: u32 = 0x82f6_3b78;

/// A version of a secret.
struct Secret<'a> {
    project: &'a str,
    /// The region, of a secret that is kept there only.
    location: Option<&'a str>,
    name: &'a str,
    version: &'a str,
}

/// What Secret Manager says of a version.
#[derive(Deserialize)]
struct Access {
    payload: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    data: String,
    /// A number of 64 bits, which Google writes as text.
    data_crc32c: Option<String>,
}

/// What it says in place of one: <https://cloud.google.com/apis/design/errors#http_mapping>.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    status: Option<String>,
    message: String,
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    reason: Option<String>,
}

/// The password.
///
/// # Errors
/// As of [`Failure`].
pub(crate) async fn password(settings: &Settings) -> Result<Password, Failure> {
    let secret = Secret::of(settings)?;
    let url = secret.url(settings)?;
    let headers = identity::headers(settings).await?;
    let answer = Request::get(url).headers(headers).send().await?;
    if answer.status != StatusCode::OK {
        return Err(secret.refused(&answer));
    }
    let access: Access = answer.json()?;
    let payload = Payload { secret: secret.words(), key_setting: "KEY", settings };
    payload.bytes(&access.payload.bytes()?)
}

impl<'a> Secret<'a> {
    fn of(settings: &'a Settings) -> Result<Self, Failure> {
        let name =
            settings.need("SECRET", "the name of the secret, or all of its resource name")?;
        let secret = if name.contains('/') {
            let why = "is no secret; it is a name, or projects/…/secrets/… with locations/… or versions/… in it";
            Self::resource(name).ok_or_else(|| settings.invalid("SECRET", why))?
        } else {
            let project =
                settings.get("PROJECT").or_else(|| settings.variable("GOOGLE_CLOUD_PROJECT"));
            let what = "the id of the project that the secret is in";
            let missing = || Failure::SettingMissing { name: settings.name("PROJECT"), what };
            Self { project: project.ok_or_else(missing)?, location: None, name, version: LATEST }
        };
        let secret = Self { version: settings.get("VERSION").unwrap_or(secret.version), ..secret };
        for (setting, part) in [
            ("PROJECT", secret.project),
            ("SECRET", secret.name),
            ("SECRET", secret.location.unwrap_or(LATEST)),
            ("VERSION", secret.version),
        ] {
            // Domains of old projects have a colon: `example.com:project`.
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
            if !part.bytes().all(known) || matches!(part, "" | "." | "..") {
                let why = "has characters that Google has in no name; check it";
                return Err(settings.invalid(setting, why));
            }
        }
        Ok(secret)
    }

    /// `projects/P/secrets/S`, with or without `locations/L` and `versions/V`.
    fn resource(name: &'a str) -> Option<Self> {
        let parts: Vec<_> = name.split('/').collect();
        let (parts, version) = match parts.as_slice() {
            [parts @ .., "versions", version] => (parts, *version),
            parts => (parts, LATEST),
        };
        match *parts {
            ["projects", project, "secrets", name] => {
                Some(Self { project, location: None, name, version })
            }
            ["projects", project, "locations", location, "secrets", name] => {
                Some(Self { project, location: Some(location), name, version })
            }
            _ => None,
        }
    }

    /// Secrets of a region are read there: <https://cloud.google.com/secret-manager/docs/regional-secrets-overview>.
    fn url(&self, settings: &Settings) -> Result<Url, Failure> {
        let server = match (settings.url("ENDPOINT")?, self.location) {
            (Some(endpoint), _) => Ok(endpoint),
            (None, None) => Url::parse(GLOBAL),
            (None, Some(region)) => {
                Url::parse(&format!("https://secretmanager.{region}.rep.googleapis.com"))
            }
        };
        let mut url = server.map_err(|error| settings.invalid("SECRET", error.to_string()))?;
        let Self { project, name, version, .. } = self;
        let location = self.location.map(|l| format!("/locations/{l}")).unwrap_or_default();
        url.set_path(&format!(
            "/v1/projects/{project}{location}/secrets/{name}/versions/{version}:access"
        ));
        Ok(url)
    }

    fn words(&self) -> String {
        format!("the secret `{}`", self.name)
    }

    /// Why `answer` has no secret.
    fn refused(&self, answer: &Answer) -> Failure {
        let Status { status, message, details } = answer.error::<Refusal>().error;
        let detail = details.iter().find_map(|detail| detail.reason.as_deref());
        let reason = answer.reason(detail.or(status.as_deref()));
        let (secret, project) = (self.words(), self.project);
        let no_version = |remedy: &str| Failure::VersionMissing {
            version: self.version.to_owned(),
            secret: format!("{secret} of project `{project}`"),
            remedy: remedy.to_owned(),
        };
        match (answer.status.as_u16(), detail.unwrap_or_default()) {
            (401, _) => Failure::CredentialsRefused {
                reason,
                remedy:
                    "check that the key of the account is not deleted, and this machine's clock"
                        .to_owned(),
            },
            (403, "SERVICE_DISABLED") => Failure::Refused {
                reason,
                remedy: format!("enable secretmanager.googleapis.com in project `{project}`"),
            },
            (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => Failure::NoPermission {
                secret,
                reason,
                remedy: "give the machine the scope cloud-platform".to_owned(),
            },
            (403, _) => Failure::NoPermission {
                secret,
                reason,
                remedy: format!(
                    "grant the account roles/secretmanager.secretAccessor on it, if it is in project `{project}`"
                ),
            },
            (404, _) if message.starts_with("Secret Version") => {
                no_version("check TATUM_KMS_GCP_VERSION")
            }
            // Something else answers there, or this is no path that it has.
            (404, _) if status.is_none() => Failure::Refused {
                reason,
                remedy: "check TATUM_KMS_GCP_SECRET and TATUM_KMS_GCP_ENDPOINT".to_owned(),
            },
            (404, _) => Failure::SecretMissing {
                secret: format!("secret `{}` with a version in project `{project}`", self.name),
                remedy: "check TATUM_KMS_GCP_SECRET and TATUM_KMS_GCP_PROJECT".to_owned(),
            },
            (400, _) if status.as_deref() == Some("FAILED_PRECONDITION") => no_version(
                "it is disabled or destroyed: enable it, or name another in TATUM_KMS_GCP_VERSION",
            ),
            _ => {
                Failure::Refused { reason, remedy: "check the settings, and try again".to_owned() }
            }
        }
    }
}

impl Content {
    /// The bytes, if they arrived as they were sent.
    fn bytes(self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let data = Zeroizing::new(self.data);
        let bytes = BASE64_STANDARD.decode(data.as_bytes()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| Failure::Answer("the secret is not Base64".to_owned()))?;
        match self.data_crc32c.map(|sum| sum.parse::<u32>()) {
            Some(Ok(sum)) if crc32c(&bytes) == sum => Ok(bytes),
            // Versions that were made before there were checksums have none.
            None => Ok(bytes),
            Some(_) => Err(Failure::Answer("the secret does not match its checksum".to_owned())),
        }
    }
}

/// CRC-32C, bit by bit: what it is of has 64 KiB at most.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| (sum >> 1) ^ (CASTAGNOLI * (sum & 1));
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::Store;

    fn url(given: &[(&str, &str)]) -> Result<String, String> {
        let settings = Settings::of(Store::Gcp, given);
        let url = Secret::of(&settings).and_then(|secret| secret.url(&settings));
        url.map(String::from).map_err(|error| error.to_string())
    }

    #[test]
    fn the_checksum_is_castagnolis() {
        // RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn what_arrived_otherwise_is_refused() {
        let content = |data: &str, sum: Option<&str>| {
            let content = Content { data: data.to_owned(), data_crc32c: sum.map(str::to_owned) };
            content.bytes().map(|bytes| bytes.to_vec()).map_err(|error| error.to_string())
        };
        // 0xe3069283 and the number after it.
        assert_eq!(content("MTIzNDU2Nzg5", Some("3808858755")).unwrap(), b"123456789");
        assert_eq!(content("MTIzNDU2Nzg5", None).unwrap(), b"123456789");
        for (data, sum) in
            [("MTIzNDU2Nzg5", "3808858756"), ("MTIzNDU2Nzg5", "-1"), ("MTIzNDU2Nzg", "3808858755")]
        {
            let error = content(data, Some(sum)).unwrap_err();
            assert!(error.contains("the secret ") && !error.contains("MTIz"), "{error}");
        }
    }

    #[test]
    fn a_secret_is_a_name_or_a_resource() {
        for (secret, version, expected) in [
            (
                "kms",
                "",
                "https://secretmanager.googleapis.com/v1/projects/p-1/secrets/kms/versions/latest:access",
            ),
            (
                "kms",
                "3",
                "https://secretmanager.googleapis.com/v1/projects/p-1/secrets/kms/versions/3:access",
            ),
            (
                "projects/42/secrets/kms/versions/7",
                "",
                "https://secretmanager.googleapis.com/v1/projects/42/secrets/kms/versions/7:access",
            ),
            (
                "projects/42/locations/europe-west3/secrets/kms",
                "prod",
                "https://secretmanager.europe-west3.rep.googleapis.com/v1/projects/42/locations/europe-west3/secrets/kms/versions/prod:access",
            ),
        ] {
            let given = [("PROJECT", "p-1"), ("SECRET", secret), ("VERSION", version)];
            assert_eq!(url(&given).unwrap(), expected);
        }
        for (project, secret, version, part) in [
            ("", "kms", "", "TATUM_KMS_GCP_PROJECT is not set; set it to the id of the project"),
            ("p", "", "", "TATUM_KMS_GCP_SECRET is not set"),
            ("p", "projects/p/kms", "", "TATUM_KMS_GCP_SECRET is no secret"),
            ("p", "projects/p/secrets/..", "", "TATUM_KMS_GCP_SECRET has characters"),
            (
                "p",
                "projects/p/locations/x.example.com#/secrets/kms",
                "",
                "TATUM_KMS_GCP_SECRET has",
            ),
            ("p/../q", "kms", "", "TATUM_KMS_GCP_PROJECT has characters"),
            ("p", "kms", "1?x", "TATUM_KMS_GCP_VERSION has characters"),
        ] {
            let given = [("PROJECT", project), ("SECRET", secret), ("VERSION", version)];
            let error = url(&given).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
