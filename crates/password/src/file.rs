//! A file with the password, such as the secrets that Docker and Kubernetes mount.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use kms_core::Password;
use rustix::fs::{Mode, OFlags, StatVfsMountFlags, fcntl_setfl, fstatvfs, open};

use crate::{PasswordError, Problem, bounded};

/// Where Docker and Podman mount secrets, as files that every user of the container can read.
const SECRETS: &str = "/run/secrets";

/// Reads a regular file, or a pipe with a name (`<(command)`) that has a writer.
///
/// What others can write is refused, for they would choose the password of a new store. What others can
/// read gives a warning, unless it was put there for this container or service alone: on a file system
/// mounted for reading only, or below `/run/secrets`. Read permission of the group is the operator's choice.
pub(crate) fn read(path: &Path, warn: &mut dyn FnMut(&str)) -> Result<Password, PasswordError> {
    let found = open_at_once(path)
        .map_err(Problem::Unreadable)
        .and_then(|file| check(path, &file, warn).map(|()| file))
        .and_then(|file| bounded::password(file, bounded::PATIENCE));
    found.map_err(|problem| problem.at(format!("the password file {}", path.display())))
}

/// Opens it for reading. Does not wait for somebody to write into a pipe: one without a writer is empty.
pub(crate) fn open_at_once(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(open(path, flags, Mode::empty())?);
    fcntl_setfl(&file, OFlags::empty())?;
    Ok(file)
}

fn check(path: &Path, file: &File, warn: &mut dyn FnMut(&str)) -> Result<(), Problem> {
    let found = file.metadata().map_err(Problem::Unreadable)?;
    if found.file_type().is_fifo() {
        return Ok(());
    }
    if !found.is_file() {
        return Err(Problem::NotAFile);
    }
    let mode = found.mode() & 0o777;
    let mounted = fstatvfs(file).is_ok_and(|on| on.f_flag.contains(StatVfsMountFlags::RDONLY));
    if mode & 0o022 != 0 && !mounted {
        return Err(Problem::Writable(mode));
    }
    if mode & 0o004 != 0 && !mounted && !path.starts_with(SECRETS) {
        warn(&format!(
            "the password file {} can be read by every user of this machine (mode {mode:03o}); run chmod \
             o-r on it",
            path.display()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, content: &[u8], mode: u32) -> PathBuf {
            let path = self.0.path().join("password");
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        }
    }

    fn quietly(path: &Path) -> Result<String, PasswordError> {
        let found = read(path, &mut |text| panic!("{text}"))?;
        Ok(found.expose_secret().to_owned())
    }

    fn refused(path: &Path, why: &str) {
        let text = quietly(path).unwrap_err().to_string();
        let name = path.display();
        assert!(text.starts_with(&format!("the password file {name} {why}")), "{text}");
        assert!(!text.contains("hunter2") && !text.contains('\n'), "{text}");
    }

    #[test]
    fn it_holds_the_password_and_a_line_end() {
        let place = Place::new();
        assert_eq!(quietly(&place.file(b"hunter2\n", 0o600)).unwrap(), "hunter2");
        assert_eq!(quietly(&place.file(b" hunter2", 0o440)).unwrap(), " hunter2");
    }

    #[test]
    fn what_holds_no_password_is_named() {
        let place = Place::new();
        refused(&place.0.path().join("nosuch"), "can't be read: No such file");
        refused(place.0.path(), "is neither");
        refused(Path::new("/dev/null"), "is neither");
        refused(&place.file(b"", 0o600), "is empty");
        refused(&place.file(b"\n", 0o600), "is empty");
        refused(&place.file(b"hunter2\xff", 0o600), "is not valid UTF-8");
        refused(&place.file(&[b'x'; 5000], 0o600), "gives more than 4096 bytes");
    }

    #[test]
    fn others_may_not_write_it_and_should_not_read_it() {
        let place = Place::new();
        refused(&place.file(b"hunter2", 0o620), "can be written by others (mode 620)");
        refused(&place.file(b"hunter2", 0o602), "can be written by others (mode 602)");
        let mut warnings = Vec::new();
        let path = place.file(b"hunter2", 0o644);
        read(&path, &mut |text| warnings.push(text.to_owned())).unwrap();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("(mode 644)") && !warnings[0].contains("hunter2"));
    }

    #[test]
    fn a_pipe_without_a_writer_is_not_waited_for() {
        let place = Place::new();
        let pipe = place.0.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        refused(&pipe, "is empty");
    }
}
