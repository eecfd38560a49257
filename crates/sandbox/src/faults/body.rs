//! Bodies that break off, and bodies that go on and on.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;

const CHUNK: usize = 64 << 10;

/// The first half of some bytes, and then an error.
pub(super) fn broken(bytes: &Bytes) -> Body {
    Body::new(Broken { rest: Some(bytes.slice(..bytes.len() / 2)), flushed: false })
}

/// Megabytes of blanks, of which JSON takes any number, without saying beforehand how many.
pub(super) fn huge(megabytes: usize) -> Body {
    let chunk = Bytes::from(vec![b' '; CHUNK]);
    Body::new(Huge { chunk, left: megabytes * ((1 << 20) / CHUNK) })
}

struct Broken {
    rest: Option<Bytes>,
    flushed: bool,
}

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if !self.flushed {
            // Nothing to say just now: the server writes what it has before it asks again.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}

struct Huge {
    chunk: Bytes,
    left: usize,
}

impl HttpBody for Huge {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(self.chunk.clone()))))
    }
}
