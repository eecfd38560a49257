// Algorand, with algosdk: payments, transfers, configuration and freezing of tokens, with every field they have.

import { createPublicKey, verify as verifySignature } from "node:crypto";

import { caseOf, equal, holds, json } from "./check.mjs";

const MAINNET = Buffer.from("wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=", "base64");
const NONE = Buffer.alloc(32);

export default function (load) {
    const sdk = load("algosdk");
    const { Address, TransactionType } = sdk;
    const base32 = load("hi-base32");

    // The spellings of bytes and addresses that JavaScript makes.
    const indexed = (bytes) => Object.fromEntries([...bytes].map((byte, place) => [place, byte]));
    const spelled = (random, bytes) =>
        random.pick([indexed(bytes), [...bytes], { type: "Buffer", data: [...bytes] }]);
    function address(random, key) {
        const text = new Address(key).toString();
        const checksum = base32.decode.asBytes(text).slice(32);
        return random.chance(2) ? text : { publicKey: spelled(random, key), checksum: spelled(random, checksum) };
    }

    // What each type has of its own: the names in the payload, and what the SDK calls them.
    const KINDS = {
        pay: (random) => ({
            to: random.chance(9) ? NONE : random.bytes(32),
            amount: random.big(64),
            ...(random.chance(4) ? { closeRemainderTo: random.bytes(32) } : {}),
        }),
        axfer: (random) => ({
            to: random.bytes(32),
            amount: random.big(64),
            assetIndex: random.positive(64),
            ...(random.chance(4) ? { closeRemainderTo: random.bytes(32) } : {}),
            ...(random.chance(4) ? { assetRevocationTarget: random.bytes(32) } : {}),
        }),
        acfg: (random) => {
            const managers = random.some({
                assetManager: random.bytes(32),
                assetReserve: random.bytes(32),
                assetFreeze: random.bytes(32),
                assetClawback: random.bytes(32),
            });
            const index = random.positive(64);
            const created = {
                assetTotal: random.big(64),
                assetDecimals: random.below(20),
                assetDefaultFrozen: random.chance(2),
                ...random.some({
                    assetUnitName: random.letters(random.below(9)),
                    assetName: `Na\u00efve ${random.letters(random.below(20))}`,
                    assetURL: `https://${random.letters(random.below(80))}`,
                    assetMetadataHash: random.bytes(32),
                }),
                ...managers,
            };
            return random.pick([created, { assetIndex: index, ...managers }, { assetIndex: index }]);
        },
        afrz: (random) => ({
            assetIndex: random.positive(64),
            freezeAccount: random.bytes(32),
            freezeState: random.chance(2),
        }),
    };

    // The parameters of the SDK for the same.
    function own(kind, asked) {
        const account = (key) => (key ? new Address(key) : undefined);
        switch (kind) {
            case "pay": {
                const { to, amount, closeRemainderTo } = asked;
                return {
                    paymentParams: { receiver: new Address(to), amount, closeRemainderTo: account(closeRemainderTo) },
                };
            }
            case "axfer":
                return {
                    assetTransferParams: {
                        receiver: new Address(asked.to),
                        amount: asked.amount,
                        assetIndex: asked.assetIndex,
                        closeRemainderTo: account(asked.closeRemainderTo),
                        assetSender: account(asked.assetRevocationTarget),
                    },
                };
            case "acfg":
                return {
                    assetConfigParams: {
                        assetIndex: asked.assetIndex,
                        total: asked.assetTotal,
                        decimals: asked.assetDecimals,
                        defaultFrozen: asked.assetDefaultFrozen,
                        unitName: asked.assetUnitName,
                        assetName: asked.assetName,
                        assetURL: asked.assetURL,
                        assetMetadataHash: asked.assetMetadataHash,
                        manager: account(asked.assetManager),
                        reserve: account(asked.assetReserve),
                        freeze: account(asked.assetFreeze),
                        clawback: account(asked.assetClawback),
                    },
                };
            default:
                return {
                    assetFreezeParams: {
                        assetIndex: asked.assetIndex,
                        freezeTarget: account(asked.freezeAccount),
                        frozen: asked.freezeState,
                    },
                };
        }
    }

    function transaction(kind, asked) {
        const suggestedParams = {
            fee: asked.fee,
            flatFee: true,
            minFee: 1000,
            firstValid: asked.firstRound,
            lastValid: asked.lastRound,
            genesisID: asked.genesisID,
            genesisHash: asked.genesisHash,
        };
        const made = new sdk.Transaction({
            type: TransactionType[kind],
            sender: new Address(asked.from),
            suggestedParams,
            note: asked.note,
            lease: asked.lease,
            rekeyTo: asked.reKeyTo ? new Address(asked.reKeyTo) : undefined,
            ...own(kind, asked),
        });
        made.group = asked.group;
        return made;
    }

    const keyTexts = (account) => {
        const secret = Buffer.from(account.sk);
        const seed = secret.subarray(0, 32);
        const digits = [secret, seed].map((bytes) => base32.encode(bytes).replace(/=/g, ""));
        return [...digits, secret.toString("base64"), seed.toString("base64"), sdk.secretKeyToMnemonic(account.sk)];
    };

    function make(random, n) {
        const kind = Object.keys(KINDS)[n % 4];
        const testnet = random.chance(2);
        const seed = random.bytes(32);
        const account = sdk.mnemonicToSecretKey(sdk.mnemonicFromSeed(seed));
        const [first, second] = [random.big(62), random.big(62)];
        const asked = {
            from: random.chance(4) ? random.bytes(32) : Buffer.from(account.addr.publicKey),
            fee: random.big(62),
            firstRound: first < second ? first : second,
            lastRound: first < second ? second : first,
            genesisHash: testnet ? random.bytes(32) : MAINNET,
            ...random.some({
                genesisID: random.letters(random.below(20)),
                note: random.bytes(random.below(1025)),
                lease: random.bytes(32),
                group: random.bytes(32),
            }),
            ...(random.chance(5) ? { reKeyTo: random.bytes(32) } : {}),
            ...KINDS[kind](random),
        };
        const accounts = ["from", "to", "closeRemainderTo", "assetRevocationTarget", "freezeAccount", "reKeyTo"];
        const isAccount = (name) => accounts.includes(name) || /^asset(Manager|Reserve|Freeze|Clawback)$/.test(name);
        const spell = ([name, value]) => {
            if (!(value instanceof Uint8Array)) return [name, value];
            return [name, isAccount(name) ? address(random, value) : spelled(random, value)];
        };
        const extra = { name: "Transaction", tag: { type: "Buffer", data: [84, 88] }, appArgs: [], flatFee: random.chance(2) };
        const payload = { ...extra, type: kind, ...Object.fromEntries(Object.entries(asked).map(spell)) };
        const key = random.pick(keyTexts(account));
        const args = ["--allowRekey"];
        const request = caseOf(random, "ALGO", testnet, [key], json(payload), { args });
        return { kind, request, asked, account };
    }

    // What the SDK read, by the names of the payload; what is empty is left out, as the chain does.
    function read({ txn }) {
        const key = (account) => (account ? Buffer.from(account.publicKey) : undefined);
        const { payment, assetTransfer, assetConfig, assetFreeze } = txn;
        return {
            from: key(txn.sender),
            fee: txn.fee,
            firstRound: txn.firstValid,
            lastRound: txn.lastValid,
            genesisHash: txn.genesisHash,
            genesisID: txn.genesisID,
            note: txn.note,
            lease: txn.lease,
            group: txn.group,
            reKeyTo: key(txn.rekeyTo),
            to: key((payment ?? assetTransfer)?.receiver),
            amount: (payment ?? assetTransfer)?.amount,
            closeRemainderTo: key((payment ?? assetTransfer)?.closeRemainderTo),
            assetIndex: (assetTransfer ?? assetConfig ?? assetFreeze)?.assetIndex,
            assetRevocationTarget: key(assetTransfer?.assetSender),
            assetTotal: assetConfig?.total,
            assetDecimals: assetConfig?.decimals,
            assetDefaultFrozen: assetConfig?.defaultFrozen,
            assetUnitName: assetConfig?.unitName,
            assetName: assetConfig?.assetName,
            assetURL: assetConfig?.assetURL,
            assetMetadataHash: assetConfig?.assetMetadataHash,
            assetManager: key(assetConfig?.manager),
            assetReserve: key(assetConfig?.reserve),
            assetFreeze: key(assetConfig?.freeze),
            assetClawback: key(assetConfig?.clawback),
            freezeAccount: key(assetFreeze?.freezeAccount),
            freezeState: assetFreeze?.frozen,
        };
    }

    function compact(members) {
        const isEmpty = (value) =>
            [undefined, false, "", 0, 0n].includes(value) ||
            (value instanceof Uint8Array && (value.length === 0 || Buffer.from(value).equals(NONE)));
        const present = Object.entries(members).filter(([, value]) => !isEmpty(value));
        return Object.fromEntries(present.map(([name, value]) => [name, typeof value === "number" ? BigInt(value) : value]));
    }

    // By another library than the one that may sign.
    function holdsFor(publicKey, message, signature) {
        const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), publicKey]);
        return verifySignature(null, message, createPublicKey({ key: der, format: "der", type: "spki" }), signature);
    }

    function verify({ kind, asked, account }, answer) {
        holds(/^([0-9a-f]{2})+$/.test(answer.data), "the data is not hexadecimal in lower case");
        const signed = sdk.decodeSignedTransaction(Buffer.from(answer.data, "hex"));
        equal("type", kind, signed.txn.type);
        equal("transaction", compact(asked), compact(read(signed)));
        const isOwn = asked.from.equals(Buffer.from(account.addr.publicKey));
        equal("sgnr", isOwn ? undefined : account.addr.toString(), signed.sgnr?.toString());
        const message = Buffer.from(signed.txn.bytesToSign());
        holds(holdsFor(account.addr.publicKey, message, signed.sig), "the signature does not verify");
        equal("the library's own encoding", Buffer.from(sdk.encodeMsgpack(signed)).toString("hex"), answer.data);
        equal("hash", signed.txn.txID(), answer.hash);
        equal("address", [account.addr.toString()], answer.addresses);
    }

    function sign({ kind, asked, account }) {
        const made = transaction(kind, asked);
        return { data: Buffer.from(made.signTxn(account.sk)).toString("hex"), hash: made.txID() };
    }

    return { make, verify, sign };
}
