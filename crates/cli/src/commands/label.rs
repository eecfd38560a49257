//! `label`: give a wallet a label, or take it away.

use super::{App, book};
use crate::args::LabelArgs;
use crate::json::Object;
use crate::output::Output;

pub(super) fn run(app: &App, wanted: &LabelArgs) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let (mut writer, ()) = book::writer_of(app, &wanted.id, |_| Ok(()))?;
    writer.set_label(wanted.id.as_str(), wanted.text.as_deref())?;
    let told = Object::with_capacity(512).text("signatureId", wanted.id.as_str());
    let told = match &wanted.text {
        Some(label) => told.text("label", label),
        None => told.raw("label", "null"),
    };
    output.json(&told.finish())?;
    Ok(())
}
