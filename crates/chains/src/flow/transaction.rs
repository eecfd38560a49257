//! Transactions: complete but for their signatures, signed by the authorizer.

use async_trait::async_trait;
use kms_core::{Digest, Expiry, Intent, Network, Node, Sequence};
use kms_crypto::secp256k1;

use super::expiry;
use super::finish::{ToComplete, release};
use super::intent::intent;
use super::message::Message;
use super::payload::Transfer;
use crate::chain::{Signed, Unsigned};
use crate::error::SignError;
use crate::signing::SigningKeys;

/// A transaction that nobody has signed.
pub(super) struct FlowTransaction {
    pub(super) network: Network,
    pub(super) signer: secp256k1::PublicKey,
    /// Of the reference block.
    pub(super) height: u64,
    /// What it does, where that is known.
    pub(super) transfer: Option<Transfer>,
    pub(super) message: Message,
}

#[async_trait]
impl Unsigned for FlowTransaction {
    fn intent(&self) -> Intent {
        intent(&self.message, self.transfer.as_ref(), self.network)
    }

    fn digest(&self) -> Digest {
        Digest(self.message.digest())
    }

    /// None: the sequence number is the proposer's, which is another one each time.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn expiry(&self) -> Option<Expiry> {
        Some(expiry::after(self.height))
    }

    /// Gives the proposal key of the API back.
    async fn abandon(&self, node: &dyn Node) {
        release("", self.message.proposer.index, node).await;
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.secp256k1()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign_digest_plain(&self.message.digest())?;
        Ok(Box::new(ToComplete::new(&self.message, signature)))
    }
}
