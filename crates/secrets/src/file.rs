//! Files with credentials.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

/// The text of a file of at most `limit` bytes.
///
/// # Errors
/// The rest of a sentence that begins with the name of the setting; it has nothing of the content.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Zeroizing<String>, String> {
    let unreadable = |error| format!("names {}, which can't be read: {error}", path.display());
    let file = File::open(path).map_err(unreadable)?;
    let mut text = Zeroizing::new(String::new());
    file.take(limit + 1).read_to_string(&mut text).map_err(unreadable)?;
    match text.len() as u64 {
        0 => Err(format!("names {}, which is empty", path.display())),
        length if length > limit => {
            Err(format!("names {}, which has more than {limit} bytes", path.display()))
        }
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_credential_is_refused() {
        let place = tempfile::TempDir::new().unwrap();
        let path = place.path().join("token");
        for (content, part) in [("", "is empty"), ("123456", "more than 5 bytes")] {
            std::fs::write(&path, content).unwrap();
            let why = read(&path, 5).unwrap_err();
            assert!(why.contains(part) && !why.contains("123456"), "{why}");
        }
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(*read(&path, 5).unwrap(), "12345");
        assert!(read(&place.path().join("none"), 5).unwrap_err().contains("can't be read"));
    }
}
