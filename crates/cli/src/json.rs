//! JSON as text, the way JavaScript's `JSON.stringify` writes it.
//!
//! Wallets are laid out token by token from the text that was stored, without being taken apart:
//! numbers and strings come out as they went in, and no copy of a secret is made on the way.

use std::io::{self, Write};

use zeroize::Zeroizing;

/// Puts one JSON object together, compact.
pub(crate) struct Object(Zeroizing<String>);

impl Object {
    /// An empty object. `capacity` is for all member texts together, so that a secret is not left
    /// behind by growing.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(6 * capacity + 128));
        text.push('{');
        Self(text)
    }

    /// Adds a text.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        push_string(&mut self.0, value);
        self
    }

    /// Adds a text, if there is one.
    pub(crate) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds `true` or `false`.
    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// Adds a value that is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// The object as text.
    pub(crate) fn finish(mut self) -> Zeroizing<String> {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_string(&mut self.0, name);
        self.0.push(':');
    }
}

/// A list of texts, compact.
pub(crate) fn list(items: &[String]) -> String {
    let mut text = String::from("[");
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        push_string(&mut text, item);
    }
    text.push(']');
    text
}

/// Appends `value` as a JSON string.
pub(crate) fn push_string(text: &mut String, value: &str) {
    use std::fmt::Write as _;
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\u{1f}' => {
                write!(text, "\\u{:04x}", u32::from(c)).expect("a String takes any text");
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// Writes valid JSON with two spaces per level; `level` is where its first line stands already.
pub(crate) fn indent(json: &str, level: usize, out: &mut dyn Write) -> io::Result<()> {
    let bytes = json.as_bytes();
    let mut depth = level;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'{' | b'[' => {
                out.write_all(&[byte])?;
                let after = at + blanks(&bytes[at..]);
                if matches!(bytes.get(after), Some(b'}' | b']')) {
                    out.write_all(&bytes[after..=after])?;
                    at = after + 1;
                } else {
                    depth += 1;
                    new_line(depth, out)?;
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                new_line(depth, out)?;
                out.write_all(&[byte])?;
            }
            b',' => {
                out.write_all(b",")?;
                new_line(depth, out)?;
            }
            b':' => out.write_all(b": ")?,
            b'"' => {
                let end = at + string_len(&bytes[at..]);
                out.write_all(&bytes[at - 1..end])?;
                at = end;
            }
            _ => out.write_all(&[byte])?,
        }
    }
    Ok(())
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// How far a string goes whose opening quote is behind us, closing quote included.
fn string_len(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

fn new_line(depth: usize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\n")?;
    for _ in 0..depth {
        out.write_all(b"  ")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indented(json: &str) -> String {
        let mut out = Vec::new();
        indent(json, 0, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// serde_json's layout is that of `JSON.stringify(value, null, 2)`.
    #[test]
    fn layout_is_that_of_javascript() {
        for json in [
            r#"{}"#,
            r#"[]"#,
            r#"{"a":{},"b":[],"c":[1,[2,{"d":null}],true]}"#,
            r#"{"xpub":"xpub6…","m":"a \"quoted\\\" {word}, [or: two]","testnet":false}"#,
            r#""just \\ text""#,
            "17",
        ] {
            let value: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(indented(json), serde_json::to_string_pretty(&value).unwrap());
            assert_eq!(indented(&indented(json)), indented(json));
        }
        assert_eq!(indented("[1e+21,1.50]"), "[\n  1e+21,\n  1.50\n]");
    }

    #[test]
    fn strings_are_escaped_as_javascript_does() {
        let text = "a\"b\\c\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}é🔑";
        let mut ours = String::new();
        push_string(&mut ours, text);
        assert_eq!(ours, serde_json::to_string(text).unwrap());
    }

    #[test]
    fn objects_keep_the_order_of_their_members() {
        let object = Object::with_capacity(8).text("b", "1").maybe("x", None).flag("a", true);
        assert_eq!(
            object.raw("l", &list(&["x".to_owned()])).finish().as_str(),
            r#"{"b":"1","a":true,"l":["x"]}"#
        );
    }
}
