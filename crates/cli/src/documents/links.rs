//! Links between documents lead somewhere, and every document is in the index.

use std::fs;
use std::path::{Path, PathBuf};

/// The directory of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documents of a directory.
fn documents(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(directory)).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// What stands between `](` and `)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', '\n']).next())
}

/// The name of a heading in links.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[test]
fn links_lead_somewhere() {
    for file in ["", "docs", "docs/adr"].into_iter().flat_map(documents) {
        let text = fs::read_to_string(&file).unwrap();
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (path, part) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => file.clone(),
                path => file.parent().unwrap().join(path),
            };
            assert!(target.exists(), "{}: {link}", file.display());
            if !part.is_empty() {
                let target = fs::read_to_string(target).unwrap();
                let mut headings = target.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|line| anchor(line) == part), "{}: {link}", file.display());
            }
        }
    }
}

#[test]
fn every_document_is_in_the_index() {
    let index = fs::read_to_string(root().join("README.md")).unwrap();
    for file in documents("docs") {
        let name = format!("docs/{}", file.file_name().unwrap().to_string_lossy());
        assert!(links(&index).any(|link| link == name), "README.md does not link to {name}");
    }
}
