//! What systemd is told, as `sd_notify(3)` describes it: a datagram to the socket it names.
//!
//! Without that socket nothing is done, so the daemon runs the same without systemd.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use kms_daemon::Status;

use crate::settings::Systemd;

/// The other end, if there is one.
pub(super) struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// Who started us, as far as the environment says.
    pub(super) fn new(systemd: &Systemd) -> Self {
        let socket = systemd.socket.as_deref().and_then(|name| match connect(name) {
            Ok(connected) => Some(connected),
            Err(error) => {
                tracing::warn!("systemd can't be told of the daemon's state: {error}");
                None
            }
        });
        Self { socket, watchdog: systemd.watchdog }
    }

    /// Tells that the daemon is ready once it is, and from then on, as often as the watchdog wants it,
    /// that it lives. Never ends.
    pub(super) async fn watch(&self, status: &Status) {
        super::opened(status).await;
        self.tell("READY=1");
        let Some(period) = self.watchdog else { return std::future::pending().await };
        loop {
            self.tell("WATCHDOG=1");
            // Half of what is allowed, as the manual recommends.
            tokio::time::sleep(period / 2).await;
        }
    }

    /// Tells that the daemon ends, and how long it may take.
    pub(super) fn stopping(&self, timeout: Duration) {
        let micros = timeout.as_micros();
        self.tell(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={micros}"));
    }

    fn tell(&self, state: &str) {
        let Some((socket, address)) = &self.socket else { return };
        // systemd may be gone or busy; the daemon works on.
        if let Err(error) = socket.send_to_addr(state.as_bytes(), address) {
            tracing::debug!("systemd was not told {state:?}: {error}");
        }
    }
}

/// A socket of ours, and the address: a path, or a name in Linux's abstract space that begins with `@`.
fn connect(name: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.as_bytes() {
        [b'/', ..] => SocketAddr::from_pathname(name)?,
        [b'@', rest @ ..] => abstract_address(rest)?,
        _ => return Err(io::Error::other("NOTIFY_SOCKET is neither a path nor an abstract name")),
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 200];
        let size = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..size].to_vec()).unwrap()
    }

    fn notifier(name: &OsStr) -> Notifier {
        Notifier::new(&Systemd { socket: Some(name.to_owned()), watchdog: None })
    }

    #[test]
    fn both_kinds_of_sockets_are_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        notifier(path.as_os_str()).stopping(Duration::from_secs(2));
        assert_eq!(received(&socket), "STOPPING=1\nEXTEND_TIMEOUT_USEC=2000000");

        let name = format!("tatum-kms-test-{}", std::process::id());
        let address = abstract_address(name.as_bytes()).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        notifier(OsStr::new(&format!("@{name}"))).tell("READY=1");
        assert_eq!(received(&socket), "READY=1");
    }

    #[test]
    fn without_a_socket_nothing_happens() {
        for name in ["", "relative", "/nowhere/at/all"] {
            notifier(OsStr::new(name)).tell("READY=1");
        }
    }
}
