//! `completions`: print the script by which a shell completes commands, flags and chains.

use crate::args::{self, CompletionsArgs};
use crate::output;

pub(super) fn run(wanted: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let mut command = args::completed();
    clap_complete::generate(wanted.shell, &mut command, "tatum-kms", &mut script);
    Ok(output::text(&String::from_utf8(script)?)?)
}
