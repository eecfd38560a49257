//! `completions`: print the script by which a shell completes commands, flags and chains.

use crate::args::{self, CompletionsArgs};
use crate::output;

pub(super) fn run(wanted: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let mut command = args::completed();
    clap_complete::generate(wanted.shell, &mut command, "tatum-kms", &mut script);
    // For bash the generator (4.6.11) writes the hyphen of the program's name in two ways, and nothing would be
    // completed behind a command.
    let script = String::from_utf8(script)?.replace("tatum__subcmd__kms", "tatum__kms");
    Ok(output::text(&script)?)
}
