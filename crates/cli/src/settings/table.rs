//! The one list of settings: which variables are read, what a config file may say, what `checkconfig` prints.
//!
//! A new setting is a line here. One that is a flag needs nothing more: its values in a config file are read as
//! those on the command line are.

use std::borrow::Cow;

/// A setting.
pub(crate) struct Setting {
    /// Its name in a config file, in camelCase; that of the flag, if it is one.
    pub(crate) key: &'static str,
    /// How else it is given.
    pub(crate) given: Given,
    /// How it is shown.
    pub(crate) shown: Shown,
    /// A value for the example, as TOML.
    pub(crate) example: &'static str,
    /// What it is, where no flag says so.
    pub(crate) help: &'static str,
}

/// How a setting is given outside of config files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// By a flag of every command.
    Flag,
    /// By a flag of `daemon`.
    DaemonFlag,
    /// By a variable, in the environment or a `.env` file.
    Variable(&'static str),
    /// By a flag of every command or by a variable.
    FlagOrVariable(&'static str),
    /// Not at all: it names a file that holds the value of this variable.
    FileOf(&'static str),
}

/// What may be shown of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All of it.
    Whole,
    /// The host only: user names and paths of URLs are often keys.
    Host,
    /// Only whether there is one.
    Presence,
    /// Only whether there is one; and config files don't take it.
    Secret,
}

/// All settings. Those of Tatum KMS come first among the variables, in the order in which it printed them.
pub(crate) const TABLE: &[Setting] = &[
    secret("apiKey", "TATUM_API_KEY", "The key for the Tatum API"),
    secret("password", "TATUM_KMS_PASSWORD", "The password of the wallet file"),
    presence("vgsAlias", "TATUM_KMS_VGS_ALIAS", "VGS: the alias of the password"),
    presence("vgsUsername", "TATUM_KMS_VGS_USERNAME", "VGS: the user name of the vault"),
    secret("vgsPassword", "TATUM_KMS_VGS_PASSWORD", "VGS: the password of the vault"),
    presence("azureSecretVersion", "TATUM_KMS_AZURE_SECRETVERSION", "Azure: which version"),
    presence("azureSecretName", "TATUM_KMS_AZURE_SECRETNAME", "Azure: which secret of the vault"),
    Setting {
        shown: Shown::Presence,
        example: "\"https://name.vault.azure.net\"",
        ..url("azureVaultUrl", "TATUM_KMS_AZURE_VAULTURL", "Azure: the URL of the vault")
    },
    variable("awsRegion", "TATUM_KMS_AWS_REGION", "\"eu-west-1\"", "AWS: the region"),
    presence("awsAccessKeyId", "TATUM_KMS_AWS_ACCESS_KEY_ID", "AWS: the id of a static key"),
    secret("awsSecretAccessKey", "TATUM_KMS_AWS_SECRET_ACCESS_KEY", "AWS: a static key"),
    presence("awsSecretName", "TATUM_KMS_AWS_SECRET_NAME", "AWS: the name of the secret"),
    presence("awsSecretKey", "TATUM_KMS_AWS_SECRET_KEY", "AWS: the member of the secret's JSON"),
    variable("debugMode", "TATUM_KMS_DEBUG_MODE", "true", "Our debug lines in the log"),
    either("passwordFile", "TATUM_KMS_PASSWORD_FILE", "\"/run/secrets/kms\""),
    // A command may have a secret in it.
    Setting {
        shown: Shown::Presence,
        ..either("passwordCommand", "TATUM_KMS_PASSWORD_COMMAND", "\"pass show tatum/kms\"")
    },
    secret("newPassword", "TATUM_KMS_NEW_PASSWORD", "The next password, for changepassword"),
    secret("exportPassword", "TATUM_KMS_EXPORT_PASSWORD", "The password of an encrypted export"),
    Setting {
        example: "\"https://api.tatum.io\"",
        ..url("apiUrl", "TATUM_API_URL", "Where the Tatum API is")
    },
    variable("retries", "TATUM_RETRIES", "5", "How often a failed call of the API is repeated"),
    variable("retryDelay", "TATUM_RETRY_DELAY", "1000", "Milliseconds before the first repetition"),
    variable("testnetType", "TESTNET_TYPE", "\"ethereum-sepolia\"", "Which testnet of Ethereum"),
    url("vetNodeUrl", "TATUM_KMS_VET_NODE_URL", "The node of VET"),
    url("flowNodeUrl", "TATUM_KMS_FLOW_NODE_URL", "The node of FLOW"),
    url("bnbNodeUrl", "TATUM_KMS_BNB_NODE_URL", "The node of BNB"),
    url("solSecondNodeUrl", "TATUM_KMS_SOL_SECOND_NODE_URL", "A second node of SOL, to agree"),
    url("flowSecondNodeUrl", "TATUM_KMS_FLOW_SECOND_NODE_URL", "A second node of FLOW, to agree"),
    secret(
        "approvalSecret",
        "TATUM_KMS_APPROVAL_SECRET",
        "What the daemon and the approval server sign with, 16 bytes or more",
    ),
    secret(
        "externalHeaders",
        "TATUM_KMS_EXTERNAL_HEADERS",
        "Headers for the approval server, one a line",
    ),
    secret(
        "awsSessionToken",
        "TATUM_KMS_AWS_SESSION_TOKEN",
        "AWS: the session token of temporary keys",
    ),
    store("awsEndpointUrl", "TATUM_KMS_AWS_ENDPOINT", "AWS: another endpoint of Secrets Manager"),
    presence("azureKey", "TATUM_KMS_AZURE_KEY", "Azure: the member of the secret's JSON"),
    presence("azureTenantId", "TATUM_KMS_AZURE_TENANT_ID", "Azure: the tenant of the application"),
    presence("azureClientId", "TATUM_KMS_AZURE_CLIENT_ID", "Azure: the application or identity"),
    secret(
        "azureClientSecret",
        "TATUM_KMS_AZURE_CLIENT_SECRET",
        "Azure: the secret of the application",
    ),
    presence(
        "azureFederatedTokenFile",
        "TATUM_KMS_AZURE_FEDERATED_TOKEN_FILE",
        "Azure: a file with the token of a workload",
    ),
    store("azureAuthorityUrl", "TATUM_KMS_AZURE_AUTHORITY", "Azure: who gives tokens"),
    presence("gcpProject", "TATUM_KMS_GCP_PROJECT", "Google: the id of the project"),
    presence("gcpSecret", "TATUM_KMS_GCP_SECRET", "Google: the name of the secret"),
    variable("gcpVersion", "TATUM_KMS_GCP_VERSION", "\"latest\"", "Google: which version"),
    presence("gcpKey", "TATUM_KMS_GCP_KEY", "Google: the member of the secret's JSON"),
    presence("gcpCredentialsFile", "TATUM_KMS_GCP_CREDENTIALS_FILE", "Google: who asks, as a file"),
    store("gcpEndpointUrl", "TATUM_KMS_GCP_ENDPOINT", "Google: another endpoint"),
    store("vaultUrl", "TATUM_KMS_VAULT_ADDR", "Vault: its address"),
    secret("vaultToken", "TATUM_KMS_VAULT_TOKEN", "Vault: a token"),
    presence("vaultRoleId", "TATUM_KMS_VAULT_ROLE_ID", "Vault: the id of an AppRole"),
    secret("vaultSecretId", "TATUM_KMS_VAULT_SECRET_ID", "Vault: the secret id of an AppRole"),
    presence("vaultKubernetesRole", "TATUM_KMS_VAULT_KUBERNETES_ROLE", "Vault: the role of a pod"),
    presence("vaultJwtFile", "TATUM_KMS_VAULT_JWT_FILE", "Vault: a file with the pod's token"),
    presence("vaultAuthMount", "TATUM_KMS_VAULT_AUTH_MOUNT", "Vault: where the login is mounted"),
    presence("vaultNamespace", "TATUM_KMS_VAULT_NAMESPACE", "Vault: the namespace"),
    presence("vaultCaCert", "TATUM_KMS_VAULT_CACERT", "Vault: a file with its authority, in PEM"),
    presence("vaultMount", "TATUM_KMS_VAULT_MOUNT", "Vault: where the engine is mounted"),
    presence("vaultPath", "TATUM_KMS_VAULT_PATH", "Vault: the path of the secret"),
    presence("vaultKey", "TATUM_KMS_VAULT_KEY", "Vault: the member of the secret"),
    variable("vaultKv", "TATUM_KMS_VAULT_KV", "2", "Vault: the version of the key-value engine"),
    variable("vaultVersion", "TATUM_KMS_VAULT_VERSION", "1", "Vault: which version of the secret"),
    presence("vgsKey", "TATUM_KMS_VGS_KEY", "VGS: the member of the value's JSON"),
    store("vgsEndpointUrl", "TATUM_KMS_VGS_ENDPOINT", "VGS: another endpoint"),
    Setting {
        key: "apiKeyFile",
        given: Given::FileOf("TATUM_API_KEY"),
        shown: Shown::Whole,
        example: "\"/etc/tatum-kms/api-key\"",
        help: "A file with the key for the Tatum API",
    },
    flag("testnet", "true"),
    flag("path", "\"/var/lib/tatum-kms/wallet.dat\""),
    flag("aws", "true"),
    flag("azure", "true"),
    flag("gcp", "true"),
    flag("vault", "true"),
    flag("vgs", "true"),
    flag("keepLegacy", "true"),
    flag("allowLoosePermissions", "true"),
    daemon("period", "5"),
    daemon("idlePeriod", "15"),
    daemon("chain", "[\"ETH\", \"BTC\"]"),
    daemon("wallets", "[\"6d78dad2-518f-4e76-8255-8f1df0de6886\"]"),
    daemon("rps", "5"),
    daemon("maxTries", "5"),
    daemon("maxFee", "{ ETH = \"0.05\", BTC = \"0.001\" }"),
    daemon("allowRekey", "true"),
    daemon("refuseExpired", "true"),
    daemon("allowSandbox", "true"),
    Setting { shown: Shown::Host, ..daemon("externalUrl", "\"https://approver.internal/kms\"") },
    daemon("externalUrlMethod", "\"POST\""),
    daemon("externalUrlHeaderFile", "\"/etc/tatum-kms/approval-headers\""),
    daemon("externalUrlTimeout", "10"),
    daemon("externalUrlCert", "\"/etc/tatum-kms/client.pem\""),
    daemon("externalUrlKey", "\"/etc/tatum-kms/client.key\""),
    daemon("externalUrlCa", "\"/etc/tatum-kms/ca.pem\""),
    daemon("approvalSecretFile", "\"/etc/tatum-kms/approval-secret\""),
    daemon("strictApproval", "true"),
    daemon("maxDenials", "20"),
    daemon("stopTimeout", "60"),
    daemon("listen", "\"127.0.0.1:9464\""),
    daemon("logFormat", "\"json\""),
];

/// The flags that say where the password of the wallet file comes from, of which there is one at most.
pub(super) const PASSWORD_SOURCES: &[&str] =
    &["passwordFile", "passwordFd", "passwordCommand", "aws", "azure", "gcp", "vault", "vgs"];

/// Flags that are no settings: they are about one run, hold a secret, or say where settings are.
#[cfg(test)]
pub(crate) const FOR_ONE_RUN: &[&str] = &[
    "apiKey",
    "externalUrlHeader",
    "passwordFd",
    "envFile",
    "config",
    "profile",
    "version",
    "help",
    "runOnce",
    "output",
    "transactionIds",
    "adoptJournal",
    "allowLegacyAgain",
];

/// The names of all variables.
pub(crate) fn variables() -> Vec<&'static str> {
    TABLE.iter().filter_map(Setting::variable).collect()
}

