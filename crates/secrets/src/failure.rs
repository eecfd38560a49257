//! Why there is no password: one sentence each, which never holds what was found in a store.

use std::io;
use std::time::Duration;

/// Bytes of a server's error code that are shown.
const CODE_BYTES: usize = 64;

/// Whether `text` looks like the code of an error and like nothing else. Other text of a server is not shown.
pub(crate) fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !text.is_empty() && text.len() <= CODE_BYTES && text.bytes().all(plain)
}

/// Why there is no password. The name of the store goes before it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The program was built without this store.
    #[error(
        "this tatum-kms-secrets was built without it; build it with \
         `cargo build --release -p kms-secrets --features {feature}`"
    )]
    NotBuilt {
        /// The cargo feature.
        feature: &'static str,
    },

    /// A setting that the store needs is not there.
    #[error("{name} is not set; set it to {what}")]
    SettingMissing {
        /// The variable.
        name: String,
        /// What it has to be, for example "the name of the secret".
        what: &'static str,
    },

    /// A setting can't be right.
    #[error("{name} {why}")]
    SettingInvalid {
        /// The variable.
        name: String,
        /// What is wrong with it and what it should be, as the rest of a sentence. Not its value if that is secret.
        why: String,
    },

    /// The threads or the timers of the program can't be made.
    #[error("the program's runtime can't be started: {0}")]
    NoRuntime(io::Error),

    /// Nothing says who is asking.
    #[error("no credentials were found; {remedy}")]
    CredentialsMissing {
        /// Where they are looked for.
        remedy: String,
    },

    /// Where the credentials come from gives none, or can't be asked.
    #[error("the credentials can't be had ({reason}); {remedy}")]
    CredentialsUnavailable {
        /// What went wrong.
        reason: String,
        /// What to check.
        remedy: String,
    },

    /// The store does not believe who is asking, or what it was shown has expired.
    #[error("the credentials were refused ({reason}); {remedy}")]
    CredentialsRefused {
        /// The store's code for it.
        reason: String,
        /// What to check.
        remedy: String,
    },

    /// Who is asking may not read the secret.
    #[error("no permission to read {secret} ({reason}); {remedy}")]
    NoPermission {
        /// The secret, as in "the secret `kms`".
        secret: String,
        /// The store's code for it.
        reason: String,
        /// What has to be granted.
        remedy: String,
    },

    /// There is no such secret.
    #[error("there is no {secret}; {remedy}")]
    SecretMissing {
        /// The secret, as in "secret `kms` in eu-west-1".
        secret: String,
        /// What to check.
        remedy: String,
    },

    /// There is such a secret, but not this version of it, or that one is disabled or deleted.
    #[error("there is no version {version} of {secret} that can be read; {remedy}")]
    VersionMissing {
        /// The version.
        version: String,
        /// The secret, as in "the secret `kms`".
        secret: String,
        /// What to check.
        remedy: String,
    },

    /// No answer in time.
    #[error("no answer within {} seconds; check the address and the network", .0.as_secs())]
    TimedOut(Duration),

    /// A connection was made, but not a secure one.
    #[error(
        "no secure connection to {place}: {reason}; check the address, this machine's clock and its certificates"
    )]
    Tls {
        /// The host, with the port where there is one.
        place: String,
        /// What TLS says.
        reason: String,
    },

    /// No connection.
    #[error("{place} can't be reached: {reason}; check the address and the network")]
    Unreachable {
        /// The host, with the port where there is one.
        place: String,
        /// What the operating system says.
        reason: String,
    },

    /// The store answers with an error that is none of the above.
    #[error("the store answered with an error ({reason}); {remedy}")]
    Refused {
        /// The status or code.
        reason: String,
        /// What to check.
        remedy: String,
    },

    /// The answer is not one that such a store gives.
    #[error("the answer is not what the store should give ({0}); check the address")]
    Answer(String),

    /// The secret is binary.
    #[error("{secret} is not text; store the password as UTF-8 text")]
    NotText {
        /// The secret, as in "the secret `kms`".
        secret: String,
    },

    /// A member is wanted, and the secret is not JSON.
    #[error(
        "{secret} is not a JSON object; store one, or leave {setting} out if the password is all of it"
    )]
    NotJson {
        /// The secret, as in "the secret `kms`".
        secret: String,
        /// The variable that names the member.
        setting: String,
    },

    /// The member is not there.
    #[error("{secret} has no member `{key}`; set {setting} to the one that holds the password")]
    KeyMissing {
        /// The secret, as in "the secret `kms`".
        secret: String,
        /// The member.
        key: String,
        /// The variable that names the member.
        setting: String,
    },

    /// The member is a number, a list or the like.
    #[error("member `{key}` of {secret} is not text; store the password as a JSON string")]
    KeyNotText {
        /// The secret, as in "the secret `kms`".
        secret: String,
        /// The member.
        key: String,
    },

    /// Nothing says which member of the object it is.
    #[error("{secret} is a JSON object; set {setting} to the member that holds the password")]
    KeyNeeded {
        /// The secret, as in "the secret `kms`".
        secret: String,
        /// The variable that names the member.
        setting: String,
    },

    /// A password is one line.
    #[error("the password in {secret} has several lines; store it as one")]
    SeveralLines {
        /// The secret, as in "the secret `kms`".
        secret: String,
    },

    /// Nothing is no password.
    #[error("the password in {secret} is empty; store one")]
    Empty {
        /// The secret, as in "the secret `kms`".
        secret: String,
    },
}
