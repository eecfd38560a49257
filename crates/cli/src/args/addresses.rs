//! The address book and bulk work: which wallets, which addresses, how many.

use clap::Args;
use kms_core::{Network, SignatureId};
use kms_keystore::Kind;

use super::{ChainArg, help, values};

/// The longest label, in characters.
const LONGEST_LABEL: usize = 200;

/// What the two importing commands share.
#[derive(Args)]
pub(crate) struct Import {
    #[arg(value_name = "CHAIN", help = help::CHAIN)]
    pub(crate) chain: ChainArg,
    /// Accept a key that is stored for the other network already
    #[arg(long = "allowBothNetworks", alias = "allow-both-networks")]
    pub(crate) allow_both_networks: bool,
    /// Store one from each line of standard input
    #[arg(long)]
    pub(crate) batch: bool,
    #[command(flatten)]
    pub(crate) limit: Limit,
    /// Takes what should not be here, so that it is refused without being repeated on the screen.
    #[arg(hide = true)]
    pub(super) misplaced: Vec<String>,
}

/// How many wallets a store may have.
#[derive(Args)]
pub(crate) struct Limit {
    /// Store more than the 25,000 wallets of a chain that the API takes in one poll
    #[arg(long = "allowBeyondLimit", alias = "allow-beyond-limit")]
    pub(crate) allow_beyond: bool,
}

/// A key of a stored wallet.
#[derive(Args)]
pub(crate) struct Key {
    #[arg(value_name = "ID", help = help::ID, value_parser = values::wallet_id)]
    pub(crate) id: SignatureId,
    #[arg(
        value_name = "INDEX", help = help::INDEX, value_parser = values::index,
        allow_negative_numbers = true
    )]
    pub(crate) index: Option<u32>,
}

/// One address or several.
#[derive(Args)]
pub(crate) struct AddressArgs {
    #[command(flatten)]
    pub(crate) key: Key,
    /// Print a list of this many addresses, beginning with INDEX (or 0)
    #[arg(long, value_name = "N", value_parser = values::small_count)]
    pub(crate) count: Option<u32>,
}

/// Addresses that were not given out yet.
#[derive(Args)]
pub(crate) struct NextAddressArgs {
    #[arg(value_name = "ID", help = help::ID, value_parser = values::wallet_id)]
    pub(crate) id: SignatureId,
    /// Take this many at once, and print them as a list
    #[arg(long, value_name = "N", value_parser = values::small_count)]
    pub(crate) count: Option<u32>,
    /// Pass over the indexes below this one, which were given out elsewhere
    #[arg(long, value_name = "INDEX", value_parser = values::index, default_value = "0", hide_default_value = true)]
    pub(crate) from: u32,
}

/// A label for a wallet.
#[derive(Args)]
pub(crate) struct LabelArgs {
    #[arg(value_name = "ID", help = help::ID, value_parser = values::wallet_id)]
    pub(crate) id: SignatureId,
    /// The label; leave it out to take the label away
    #[arg(value_name = "TEXT", value_parser = label)]
    pub(crate) text: Option<String>,
}

/// Which wallets are listed or searched.
#[derive(Args)]
pub(crate) struct Among {
    /// Only these chains, separated by commas
    #[arg(long, value_name = "CHAIN", value_delimiter = ',')]
    pub(crate) chain: Vec<ChainArg>,
    /// Only this network, mainnet or testnet; both by default, the testnet with --testnet
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    network: Option<Network>,
}

impl Among {
    /// The networks that are meant, given whether `--testnet` is there.
    pub(crate) fn networks(&self, testnet: bool) -> &'static [Network] {
        match (self.network, testnet) {
            (None, false) => &[Network::Mainnet, Network::Testnet],
            (Some(Network::Mainnet), _) => &[Network::Mainnet],
            (Some(Network::Testnet), _) | (None, true) => &[Network::Testnet],
        }
    }

    /// Refuses what excludes each other.
    pub(super) fn check(&self, testnet: bool) -> Result<(), &'static str> {
        match (self.network, testnet) {
            (Some(Network::Mainnet), true) => {
                Err("--testnet and --network mainnet exclude each other; leave one out")
            }
            _ => Ok(()),
        }
    }
}

/// What to list.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) among: Among,
    /// Only wallets whose label has this text in it, in any letter case
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
    /// Only this kind: mnemonic, privateKey, secret (a private key on ledger chains) or other (unusable)
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<Kind>,
}

/// What to search for.
#[derive(Args)]
pub(crate) struct FindArgs {
    /// The address, in any form that its chain knows
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    #[command(flatten)]
    pub(crate) among: Among,
    /// How many indexes of each mnemonic to search
    #[arg(
        long = "upTo", alias = "up-to", value_name = "N", value_parser = values::small_count,
        default_value = "1000"
    )]
    pub(crate) up_to: u32,
}

fn network(text: &str) -> Result<Network, String> {
    [Network::Mainnet, Network::Testnet]
        .into_iter()
        .find(|network| network.to_string().eq_ignore_ascii_case(text))
        .ok_or_else(|| "it is neither mainnet nor testnet".to_owned())
}

fn kind(text: &str) -> Result<Kind, String> {
    [Kind::Mnemonic, Kind::PrivateKey, Kind::Secret, Kind::Other]
        .into_iter()
        .find(|kind| kind.to_string().eq_ignore_ascii_case(&text.replace('-', "")))
        .ok_or_else(|| "it is none of mnemonic, privateKey, secret and other".to_owned())
}

fn label(text: &str) -> Result<String, String> {
    let label = text.trim();
    if label.is_empty() {
        return Err("the label is empty; leave it out to take the label away".to_owned());
    }
    if label.chars().count() > LONGEST_LABEL || label.chars().any(char::is_control) {
        return Err(format!("a label is one line of at most {LONGEST_LABEL} characters"));
    }
    Ok(label.to_owned())
}