/// The setting of this key, in camelCase.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    TABLE.iter().find(|setting| setting.key == key)
}

/// The key that is most like `key`, if one is.
pub(crate) fn nearest(key: &str) -> Option<&'static str> {
    let likeness = |known: &str| strsim::jaro_winkler(&key.to_lowercase(), &known.to_lowercase());
    let keys = TABLE.iter().filter(|setting| setting.shown != Shown::Secret);
    let alike = keys.map(|setting| (likeness(setting.key), setting.key));
    let best = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(likeness, _)| *likeness > 0.8).map(|(_, key)| key)
}

impl Setting {
    /// Its variable, if it has one.
    pub(crate) fn variable(&self) -> Option<&'static str> {
        match self.given {
            Given::Variable(name) | Given::FlagOrVariable(name) => Some(name),
            Given::Flag | Given::DaemonFlag | Given::FileOf(_) => None,
        }
    }

    /// What it is, in a sentence without a full stop.
    pub(crate) fn told(&self) -> String {
        if self.help.is_empty() { crate::args::help_of(self.key) } else { self.help.to_owned() }
    }

    /// Whether it is the URL of a server that the program talks to.
    pub(crate) fn is_url(&self) -> bool {
        self.key.ends_with("Url")
    }

    /// A value as a URL: the vault of Azure may be named by its host alone, as Tatum KMS has it.
    pub(crate) fn as_url<'a>(&self, value: &'a str) -> Cow<'a, str> {
        match self.key {
            "azureVaultUrl" if !value.contains("://") => Cow::Owned(format!("https://{value}")),
            _ => Cow::Borrowed(value),
        }
    }

    /// Whether it is a variable that holds a whole number.
    pub(crate) fn is_number(&self) -> bool {
        self.variable().is_some() && self.example.parse::<u32>().is_ok()
    }

    /// What may be shown of `value`.
    pub(crate) fn show(&self, value: &str) -> String {
        match self.shown {
            Shown::Whole => value.to_owned(),
            Shown::Host => host(value),
            Shown::Presence | Shown::Secret => "set".to_owned(),
        }
    }
}

