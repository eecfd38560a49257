//! The messages of the protocol, as tables: field number, name in the JSON, kind.
//!
//! Facts of <https://github.com/tronprotocol/protocol> (`core/Tron.proto`, `core/contract/*.proto`).
//! Left out are the types that no node makes any more: votes for assets, `CustomContract`, `GetContract`,
//! and shielded transfers, whose content can't be shown.

use Kind::{Address, Bool, Bytes, Enum, Int, Many, One, Text};

/// A kind of message.
pub(super) struct Message {
    pub(super) fields: &'static [Field],
    /// Whether the JSON may have members that are not part of the message (contract interfaces).
    pub(super) open: bool,
}

/// A field of a message: its number, its name and what it holds.
pub(super) struct Field(pub(super) u64, pub(super) &'static str, pub(super) Kind);

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// 21 bytes; hexadecimal or Base58Check in the JSON.
    Address,
    /// Bytes; hexadecimal in the JSON, or the text itself where `visible` is set.
    Bytes,
    /// Text in both.
    Text,
    /// A signed number of 64 bits.
    Int,
    /// A flag.
    Bool,
    /// One of these, by name or number in the JSON; the first is 0, and so on.
    Enum(&'static [&'static str]),
    /// A message.
    One(&'static Message),
    /// Any number of messages.
    Many(&'static Message),
    /// The entries of a map with numbers as keys, in any order.
    Entries(&'static Message),
}

/// What a transaction does.
pub(super) struct Contract {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) message: Message,
    /// What the chain takes for it beside bandwidth and energy, in sun.
    pub(super) charge: u64,
}

const fn message(fields: &'static [Field]) -> Message {
    Message { fields, open: false }
}

const fn contract(number: u64, name: &'static str, fields: &'static [Field]) -> Contract {
    Contract { number, name, message: message(fields), charge: 0 }
}

impl Contract {
    const fn charging(self, trx: u64) -> Self {
        Self { charge: trx * 1_000_000, ..self }
    }
}

const OWNER: Field = Field(1, "owner_address", Address);
const TO: Field = Field(2, "to_address", Address);
const CONTRACT_ADDRESS: Field = Field(2, "contract_address", Address);
const RECEIVER: Field = Field(4, "receiver_address", Address);
const RESOURCE: Kind = Enum(&["BANDWIDTH", "ENERGY", "TRON_POWER"]);

/// `Transaction.raw`, without the authorities and scripts that no node accepts.
pub(super) static RAW: Message = message(&[
    Field(1, "ref_block_bytes", Bytes),
    Field(3, "ref_block_num", Int),
    Field(4, "ref_block_hash", Bytes),
    Field(8, "expiration", Int),
    Field(10, "data", Bytes),
    Field(11, "contract", Many(&CONTRACT)),
    Field(14, "timestamp", Int),
    Field(18, "fee_limit", Int),
]);

/// `Transaction.Contract`.
static CONTRACT: Message = message(&[
    Field(1, "type", Int),
    Field(2, "parameter", One(&ANY)),
    Field(3, "provider", Bytes),
    Field(4, "ContractName", Bytes),
    Field(5, "Permission_id", Int),
]);

/// `google.protobuf.Any`.
static ANY: Message = message(&[Field(1, "type_url", Text), Field(2, "value", Bytes)]);

static VOTE: Message = message(&[Field(1, "vote_address", Address), Field(2, "vote_count", Int)]);

static FROZEN: Message = message(&[Field(1, "frozen_amount", Int), Field(2, "frozen_days", Int)]);

/// An entry of `map<int64, int64>`.
static PARAMETER: Message = message(&[Field(1, "key", Int), Field(2, "value", Int)]);

static KEY: Message = message(&[Field(1, "address", Address), Field(2, "weight", Int)]);

static PERMISSION: Message = message(&[
    Field(1, "type", Enum(&["Owner", "Witness", "Active"])),
    Field(2, "id", Int),
    Field(3, "permission_name", Text),
    Field(4, "threshold", Int),
    Field(5, "parent_id", Int),
    Field(6, "operations", Bytes),
    Field(7, "keys", Many(&KEY)),
]);

static SMART_CONTRACT: Message = message(&[
    Field(1, "origin_address", Address),
    CONTRACT_ADDRESS,
    Field(3, "abi", One(&ABI)),
    Field(4, "bytecode", Bytes),
    Field(5, "call_value", Int),
    Field(6, "consume_user_resource_percent", Int),
    Field(7, "name", Text),
    Field(8, "origin_energy_limit", Int),
    Field(9, "code_hash", Bytes),
    Field(10, "trx_hash", Bytes),
]);

static ABI: Message = message(&[Field(1, "entrys", Many(&ENTRY))]);

/// Compilers add members (`internalType`) that the chain does not keep.
static ENTRY: Message = Message {
    open: true,
    fields: &[
        Field(1, "anonymous", Bool),
        Field(2, "constant", Bool),
        Field(3, "name", Text),
        Field(4, "inputs", Many(&PARAM)),
        Field(5, "outputs", Many(&PARAM)),
        Field(6, "type", Enum(ENTRY_TYPES)),
        Field(7, "payable", Bool),
        Field(8, "stateMutability", Enum(MUTABILITIES)),
    ],
};

const ENTRY_TYPES: &[&str] =
    &["UnknownEntryType", "Constructor", "Function", "Event", "Fallback", "Receive", "Error"];

const MUTABILITIES: &[&str] = &["UnknownMutabilityType", "Pure", "View", "Nonpayable", "Payable"];

static PARAM: Message = Message {
    open: true,
    fields: &[Field(1, "indexed", Bool), Field(2, "name", Text), Field(3, "type", Text)],
};

/// The message of `google.protobuf.Any` that goes with a contract.
pub(super) const TYPE_URL: &str = "type.googleapis.com/protocol.";

/// Every type of contract that is signed.
pub(super) static CONTRACTS: &[Contract] = &[
    contract(
        0,
        "AccountCreateContract",
        &[
            OWNER,
            Field(2, "account_address", Address),
            Field(3, "type", Enum(&["Normal", "AssetIssue", "Contract"])),
        ],
    ),
    contract(1, "TransferContract", &[OWNER, TO, Field(3, "amount", Int)]),
    contract(
        2,
        "TransferAssetContract",
        &[
            Field(1, "asset_name", Bytes),
            Field(2, "owner_address", Address),
            Field(3, "to_address", Address),
            Field(4, "amount", Int),
        ],
    ),
    contract(
        4,
        "VoteWitnessContract",
        &[OWNER, Field(2, "votes", Many(&VOTE)), Field(3, "support", Bool)],
    ),
    contract(5, "WitnessCreateContract", &[OWNER, Field(2, "url", Bytes)]).charging(9_999),
    contract(
        6,
        "AssetIssueContract",
        &[
            OWNER,
            Field(2, "name", Bytes),
            Field(3, "abbr", Bytes),
            Field(4, "total_supply", Int),
            Field(5, "frozen_supply", Many(&FROZEN)),
            Field(6, "trx_num", Int),
            Field(7, "precision", Int),
            Field(8, "num", Int),
            Field(9, "start_time", Int),
            Field(10, "end_time", Int),
            Field(11, "order", Int),
            Field(16, "vote_score", Int),
            Field(20, "description", Bytes),
            Field(21, "url", Bytes),
            Field(22, "free_asset_net_limit", Int),
            Field(23, "public_free_asset_net_limit", Int),
            Field(24, "public_free_asset_net_usage", Int),
            Field(25, "public_latest_free_net_time", Int),
            Field(41, "id", Text),
        ],
    )
    .charging(1_024),
    contract(8, "WitnessUpdateContract", &[OWNER, Field(12, "update_url", Bytes)]),
    contract(
        9,
        "ParticipateAssetIssueContract",
        &[OWNER, TO, Field(3, "asset_name", Bytes), Field(4, "amount", Int)],
    ),
    contract(
        10,
        "AccountUpdateContract",
        &[Field(1, "account_name", Bytes), Field(2, "owner_address", Address)],
    ),
    contract(
        11,
        "FreezeBalanceContract",
        &[
            OWNER,
            Field(2, "frozen_balance", Int),
            Field(3, "frozen_duration", Int),
            Field(10, "resource", RESOURCE),
            Field(15, "receiver_address", Address),
        ],
    ),
    contract(
        12,
        "UnfreezeBalanceContract",
        &[OWNER, Field(10, "resource", RESOURCE), Field(15, "receiver_address", Address)],
    ),
    contract(13, "WithdrawBalanceContract", &[OWNER]),
    contract(14, "UnfreezeAssetContract", &[OWNER]),
    contract(
        15,
        "UpdateAssetContract",
        &[
            OWNER,
            Field(2, "description", Bytes),
            Field(3, "url", Bytes),
            Field(4, "new_limit", Int),
            Field(5, "new_public_limit", Int),
        ],
    ),
    contract(
        16,
        "ProposalCreateContract",
        &[OWNER, Field(2, "parameters", Kind::Entries(&PARAMETER))],
    ),
    contract(
        17,
        "ProposalApproveContract",
        &[OWNER, Field(2, "proposal_id", Int), Field(3, "is_add_approval", Bool)],
    ),
    contract(18, "ProposalDeleteContract", &[OWNER, Field(2, "proposal_id", Int)]),
    contract(
        19,
        "SetAccountIdContract",
        &[Field(1, "account_id", Bytes), Field(2, "owner_address", Address)],
    ),
    contract(
        30,
        "CreateSmartContract",
        &[
            OWNER,
            Field(2, "new_contract", One(&SMART_CONTRACT)),
            Field(3, "call_token_value", Int),
            Field(4, "token_id", Int),
        ],
    ),
    contract(
        31,
        "TriggerSmartContract",
        &[
            OWNER,
            CONTRACT_ADDRESS,
            Field(3, "call_value", Int),
            Field(4, "data", Bytes),
            Field(5, "call_token_value", Int),
            Field(6, "token_id", Int),
        ],
    ),
    contract(
        33,
        "UpdateSettingContract",
        &[OWNER, CONTRACT_ADDRESS, Field(3, "consume_user_resource_percent", Int)],
    ),
    contract(
        41,
        "ExchangeCreateContract",
        &[
            OWNER,
            Field(2, "first_token_id", Bytes),
            Field(3, "first_token_balance", Int),
            Field(4, "second_token_id", Bytes),
            Field(5, "second_token_balance", Int),
        ],
    )
    .charging(1_024),
    contract(42, "ExchangeInjectContract", EXCHANGE),
    contract(43, "ExchangeWithdrawContract", EXCHANGE),
    contract(
        44,
        "ExchangeTransactionContract",
        &[
            OWNER,
            Field(2, "exchange_id", Int),
            Field(3, "token_id", Bytes),
            Field(4, "quant", Int),
            Field(5, "expected", Int),
        ],
    ),
    contract(
        45,
        "UpdateEnergyLimitContract",
        &[OWNER, CONTRACT_ADDRESS, Field(3, "origin_energy_limit", Int)],
    ),
    contract(
        46,
        "AccountPermissionUpdateContract",
        &[
            OWNER,
            Field(2, "owner", One(&PERMISSION)),
            Field(3, "witness", One(&PERMISSION)),
            Field(4, "actives", Many(&PERMISSION)),
        ],
    )
    .charging(100),
    contract(48, "ClearABIContract", &[OWNER, CONTRACT_ADDRESS]),
    contract(49, "UpdateBrokerageContract", &[OWNER, Field(2, "brokerage", Int)]),
    contract(
        52,
        "MarketSellAssetContract",
        &[
            OWNER,
            Field(2, "sell_token_id", Bytes),
            Field(3, "sell_token_quantity", Int),
            Field(4, "buy_token_id", Bytes),
            Field(5, "buy_token_quantity", Int),
        ],
    ),
    contract(53, "MarketCancelOrderContract", &[OWNER, Field(2, "order_id", Bytes)]),
    contract(
        54,
        "FreezeBalanceV2Contract",
        &[OWNER, Field(2, "frozen_balance", Int), Field(3, "resource", RESOURCE)],
    ),
    contract(
        55,
        "UnfreezeBalanceV2Contract",
        &[OWNER, Field(2, "unfreeze_balance", Int), Field(3, "resource", RESOURCE)],
    ),
    contract(56, "WithdrawExpireUnfreezeContract", &[OWNER]),
    contract(
        57,
        "DelegateResourceContract",
        &[
            OWNER,
            Field(2, "resource", RESOURCE),
            Field(3, "balance", Int),
            RECEIVER,
            Field(5, "lock", Bool),
            Field(6, "lock_period", Int),
        ],
    ),
    contract(
        58,
        "UnDelegateResourceContract",
        &[OWNER, Field(2, "resource", RESOURCE), Field(3, "balance", Int), RECEIVER],
    ),
    contract(59, "CancelAllUnfreezeV2Contract", &[OWNER]),
];

const EXCHANGE: &[Field] =
    &[OWNER, Field(2, "exchange_id", Int), Field(3, "token_id", Bytes), Field(4, "quant", Int)];

/// The type of contract with a number.
pub(super) fn find(number: u64) -> Option<&'static Contract> {
    CONTRACTS.iter().find(|contract| contract.number == number)
}
