//! From what a store has to the password.

use kms_core::Password;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::settings::Settings;

/// What a store has under the name of a secret.
pub(crate) struct Payload<'a> {
    /// The secret, as in "the secret `kms`".
    pub(crate) secret: String,
    /// The setting that names the member of a JSON object, without the prefix of the store.
    pub(crate) key_setting: &'static str,
    /// The settings.
    pub(crate) settings: &'a Settings,
}

impl Payload<'_> {
    /// The password in `bytes`.
    ///
    /// # Errors
    /// They are not text, or as [`Self::text`].
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<Password, Failure> {
        let text = std::str::from_utf8(bytes);
        self.text(text.map_err(|_| Failure::NotText { secret: self.secret.clone() })?)
    }

    /// The password in `text`: the member that the setting names, or all of it if that is not set. One line end
    /// behind it is dropped.
    ///
    /// # Errors
    /// There is no such member, it is no text, or nothing says which member is meant; it is empty or has several lines.
    pub(crate) fn text(&self, text: &str) -> Result<Password, Failure> {
        let object = serde_json::from_str::<Map<String, Value>>(text);
        match (self.settings.get(self.key_setting), object) {
            (Some(key), Ok(object)) => self.member(&object, key),
            (Some(_), Err(_)) => {
                Err(Failure::NotJson { secret: self.secret.clone(), setting: self.setting() })
            }
            // All of it as a password would be a mistake of whoever made the secret.
            (None, Ok(_)) => {
                Err(Failure::KeyNeeded { secret: self.secret.clone(), setting: self.setting() })
            }
            (None, Err(_)) => self.line(text),
        }
    }

    /// The password in the member `key` of `object`.
    ///
    /// # Errors
    /// There is no such member, it is no text, is empty or has several lines.
    pub(crate) fn member(
        &self,
        object: &Map<String, Value>,
        key: &str,
    ) -> Result<Password, Failure> {
        let secret = || self.secret.clone();
        match object.get(key) {
            Some(Value::String(text)) => self.line(text),
            Some(_) => Err(Failure::KeyNotText { secret: secret(), key: key.to_owned() }),
            None => Err(Failure::KeyMissing {
                secret: secret(),
                key: key.to_owned(),
                setting: self.setting(),
            }),
        }
    }

    fn line(&self, text: &str) -> Result<Password, Failure> {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            return Err(Failure::Empty { secret: self.secret.clone() });
        }
        if line.contains(['\n', '\r']) {
            return Err(Failure::SeveralLines { secret: self.secret.clone() });
        }
        Ok(Password::new(line.to_owned()))
    }

    fn setting(&self) -> String {
        self.settings.name(self.key_setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::Store;

    fn read(text: &str, key: Option<&str>) -> Result<String, String> {
        let given: Vec<_> = key.map(|key| ("SECRET_KEY", key)).into_iter().collect();
        let settings = Settings::of(Store::Aws, &given);
        let secret = "the secret `kms`".to_owned();
        let payload = Payload { secret, key_setting: "SECRET_KEY", settings: &settings };
        let found = payload.bytes(text.as_bytes());
        found.map(|found| found.expose_secret().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_member_or_all_of_it() {
        assert_eq!(read(" hunter2 ", None).unwrap(), " hunter2 ");
        assert_eq!(read("hunter2\r\n", None).unwrap(), "hunter2");
        assert_eq!(read(r#"{"a":1,"p":"hunter2"}"#, Some("p")).unwrap(), "hunter2");
        // These are JSON too, and passwords.
        for odd in ["12345678", "\"quoted\"", "null", "[1]"] {
            assert_eq!(read(odd, None).unwrap(), odd);
        }
    }

    #[test]
    fn what_is_no_password_is_said_without_showing_it() {
        for (text, key, part) in [
            ("hunter2", Some("p"), "is not a JSON object"),
            (r#"{"p":"hunter2"}"#, None, "set TATUM_KMS_AWS_SECRET_KEY to the member"),
            (r#"{"p":"hunter2"}"#, Some("q"), "the secret `kms` has no member `q`"),
            (r#"{"p":["hunter2"]}"#, Some("p"), "member `p` of the secret `kms` is not text"),
            (r#"{"p":"hunter2\nhunter2"}"#, Some("p"), "has several lines"),
            ("hunter2\nhunter2", None, "has several lines"),
            ("\n", None, "is empty"),
        ] {
            let error = read(text, key).unwrap_err();
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let settings = Settings::of(Store::Gcp, &[]);
        let secret = "the secret `kms`".to_owned();
        let payload = Payload { secret, key_setting: "KEY", settings: &settings };
        let error = payload.bytes(b"hunter2\xff").unwrap_err().to_string();
        assert_eq!(error, "the secret `kms` is not text; store the password as UTF-8 text");
    }
}
