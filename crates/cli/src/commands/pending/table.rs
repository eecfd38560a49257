//! The list of transactions, for a terminal.

use kms_daemon::JournalItem;

use super::show;

const HEAD: [&str; 6] = ["ID", "CHAIN", "STATE", "SINCE", "HASH", "REASON"];

/// Columns as wide as their longest text.
pub(super) fn of(items: &[JournalItem]) -> String {
    let rows: Vec<[String; 6]> = items.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEAD[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    for row in [HEAD.map(str::to_owned)].iter().chain(&rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line: Vec<String> = cells.collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn row(item: &JournalItem) -> [String; 6] {
    let since = item.times.last().map(|(_, time)| show::time(*time));
    let chain =
        if item.network.is_testnet() { format!("{} test", item.chain) } else { item.chain.clone() };
    [
        item.id.to_string(),
        chain,
        item.state.as_str().to_owned(),
        since.unwrap_or_default(),
        item.hash.as_ref().map(ToString::to_string).unwrap_or_default(),
        // Foreign words may hold line ends.
        item.reason.as_deref().map(kms_tatum::escaped).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use kms_core::Network;
    use kms_daemon::State;

    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let item = JournalItem {
            id: "5e6645712b55823de7ea82f1".parse().unwrap(),
            chain: "ETH".to_owned(),
            network: Network::Testnet,
            state: State::Signed,
            times: vec![(State::Signed, 1_700_000_000)],
            hash: None,
            earlier: Vec::new(),
            account: None,
            nonce: None,
            reason: Some("no\nroute".to_owned()),
            tries: 0,
            reported: false,
            retry: false,
            intent: None,
            expiry: None,
            data: None,
        };
        assert_eq!(
            of(&[item]),
            "ID                        CHAIN     STATE   SINCE                 HASH  REASON\n\
             5e6645712b55823de7ea82f1  ETH test  signed  2023-11-14T22:13:20Z        no\\nroute\n"
        );
    }
}
