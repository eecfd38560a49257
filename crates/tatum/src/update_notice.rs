//! What the API says about newer versions of its own KMS.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;

use crate::text::escaped;

/// The version of the protocol that is spoken; the API compares it with its own list.
pub(crate) const PROTOCOL_VERSION: &str = "8.0.1";
pub(crate) const PROTOCOL_HEADER: &str = "x-ttm-kms-client-version";
const NOTICE_HEADER: &str = "x-ttm-kms-latest-version";
/// After this many texts the API has had its say.
const MOST_NOTICES: usize = 16;

/// A note about a newer version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The version, numbers and points only.
    pub(crate) version: String,
    /// Whether the API calls it an error to go on.
    pub(crate) urgent: bool,
    /// The API's words, shortened and escaped.
    pub(crate) message: String,
}

/// Remembers what was shown, so that a text is shown once and not at every poll.
#[derive(Debug, Default)]
pub(crate) struct UpdateNotice {
    shown: Mutex<HashSet<String>>,
}

impl UpdateNotice {
    /// Logs the note in `headers`, if there is one that says something new.
    pub(crate) fn show(&self, headers: &HeaderMap) {
        let Some(notice) = self.fresh(headers) else { return };
        let (version, message) = (notice.version, notice.message);
        if notice.urgent {
            tracing::error!(version, "the API expects a newer KMS protocol: {message}");
        } else {
            tracing::warn!(version, "the API knows of a newer KMS protocol: {message}");
        }
    }

    fn fresh(&self, headers: &HeaderMap) -> Option<Notice> {
        let value = headers.get(NOTICE_HEADER)?;
        let value = String::from_utf8_lossy(value.as_bytes());
        let notice = parse(&value)?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        (shown.len() < MOST_NOTICES && shown.insert(value.into_owned())).then_some(notice)
    }
}

/// Reads `semver;LEVEL;message`; nothing unless the version is newer than the one that is spoken.
pub(crate) fn parse(value: &str) -> Option<Notice> {
    let mut parts = value.splitn(3, ';');
    let (version, level) = (parts.next()?.trim(), parts.next()?.trim());
    let newer = numbers(version)? > numbers(PROTOCOL_VERSION)?;
    newer.then(|| Notice {
        version: version.to_owned(),
        urgent: level == "ERROR",
        message: escaped(parts.next().unwrap_or_default()),
    })
}

fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &[u8]) -> HeaderMap {
        let value = reqwest::header::HeaderValue::from_bytes(value).unwrap();
        HeaderMap::from_iter([(reqwest::header::HeaderName::from_static(NOTICE_HEADER), value)])
    }

    #[test]
    fn a_note_is_shown_once_for_each_text() {
        let notice = UpdateNotice::default();
        let first = headers(b"8.1.0;ERROR;please update");
        assert!(notice.fresh(&first).is_some_and(|n| n.urgent && n.message == "please update"));
        assert_eq!(notice.fresh(&first), None);
        assert!(notice.fresh(&headers(b"8.1.0;INFO;again")).is_some_and(|n| !n.urgent));
    }

    #[test]
    fn a_note_can_not_forge_log_lines() {
        assert_eq!(parse("9.0.0;INFO;a\u{1b}[31m\nb").unwrap().message, "a\\u{1b}[31m\\nb");
        let notice = UpdateNotice::default();
        let fresh = notice.fresh(&headers(b"9.0.0;INFO;x\xc2\x9by\tz")).unwrap();
        assert_eq!(fresh.message, "x\\u{9b}y\\tz");
    }

    #[test]
    fn what_is_not_newer_or_no_version_is_not_shown() {
        for value in ["8.0.1;INFO;same", "7.9.9;ERROR;old", "x\u{1b};ERROR;y", "9.0;INFO;z", ""] {
            assert_eq!(parse(value), None, "{value:?}");
        }
    }

    #[test]
    fn an_endless_stream_of_notes_ends() {
        let notice = UpdateNotice::default();
        let shown = (0..100)
            .filter(|i| notice.fresh(&headers(format!("9.0.{i};INFO;m").as_bytes())).is_some())
            .count();
        assert_eq!(shown, MOST_NOTICES);
    }
}
