//! Writes that the system refuses: a file that may not grow, a place that may not be written. Whatever was
//! tried, the store is what it was, and nothing half done lies beside it.
//!
//! The child is this test binary again; it does what the file `task` in its working directory says.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use common::{
    CHEAP, Place, child_command, contents, fixture, id, is_child, nothing, options, password,
    record,
};
use kms_core::Password;
use kms_keystore::{Keystore, KeystoreError, Writer, restore};

const TASKS: [&str; 10] = [
    "add",
    "batch",
    "remove",
    "rekey",
    "rewrap",
    "label",
    "backup",
    "restore",
    "export",
    "downgrade",
];

/// A user that owns nothing else.
const NOBODY: u32 = 65534;

#[test]
fn child_works() {
    if !is_child() {
        return;
    }
    let here = std::env::current_dir().unwrap();
    let task = fs::read_to_string("task").unwrap();
    if let Err(error) = work(&task, &here) {
        println!("\nrefused: {}", common::chain(&error));
        std::process::exit(7);
    }
}

fn work(task: &str, here: &std::path::Path) -> Result<(), KeystoreError> {
    let path = here.join("wallet.dat");
    let other = Password::new("other horse".into());
    let store = || Keystore::open(&path, &password(), &options());
    let writer =
        || Ok::<_, KeystoreError>(Writer::open(&path, &password(), &options(), &nothing)?.0);
    match task {
        "add" => writer()?.add(&[record(100)]),
        "batch" => writer()?.add(&(100..300).map(record).collect::<Vec<_>>()),
        "remove" => writer()?.remove(&id(3)),
        "rekey" => writer()?.rekey(&other, &options(), &mut || {}),
        "rewrap" => writer()?.change_password(&other, CHEAP),
        "label" => writer()?.set_label(&id(3), Some("label")),
        "backup" => store()?.backup(&here.join("backup"), &password()).map(drop),
        "restore" => restore(&here.join("from"), &path, &password(), &options(), true).map(drop),
        "export" => store()?
            .export(&here.join("export"), &other, &options(), &nothing, &mut || {})
            .map(drop),
        "downgrade" => writer()?.downgrade(&password(), &options()).map(drop),
        "upgrade" => writer().map(drop),
        other => panic!("{other}"),
    }
}

fn place_for(task: &str) -> Place {
    let place = match task {
        "upgrade" => Place::with(&fixture("broken/ok.dat")),
        _ => Place::filled(0..40),
    };
    fs::write(place.folder.path().join("task"), task).unwrap();
    if task == "restore" {
        let backup = Place::filled(5..25);
        fs::copy(backup.path(), place.folder.path().join("from")).unwrap();
    }
    place
}

fn child(place: &Place, shell: &str) -> Command {
    let inner = child_command("child_works");
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{shell} exec \"$0\" \"$@\""))
        .arg(inner.get_program())
        .args(inner.get_args())
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(place.folder.path())
        .stderr(Stdio::null());
    command
}

/// What the store holds, and what lies beside it.
fn state(place: &Place) -> (Vec<(String, String)>, Vec<String>) {
    let store = place.open().unwrap();
    store.verify().unwrap();
    (contents(&store).unwrap(), place.names())
}

/// Runs `task` under `shell`; says whether it succeeded. If not, nothing has changed.
fn attempt(task: &str, shell: &str) -> bool {
    let place = place_for(task);
    let before = state(&place);
    let bytes = fs::read(place.path()).unwrap();
    // Through `cat`, since the limit would hit a file.
    let output = child(&place, shell).output().unwrap();
    if output.status.success() {
        return true;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("refused: "), "{task} {shell}: {said}");
    let after = state(&place);
    assert_eq!(after.1, before.1, "{task} {shell}");
    if after.0 != before.0 {
        // A removal that is done, but whose traces could not be cleared, says so.
        assert!(task == "remove" && said.contains("was removed"), "{task} {shell}: {said}");
    } else if task != "remove" {
        assert_eq!(fs::read(place.path()).unwrap(), bytes, "{task} {shell}");
    }
    false
}

/// The shell limits the size of files as a full disk would, in steps of 512 bytes.
#[test]
fn a_full_disk_changes_nothing() {
    let mut refused = 0;
    for task in TASKS.into_iter().chain(["upgrade"]) {
        for blocks in [0, 1, 2, 5, 8, 16, 40, 90, 150] {
            let shell = format!("trap '' XFSZ; ulimit -f {blocks};");
            refused += u32::from(!attempt(task, &shell));
        }
        assert!(attempt(task, ""), "{task}");
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn a_read_only_store_and_directory_change_nothing() {
    let root = rustix::process::geteuid().is_root();
    for task in TASKS.into_iter().chain(["upgrade"]) {
        let place = place_for(task);
        let before = state(&place);
        let folder = place.folder.path();
        let set = |path: &std::path::Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for name in &before.1 {
            let path = folder.join(name);
            set(&path, 0o400);
            if root {
                chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        if root {
            chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        set(folder, 0o500);
        let mut command = child(&place, "");
        if root {
            // Root may write everywhere.
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output();
        set(folder, 0o700);
        let said = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        if root && !said.contains("refused: ") && !said.contains("test result") {
            println!("skipped: another user can't run this test binary");
            return;
        }
        assert!(said.contains("refused: "), "{task}: {said}");
        assert_eq!(state(&place), before, "{task}");
    }
}
