//! Full disks, closed pipes, damaged files, and commands that get in each other's way.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use support::{SECRETS, User};

#[test]
fn a_closed_output_is_an_error_and_no_panic() {
    let user = User::new();
    user.shell("\"$KMS\" generatemanagedwallet ETH >&-").failed("standard output is closed");
    user.shell("\"$KMS\" generatemanagedprivatekeybatch ETH 2 >&-")
        .failed("standard output is closed");
    assert!(!user.store().exists());
    user.shell("\"$KMS\" generatewallet ETH >&-").failed("standard output is closed");
    user.shell("\"$KMS\" --help >&-").failed("standard output is closed");
    user.run("generatemanagedwallet ETH").ok();
    user.shell("\"$KMS\" export >&-").failed("standard output is closed").hides(SECRETS);
    user.shell("\"$KMS\" export >/dev/null").ok();
    user.shell("\"$KMS\" export >/dev/full").failed("writing to standard output failed");
    // Python's DEVNULL and Node's `ignore`.
    let null = fs::File::options().read(true).write(true).open("/dev/null").unwrap();
    let mut thrown_away = user.command(["export"]);
    thrown_away.stdout(null.try_clone().unwrap());
    assert!(thrown_away.status().unwrap().success());
    thrown_away.stdin(null.try_clone().unwrap()).stderr(null);
    assert!(thrown_away.status().unwrap().success());
    let line = "{ sleep 0.2; \"$KMS\" export; echo $? >&2; } | true";
    let broken = user.shell(line).stderr;
    let expected = "error: writing to standard output failed: Broken pipe (os error 32)\n1\n";
    assert_eq!(broken, expected);
}

#[test]
fn a_wallet_that_could_not_be_announced_is_named() {
    let user = User::new();
    let lost = user.shell("\"$KMS\" generatemanagedwallet ETH >/dev/full");
    let lost = lost.code.filter(|code| *code == 1).map(|_| lost.stderr).unwrap();
    let export = user.run("export").ok().json();
    let id = export.as_object().unwrap().keys().next().unwrap();
    assert!(lost.contains(id.as_str()) && lost.contains("is stored"), "{lost}");
}

#[test]
fn a_full_disk_leaves_the_store_as_it_was() {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    let before = user.run("export").ok().stdout;
    // Files may not grow past 8 blocks of 512 bytes, which is less than the store needs.
    let full = "trap '' XFSZ; ulimit -f 8; \"$KMS\" generatemanagedprivatekeybatch ETH 200";
    let failed = user.shell(full);
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(1), ""), "{}", failed.stderr);
    assert!(failed.stderr.contains("error: "), "{}", failed.stderr);
    assert_eq!(user.run("export").ok().stdout, before);
    user.run("generatemanagedwallet ETH").ok();

    let nobody = User::new();
    let failed = nobody.shell("trap '' XFSZ; ulimit -f 8; \"$KMS\" generatemanagedwallet ETH");
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(1), ""), "{}", failed.stderr);
    nobody.run("export").failed("no wallet file");
}

#[test]
fn an_unwritable_place_is_named() {
    let user = User::new();
    user.run("generatemanagedwallet ETH --path /proc/nope/wallet.dat").failed("/proc/nope");
    user.run("generatemanagedwallet ETH --path /dev/null/wallet.dat").failed("/dev/null");
    let directory = user.home.path().join("locked");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).unwrap();
    let refused = user.run("generatemanagedwallet ETH --path locked/wallet.dat");
    // Root may write everywhere.
    if refused.code != Some(0) {
        refused.failed("locked");
    }
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_flipped_bit_in_our_format_is_noticed_and_nothing_is_printed() {
    let user = User::new();
    user.run("generatemanagedprivatekeybatch ETH 20").ok();
    let whole = user.run("export").ok().stdout;
    let bytes = fs::read(user.store()).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 24) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        fs::write(user.store(), &flipped).unwrap();
        let export = user.run("export");
        match export.code {
            // A bit that means nothing: free space, a change counter.
            Some(0) => assert_eq!(export.stdout, whole, "bit at {at}"),
            _ => {
                export.failed("");
            }
        }
    }
}

#[test]
fn loose_permissions_are_refused_unless_allowed() {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    fs::set_permissions(user.store(), fs::Permissions::from_mode(0o644)).unwrap();
    user.run("export").failed("chmod 600");
    user.run("export --allowLoosePermissions").ok();
    fs::set_permissions(user.store(), fs::Permissions::from_mode(0o600)).unwrap();
    let directory = user.store().parent().unwrap().to_owned();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    let refused = user.run("list").failed("chmod go-w");
    assert!(refused.stderr.contains("(or give --allowLoosePermissions)"));
    user.run("generatemanagedwallet ETH --path other.dat").ok();
    user.run("generatemanagedwallet ETH --path .tatumrc/other.dat").failed("chmod go-w");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    let warned = user.run("list --allowLoosePermissions").ok();
    assert!(warned.stderr.starts_with("warning: others may write in the directory"));
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let user = User::new();
    let ids: Vec<String> = thread::scope(|scope| {
        let writers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| user.run("generatemanagedwallet ETH").ok().id()))
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    let export = user.run("export").ok().json();
    let export = export.as_object().unwrap();
    assert_eq!(export.len(), 6);
    assert!(ids.iter().all(|id| export.contains_key(id)));
}
