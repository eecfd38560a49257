//! Randomness as a parameter.

/// The source of randomness failed.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness: {0}")]
pub struct EntropyError(pub String);

/// Where new keys come from: the operating system in production, a recording in tests.
pub trait Entropy {
    /// Fills `bytes` with uniformly random bytes.
    ///
    /// # Errors
    /// The source can't deliver; `bytes` must then not be used.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}
