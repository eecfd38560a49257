//! Many byte strings looked for at once.

use std::collections::HashMap;

/// Byte strings, each with a name to call it by.
#[derive(Default)]
pub(crate) struct Needles {
    all: Vec<(String, Vec<u8>)>,
    /// Which of them begin with these two bytes.
    by_start: HashMap<[u8; 2], Vec<usize>>,
    /// Whether any does: the quick answer, for most of the memory.
    begins: Vec<bool>,
}

impl Needles {
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        let start = [bytes[0], bytes[1]];
        self.begins.resize(1 << 16, false);
        self.begins[usize::from(u16::from_le_bytes(start))] = true;
        self.by_start.entry(start).or_default().push(self.all.len());
        self.all.push((name.to_owned(), bytes.to_vec()));
    }

    /// A number of 32 bytes in all the ways in which libraries keep and write one.
    pub(crate) fn add_number(&mut self, name: &str, number: &[u8; 32]) {
        let reversed: Vec<u8> = number.iter().rev().copied().collect();
        let digits: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
        self.add(&format!("{name}, big-endian"), number);
        self.add(&format!("{name}, little-endian"), &reversed);
        self.add(&format!("{name}, in hexadecimal"), digits.as_bytes());
        self.add(&format!("{name}, in capital hexadecimal"), digits.to_uppercase().as_bytes());
    }

    /// The names of those that occur in `bytes`, with their places.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        for (at, pair) in bytes.windows(2).enumerate() {
            if !self.begins[usize::from(u16::from_le_bytes([pair[0], pair[1]]))] {
                continue;
            }
            for needle in &self.by_start[&[pair[0], pair[1]]] {
                let (name, needle) = &self.all[*needle];
                if bytes[at..].starts_with(needle) {
                    found.push((at, name.as_str()));
                }
            }
        }
        found
    }

    pub(crate) fn longest(&self) -> usize {
        self.all.iter().map(|(_, bytes)| bytes.len()).max().unwrap_or_default()
    }
}
