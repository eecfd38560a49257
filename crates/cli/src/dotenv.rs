//! `.env` files, read as Tatum KMS read them.
//!
//! Written here because the old program took values literally: the crates for this replace `$NAME` in
//! a value, which would change a password that has a dollar sign.

use zeroize::Zeroizing;

/// Calls `take` with every name and value of the file, in order; a later one replaces an earlier one.
///
/// A line is `NAME=VALUE` or `NAME: VALUE`, `export` before it is skipped, `#` begins a comment. A
/// value in quotes (`'`, `"` or a backtick) may hold `#` and line breaks; in double quotes `\n` and `\r`
/// stand for line breaks. Lines of any other form are skipped.
pub(crate) fn parse(text: &str, take: &mut dyn FnMut(&str, Zeroizing<String>)) {
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        rest = rest.trim_start();
        let Some((name, after)) = name(rest) else {
            rest = next_line(rest);
            continue;
        };
        let (value, after) = value(after);
        take(name, value);
        rest = next_line(after);
    }
}

/// The name at the start of a line, and what follows its `=` or `: `.
fn name(line: &str) -> Option<(&str, &str)> {
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start_matches([' ', '\t']),
        _ => line,
    };
    let end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() {
        return None;
    }
    let after = match rest.strip_prefix(':') {
        Some(after) if after.starts_with([' ', '\t']) => after,
        _ => rest.trim_start_matches([' ', '\t']).strip_prefix('=')?,
    };
    Some((name, after))
}

/// The value at the start of `text`, and what follows it.
fn value(text: &str) -> (Zeroizing<String>, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))
        && let Some(end) = closing(&text[1..], quote)
    {
        let (inner, after) = (&text[1..=end], &text[end + 2..]);
        return (unquoted(inner, quote), after);
    }
    let end = text.find(['#', '\r', '\n']).unwrap_or(text.len());
    (Zeroizing::new(text[..end].trim().to_owned()), &text[end..])
}

/// Where the quoted value ends: at a quote that no backslash precedes.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        if c == quote && !escaped {
            return Some(at);
        }
        escaped = c == '\\' && !escaped;
        None
    })
}

fn unquoted(inner: &str, quote: char) -> Zeroizing<String> {
    let mut value = Zeroizing::new(String::with_capacity(inner.len()));
    let mut rest = inner;
    while let Some(at) = rest.find('\\').filter(|_| quote == '"') {
        value.push_str(&rest[..at]);
        let (text, used) = match rest.as_bytes().get(at + 1) {
            Some(b'n') => ("\n", 2),
            Some(b'r') => ("\r", 2),
            _ => ("\\", 1),
        };
        value.push_str(text);
        rest = &rest[at + used..];
    }
    value.push_str(rest);
    value
}

fn next_line(text: &str) -> &str {
    text.find('\n').map_or("", |at| &text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        parse(text, &mut |name, value| all.push((name.to_owned(), value.to_string())));
        all
    }

    fn one(line: &str) -> String {
        let mut all = parsed(line);
        assert_eq!(all.len(), 1, "{line}");
        all.remove(0).1
    }

    #[test]
    fn values_are_taken_literally() {
        assert_eq!(one("A=pa$$word$HOME"), "pa$$word$HOME");
        assert_eq!(one("A=  two words  "), "two words");
        assert_eq!(one("export A = b"), "b");
        assert_eq!(one("A: b"), "b");
        assert_eq!(one("A="), "");
        assert_eq!(one("A=b=c"), "b=c");
        assert_eq!(one("\u{feff}A=b\r\n"), "b");
    }

    #[test]
    fn comments_end_bare_values_and_not_quoted_ones() {
        assert_eq!(one("A=b#c"), "b");
        assert_eq!(one("A=b # c"), "b");
        assert_eq!(one("A='b # c' # d"), "b # c");
        assert_eq!(one("A=\"  b  \""), "  b  ");
        assert_eq!(one("A=`it's`"), "it's");
    }

    #[test]
    fn double_quotes_know_line_breaks_only() {
        assert_eq!(one(r#"A="a\nb\tc\\d""#), "a\nb\\tc\\\\d");
        assert_eq!(one(r"A='a\nb'"), r"a\nb");
        assert_eq!(one("A=\"two\nlines\""), "two\nlines");
        assert_eq!(one("A='open\n"), "'open");
    }

    #[test]
    fn what_is_no_setting_is_skipped() {
        let all = parsed("# comment\n\n  =x\nnonsense\nA=1\nB\nC=3\nA=2\n");
        let all: Vec<_> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(all, [("A", "1"), ("C", "3"), ("A", "2")]);
    }
}
