//! The contract calls that have a meaning for people: token transfers, mints and approvals.
//!
//! Contract ABI: <https://docs.soliditylang.org/en/latest/abi-spec.html>. A call that is too
//! short for its signature, or has bytes where its signature has none, is not given a meaning.

use alloy_primitives::U256;
use kms_core::{Action, Asset};

use super::address::Address;

/// One known function: selector, signature, and how its arguments read.
type Function = ([u8; 4], &'static str, fn(&Arguments<'_>) -> Option<Vec<Action>>);

static FUNCTIONS: &[Function] = &[
    ([0xa9, 0x05, 0x9c, 0xbb], "transfer(address,uint256)", |a| {
        Some(vec![a.transfer("ERC-20", None, 0, a.number(1)?, None)?])
    }),
    ([0x23, 0xb8, 0x72, 0xdd], "transferFrom(address,address,uint256)", |a| {
        // The same selector in both standards: the number is an amount or a token's id.
        Some(vec![a.transfer("ERC-20 or ERC-721", Some(0), 1, a.number(2)?, None)?])
    }),
    ([0x42, 0x84, 0x2e, 0x0e], "safeTransferFrom(address,address,uint256)", |a| {
        Some(vec![a.transfer("ERC-721", Some(0), 1, U256::ONE, Some(a.number(2)?))?])
    }),
    ([0xb8, 0x8d, 0x4f, 0xde], "safeTransferFrom(address,address,uint256,bytes)", |a| {
        Some(vec![a.transfer("ERC-721", Some(0), 1, U256::ONE, Some(a.number(2)?))?])
    }),
    ([0x42, 0x3f, 0x6c, 0xef], "safeTransfer(address,uint256)", |a| {
        Some(vec![a.transfer("ERC-721", None, 0, U256::ONE, Some(a.number(1)?))?])
    }),
    ([0xf2, 0x42, 0x43, 0x2a], "safeTransferFrom(address,address,uint256,uint256,bytes)", |a| {
        Some(vec![a.transfer("ERC-1155", Some(0), 1, a.number(3)?, Some(a.number(2)?))?])
    }),
    (
        [0x2e, 0xb2, 0xc2, 0xd6],
        "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
        |a| {
            let transfer = |(id, amount)| a.transfer("ERC-1155", Some(0), 1, amount, Some(id));
            a.pairs(2, 3)?.into_iter().map(transfer).collect()
        },
    ),
    ([0x40, 0xc1, 0x0f, 0x19], "mint(address,uint256)", |a| {
        Some(vec![a.mint("ERC-20 or ERC-721", 0, a.number(1)?, None)?])
    }),
    ([0x50, 0xbb, 0x4e, 0x7f], "mintWithTokenURI(address,uint256,string)", |a| {
        Some(vec![a.mint("ERC-721", 0, U256::ONE, Some(a.number(1)?))?])
    }),
    ([0xd3, 0xfc, 0x98, 0x64], "mint(address,uint256,string)", |a| {
        Some(vec![a.mint("ERC-721", 0, U256::ONE, Some(a.number(1)?))?])
    }),
    ([0x73, 0x11, 0x33, 0xe9], "mint(address,uint256,uint256,bytes)", |a| {
        Some(vec![a.mint("ERC-1155", 0, a.number(2)?, Some(a.number(1)?))?])
    }),
    ([0x1f, 0x7f, 0xdf, 0xfa], "mintBatch(address,uint256[],uint256[],bytes)", |a| {
        let mint = |(id, amount)| a.mint("ERC-1155", 0, amount, Some(id));
        a.pairs(1, 2)?.into_iter().map(mint).collect()
    }),
    ([0x09, 0x5e, 0xa7, 0xb3], "approve(address,uint256)", |a| {
        let amount = match a.number(1)? {
            U256::MAX => "all".to_owned(),
            amount => amount.to_string(),
        };
        Some(vec![a.approve("ERC-20 or ERC-721", amount)?])
    }),
    ([0xa2, 0x2c, 0xb4, 0x65], "setApprovalForAll(address,bool)", |a| {
        let amount = match a.number(1)? {
            U256::ZERO => "none",
            U256::ONE => "all",
            _ => return None,
        };
        Some(vec![a.approve("ERC-721 or ERC-1155", amount.to_owned())?])
    }),
];

/// What a call of `contract` with `data` does, if that is known.
pub(crate) fn read(
    data: &[u8],
    contract: &str,
    spell: &dyn Fn(Address) -> String,
) -> Option<Vec<Action>> {
    let (selector, words) = data.split_first_chunk::<4>()?;
    let (.., meaning) = FUNCTIONS.iter().find(|(known, ..)| known == selector)?;
    meaning(&Arguments { words, contract, spell })
}

/// The arguments of a call: words of 32 bytes.
struct Arguments<'a> {
    words: &'a [u8],
    contract: &'a str,
    spell: &'a dyn Fn(Address) -> String,
}

