//! The documents that are made of what the program says of itself, so that they can't fall behind: the tests
//! fail where a document is another than it would be now. `UPDATE_DOCS=1 cargo test -p tatum-kms documents`
//! writes them anew.

mod commands;
mod links;
mod settings;

use std::fs;
use std::path::Path;

/// Fails if the file in `docs/` is not `text`; writes it where that is asked for.
fn hold(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if is_update() {
        // Other tests may read it at the same time.
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, &path).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(text.lines()).position(|(found, text)| found != text);
    assert!(
        found == text,
        "docs/{name} is not what the program says now, see its line {}; write it anew by \
         `UPDATE_DOCS=1 cargo test -p tatum-kms documents`",
        differs.map_or(found.lines().count(), |line| line) + 1
    );
}

#[expect(clippy::disallowed_methods, reason = "whether documents are written is set outside")]
fn is_update() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1")
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
