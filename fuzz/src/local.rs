//! What comes from the operator's side: `.env` files, the approval server, the journal.

use kms_core::PendingId;
use kms_crypto::mac::MacKey;
use kms_daemon::{ApprovalError, ApprovalHeader, fuzzing};
use zeroize::Zeroizing;

use crate::sentence;

// A module of the program, which is no library.
#[path = "../../crates/cli/src/dotenv.rs"]
#[allow(dead_code)]
mod dotenv;

/// A `.env` file: names are names, values are in the file, and a pair that is written out is read as it was.
pub fn env(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut found = Vec::new();
    dotenv::parse(text, &mut |name, value| found.push((name.to_owned(), value)));
    for (name, value) in found {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        assert!(!name.is_empty() && name.chars().all(plain), "{name:?}");
        // A value in single quotes stands for itself.
        if !value.contains(['\'', '\\']) {
            let mut again = Vec::new();
            let line = format!("{name}='{}'\n", *value);
            dotenv::parse(&line, &mut |name, value| again.push((name.to_owned(), value)));
            assert_eq!(again, [(name, value)]);
        }
    }
}

/// An answer of the approval server: a yes counts only under the right MAC.
pub fn approval(data: &[u8]) {
    let [flags, low, high, header @ ..] = data else { return };
    let id: PendingId = "5e6645712b55823de7ea82f1".parse().expect("an id");
    let secret = MacKey::new(Zeroizing::new(b"0123456789abcdef0123456789abcdef".to_vec()));
    let (strict, has_secret, has_header) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
    let status = u16::from_le_bytes([*low, *high]) % 1000;
    let tag = |decision: &str| {
        let digest = "0".repeat(64);
        let text = format!("tatum-kms approval answer 1\n00\n{id}\n{digest}\n{decision}");
        hex::encode(secret.tag(text.as_bytes()))
    };
    // Now and then the right one, which nobody guesses.
    let header = match flags >> 3 {
        0 => tag("approve").into_bytes(),
        1 => tag("deny").into_bytes(),
        _ => header.to_vec(),
    };
    let fits = |byte: &u8| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f;
    let has_header = has_header && header.iter().all(fits);
    let given = has_header.then_some(&header[..]);
    let answer =
        fuzzing::approval_answer(&id, has_secret.then_some(&secret), strict, status, given);
    let is = |decision: &str| header.eq_ignore_ascii_case(tag(decision).as_bytes());
    // Without a secret there is nothing to check; the settings refuse that in strict mode.
    let proven = |decision| !has_secret || if has_header { is(decision) } else { !strict };
    match answer {
        Ok(()) => assert!((200..300).contains(&status) && proven("approve")),
        Err(error) => {
            sentence::check(&error.to_string(), &[]);
            if let ApprovalError::Denied { .. } = error {
                assert!((400..500).contains(&status) && proven("deny"));
            }
        }
    }
}

/// Records of the journal, and headers that the operator adds to the questions.
pub fn journal(data: &[u8]) {
    if let Some(written) = fuzzing::journal_record(data) {
        assert_eq!(fuzzing::journal_record(&written), Some(written));
    }
    if let Ok(text) = str::from_utf8(data)
        && let Err(error) = ApprovalHeader::parse(text)
    {
        sentence::check(&error.to_string(), &[]);
    }
}
