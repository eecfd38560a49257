//! The product, end to end, in one command.
//!
//! A sandbox is started, wallets are made with the real `tatum-kms`, transfers are queued as an
//! application would, and the real daemon signs them. Nothing of the caller's is touched:
//! directory, environment and API key are made up.

mod accounts;
mod cardano;
mod ethereum;
mod flow;
mod multiversx;
mod order;
mod solana;
mod stage;
mod tron;
mod utxo;
mod vechain;
mod xrp;

use alloy_primitives::U256;
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;

use self::stage::Stage;
use crate::output::{print, say};
use crate::pending::Entry;
use crate::{amount, binary};

/// The chains on show, one line each.
static CHAINS: &[&dyn DemoChain] = &[
    &ethereum::ETHEREUM,
    &ethereum::POLYGON,
    &utxo::BTC,
    &utxo::DOGE,
    &xrp::Xrp,
    &solana::Solana,
    &tron::Tron,
    &vechain::VeChain,
    &multiversx::MultiversX,
    &cardano::Cardano,
    &flow::Flow,
];

/// A chain on show.
#[async_trait]
trait DemoChain: Sync {
    fn ticker(&self) -> &'static str;

    /// Makes wallets, funds them, and queues transfers from them.
    async fn queue(&self, stage: &Stage) -> Result<Vec<Order>>;

    /// What an address holds.
    async fn balance(&self, stage: &Stage, asset: &Asset, address: &str) -> Result<U256>;
}

/// What is sent: a coin, or a token at an address.
#[derive(Clone, Debug)]
struct Asset {
    symbol: String,
    decimals: u8,
    contract: Option<String>,
}

impl Asset {
    fn show(&self, units: U256) -> String {
        format!("{} {}", amount::format(units, self.decimals), self.symbol)
    }
}

/// A transfer that was asked for.
#[derive(Debug)]
struct Order {
    pending_id: String,
    signed_by: String,
    recipient: String,
    asset: Asset,
    units: U256,
    before: U256,
}

/// An order after the daemon has run.
struct Outcome {
    order: Order,
    ticker: &'static str,
    hash: Option<String>,
    errors: Vec<String>,
    after: U256,
}

/// Runs the demo and prints its table. The sandbox listens on `port`, or a free one for 0; with `stay`
/// it keeps running, with a daemon and the page.
pub async fn run(port: u16, stay: bool) -> Result<()> {
    let stage = Stage::set(binary::find_or_build().await?, port).await?;
    let mut outcomes = Vec::new();
    for chain in CHAINS {
        let ticker = chain.ticker();
        if stage.kms.knows(ticker).await? {
            outcomes.extend(show(*chain, &stage).await?);
        } else {
            say(&format!("{ticker}: left out, this tatum-kms does not know the chain"));
        }
    }
    print(&table(&outcomes).to_string());
    for outcome in &outcomes {
        outcome.check()?;
    }
    say("Every transfer is on chain and every balance adds up.");
    if stay {
        return stage.stay().await;
    }
    say("Next: `tatum-sandbox demo --stay` does the same and has a page on which you queue");
    say(
        "transfers, see what will be signed, and approve or deny it. `tatum-sandbox serve` is such",
    );
    say("an API for your application and `tatum-kms daemon --testnet`: name it in TATUM_API_URL.");
    Ok(())
}

async fn show(chain: &dyn DemoChain, stage: &Stage) -> Result<Vec<Outcome>> {
    let ticker = chain.ticker();
    let orders = chain.queue(stage).await?;
    say(&format!("{ticker}: the daemon signs {} pending transactions", orders.len()));
    stage.kms.run_asking_daemon_once(ticker).await?;
    say(&format!("{ticker}: comparing balances"));
    let mut entries: Vec<Entry> = serde_json::from_value(stage.get("/sandbox/pending").await?)?;
    let mut outcomes = Vec::with_capacity(orders.len());
    for order in orders {
        let at = entries.iter().position(|entry| entry.transaction.id == order.pending_id);
        let entry = entries.swap_remove(at.context("a pending transaction was lost")?);
        let after = chain.balance(stage, &order.asset, &order.recipient).await?;
        let (hash, errors) = (entry.transaction.tx_id, entry.errors);
        outcomes.push(Outcome { order, ticker, hash, errors, after });
    }
    Ok(outcomes)
}

impl Outcome {
    fn check(&self) -> Result<()> {
        let Order { pending_id, asset, units, before, recipient, .. } = &self.order;
        if self.hash.is_none() {
            let reported = self.errors.last().map_or("no error", String::as_str);
            bail!(
                "pending transaction {pending_id} was not completed; the daemon reported: {reported}"
            );
        }
        let expected = before.checked_add(*units).context("the balance is too large")?;
        if self.after != expected {
            bail!(
                "{recipient} holds {}, not {}; transaction {pending_id} did not do what it says",
                asset.show(self.after),
                asset.show(expected)
            );
        }
        Ok(())
    }
}

fn table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "pending id",
        "chain",
        "asked for",
        "signed by",
        "transaction",
        "recipient's balance",
    ]);
    for Outcome { order, ticker, hash, after, .. } in outcomes {
        table.add_row([
            order.pending_id.clone(),
            (*ticker).to_owned(),
            order.asset.show(order.units),
            order.signed_by.clone(),
            hash.clone().unwrap_or_else(|| "none".to_owned()),
            format!(
                "{} → {}",
                amount::format(order.before, order.asset.decimals),
                order.asset.show(*after)
            ),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(hash: Option<&str>, after: u64) -> Outcome {
        let asset = Asset { symbol: "ETH".to_owned(), decimals: 18, contract: None };
        let order = Order {
            pending_id: "5e6645712b55823de7ea82f1".to_owned(),
            signed_by: "private key".to_owned(),
            recipient: "0x1".to_owned(),
            asset,
            units: U256::from(5),
            before: U256::from(1),
        };
        let errors = vec!["no such wallet".to_owned()];
        let hash = hash.map(str::to_owned);
        Outcome { order, ticker: "ETH", hash, errors, after: U256::from(after) }
    }

    #[test]
    fn only_a_completed_transfer_that_adds_up_passes() {
        assert!(outcome(Some("0x1"), 6).check().is_ok());
        let error = outcome(None, 6).check().unwrap_err().to_string();
        assert!(error.ends_with("the daemon reported: no such wallet"), "{error}");
        assert!(outcome(Some("0x1"), 5).check().is_err());
        assert!(outcome(Some("0x1"), 7).check().is_err());
    }

    #[test]
    fn the_table_names_every_transfer() {
        let table = table(&[outcome(Some("0xabc"), 6), outcome(None, 1)]).to_string();
        for text in ["5e6645712b55823de7ea82f1", "0xabc", "none", "private key"] {
            assert!(table.contains(text), "{table}");
        }
    }
}
