//! What a person is told of bytes that were refused.

/// The most characters of an error. Foreign words in one are cut at 300.
const LONGEST: usize = 900;
/// So many characters in a row of what was refused are more than a name, a number or a script that is quoted.
const QUOTED: usize = 84;
/// With more spaces than that they are words of ours, which the fuzzer finds out and puts into its inputs.
const SPACES: usize = 4;

/// Holds the text of an error against what it was said of: one line, bounded, and no long part of `foreign` in it.
///
/// # Panics
/// It is not.
pub fn check(error: &str, foreign: &[&str]) {
    assert!(!error.is_empty(), "an error without words");
    assert!(
        !error.contains(['\n', '\r', '\u{1b}', '\0']),
        "an error of more than one line: {error:?}"
    );
    let length = error.chars().count();
    assert!(length <= LONGEST, "an error of {length} characters: {error:?}");
    let starts: Vec<usize> = error.char_indices().map(|(at, _)| at).chain([error.len()]).collect();
    for window in starts.windows(QUOTED + 1) {
        let quoted = &error[window[0]..window[QUOTED]];
        if quoted.matches(' ').count() > SPACES {
            continue;
        }
        for text in foreign {
            assert!(!text.contains(quoted), "an error quotes what was refused: {error:?}");
        }
    }
}

/// As [`check`], for what counts as secret: no word of 16 bytes or more of it may be repeated. Ours are shorter.
///
/// # Panics
/// As [`check`].
pub fn check_secret(error: &str, secret: &str) {
    check(error, &[]);
    for word in secret.split_whitespace().filter(|word| word.len() >= 16) {
        assert!(!error.contains(word), "an error repeats a secret: {error:?}");
    }
}
