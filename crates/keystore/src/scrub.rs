//! Whether a removed row is really gone.
//!
//! SQLite overwrites what is deleted (`secure_delete`), but when it moves rows between pages it may leave
//! a copy in space that counts as free. So the file is searched for what was removed, and written anew if
//! a trace is found.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};

/// Bytes that are compared at once.
const WORD: usize = 8;
/// How much of the file is read at once; a multiple of [`WORD`].
const BLOCK: usize = 1 << 18;

/// Whether `file` has fifteen or more bytes in a row of `gone`, which should be random.
pub(crate) fn has_trace(mut file: File, gone: &[u8]) -> io::Result<bool> {
    // Every word of `gone` against the file's at multiples of eight: fifteen bytes hold one of those.
    let words: HashSet<[u8; WORD]> =
        gone.windows(WORD).filter_map(|word| word.try_into().ok()).collect();
    let mut block = vec![0; BLOCK];
    loop {
        let len = fill(&mut file, &mut block)?;
        let (found, _) = block[..len].as_chunks::<WORD>();
        if found.iter().any(|word| *word != [0; WORD] && words.contains(word)) {
            return Ok(true);
        }
        if len < BLOCK {
            return Ok(false);
        }
    }
}

fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < block.len() {
        match file.read(&mut block[len..])? {
            0 => break,
            more => len += more,
        }
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    fn trace(file: &[u8], gone: &[u8]) -> bool {
        let mut written = tempfile::tempfile().unwrap();
        written.write_all(file).unwrap();
        written.rewind().unwrap();
        has_trace(written, gone).unwrap()
    }

    #[test]
    fn a_piece_is_found_wherever_it_lies() {
        let gone: Vec<u8> = (1..=100).collect();
        for offset in 0..9 {
            let mut file = vec![0; BLOCK - 20 + offset];
            file.extend_from_slice(&gone[30..45]);
            file.extend_from_slice(&[0; 40]);
            assert!(trace(&file, &gone), "{offset}");
            assert!(!trace(&file, &gone[60..]), "{offset}");
        }
        assert!(!trace(&[0; 64], &[0; 64]));
    }
}
