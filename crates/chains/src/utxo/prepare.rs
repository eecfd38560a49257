//! From a pending transaction to one that is ready to sign, for which nothing is asked of the network.

use async_trait::async_trait;
use kms_core::{KeyRef, Node, NodeError, PendingTransaction, TransactionHash};

use super::transaction::UtxoTransaction;
use super::{Utxo, pending};
use crate::chain::{Context, Found, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::signing::WalletRule;

#[async_trait]
impl TransactionScheme for Utxo {
    /// The wallets of the transaction, then those with an index. A withdrawal is signed by the first
    /// wallet, at the index of each input.
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        let stored = tx.wallets.iter().map(|wallet| KeyRef { wallet: wallet.clone(), index: None });
        let mut named = stored.chain(tx.signers.iter().cloned());
        let mut signers: Vec<KeyRef> = match &tx.withdrawal {
            None => named.collect(),
            Some(withdrawal) => {
                let inputs = withdrawal.inputs.as_ref().ok_or_else(|| PayloadError::Field {
                    field: "withdrawalResponses",
                    problem: "is missing; it says which keys the withdrawal needs".to_owned(),
                })?;
                let wallet = named.next().ok_or(PayloadError::NoSigner)?.wallet;
                let index = |index| KeyRef { wallet: wallet.clone(), index: Some(index) };
                pending::spent(inputs).map(|input| index(input.index)).collect()
            }
        };
        if !self.rules.positional_keys {
            let mut seen = std::collections::HashSet::new();
            signers.retain(|signer| seen.insert(signer.clone()));
        }
        if signers.is_empty() { Err(PayloadError::NoSigner) } else { Ok(signers) }
    }

    fn wallet_rule(&self, tx: &PendingTransaction) -> WalletRule {
        match tx.withdrawal {
            Some(_) => WalletRule::MnemonicsOnly,
            None => WalletRule::PassesOverMnemonics,
        }
    }

    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let signers = cx.signers.iter().map(|key| key.secp256k1().copied());
        let signers = signers.collect::<Result<Vec<_>, _>>()?;
        if signers.is_empty() {
            return Err(PayloadError::NoKey { wallets: pending::wallets(tx) }.into());
        }
        let draft = (self.rules.read)(self, tx, &signers)?;
        Ok(Box::new(UtxoTransaction::new(self, tx, cx.network, signers, draft)?))
    }

    /// Asks the API for the transaction; it answers 404 for one that no node of its has.
    async fn find(&self, hash: &TransactionHash, node: &dyn Node) -> Result<Found, NodeError> {
        let chain = self.spec.broadcast_path.trim_end_matches("/broadcast");
        match node.get(&format!("{chain}/transaction/{hash}")).await {
            Ok(_) => Ok(Found::Known),
            Err(NodeError::Status { status: 404, .. }) => Ok(Found::Unknown),
            Err(NodeError::Status { .. }) => Ok(Found::CannotTell),
            Err(error) => Err(error),
        }
    }
}
