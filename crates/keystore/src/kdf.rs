//! Keys from passwords: Argon2id (RFC 9106, version 0x13).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use kms_core::Password;
use kms_crypto::seal::{KEY_LEN, SealKey};
use zeroize::Zeroizing;

use crate::{KdfCost, KeystoreError};

/// Bytes of a salt.
pub(crate) const SALT_LEN: usize = 16;

/// The key that `password` gives with this salt and cost. The working memory is wiped.
///
/// Does not check the cost against any limit: that is done where the figures come from.
pub(crate) fn derive(
    password: &Password,
    salt: &[u8; SALT_LEN],
    cost: KdfCost,
) -> Result<SealKey, KeystoreError> {
    let failed = || KeystoreError::Kdf { cost };
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_LEN))
        .map_err(|_| failed())?;
    let mut memory = Vec::new();
    memory.try_reserve_exact(params.block_count()).map_err(|_| failed())?;
    memory.resize(params.block_count(), Block::new());
    let mut memory = Zeroizing::new(memory);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    SealKey::try_init_with_mut(|key| {
        let text = password.expose_secret().as_bytes();
        argon.hash_password_into_with_memory(text, salt, key, &mut memory[..]).map_err(|_| failed())
    })
}

/// The key of the daemon's journal while the store is still a legacy file, which has no data key.
///
/// The journal keeps `salt` (16 random bytes) and `cost` in the clear; check the cost against limits
/// before calling this with figures from a file.
///
/// # Errors
/// [`KeystoreError::Kdf`] when memory is short or Argon2id does not know the figures.
pub fn journal_key_for_legacy(
    password: &Password,
    salt: &[u8; 16],
    cost: KdfCost,
) -> Result<SealKey, KeystoreError> {
    Ok(derive(password, salt, cost)?.derive("tatum-kms legacy store: journal"))
}
