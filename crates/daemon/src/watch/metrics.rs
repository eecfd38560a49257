//! The metrics in Prometheus' text format. Labels are chains and states, never an id or an address.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use super::health::{since_good_poll, trouble};
use crate::status::{BUCKETS, ChainStatus, Histogram, Status};

/// All metrics of `status`.
pub(super) fn render(status: &Status) -> String {
    let mut page = Page(String::with_capacity(16 * 1024));
    process(&mut page, status);
    let chains = status.chains();
    counts(&mut page, &chains);
    levels(&mut page, &chains, status);
    times(&mut page, &chains);
    page.0
}

type Chains = BTreeMap<&'static str, ChainStatus>;

fn process(page: &mut Page, status: &Status) {
    page.head("build_info", "gauge", "The version that runs; always 1");
    page.line("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let flag = u8::from;
    page.alone(
        "ready",
        "gauge",
        "Whether every chain is polled well",
        flag(trouble(status).is_none()),
    );
    page.alone("stopping", "gauge", "Whether the daemon ends", flag(status.is_stopping()));
    page.alone("uptime_seconds", "gauge", "Time since the start", status.uptime().as_secs_f64());
    let spent = status.credits_spent();
    page.alone("credits_spent_total", "counter", "API credits that polling has cost", spent);
    let (records, syncs) = status.journal_writes();
    page.alone("journal_records_total", "counter", "Records written to the journal", records);
    page.alone("journal_syncs_total", "counter", "Synchronous writes that took", syncs);
    let depth = status.journal_depth();
    page.alone(
        "journal_unfinished",
        "gauge",
        "Transactions in the journal that are not finished",
        depth,
    );
    page.alone("retries_total", "counter", "Calls of the API that were repeated", status.retries());
}

fn counts(page: &mut Page, chains: &Chains) {
    page.head("polls_total", "counter", "Polls by whether they were answered");
    for (chain, told) in chains {
        page.line("polls_total", &[("chain", chain), ("result", "ok")], told.polls);
        page.line("polls_total", &[("chain", chain), ("result", "failed")], told.failed_polls);
    }
    page.head("items_total", "counter", "Transactions that came into each state");
    for (chain, told) in chains {
        for (state, count) in &told.items {
            page.line("items_total", &[("chain", chain), ("state", state.as_str())], count);
        }
    }
    page.head("approvals_total", "counter", "Questions to the approval server by how they ended");
    for (chain, told) in chains {
        for (result, count) in &told.approvals {
            page.line("approvals_total", &[("chain", chain), ("result", result)], count);
        }
    }
}

fn levels(page: &mut Page, chains: &Chains, status: &Status) {
    let uptime = status.uptime();
    page.per_chain("wallets", "Wallets that are polled for", chains, |told| told.wallets);
    let help = "Requests that one round of polling takes";
    page.per_chain("poll_chunks", help, chains, |told| told.chunks);
    page.per_chain("items_in_flight", "Transactions in work", chains, |told| told.in_flight);
    let help = "Transactions that were handed to their node and are not known to be executed yet";
    page.per_chain("items_followed", help, chains, |told| told.followed);
    page.per_chain("poll_period_seconds", "Time from one poll to the next", chains, |told| {
        told.period.as_secs_f64()
    });
    page.per_chain("credits_per_day", "API credits that polling costs a day", chains, |told| {
        told.credits_per_day
    });
    let help = "Time since the last good poll, or since the start";
    page.per_chain("since_good_poll_seconds", help, chains, |told| {
        since_good_poll(told, uptime).as_secs_f64()
    });
}

fn times(page: &mut Page, chains: &Chains) {
    page.histograms("poll_seconds", "Time of a poll", chains, |told| &told.poll_time);
    let help = "Time of a question to the approval server";
    page.histograms("approval_seconds", help, chains, |told| &told.approval_time);
    page.histograms("broadcast_seconds", "Time of a broadcast", chains, |told| {
        &told.broadcast_time
    });
    let help = "Time from a poll's answer to a transaction being sent";
    page.histograms("poll_to_sent_seconds", help, chains, |told| &told.poll_to_sent);
}

/// The text that grows. Names get their prefix here.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP tatum_kms_{name} {help}\n# TYPE tatum_kms_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.0, "tatum_kms_{name}");
        for (number, (label, text)) in labels.iter().enumerate() {
            let open = if number == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{text}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }

    fn alone(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(name, &[], value);
    }

    fn per_chain<T: Display>(
        &mut self,
        name: &str,
        help: &str,
        chains: &Chains,
        value: impl Fn(&ChainStatus) -> T,
    ) {
        self.head(name, "gauge", help);
        for (chain, told) in chains {
            self.line(name, &[("chain", chain)], value(told));
        }
    }

    fn histograms(
        &mut self,
        name: &str,
        help: &str,
        chains: &Chains,
        of: impl Fn(&ChainStatus) -> &Histogram,
    ) {
        self.head(name, "histogram", help);
        let (bucket, sum, count) =
            (format!("{name}_bucket"), format!("{name}_sum"), format!("{name}_count"));
        for (chain, told) in chains {
            let histogram = of(told);
            let bounds = BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
            let mut below = 0;
            for (bound, in_bucket) in bounds.zip(histogram.counts) {
                below += in_bucket;
                self.line(&bucket, &[("chain", chain), ("le", &bound)], below);
            }
            self.line(&sum, &[("chain", chain)], histogram.sum);
            self.line(&count, &[("chain", chain)], histogram.count());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kms_core::Ticker;

    use super::*;

    #[test]
    fn a_histogram_counts_upwards_and_ends_at_infinity() {
        let status = Status::default();
        for milliseconds in [1, 40, 40, 60_000] {
            status.of(Ticker("ETH"), |told| told.polled(Duration::from_millis(milliseconds)));
        }
        let page = render(&status);
        for line in [
            "# TYPE tatum_kms_poll_seconds histogram",
            "tatum_kms_poll_seconds_bucket{chain=\"ETH\",le=\"0.001\"} 1",
            "tatum_kms_poll_seconds_bucket{chain=\"ETH\",le=\"0.05\"} 3",
            "tatum_kms_poll_seconds_bucket{chain=\"ETH\",le=\"30\"} 3",
            "tatum_kms_poll_seconds_bucket{chain=\"ETH\",le=\"+Inf\"} 4",
            "tatum_kms_poll_seconds_sum{chain=\"ETH\"} 60.081",
            "tatum_kms_poll_seconds_count{chain=\"ETH\"} 4",
            "tatum_kms_polls_total{chain=\"ETH\",result=\"ok\"} 4",
            "tatum_kms_ready 0",
        ] {
            assert!(page.lines().any(|one| one == line), "{line}\n{page}");
        }
        // Each metric is introduced before its first line, and once.
        for line in page.lines().filter(|line| line.starts_with("# TYPE")) {
            assert_eq!(page.matches(&format!("{line}\n")).count(), 1, "{line}");
        }
    }
}
