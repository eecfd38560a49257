//! The daemon's log, on standard error.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::args::LogFormat;

/// Where our own lines come from: the crates of this workspace.
const OURS: &[&str] = &["kms_", "tatum_kms"];

/// Begins to log.
pub(crate) fn start(format: LogFormat, debug: bool) {
    let level = if debug { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Human => {
            lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).boxed()
        }
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let subscriber = Registry::default().with(lines.with_filter(filter(level)));
    // Fails only if there is a subscriber already, which then does its work.
    let _ = subscriber.try_init();
}

/// Our own lines down to `level`, and warnings of everybody else's: below that, HTTP and TLS libraries
/// print addresses and headers, and some addresses of the API hold the key.
fn filter(level: LevelFilter) -> Targets {
    let others = Targets::new().with_default(LevelFilter::WARN);
    OURS.iter().fold(others, |filter, ours| filter.with_target(*ours, level))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_are_capped_whatever_was_asked_for() {
        for level in [LevelFilter::INFO, LevelFilter::DEBUG, LevelFilter::TRACE] {
            let filter = filter(level);
            for library in [
                "reqwest::connect",
                "hyper::proto::h1::io",
                "hyper_util::client::legacy::pool",
                "h2::codec::framed_write",
                "rustls::client::hs",
                "tokio",
                "axum::serve",
                "not_kms_at_all",
            ] {
                assert!(!filter.would_enable(library, &Level::INFO), "{library} at {level}");
                assert!(filter.would_enable(library, &Level::WARN), "{library} at {level}");
            }
            for ours in ["kms_daemon::pass", "kms_tatum::client", "tatum_kms::commands::daemon"] {
                assert!(filter.would_enable(ours, &Level::INFO), "{ours}");
            }
            let debug = filter.would_enable("kms_daemon::pass", &Level::DEBUG);
            assert_eq!(debug, level >= LevelFilter::DEBUG);
        }
    }
}
