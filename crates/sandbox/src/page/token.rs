//! The secret that the page's URL carries.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// 64 hex digits.
pub(super) struct Token(SecretString);

impl Token {
    /// One that nobody can guess.
    pub(super) fn random() -> Self {
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into())
    }

    /// The same one each time, for whoever knows the number.
    pub(super) fn of_seed(seed: u64) -> Self {
        Self(hex::encode(Sha256::digest(format!("tatum-sandbox page {seed}"))).into())
    }

    /// Whether a text is the token. Digests are compared: how long that takes says nothing of use.
    pub(super) fn is(&self, given: &str) -> bool {
        Sha256::digest(given) == Sha256::digest(self.expose())
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_token_and_chance_does_not() {
        assert!(Token::of_seed(7).is(Token::of_seed(7).expose()));
        assert!(!Token::of_seed(7).is(Token::of_seed(8).expose()));
        let (one, two) = (Token::random(), Token::random());
        assert!(one.is(one.expose()) && !one.is(two.expose()) && !one.is(""));
        assert_eq!((one.expose().len(), Token::of_seed(0).expose().len()), (64, 64));
    }
}
