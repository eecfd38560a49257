// TRON, with tronweb: every type of contract that it can build, accounts with several keys, both spellings.

import { createHash } from "node:crypto";

import { caseOf, equal, holds, json } from "./check.mjs";
import { contracts, number } from "./tron-contracts.mjs";

export default function (load) {
    const { utils, TronWeb } = load("tronweb");
    const { txJsonToPb, txPbToRawDataHex, txPbToTxID } = utils.transaction;

    function keyOf(random) {
        const secret = random.hex(32);
        const address = utils.address.toHex(utils.address.fromPrivateKey(secret));
        return { secret, address };
    }

    function make(random, n) {
        const key = keyOf(random);
        const visible = random.chance(3);
        const spelled = (address) => (visible ? utils.address.fromHex(address) : address);
        const permission = random.chance(3) ? 2 + random.below(5) : undefined;
        const owner = spelled(permission && random.chance(2) ? `41${random.hex(20)}` : key.address);
        const token = () => (visible ? String(1_000_001 + random.below(9_000_000)) : random.hex(7));
        const values = contracts(random, owner, () => spelled(`41${random.hex(20)}`), token);
        const kinds = Object.keys(values);
        const type = kinds[n % kinds.length];
        const value = { owner_address: owner, ...values[type]() };
        const item = { parameter: { value, type_url: `type.googleapis.com/protocol.${type}` }, type };
        if (permission) item.Permission_id = permission;
        const raw_data = {
            contract: [item],
            ref_block_bytes: random.hex(2),
            ref_block_hash: random.hex(8),
            expiration: number(random, 42),
            ...random.some({ data: random.hex(1 + random.below(80)), fee_limit: number(random, 40) }),
            timestamp: number(random, 42),
        };
        const pb = txJsonToPb({ visible, raw_data });
        const txID = txPbToTxID(pb).replace("0x", "");
        const asked = { visible, txID, raw_data, raw_data_hex: txPbToRawDataHex(pb).toLowerCase() };
        // Other keys of the account may have signed already.
        const others = permission ? random.list(0, 3, () => keyOf(random)) : [];
        others.forEach((other) => utils.crypto.signTransaction(other.secret, asked));
        const payload = json(exact(asked));
        const request = caseOf(random, "TRON", random.chance(2), [key.secret], payload);
        return { kind: type, request, asked, payload, key };
    }

    // Doubles beyond 2^53 as the whole numbers they are.
    function exact(value) {
        if (typeof value === "number") return Number.isSafeInteger(value) ? value : BigInt(value);
        if (Array.isArray(value)) return value.map(exact);
        if (value === null || typeof value !== "object") return value;
        return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exact(member)]));
    }

    // What has no value is not written; the JSON of nodes has addresses and names in one of two spellings.
    function compact(value, name) {
        if (Array.isArray(value)) {
            // A map has no order.
            const list = value.map((one) => compact(one));
            return name === "parameters" ? list.sort((a, b) => a.key - b.key) : list;
        }
        if (value && typeof value === "object") {
            const members = Object.entries(value).map(([member, one]) => [member, compact(one, member)]);
            const isEmpty = (one) => [undefined, 0, false, "", null].includes(one) || one.length === 0;
            return Object.fromEntries(members.filter(([, one]) => !isEmpty(one)));
        }
        if (typeof value !== "string") return value;
        if (name === "type" || name === "stateMutability") return value.toLowerCase().replace(/^owner$/, "");
        if (/address$/.test(name)) return utils.address.toHex(value).toLowerCase();
        return /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : value;
    }

    // Where `visible` is set, the names of tokens are text.
    function unspelled(value, name, visible) {
        if (Array.isArray(value)) return value.map((one) => unspelled(one, undefined, visible));
        if (value && typeof value === "object") {
            const members = Object.entries(value).map(([member, one]) => [member, unspelled(one, member, visible)]);
            return Object.fromEntries(members);
        }
        const isToken = typeof value === "string" && /^(asset_name|\w*token_id)$/.test(name);
        return visible && isToken ? Buffer.from(value).toString("hex") : value;
    }

    function verify({ asked, payload, key, kind }, answer) {
        const sent = JSON.parse(answer.data);
        const { signature, ...rest } = sent;
        const { signature: before = [], ...given } = asked;
        equal("members", [...Object.keys(given), "signature"], Object.keys(sent));
        equal("payload", given, rest);
        // Every digit of every number is as it came.
        const end = `"signature":${JSON.stringify(signature)}}`;
        const head = payload.replace(/(,"signature":\[.*?\])?\}$/, ",");
        equal("text", head + end, answer.data);
        equal("signatures before", before, signature.slice(0, -1));
        const raw = Buffer.from(sent.raw_data_hex, "hex");
        equal("hash", createHash("sha256").update(raw).digest("hex"), answer.hash);
        equal("txID", answer.hash, sent.txID);
        holds(/^[0-9a-f]{128}1[BC]$/.test(signature.at(-1)), "the signature is not 65 bytes that end with 1B or 1C");
        const signer = utils.crypto.ecRecover(sent.txID, signature.at(-1));
        equal("signer", key.address.toLowerCase(), signer.toLowerCase());
        holds(BigInt(`0x${signature.at(-1).slice(64, 128)}`) <= HALF, "s is in the upper half of the curve");
        const read = utils.deserializeTx.deserializeTransaction(kind, sent.raw_data_hex);
        equal("raw_data", compact(unspelled(asked.raw_data, undefined, asked.visible)), compact(read));
        equal("address", [utils.address.fromHex(key.address)], answer.addresses);
    }

    function sign({ asked, key, payload }) {
        const { signature } = utils.crypto.signTransaction(key.secret, { txID: asked.txID });
        const text = signature[0].replace(/^0x/, "").toLowerCase();
        const all = [...(asked.signature ?? []), text.slice(0, 128) + text.slice(128).toUpperCase()];
        const head = payload.replace(/(,"signature":\[.*?\])?\}$/, ",");
        return { data: `${head}"signature":${JSON.stringify(all)}}`, hash: asked.txID };
    }

    return { make, verify, sign };
}

// Half the order of secp256k1.
const HALF = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