/// Scheme, host and port of a URL, with dots in place of the rest.
fn host(text: &str) -> String {
    let Ok(url) = url::Url::parse(text) else { return "not a URL".to_owned() };
    let origin = url.origin();
    if !origin.is_tuple() {
        return "not a URL of a server".to_owned();
    }
    let bare = matches!(url.path(), "" | "/") && url.query().is_none();
    format!("{}{}", origin.ascii_serialization(), if bare { "" } else { "/…" })
}

const fn variable(
    key: &'static str,
    name: &'static str,
    example: &'static str,
    help: &'static str,
) -> Setting {
    Setting { key, given: Given::Variable(name), shown: Shown::Whole, example, help }
}

const fn presence(key: &'static str, name: &'static str, help: &'static str) -> Setting {
    Setting { shown: Shown::Presence, ..variable(key, name, "\"…\"", help) }
}

const fn url(key: &'static str, name: &'static str, help: &'static str) -> Setting {
    Setting { shown: Shown::Host, ..variable(key, name, "\"https://node.example.com\"", help) }
}

const fn store(key: &'static str, name: &'static str, help: &'static str) -> Setting {
    Setting { example: "\"https://store.example.com\"", ..url(key, name, help) }
}

const fn secret(key: &'static str, name: &'static str, help: &'static str) -> Setting {
    Setting { shown: Shown::Secret, ..variable(key, name, "", help) }
}

