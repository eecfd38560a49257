//! What the program is told from outside, and the only place that reads the environment.
//!
//! `tatum-kms` hands over the settings of one store and keeps all others of its own; standard variables of the
//! clouds (`AWS_PROFILE`, `VAULT_ADDR`) come from the environment that it was started in.

use std::collections::BTreeMap;

use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::stores::Store;

/// The settings of one store. They hold secrets, so there is no `Debug`.
pub(crate) struct Settings {
    store: Store,
    values: BTreeMap<String, Zeroizing<String>>,
}

impl Settings {
    /// Those of `store`.
    ///
    /// # Errors
    /// One is not text.
    pub(crate) fn from_environment(store: Store) -> Result<Self, Failure> {
        let mut values = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| store.may_read(name)) else { continue };
            let value = value.into_string().map_err(|_| Failure::SettingInvalid {
                name: name.to_owned(),
                why: "is not text; it must be UTF-8".to_owned(),
            })?;
            values.insert(name.to_owned(), Zeroizing::new(value));
        }
        Ok(Self { store, values })
    }

    /// The variable of a setting: `TATUM_KMS_AWS_REGION` for `REGION`.
    pub(crate) fn name(&self, setting: &str) -> String {
        format!("{}{setting}", self.store.prefix())
    }

    /// The value of a setting, named without the prefix of the store. An empty one counts as not set.
    pub(crate) fn get(&self, setting: &str) -> Option<&str> {
        self.variable(&self.name(setting))
    }

    /// The value of a variable that is not ours alone, such as `VAULT_ADDR`. An empty one counts as not set.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a setting that there must be; `what` says what it is, as in "the name of the secret".
    ///
    /// # Errors
    /// It is not set.
    pub(crate) fn need(&self, setting: &str, what: &'static str) -> Result<&str, Failure> {
        let missing = || Failure::SettingMissing { name: self.name(setting), what };
        self.get(setting).ok_or_else(missing)
    }

    /// Refuses the value of a setting; `why` is the rest of the sentence.
    pub(crate) fn invalid(&self, setting: &str, why: impl Into<String>) -> Failure {
        Failure::SettingInvalid { name: self.name(setting), why: why.into() }
    }

    /// The value of a setting as the URL of a server that may see secrets: https, or http to this machine.
    ///
    /// # Errors
    /// It is another URL or none.
    pub(crate) fn url(&self, setting: &str) -> Result<Option<Url>, Failure> {
        let Some(text) = self.get(setting) else { return Ok(None) };
        let checked = server_url(text).map_err(|why| self.invalid(setting, why))?;
        Ok(Some(checked))
    }
}

/// `text` as the URL of a server that may see secrets.
///
/// # Errors
/// The rest of a sentence that begins with the name of the setting: it is no such URL.
pub(crate) fn server_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        format!("is not a URL ({error}); it must be one such as https://vault.example.com:8200")
    })?;
    let is_own = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_own => Ok(url),
        "http" => {
            Err("begins with http://, which anybody on the way can read; use https://".to_owned())
        }
        other => Err(format!("begins with {other}:, it must begin with https://")),
    }
}

#[cfg(test)]
impl Settings {
    /// Those that are `given`, named without the prefix of the store.
    pub(crate) fn of(store: Store, given: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| {
            (format!("{}{name}", store.prefix()), Zeroizing::new((*value).to_owned()))
        };
        Self { store, values: given.iter().map(own).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_setting_is_not_set() {
        let settings = Settings::of(Store::Aws, &[("REGION", ""), ("SECRET_NAME", "kms")]);
        assert_eq!(settings.need("SECRET_NAME", "the name of the secret").unwrap(), "kms");
        let error = settings.need("REGION", "the region").unwrap_err().to_string();
        assert_eq!(error, "TATUM_KMS_AWS_REGION is not set; set it to the region");
    }

    #[test]
    fn secrets_go_to_servers_over_https_or_stay_here() {
        for good in [
            "https://vault.example.com:8200/",
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(server_url(good).is_ok(), "{good}");
        }
        for (bad, part) in [
            ("http://vault.example.com", "begins with http://"),
            ("http://127.0.0.1.example.com", "begins with http://"),
            ("vault.example.com", "is not a URL"),
            ("vault:8200", "must begin with https://"),
            ("file:///etc", "must begin with https://"),
        ] {
            let why = server_url(bad).unwrap_err();
            assert!(why.contains(part), "{bad}: {why}");
        }
    }
}