impl Arguments<'_> {
    fn number(&self, index: usize) -> Option<U256> {
        let start = index.checked_mul(32)?;
        let word = self.words.get(start..start.checked_add(32)?)?;
        Some(U256::from_be_slice(word))
    }

    fn address(&self, index: usize) -> Option<String> {
        let word = self.number(index)?.to_be_bytes::<32>();
        let (zeros, address) = word.split_last_chunk::<20>()?;
        zeros.iter().all(|byte| *byte == 0).then(|| (self.spell)(Address(*address)))
    }

    /// A dynamic array of numbers whose offset is the argument at `index`.
    fn array(&self, index: usize) -> Option<Vec<U256>> {
        let offset = usize::try_from(self.number(index)?).ok()?;
        if offset % 32 != 0 {
            return None;
        }
        let start = offset / 32;
        let length = usize::try_from(self.number(start)?).ok()?;
        // A length beyond the data must not be believed before anything is set aside for it.
        if length > self.words.len() / 32 {
            return None;
        }
        (0..length).map(|i| self.number(start + 1 + i)).collect()
    }

    fn pairs(&self, first: usize, second: usize) -> Option<Vec<(U256, U256)>> {
        let (first, second) = (self.array(first)?, self.array(second)?);
        (first.len() == second.len()).then(|| first.into_iter().zip(second).collect())
    }

    fn asset(&self, standard: &str, token_id: Option<U256>) -> Asset {
        Asset::Token {
            standard: standard.to_owned(),
            contract: self.contract.to_owned(),
            token_id: token_id.map(|id| id.to_string()),
        }
    }

    fn transfer(
        &self,
        standard: &str,
        from: Option<usize>,
        to: usize,
        amount: U256,
        token_id: Option<U256>,
    ) -> Option<Action> {
        let from = match from {
            Some(index) => Some(self.address(index)?),
            None => None,
        };
        let (asset, to) = (self.asset(standard, token_id), self.address(to)?);
        Some(Action::Transfer { asset, from, to, amount: amount.to_string() })
    }

    fn mint(
        &self,
        standard: &str,
        to: usize,
        amount: U256,
        token_id: Option<U256>,
    ) -> Option<Action> {
        let (asset, to) = (self.asset(standard, token_id), self.address(to)?);
        Some(Action::Mint { asset, to, amount: amount.to_string() })
    }

    fn approve(&self, standard: &str, amount: String) -> Option<Action> {
        Some(Action::Approve {
            asset: self.asset(standard, None),
            spender: self.address(0)?,
            amount,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_crypto::hash::keccak256;

    #[test]
    fn selectors_are_those_of_the_signatures() {
        for (selector, signature, _) in FUNCTIONS {
            assert_eq!(keccak256(signature.as_bytes())[..4], *selector, "{signature}");
        }
    }

    fn call(selector: [u8; 4], words: &[U256]) -> Vec<u8> {
        let mut data = selector.to_vec();
        words.iter().for_each(|word| data.extend(word.to_be_bytes::<32>()));
        data
    }

    fn read_call(data: &[u8]) -> Option<Vec<Action>> {
        read(data, "0xtoken", &|address| address.to_hex())
    }

    fn token(standard: &str, id: Option<&str>) -> Asset {
        let (standard, contract) = (standard.to_owned(), "0xtoken".to_owned());
        Asset::Token { standard, contract, token_id: id.map(str::to_owned) }
    }

    #[test]
    fn an_erc20_transfer_names_recipient_and_amount() {
        let data = call([0xa9, 0x05, 0x9c, 0xbb], &[U256::from(0x1234), U256::from(5)]);
        let to = "0x0000000000000000000000000000000000001234".to_owned();
        let transfer = Action::Transfer {
            asset: token("ERC-20", None),
            from: None,
            to,
            amount: "5".to_owned(),
        };
        assert_eq!(read_call(&data), Some(vec![transfer]));
    }

    #[test]
    fn a_batch_names_every_token() {
        let numbers = [1, 2, 160, 256, 352, 2, 7, 8, 2, 70, 80, 0].map(U256::from);
        let actions = read_call(&call([0x2e, 0xb2, 0xc2, 0xd6], &numbers)).unwrap();
        assert_eq!(actions.len(), 2);
        let Action::Transfer { asset, amount, .. } = &actions[1] else { panic!("{actions:?}") };
        assert_eq!((asset, amount.as_str()), (&token("ERC-1155", Some("8")), "80"));
    }

    #[test]
    fn an_unlimited_approval_says_all() {
        let data = call([0x09, 0x5e, 0xa7, 0xb3], &[U256::from(9), U256::MAX]);
        let actions = read_call(&data).unwrap();
        assert!(matches!(&actions[..], [Action::Approve { amount, .. }] if amount == "all"));
    }

    #[test]
    fn what_does_not_fit_the_signature_has_no_meaning() {
        let whole = call([0xa9, 0x05, 0x9c, 0xbb], &[U256::from(1), U256::from(5)]);
        for length in 0..whole.len() {
            assert_eq!(read_call(&whole[..length]), None, "{length}");
        }
        let dirty = call([0xa9, 0x05, 0x9c, 0xbb], &[U256::MAX, U256::from(5)]);
        assert_eq!(read_call(&dirty), None);
        let huge = call([0x2e, 0xb2, 0xc2, 0xd6], &[1, 2, 96, 96, 96].map(U256::from));
        assert_eq!(read_call(&huge), None);
        let endless =
            call([0x2e, 0xb2, 0xc2, 0xd6], &[U256::ZERO, U256::ZERO, U256::MAX, U256::MAX]);
        assert_eq!(read_call(&endless), None);
    }
}
