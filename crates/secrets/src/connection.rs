//! What all clients share: TLS by ring, and why a connection failed.

use std::error::Error;
use std::io;

use crate::failure::Failure;

/// Causes below causes that are looked at: enough for every client, and no endless loop.
const DEPTH: usize = 16;

/// Has rustls use ring wherever a client does not say what it should use.
pub(crate) fn use_ring() {
    // It fails if one is set already, which is this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Why `place` gave no answer: the certificate, or the way there.
pub(crate) fn failure(place: impl Into<String>, error: &(dyn Error + 'static)) -> Failure {
    let place = place.into();
    match tls_error(error) {
        Some(error) => Failure::Tls { place, reason: error.to_string() },
        None => Failure::Unreachable { place, reason: innermost(error) },
    }
}

/// What TLS says, if it is what failed.
pub(crate) fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    cause(error)
}

/// The first of the causes that is of this type.
pub(crate) fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The first cause in words. Those above it only repeat it, and may hold whole addresses.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// The error and its causes, those inside of I/O errors too, which [`Error::source`] steps over.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inside {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
    .take(DEPTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_told_from_a_closed_port() {
        let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let wrapped = io::Error::other(io::Error::other(unknown));
        let error = failure("vault.example.com", &wrapped).to_string();
        assert!(
            error.starts_with("no secure connection to vault.example.com: invalid peer"),
            "{error}"
        );
        let closed = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        let error = failure("vault.example.com", &closed).to_string();
        assert!(
            error.starts_with("vault.example.com can't be reached: connection refused"),
            "{error}"
        );
    }
}
