//! Looking for bytes in the memory of a running process.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;

use super::needles::Needles;

/// How much is read at a time.
const CHUNK: usize = 1024 * 1024;

/// What was found in the memory of a process.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Each with the mapping in which it was found.
    pub(crate) found: Vec<String>,
    /// How much was read, in bytes.
    pub(crate) bytes: usize,
}

impl Scan {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.found.iter().any(|found| found.starts_with(name))
    }
}

/// Looks for `needles` in every readable mapping of the process. None where that is not permitted: the
/// memory of a process that can't be dumped is open to root only.
pub(crate) fn scan(process: u32, needles: &Needles) -> Option<Scan> {
    let memory = match File::open(format!("/proc/{process}/mem")) {
        Ok(memory) => memory,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
        Err(error) => panic!("{error}"),
    };
    let mut scan = Scan::default();
    for line in fs::read_to_string(format!("/proc/{process}/maps")).unwrap().lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !words[1].starts_with('r') {
            continue;
        }
        let name = words.get(5).copied().unwrap_or("anonymous");
        let (start, end) = words[0].split_once('-').unwrap();
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        scan_mapping(&memory, start..end, name, needles, &mut scan);
    }
    Some(scan)
}

fn scan_mapping(
    memory: &File,
    range: std::ops::Range<u64>,
    name: &str,
    needles: &Needles,
    scan: &mut Scan,
) {
    let overlap = needles.longest();
    let mut buffer = vec![0; CHUNK + overlap];
    let mut at = range.start;
    while at < range.end {
        let left = usize::try_from(range.end - at).unwrap();
        let wanted = left.min(buffer.len());
        // What the kernel keeps to itself can't be read, nor what was unmapped meanwhile.
        let Ok(count @ 1..) = memory.read_at(&mut buffer[..wanted], at) else { return };
        let found = needles.found_in(&buffer[..count]);
        let found = found.into_iter().filter(|(place, _)| *place < CHUNK);
        scan.found.extend(found.map(|(place, what)| {
            let place = at + u64::try_from(place).unwrap();
            format!("{what} at {place:x} of {name} ({:x}-{:x})", range.start, range.end)
        }));
        scan.bytes += count.min(CHUNK);
        at += u64::try_from(count.min(CHUNK)).unwrap();
    }
}