const fn flag(key: &'static str, example: &'static str) -> Setting {
    Setting { key, given: Given::Flag, shown: Shown::Whole, example, help: "" }
}

const fn either(key: &'static str, name: &'static str, example: &'static str) -> Setting {
    Setting { given: Given::FlagOrVariable(name), ..flag(key, example) }
}

const fn daemon(key: &'static str, example: &'static str) -> Setting {
    Setting { given: Given::DaemonFlag, ..flag(key, example) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kms_chains::Delivery;
    use kms_chains::registry::CHAINS;
    use kms_core::NodeHost;

    use super::*;

    #[test]
    fn every_setting_is_there_once() {
        let keys: BTreeSet<_> = TABLE.iter().map(|setting| setting.key).collect();
        assert_eq!(keys.len(), TABLE.len());
        let names: BTreeSet<_> = variables().into_iter().collect();
        assert_eq!(names.len(), variables().len());
        for chain in CHAINS {
            if let NodeHost::Outside { setting, .. } = chain.spec().node {
                assert!(names.contains(setting), "{setting}");
            }
            if let Delivery::Node(_) = chain.delivery() {
                let name = format!("TATUM_KMS_{}_SECOND_NODE_URL", chain.spec().ticker.0);
                assert!(names.contains(name.as_str()), "{name}");
            }
        }
    }

    #[test]
    fn what_the_guide_to_passwords_names_is_known() {
        let guide = include_str!("../../../../docs/passwords.md");
        let names = variables();
        let of_name = |letter: char| !(letter.is_ascii_uppercase() || letter == '_');
        for text in guide.split("TATUM_KMS_").skip(1) {
            let name = format!("TATUM_KMS_{}", text.split(of_name).next().unwrap_or_default());
            // Those that end so stand for several.
            assert!(name.ends_with('_') || names.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn every_flag_is_a_setting_or_for_one_run() {
        let is_flag = |setting: &&Setting| {
            matches!(setting.given, Given::Flag | Given::DaemonFlag | Given::FlagOrVariable(_))
        };
        let of_table: BTreeSet<_> =
            TABLE.iter().filter(is_flag).map(|setting| setting.key).collect();
        let flags = crate::args::daemon_flags();
        for flag in &flags {
            let name = flag.get_long().unwrap();
            let settled = of_table.contains(name) != FOR_ONE_RUN.contains(&name);
            assert!(settled, "{name} must be in TABLE or in FOR_ONE_RUN");
        }
        for key in of_table {
            assert!(flags.iter().any(|flag| flag.get_long() == Some(key)), "{key} is no flag");
        }
        for key in PASSWORD_SOURCES {
            assert!(flags.iter().any(|flag| flag.get_long() == Some(key)), "{key} is no flag");
        }
    }

    #[test]
    fn of_urls_only_the_host_is_shown() {
        let url = find("vetNodeUrl").unwrap();
        assert_eq!(
            url.show("https://user:pass@node.example:81/v3/key?x=y"),
            "https://node.example:81/…"
        );
        assert_eq!(url.show("http://127.0.0.1:80"), "http://127.0.0.1");
        assert_eq!(url.show("5Tq8Wd3Fk7Hm2Vb9Xc4Zr6Np1Js0Lg"), "not a URL");
        assert_eq!(url.show("key:5Tq8Wd3Fk7"), "not a URL of a server");
    }

    #[test]
    fn the_vault_of_azure_may_be_a_host() {
        let vault = find("azureVaultUrl").unwrap();
        assert_eq!(vault.as_url("name.vault.azure.net"), "https://name.vault.azure.net");
        assert_eq!(vault.as_url("http://127.0.0.1:80"), "http://127.0.0.1:80");
        assert_eq!(find("vgsEndpointUrl").unwrap().as_url("name.example"), "name.example");
    }

    #[test]
    fn the_nearest_key_is_found_and_no_far_one() {
        assert_eq!(nearest("perod"), Some("period"));
        assert_eq!(nearest("externalURL"), Some("externalUrl"));
        assert_eq!(nearest("zzz"), None);
    }
}
