//! A recorded case, or one of its form: wallets, pending transactions, answers, and the flags of the daemon.

use kms_chains::{Chain, Context, Policy, Signed, SigningKeys, Unsigned, signing_key};
use kms_core::{KeyRef, Network, PendingTransaction, SignedTransaction, Wallet};
use serde_json::Value;

use super::{NothingBefore, Recorded, now, wallet};

pub type Error = Box<dyn std::error::Error>;

pub struct Case<'a> {
    pub chain: &'static dyn Chain,
    pub network: Network,
    pub wallets: Vec<Wallet>,
    pub node: Recorded<'a>,
    pub policy: Policy,
}

/// What the flags of the daemon in the case allow.
fn policy(case: &Value) -> Policy {
    let flags = case["args"].as_array().into_iter().flatten();
    let has = |name: &str| flags.clone().any(|flag| flag == name);
    Policy { allow_rekey: has("--allowRekey"), refuse_expired: has("--refuseExpired") }
}

impl<'a> Case<'a> {
    pub fn new(chain: &'static dyn Chain, case: &'a Value) -> Self {
        let wallets = case["wallets"].as_object().unwrap();
        Self {
            chain,
            network: Network::from_testnet(case["testnet"].as_bool().unwrap()),
            wallets: wallets.iter().map(|(id, object)| wallet(id, object)).collect(),
            node: Recorded::new(chain.spec(), case["stubs"].as_array().unwrap()),
            policy: policy(case),
        }
    }

    pub fn keys(&self, tx: &PendingTransaction) -> Result<SigningKeys, Error> {
        let open = |signer: &KeyRef| -> Result<_, Error> {
            let wallet = self.wallets.iter().find(|wallet| wallet.id == signer.wallet);
            let wallet = wallet.ok_or_else(|| format!("no wallet {}", signer.wallet))?;
            Ok(signing_key(self.chain, tx, wallet, signer, self.network)?)
        };
        let keys = self.chain.signers(tx)?.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        Ok(SigningKeys::new(keys.into_iter().flatten().collect()))
    }

    pub fn prepare(&self, tx: &PendingTransaction) -> Result<Box<dyn Unsigned>, Error> {
        let signers = self.keys(tx)?.public();
        let cx = Context {
            network: self.network,
            signers: &signers,
            node: &self.node,
            sequences: &NothingBefore,
            now: None,
            policy: self.policy,
        };
        Ok(now(self.chain.prepare(tx, &cx))?)
    }

    /// Our part, which others may have to complete.
    pub fn sign_own(&self, tx: &PendingTransaction) -> Result<Box<dyn Signed>, Error> {
        let unsigned = self.prepare(tx)?;
        let keys = self.keys(tx)?;
        let signed = unsigned.sign(&keys)?;
        let again = unsigned.sign(&keys)?;
        assert_eq!(signed.transaction(), again.transaction(), "not deterministic");
        Ok(signed)
    }

    pub fn sign(&self, tx: &PendingTransaction) -> Result<SignedTransaction, Error> {
        Ok(now(self.sign_own(tx)?.finish(&self.node))?)
    }
}
