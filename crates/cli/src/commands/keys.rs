//! What `changepassword` and `rotatekey` share: a new data key, and the journal beside the store.

use anyhow::bail;
use kms_core::Password;
use kms_daemon::{JournalAdmin, OpenStore};
use kms_keystore::Writer;

use super::progress::Progress;
use super::{App, store};
use crate::output;

/// Gives the store a new data key under `password`, with a progress bar.
pub(super) fn rekey(app: &App, writer: &mut Writer, password: &Password) -> anyhow::Result<usize> {
    let wallets = writer.entries()?.len();
    // Each is sealed, then read back.
    let progress = Progress::of_silent_work(Some(2 * wallets), "steps");
    let options = store::options(app);
    writer.rekey(password, &options, &mut || progress.step()).map_err(store::explain)?;
    Ok(wallets)
}

/// Has the journal follow an upgrade from the old format while the old password is known: until then its
/// key comes from that password.
///
/// # Errors
/// A daemon has it open, so it can't.
pub(super) fn settle_journal(app: &App, password: &Password) -> anyhow::Result<()> {
    match journal(app, password) {
        Ok(Some(journal)) if journal.is_of_legacy_file() => bail!(
            "the journal still has its key from the old password, since a daemon has it open; stop \
             the daemon and run the command again"
        ),
        Ok(_) => {}
        Err(error) => output::warning(&format!("the journal beside the wallet file: {error:#}")),
    }
    Ok(())
}

/// Has the journal follow the store to its new key, or says who does.
pub(super) fn follow_journal(app: &App, password: &Password) {
    match journal(app, password) {
        Ok(Some(journal)) if !journal.has_present_key() => output::note(
            "a daemon has the journal open: at its next poll it notices that the keys have changed, \
             finishes what is in flight and stops with exit code 3; start it again then",
        ),
        Ok(_) => {}
        Err(error) => output::warning(&format!("the journal beside the wallet file: {error:#}")),
    }
}

fn journal(app: &App, password: &Password) -> anyhow::Result<Option<JournalAdmin>> {
    let store = OpenStore::new(store::peek(app, password)?, password.clone());
    Ok(JournalAdmin::open(&store)?)
}
