//! What a transaction does, for people.

use alloy_primitives::U256;
use kms_core::{Action, Asset, Fee, Intent, Network, Ticker};

use super::Evm;
use super::abi;
use super::address::{Address, Spelling};
use super::payload::Call;
use crate::chain::Chain as _;

/// Who pays, and where.
pub(super) struct Account {
    pub(super) from: Address,
    chain: Ticker,
    network: Network,
    native: Asset,
    spelling: Spelling,
}

impl Account {
    pub(super) fn new(chain: &Evm, network: Network, from: Address) -> Self {
        let spec = chain.spec();
        let native = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
        Self { from, chain: spec.ticker, network, native, spelling: chain.rules.spelling }
    }

    pub(super) fn intent(&self, call: &Call, fee: U256, fee_currency: Option<Address>) -> Intent {
        let asset = match fee_currency {
            None => self.native.clone(),
            Some(token) => Asset::Token {
                standard: "CIP-64 fee currency".to_owned(),
                contract: self.write(token),
                token_id: None,
            },
        };
        Intent {
            chain: self.chain,
            network: self.network,
            from: vec![self.write(self.from)],
            actions: self.actions(call),
            max_fee: Fee { asset, amount: fee.to_string() },
        }
    }

    fn actions(&self, call: &Call) -> Vec<Action> {
        let mut actions = Vec::new();
        if call.data.is_empty() || !call.value.is_zero() {
            actions.push(Action::Transfer {
                asset: self.native.clone(),
                from: None,
                to: call.to.map_or_else(|| "the new contract".to_owned(), |to| self.write(to)),
                amount: call.value.to_string(),
            });
        }
        match call.to {
            None => actions.push(Action::Deploy { data_bytes: call.data.len() }),
            Some(_) if call.data.is_empty() => {}
            Some(contract) => actions.extend(self.contract_call(contract, &call.data)),
        }
        actions
    }

    fn contract_call(&self, contract: Address, data: &[u8]) -> Vec<Action> {
        let contract = self.write(contract);
        abi::read(data, &contract, &|address| self.write(address)).unwrap_or_else(|| {
            let selector = data.get(..4).map(|selector| format!("0x{}", hex::encode(selector)));
            vec![Action::Call { contract, selector, data_bytes: data.len() }]
        })
    }

    fn write(&self, address: Address) -> String {
        self.spelling.write_checksummed(&address)
    }
}
