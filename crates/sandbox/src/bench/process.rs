//! What a process uses, as Linux tells in `/proc`.

use anyhow::{Context, Result};

use super::figures::{number, rounded};

/// Processor time is counted in these, for every process of Linux.
const TICKS_PER_SECOND: usize = 100;

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    ticks: usize,
    /// `VmRSS`.
    pub(super) resident_kib: u64,
}

impl Usage {
    pub(super) fn of(pid: u32) -> Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            std::fs::read_to_string(&path).with_context(|| format!("{path} can't be read"))
        };
        let (stat, status) = (read("stat")?, read("status")?);
        let unreadable = "/proc tells of a process in other words";
        let ticks = ticks(&stat).context(unreadable)?;
        Ok(Self { ticks, resident_kib: resident(&status).context(unreadable)? })
    }

    /// Milliseconds of processor time for each of `count`.
    pub(super) fn cpu_ms_since(&self, earlier: Self, count: usize) -> f64 {
        let ticks = self.ticks.saturating_sub(earlier.ticks);
        rounded(number(ticks * 1000 / TICKS_PER_SECOND) / number(count))
    }
}

/// User and system time, the 14th and 15th field; the second is a name that may hold blanks.
fn ticks(stat: &str) -> Option<usize> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system) = (fields.next()?, fields.next()?);
    Some(user.parse::<usize>().ok()? + system.parse::<usize>().ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 5 6 7";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(resident("Name:\tx\nVmRSS:\t   8124 kB\n"), Some(8124));
        assert!(Usage::of(std::process::id()).unwrap().resident_kib > 0);
    }
}
