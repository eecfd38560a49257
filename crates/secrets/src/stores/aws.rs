//! AWS Secrets Manager.
//!
//! The five settings of Tatum KMS say region, secret, member and a static key. Without the key, who is asking comes
//! from where every program for AWS has it: variables, profile, web identity, the role of a container or an instance.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_secretsmanager::config::{Builder, ConfigBag, Intercept, Region, RuntimeComponents};
use aws_sdk_secretsmanager::error::{BoxError, ProvideErrorMetadata as _, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use kms_core::Password;

use crate::connection;
use crate::failure::{Failure, is_code};
use crate::payload::Payload;
use crate::settings::{Settings, server_url};

/// The password.
///
/// # Errors
/// As of [`Failure`].
pub(crate) async fn password(settings: &Settings) -> Result<Password, Failure> {
    let name = settings.need("SECRET_NAME", "the name or the ARN of the secret")?;
    let static_key = static_key(settings)?;
    let endpoint = settings.url("ENDPOINT")?;
    let shared = shared(settings).await;
    let Some(region) = shared.region().map(ToString::to_string) else {
        return Err(Failure::SettingMissing {
            name: settings.name("REGION"),
            what: "the region of the secret, for example eu-west-1",
        });
    };
    let credentials = match static_key {
        Some(key) => key,
        None => by_chain(&shared).await?,
    };
    let mut builder =
        Builder::from(&shared).credentials_provider(credentials).interceptor(OnlySecure);
    if let Some(endpoint) = &endpoint {
        builder = builder.endpoint_url(endpoint.as_str());
    }
    let client = aws_sdk_secretsmanager::Client::from_conf(builder.build());
    let place = endpoint.as_ref().and_then(|url| url.host_str().map(str::to_owned));
    let place = place.unwrap_or_else(|| format!("secretsmanager.{region}.amazonaws.com"));
    let asked = Asked { name, region: &region, place };
    let found = client.get_secret_value().secret_id(name).send().await;
    let found = found.map_err(|error| asked.failure(&error))?;
    let payload = Payload { secret: asked.secret(), key_setting: "SECRET_KEY", settings };
    match (found.secret_string(), found.secret_binary()) {
        (Some(text), _) => payload.text(text),
        (None, Some(bytes)) => payload.bytes(bytes.as_ref()),
        (None, None) => Err(Failure::Empty { secret: asked.secret() }),
    }
}

/// What every program for AWS is told by its surroundings, over our TLS.
async fn shared(settings: &Settings) -> SdkConfig {
    let ring = tls::Provider::Rustls(CryptoMode::Ring);
    let http = aws_smithy_http_client::Builder::new().tls_provider(ring).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(region) = settings.get("REGION") {
        loader = loader.region(Region::new(region.to_owned()));
    }
    loader.load().await
}

/// The key of the settings, if there is one.
fn static_key(settings: &Settings) -> Result<Option<Credentials>, Failure> {
    let id = settings.get("ACCESS_KEY_ID");
    if id.is_none() && settings.get("SECRET_ACCESS_KEY").is_none() {
        return Ok(None);
    }
    let id = settings.need("ACCESS_KEY_ID", "the id of the access key, or unset both")?;
    let secret =
        settings.need("SECRET_ACCESS_KEY", "the secret of the access key, or unset both")?;
    let token = settings.get("SESSION_TOKEN").map(str::to_owned);
    Ok(Some(Credentials::new(id, secret, token, None, "settings")))
}

/// Who is asking, by the surroundings.
async fn by_chain(shared: &SdkConfig) -> Result<Credentials, Failure> {
    let none = || {
        Failure::CredentialsMissing {
        remedy: "set TATUM_KMS_AWS_ACCESS_KEY_ID and TATUM_KMS_AWS_SECRET_ACCESS_KEY, or give this machine a profile \
                 or a role"
            .to_owned(),
    }
    };
    let provider = shared.credentials_provider().ok_or_else(none)?;
    provider.provide_credentials().await.map_err(|error| match &error {
        CredentialsError::CredentialsNotLoaded(_) => none(),
        other if connection::tls_error(other).is_some() => connection::failure("AWS", other),
        other => Failure::CredentialsUnavailable {
            reason: connection::innermost(other),
            remedy: "check the profile or the role that is used".to_owned(),
        },
    })
}

/// Holds endpoints that the surroundings name to the rule that those of our settings obey.
#[derive(Debug)]
struct OnlySecure;

impl Intercept for OnlySecure {
    fn name(&self) -> &'static str {
        "OnlySecure"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        server_url(context.request().uri()).map_err(Insecure)?;
        Ok(())
    }
}

/// Why an endpoint is not asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Insecure(String);

/// What was asked for, to say why it was not had.
struct Asked<'a> {
    name: &'a str,
    region: &'a str,
    place: String,
}

impl Asked<'_> {
    fn secret(&self) -> String {
        format!("the secret `{}`", self.name)
    }

    fn failure(&self, error: &SdkError<GetSecretValueError, HttpResponse>) -> Failure {
        match error {
            SdkError::ServiceError(answer) => {
                let error = answer.err();
                let message = error.message().unwrap_or_default();
                match error.code().filter(|code| is_code(code)) {
                    Some(code) => self.refusal(code, message),
                    None => without_code(answer.raw().status().as_u16()),
                }
            }
            SdkError::ResponseError(answer) => without_code(answer.raw().status().as_u16()),
            other => match connection::cause::<Insecure>(other) {
                Some(Insecure(why)) => Failure::SettingInvalid {
                    name: "the endpoint of AWS_ENDPOINT_URL or the profile".to_owned(),
                    why: why.clone(),
                },
                None => connection::failure(self.place.as_str(), other),
            },
        }
    }

    /// What the code of an error means.
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html>
    fn refusal(&self, code: &str, message: &str) -> Failure {
        let reason = code.to_owned();
        match code {
            "AccessDeniedException" => Failure::NoPermission {
                secret: self.secret(),
                reason,
                remedy: "grant secretsmanager:GetSecretValue, and kms:Decrypt if it has a key of its own".to_owned(),
            },
            "DecryptionFailure" => Failure::NoPermission {
                secret: self.secret(),
                reason,
                remedy: "grant kms:Decrypt for the key that it is encrypted with".to_owned(),
            },
            // One code for both.
            "ResourceNotFoundException" if message.contains("staging label") => {
                Failure::VersionMissing {
                    version: "AWSCURRENT".to_owned(),
                    secret: self.secret(),
                    remedy: "give it a value".to_owned(),
                }
            }
            "ResourceNotFoundException" => Failure::SecretMissing {
                secret: format!("secret `{}` in {}", self.name, self.region),
                remedy: "check TATUM_KMS_AWS_SECRET_NAME, TATUM_KMS_AWS_REGION and the account".to_owned(),
            },
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired" => Failure::CredentialsRefused {
                reason,
                remedy: "check the access key, whether its session has ended, and this machine's clock".to_owned(),
            },
            "InvalidRequestException" => Failure::Refused {
                reason,
                remedy: "check whether the secret is about to be deleted".to_owned(),
            },
            _ => Failure::Refused { reason, remedy: "try again, or look the code up".to_owned() },
        }
    }
}

/// An answer that is none of Secrets Manager.
fn without_code(status: u16) -> Failure {
    if (200..300).contains(&status) {
        return Failure::Answer("it is not the JSON that is expected".to_owned());
    }
    Failure::Refused {
        reason: format!("HTTP status {status}"),
        remedy: "check TATUM_KMS_AWS_ENDPOINT and AWS_ENDPOINT_URL, if they are set".to_owned(),
    }
}
