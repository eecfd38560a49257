// Random contracts of every type of TRON that tronweb can build: what stands in `parameter.value`.

// The third, TRON_POWER, is not read back by tronweb.
const RESOURCES = ["BANDWIDTH", "ENERGY"];
const PARAM_TYPES = ["address", "uint256", "bytes", "string", "bool[]"];

// tronweb counts in doubles; those of 63 bits have zeros at their end.
export function number(random, bits = 63) {
    const big = random.positive(bits);
    return Number(big > 1n << 53n ? (big >> 11n) << 11n : big);
}

// `address` makes one in the spelling of the transaction; `token` a name of bytes in its spelling.
export function contracts(random, owner_address, address, token) {
    const amount = (bits) => number(random, bits);
    const contract_address = address();
    const resource = random.pick(RESOURCES);
    const hex = (most) => random.hex(1 + random.below(most));
    const param = () => ({ name: random.letters(3), type: random.pick(PARAM_TYPES) });

    const entry = () => ({
        ...random.some({ anonymous: true, constant: true, payable: true }),
        name: random.letters(5),
        inputs: random.list(0, 3, () => ({ ...param(), ...random.some({ indexed: true }) })),
        outputs: random.list(0, 2, param),
        type: random.pick(["Constructor", "Function", "Event", "Fallback", "Receive"]),
        stateMutability: random.pick(["Pure", "View", "Nonpayable", "Payable"]),
    });

    const permission = (type, id) => ({
        type,
        id,
        permission_name: random.letters(6),
        threshold: amount(20),
        ...(type === "Active" ? { operations: random.hex(32) } : {}),
        keys: random.list(1, 5, () => ({ address: address(), weight: amount(10) })),
    });

    const values = {
        AccountCreateContract: () => ({ account_address: address() }),
        TransferContract: () => ({ to_address: address(), amount: amount() }),
        TransferAssetContract: () => ({ asset_name: token(), to_address: address(), amount: amount() }),
        VoteWitnessContract: () => ({
            votes: random.list(1, 6, () => ({ vote_address: address(), vote_count: amount(50) })),
        }),
        WitnessCreateContract: () => ({ url: hex(60) }),
        AssetIssueContract: () => ({
            name: hex(20),
            abbr: hex(5),
            total_supply: amount(),
            frozen_supply: [{ frozen_amount: amount(), frozen_days: amount(10) }],
            trx_num: amount(31),
            precision: 1 + random.below(6),
            num: amount(31),
            start_time: amount(42),
            end_time: amount(42),
            description: hex(100),
            url: hex(50),
            free_asset_net_limit: amount(),
            public_free_asset_net_limit: amount(),
        }),
        WitnessUpdateContract: () => ({ update_url: hex(60) }),
        ParticipateAssetIssueContract: () => ({ to_address: address(), asset_name: token(), amount: amount() }),
        AccountUpdateContract: () => ({ account_name: hex(30) }),
        FreezeBalanceContract: () => ({
            frozen_balance: amount(),
            frozen_duration: 3,
            resource,
            ...random.some({ receiver_address: address() }),
        }),
        UnfreezeBalanceContract: () => ({ resource, ...random.some({ receiver_address: address() }) }),
        WithdrawBalanceContract: () => ({}),
        UpdateAssetContract: () => ({ description: hex(90), url: hex(40), new_limit: amount(), new_public_limit: amount() }),
        ProposalCreateContract: () => {
            const keys = [...new Set(random.list(1, 5, () => 1 + random.below(60)))];
            return { parameters: keys.map((key) => ({ key, value: amount() })) };
        },
        ProposalApproveContract: () => ({ proposal_id: amount(), ...random.some({ is_add_approval: true }) }),
        ProposalDeleteContract: () => ({ proposal_id: amount() }),
        SetAccountIdContract: () => ({ account_id: hex(30) }),
        CreateSmartContract: () => ({
            new_contract: {
                origin_address: owner_address,
                abi: { entrys: random.list(1, 5, entry) },
                bytecode: hex(900),
                consume_user_resource_percent: 1 + random.below(100),
                name: random.letters(9),
                origin_energy_limit: amount(31),
                ...random.some({ call_value: amount() }),
            },
            ...random.some({ call_token_value: amount(), token_id: amount(31) }),
        }),
        TriggerSmartContract: () => ({
            contract_address,
            data: hex(300),
            ...random.some({ call_value: amount(), call_token_value: amount(), token_id: amount(31) }),
        }),
        UpdateSettingContract: () => ({ contract_address, consume_user_resource_percent: 1 + random.below(100) }),
        ExchangeCreateContract: () => ({
            first_token_id: token(),
            first_token_balance: amount(),
            second_token_id: token(),
            second_token_balance: amount(),
        }),
        ExchangeInjectContract: () => ({ exchange_id: amount(31), token_id: token(), quant: amount() }),
        ExchangeWithdrawContract: () => ({ exchange_id: amount(31), token_id: token(), quant: amount() }),
        ExchangeTransactionContract: () => ({
            exchange_id: amount(31),
            token_id: token(),
            quant: amount(),
            expected: amount(),
        }),
        UpdateEnergyLimitContract: () => ({ contract_address, origin_energy_limit: amount(31) }),
        AccountPermissionUpdateContract: () => ({
            owner: permission("Owner", 0),
            ...random.some({ witness: permission("Witness", 1) }),
            actives: random.list(1, 3, (place) => permission("Active", 2 + place)),
        }),
        ClearABIContract: () => ({ contract_address }),
        UpdateBrokerageContract: () => ({ brokerage: 1 + random.below(100) }),
        FreezeBalanceV2Contract: () => ({ frozen_balance: amount(), resource }),
        UnfreezeBalanceV2Contract: () => ({ unfreeze_balance: amount(), resource }),
        WithdrawExpireUnfreezeContract: () => ({}),
        DelegateResourceContract: () => ({
            resource,
            balance: amount(),
            receiver_address: address(),
            ...random.some({ lock: true, lock_period: amount(31) }),
        }),
        UnDelegateResourceContract: () => ({ resource, balance: amount(), receiver_address: address() }),
        CancelAllUnfreezeV2Contract: () => ({}),
    };
    return values;
}
