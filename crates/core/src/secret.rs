//! Secrets as types: wiped when dropped, never printed, never serialised.
//!
//! `expose_secret` is the one door, so that every place that opens it can be found by searching.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes over `text`; the spare capacity of the string is wiped with it.
            pub fn new(text: String) -> Self {
                Self(SecretString::from(text))
            }

            /// The secret itself. Keep the borrow short and copy nothing out of it.
            pub fn expose_secret(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

secret_text! {
    /// The password of the wallet file.
    Password
}

secret_text! {
    /// A mnemonic, word for word as the operator or the generator gave it.
    Mnemonic
}

secret_text! {
    /// A private key as text, in one of the forms its chain accepts.
    KeyText
}

secret_text! {
    /// A wallet as JSON, as it was stored: holds whatever secrets the wallet has.
    WalletJson
}

secret_text! {
    /// The payload of a pending transaction. Counts as secret: on Solana it may carry a private key.
    Payload
}

secret_text! {
    /// The key for the Tatum API. Some paths of the API contain it.
    ApiKey
}

/// A BIP-39 seed: 64 bytes from which every key of a mnemonic is derived.
#[derive(Clone)]
pub struct Seed(Box<Zeroizing<[u8; 64]>>);

impl Seed {
    /// A seed that `fill` writes in place, so that no copy stays on the stack.
    pub fn init_with_mut(fill: impl FnOnce(&mut [u8; 64])) -> Self {
        let mut bytes = Box::new(Zeroizing::new([0; 64]));
        fill(&mut bytes);
        Self(bytes)
    }

    /// The 64 bytes. Keep the borrow short and copy nothing out of it.
    pub fn expose_secret(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed([redacted])")
    }
}

/// How deep below [`with_wiped_stack`] the stack is overwritten, in bytes. Several times what any signature
/// uses; a thread must have that much to spare.
const STACK_BYTES: usize = 256 * 1024;

/// Runs `work`, then overwrites the stack below this call.
///
/// Types that wipe themselves leave copies behind wherever they are moved, and so do the libraries beneath
/// them. What works with keys or the password goes through here, except where a process ends at once. What
/// `work` returns is moved out before: it must hold no secret outside the heap.
pub fn with_wiped_stack<T>(work: impl FnOnce() -> T) -> T {
    // A frame of its own: inlined, its copies would be above what is overwritten.
    #[inline(never)]
    fn run<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    let result = run(work);
    zeroize::zeroize_stack::<STACK_BYTES>();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves 16 KiB of a pattern on the stack, as a function does that knows of no wiping.
    #[cfg(target_os = "linux")]
    #[inline(never)]
    fn leave(pattern: u8) {
        std::hint::black_box(&[pattern; 16 * 1024]);
    }

    /// How many bytes of the pattern there are on the stack below the caller.
    #[cfg(target_os = "linux")]
    #[inline(never)]
    fn left(pattern: u8) -> usize {
        use std::os::unix::fs::FileExt as _;
        let mut stack = vec![0; 64 * 1024];
        let here = &raw const stack;
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        memory.read_exact_at(&mut stack, (here.addr() - 64 * 1024) as u64).unwrap();
        stack.iter().filter(|byte| **byte == pattern).count()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_on_the_stack_is_overwritten() {
        leave(0xa5);
        assert!(left(0xa5) > 8 * 1024);
        with_wiped_stack(|| leave(0xc7));
        assert!(left(0xc7) < 1024);
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let text = "hunter2-correct-horse";
        let shown = [
            format!("{:?}", Password::new(text.into())),
            format!("{:?}", Mnemonic::new(text.into())),
            format!("{:?}", KeyText::new(text.into())),
            format!("{:?}", WalletJson::new(text.into())),
            format!("{:?}", Payload::new(text.into())),
            format!("{:?}", ApiKey::new(text.into())),
            format!("{:?}", Seed::init_with_mut(|s| s[..7].copy_from_slice(b"hunter2"))),
        ];
        for one in shown {
            assert!(one.ends_with("([redacted])"), "{one}");
        }
    }
}
