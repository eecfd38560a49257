//! From a pending transaction to one that is ready to sign, for which nothing is asked of the network.

use async_trait::async_trait;
use kms_core::{KeyRef, Node, NodeError, PendingTransaction, SignatureId, TransactionHash};

use super::Utxo;
use super::transaction::UtxoTransaction;
use crate::chain::{Context, Found, TransactionScheme, Unsigned};
use crate::error::{PayloadError, PrepareError};
use crate::keys::WalletRule;

/// How the API writes the change, which is not an input, in a withdrawal.
const CHANGE: &str = "-1";

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
                let spent = inputs.iter().filter(|input| input.transaction != CHANGE);
                let index = |index| KeyRef { wallet: wallet.clone(), index: Some(index) };
                spent.map(|input| index(input.index)).collect()
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
            return Err(PayloadError::NoKey { wallets: wallets(tx) }.into());
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

/// How many wallets an error names.
const NAMED: usize = 5;

/// The wallets that a transaction names, for an error.
pub(super) fn wallets(tx: &PendingTransaction) -> String {
    let mut ids: Vec<&SignatureId> = tx.wallets.iter().collect();
    ids.extend(tx.signers.iter().map(|signer| &signer.wallet));
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    let more = ids.len().saturating_sub(NAMED);
    let named = ids.iter().take(NAMED).map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} others") }
}

/// The inputs of a withdrawal that are spent, in the order of their keys.
pub(super) fn spent(tx: &PendingTransaction) -> Option<Vec<&kms_core::WithdrawalInput>> {
    let inputs = tx.withdrawal.as_ref()?.inputs.as_ref()?;
    Some(inputs.iter().filter(|input| input.transaction != CHANGE).collect())
}
