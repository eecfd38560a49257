//! The parts of a help text, for manual pages and documents that show each in their own way.
//!
//! A help text is made of paragraphs. One whose first line ends with a colon and whose other lines are indented
//! has a title: `Examples:`, `Environment:`, `Exit codes:`.

/// A part of a help text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block<'a> {
    /// Commands as they are typed, `$` in front, with what they print where that is shown; without indentation.
    Examples(Vec<&'a str>),
    /// A title, and names with what they mean.
    Terms(&'a str, Vec<(&'a str, String)>),
    /// Prose.
    Text(&'a str),
}

/// The parts of `text`, in their order; examples that an empty line divides are one part.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut all = Vec::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        match (all.last_mut(), paragraph.split_once(":\n")) {
            (_, Some(("Examples" | "Getting started", lines))) => {
                all.push(Block::Examples(without_indentation(lines)));
            }
            (_, Some((title, lines))) if lines.lines().all(|line| line.starts_with("  ")) => {
                all.push(Block::Terms(title, terms(lines)));
            }
            (Some(Block::Examples(lines)), None) if paragraph.starts_with("  ") => {
                lines.push("");
                lines.extend(without_indentation(paragraph));
            }
            _ => all.push(Block::Text(paragraph)),
        }
    }
    all
}

fn without_indentation(lines: &str) -> Vec<&str> {
    lines.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect()
}

/// Each name stands before two spaces; what goes on in the next line is indented further.
fn terms(lines: &str) -> Vec<(&str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for line in without_indentation(lines) {
        match (all.last_mut(), line.strip_prefix(' '), line.split_once("  ")) {
            (Some((_, meaning)), Some(more), _) => *meaning = format!("{meaning} {}", more.trim()),
            (_, _, Some((name, meaning))) => all.push((name, meaning.trim().to_owned())),
            (_, _, None) => all.push((line, String::new())),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_and_nothing_is_lost() {
        let text = "Examples:\n  $ a b\n  {\n    \"c\": 1\n  }\n\n  $ d\n\nProse: it goes on.\n\nExit codes:\n  \
                    0    well\n  130  ended\n       at once";
        let terms = vec![("0", "well".to_owned()), ("130", "ended at once".to_owned())];
        let expected = [
            Block::Examples(vec!["$ a b", "{", "  \"c\": 1", "}", "", "$ d"]),
            Block::Text("Prose: it goes on."),
            Block::Terms("Exit codes", terms),
        ];
        assert_eq!(blocks(text), expected);
    }
}
