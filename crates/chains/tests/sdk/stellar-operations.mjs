// Random operations of every type of Stellar, built by its SDK.

// Stroops as the SDK takes amounts: with seven decimals.
function decimal(stroops) {
    const digits = String(stroops).padStart(8, "0");
    return `${digits.slice(0, -7)}.${digits.slice(-7)}`;
}

export function operations(sdk) {
    const { Asset, Operation, Claimant, Keypair, StrKey, LiquidityPoolAsset, xdr, nativeToScVal } = sdk;

    const key = (random) => Keypair.fromRawEd25519Seed(random.bytes(32)).publicKey();
    const contract = (random) => StrKey.encodeContract(random.bytes(32));
    const amount = (random) => decimal(random.positive(63));
    const integer = (random) => Number(random.big(31));
    const code = (random) => (random.chance(2) ? random.letters(4).toUpperCase() : random.letters(5 + random.below(8)));
    const credit = (random) => new Asset(code(random), key(random));
    const asset = (random) => (random.chance(3) ? Asset.native() : credit(random));
    const balance = (random) => `00000000${random.hex(32)}`;
    const price = (random) => ({ n: 1 + random.number(30), d: 1 + random.number(30) });
    const path = (random) => random.list(0, 5, () => asset(random));

    // An account with a number for one of its customers.
    function account(random) {
        const base = key(random);
        if (!random.chance(3)) return base;
        const muxed = sdk.encodeMuxedAccount(base, String(random.big(64)));
        return sdk.encodeMuxedAccountToAddress(muxed);
    }

    // Two assets in the order in which pools have them.
    function pool(random) {
        const [a, b] = [asset(random), credit(random)].sort(Asset.compare);
        return new LiquidityPoolAsset(a, b, sdk.LiquidityPoolFeeV18);
    }

    function predicate(random, depth = 0) {
        const inner = () => predicate(random, depth + 1);
        const plain = [
            () => Claimant.predicateUnconditional(),
            () => Claimant.predicateBeforeAbsoluteTime(String(random.big(60))),
            () => Claimant.predicateBeforeRelativeTime(String(random.big(60))),
        ];
        const nested = [
            () => Claimant.predicateNot(inner()),
            () => Claimant.predicateAnd(inner(), inner()),
            () => Claimant.predicateOr(inner(), inner()),
        ];
        return random.pick(depth < 3 ? [...plain, ...nested] : plain)();
    }

    // A value of a contract, with values in it.
    function value(random, depth = 0) {
        const number = (type, bits) => () => nativeToScVal(random.big(bits), { type });
        const plain = [
            () => xdr.ScVal.scvVoid(),
            () => xdr.ScVal.scvBool(random.chance(2)),
            number("u64", 64),
            number("i64", 63),
            number("u128", 128),
            number("i128", 127),
            number("u256", 256),
            number("i256", 255),
            () => xdr.ScVal.scvU32(random.number(32)),
            () => xdr.ScVal.scvI32(integer(random)),
            () => xdr.ScVal.scvBytes(random.bytes(random.below(70))),
            () => xdr.ScVal.scvString(random.letters(random.below(20))),
            () => xdr.ScVal.scvSymbol(random.letters(1 + random.below(20))),
            () => sdk.Address.fromString(random.chance(2) ? key(random) : contract(random)).toScVal(),
        ];
        const nested = [
            () => xdr.ScVal.scvVec(random.list(0, 4, () => value(random, depth + 1))),
            () => {
                const entry = () => new xdr.ScMapEntry({ key: value(random, 3), val: value(random, depth + 1) });
                return xdr.ScVal.scvMap(random.list(0, 4, entry));
            },
        ];
        return random.pick(depth < 3 ? [...plain, ...nested] : plain)();
    }

    function call(random) {
        const args = random.list(0, 5, () => value(random));
        return { contract: contract(random), function: random.letters(8), args };
    }

    function authorization(random) {
        const invocation = (depth) =>
            new xdr.SorobanAuthorizedInvocation({
                function: xdr.SorobanAuthorizedFunction.sorobanAuthorizedFunctionTypeContractFn(
                    new xdr.InvokeContractArgs({
                        contractAddress: sdk.Address.fromString(contract(random)).toScAddress(),
                        functionName: random.letters(5),
                        args: random.list(0, 3, () => value(random)),
                    }),
                ),
                subInvocations: depth > 2 ? [] : random.list(0, 2, () => invocation(depth + 1)),
            });
        const credentials = new xdr.SorobanAddressCredentials({
            address: sdk.Address.fromString(key(random)).toScAddress(),
            nonce: xdr.Int64.fromString(String(random.big(63))),
            signatureExpirationLedger: random.number(32),
            signature: value(random),
        });
        const { SorobanCredentials } = xdr;
        return new xdr.SorobanAuthorizationEntry({
            credentials: random.chance(2)
                ? SorobanCredentials.sorobanCredentialsSourceAccount()
                : SorobanCredentials.sorobanCredentialsAddress(credentials),
            rootInvocation: invocation(0),
        });
    }

    function signer(random) {
        const weight = random.below(256);
        return random.pick([
            { ed25519PublicKey: key(random), weight },
            { sha256Hash: random.bytes(32), weight },
            { preAuthTx: random.bytes(32), weight },
            { ed25519SignedPayload: StrKey.encodeSignedPayload(signedPayload(random)), weight },
        ]);
    }

    // A key, and 4 to 64 bytes it has to have signed, in multiples of four.
    function signedPayload(random) {
        const words = 1 + random.below(16);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(words * 4);
        return Buffer.concat([random.bytes(32), length, random.bytes(words * 4)]);
    }

    const offer = (random, quantity) => ({
        selling: asset(random),
        buying: credit(random),
        [quantity]: amount(random),
        price: price(random),
        offerId: String(random.big(63)),
    });

    // By name, what each is given. The names are those of the SDK.
    const ARGUMENTS = {
        accountMerge: (r) => ({ destination: account(r) }),
        allowTrust: (r) => ({ trustor: key(r), assetCode: code(r), authorize: r.below(3) }),
        beginSponsoringFutureReserves: (r) => ({ sponsoredId: key(r) }),
        bumpSequence: (r) => ({ bumpTo: String(r.big(63)) }),
        changeTrust: (r) => ({ asset: r.chance(4) ? pool(r) : credit(r), limit: decimal(r.big(63)) }),
        claimClaimableBalance: (r) => ({ balanceId: balance(r) }),
        clawback: (r) => ({ asset: credit(r), amount: amount(r), from: account(r) }),
        clawbackClaimableBalance: (r) => ({ balanceId: balance(r) }),
        createAccount: (r) => ({ destination: key(r), startingBalance: decimal(r.big(63)) }),
        createClaimableBalance: (r) => ({
            asset: asset(r),
            amount: amount(r),
            claimants: r.list(1, 4, () => new Claimant(key(r), predicate(r))),
        }),
        createPassiveSellOffer: (r) => ({ ...offer(r, "amount"), offerId: undefined }),
        createStellarAssetContract: (r) => ({ asset: asset(r) }),
        endSponsoringFutureReserves: () => ({}),
        extendFootprintTtl: (r) => ({ extendTo: 1 + r.number(31) }),
        inflation: () => ({}),
        invokeContractFunction: (r) => ({ ...call(r), auth: r.list(0, 2, () => authorization(r)) }),
        liquidityPoolDeposit: (r) => ({
            liquidityPoolId: r.hex(32),
            maxAmountA: amount(r),
            maxAmountB: amount(r),
            minPrice: price(r),
            maxPrice: price(r),
        }),
        liquidityPoolWithdraw: (r) => ({
            liquidityPoolId: r.hex(32),
            amount: amount(r),
            minAmountA: amount(r),
            minAmountB: amount(r),
        }),
        manageBuyOffer: (r) => offer(r, "buyAmount"),
        manageData: (r) => ({ name: r.letters(1 + r.below(64)), value: r.chance(3) ? null : r.bytes(1 + r.below(64)) }),
        manageSellOffer: (r) => offer(r, "amount"),
        pathPaymentStrictReceive: (r) => ({
            sendAsset: asset(r),
            sendMax: amount(r),
            destination: account(r),
            destAsset: asset(r),
            destAmount: amount(r),
            path: path(r),
        }),
        pathPaymentStrictSend: (r) => ({
            sendAsset: asset(r),
            sendAmount: amount(r),
            destination: account(r),
            destAsset: asset(r),
            destMin: amount(r),
            path: path(r),
        }),
        payment: (r) => ({ destination: account(r), asset: asset(r), amount: amount(r) }),
        restoreFootprint: () => ({}),
        revokeAccountSponsorship: (r) => ({ account: key(r) }),
        revokeClaimableBalanceSponsorship: (r) => ({ balanceId: balance(r) }),
        revokeDataSponsorship: (r) => ({ account: key(r), name: r.letters(9) }),
        revokeLiquidityPoolSponsorship: (r) => ({ liquidityPoolId: r.hex(32) }),
        revokeOfferSponsorship: (r) => ({ seller: key(r), offerId: String(r.big(63)) }),
        revokeSignerSponsorship: (r) => ({ account: key(r), signer: { ed25519PublicKey: key(r) } }),
        revokeTrustlineSponsorship: (r) => ({ account: key(r), asset: credit(r) }),
        setOptions: (r) =>
            r.some({
                inflationDest: key(r),
                clearFlags: r.below(8),
                setFlags: r.below(8),
                masterWeight: r.below(256),
                lowThreshold: r.below(256),
                medThreshold: r.below(256),
                highThreshold: r.below(256),
                homeDomain: r.letters(r.below(33)),
                signer: signer(r),
            }),
        setTrustLineFlags: (r) => ({
            trustor: key(r),
            asset: credit(r),
            flags: { authorized: r.chance(2), ...r.some({ clawbackEnabled: false }) },
        }),
        uploadContractWasm: (r) => ({ wasm: r.bytes(r.below(3_000)) }),
    };

    const make = (random, name) => {
        const given = ARGUMENTS[name](random);
        if (random.chance(3)) given.source = account(random);
        return Operation[name](given);
    };
    return { names: Object.keys(ARGUMENTS), make, account, signedPayload, decimal };
}
