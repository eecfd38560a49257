//! The stores: one file and one cargo feature each.

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "gcp")]
mod gcp;
#[cfg(feature = "vault")]
mod vault;
#[cfg(feature = "vgs")]
mod vgs;

use kms_core::Password;

use crate::failure::Failure;
use crate::settings::Settings;

/// A kind of secret store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// AWS Secrets Manager.
    Aws,
    /// Azure Key Vault.
    Azure,
    /// Google Secret Manager.
    Gcp,
    /// HashiCorp Vault and OpenBao.
    Vault,
    /// The VGS vault.
    Vgs,
}

impl Store {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Aws, Self::Azure, Self::Gcp, Self::Vault, Self::Vgs];

    /// Its word on the command line, and its cargo feature.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
            Self::Vault => "vault",
            Self::Vgs => "vgs",
        }
    }

    /// Its name for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Aws => "AWS Secrets Manager",
            Self::Azure => "Azure Key Vault",
            Self::Gcp => "Google Secret Manager",
            Self::Vault => "Vault",
            Self::Vgs => "VGS",
        }
    }

    /// What the names of its settings begin with.
    pub(crate) fn prefix(self) -> String {
        format!("TATUM_KMS_{}_", self.word().to_uppercase())
    }

    /// Whether the variable `name` is for it.
    pub(crate) fn may_read(self, name: &str) -> bool {
        name.starts_with(&self.prefix()) || self.standard_variables().contains(&name)
    }

    /// Variables that other programs know too, and that are read here. The client of AWS reads its own itself.
    fn standard_variables(self) -> &'static [&'static str] {
        match self {
            Self::Vault => &["VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "VAULT_CACERT"],
            Self::Azure => &[
                "AZURE_TENANT_ID",
                "AZURE_CLIENT_ID",
                "AZURE_CLIENT_SECRET",
                "AZURE_FEDERATED_TOKEN_FILE",
                "AZURE_AUTHORITY_HOST",
                "AZURE_POD_IDENTITY_AUTHORITY_HOST",
                "IDENTITY_ENDPOINT",
                "IDENTITY_HEADER",
            ],
            Self::Gcp => {
                &["GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST"]
            }
            Self::Aws | Self::Vgs => &[],
        }
    }

    /// The password that it holds.
    ///
    /// # Errors
    /// It is not built in, can't be reached, refuses, or has none.
    pub(crate) async fn password(self, settings: &Settings) -> Result<Password, Failure> {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws => aws::password(settings).await,
            #[cfg(feature = "azure")]
            Self::Azure => azure::password(settings).await,
            #[cfg(feature = "gcp")]
            Self::Gcp => gcp::password(settings).await,
            #[cfg(feature = "vault")]
            Self::Vault => vault::password(settings).await,
            #[cfg(feature = "vgs")]
            Self::Vgs => vgs::password(settings).await,
            // With all features nothing is left for it.
            #[allow(unreachable_patterns)]
            left_out => {
                // Without any feature nothing else looks at them.
                let _ = settings;
                Err(Failure::NotBuilt { feature: left_out.word() })
            }
        }
    }
}
