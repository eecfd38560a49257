// XRP Ledger, with xrpl.js: every type of transaction and every field that it knows.

import fs from "node:fs";
import vm from "node:vm";
import { createHash, createPrivateKey, sign, webcrypto } from "node:crypto";

import { caseOf, equal, holds } from "./check.mjs";
import { normal, types, value } from "./xrp-fields.mjs";

// The build for web workers needs no other module, so that it runs on every version of Node.js.
function loadWorker(file) {
    const context = { crypto: webcrypto, TextEncoder, TextDecoder, Uint8Array, WebSocket: class {} };
    Object.assign(context, { importScripts: true, location: "file:///" });
    context.self = vm.createContext(context);
    vm.runInContext(fs.readFileSync(file, "utf8"), context);
    return context.xrpl;
}

// A signature over `message`, by other libraries than the one that verifies it.
function signature(ethers, message, { publicKey, privateKey }) {
    const secret = Buffer.from(privateKey.slice(2), "hex");
    const bytes = Buffer.from(message, "hex");
    if (publicKey.startsWith("ED")) {
        const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secret]);
        return sign(null, bytes, createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
    }
    const digest = createHash("sha512").update(bytes).digest().subarray(0, 32);
    const { r, s } = new ethers.SigningKey(secret).sign(digest);
    const integer = (hex) => {
        const digits = hex.slice(2).replace(/^(00)+/, "");
        const bytes = Buffer.from(parseInt(digits.slice(0, 2), 16) > 127 ? `00${digits}` : digits, "hex");
        return Buffer.concat([Buffer.from([2, bytes.length]), bytes]);
    };
    const pair = Buffer.concat([integer(r), integer(s)]);
    return Buffer.concat([Buffer.from([0x30, pair.length]), pair]);
}

export default function (load) {
    const xrpl = loadWorker(load.resolve("xrpl/build/xrpl-latest-min.js"));
    const ethers = load("ethers");
    const definitions = load("ripple-binary-codec/dist/enums/definitions.json");
    const fields = Object.fromEntries(definitions.FIELDS);
    const kinds = types(definitions);

    function keyPair(random) {
        const type = random.pick(["ed25519", "secp256k1"]);
        const seed = xrpl.encodeSeed(random.bytes(16), type);
        const { publicKey, privateKey } = xrpl.deriveKeypair(seed);
        // Keys are also read as the library writes them, without their seed.
        return { text: random.chance(4) ? privateKey : seed, publicKey, privateKey };
    }

    // Writes an address with its tag in place of both; gives the tag.
    function extend(random, payload, account, tag, testnet) {
        const value = random.chance(3) ? false : payload[tag] ?? random.number(32);
        if (payload[tag] !== undefined && value === false) return payload[tag];
        payload[account] = xrpl.encodeXAddress(xrpl.decodeAccountID(payload[account]), value, testnet);
        delete payload[tag];
        return value === false ? undefined : value;
    }

    function make(random, n) {
        const kind = kinds[n % kinds.length];
        const testnet = random.chance(2);
        const key = keyPair(random);
        const context = { random, fields, other: () => xrpl.encodeAccountID(random.bytes(20)) };
        const ticket = random.chance(4);
        const asked = {
            TransactionType: kind.name,
            Account: xrpl.deriveAddress(key.publicKey),
            Fee: String(random.positive(40)),
            Sequence: ticket ? 0 : Number(random.positive(32)),
            ...(ticket ? { TicketSequence: random.number(32) } : {}),
        };
        const also = ["Flags", "LastLedgerSequence", "SourceTag", "Memos", "AccountTxnID", "NetworkID", "Delegate"];
        for (const [name, needed] of [...kind.fields, ...also.map((name) => [name, false])]) {
            if (needed || random.chance(3)) asked[name] = value(context, name);
        }
        const payload = { ...asked };
        if (random.chance(4)) asked.SourceTag = extend(random, payload, "Account", "SourceTag", testnet);
        const tagged = kind.fields.some(([name]) => name === "DestinationTag") && payload.Destination;
        if (tagged && random.chance(2)) {
            asked.DestinationTag = extend(random, payload, "Destination", "DestinationTag", testnet);
        }
        asked.SigningPubKey = key.publicKey;
        const request = caseOf(random, "XRP", testnet, [key.text], JSON.stringify(payload));
        return { kind: kind.name, request, payload, asked, key };
    }

    function hash(data) {
        const bytes = Buffer.concat([Buffer.from("54584e00", "hex"), Buffer.from(data, "hex")]);
        return createHash("sha512").update(bytes).digest("hex").slice(0, 64).toUpperCase();
    }

    function verify({ asked, key }, answer) {
        holds(/^[0-9A-F]+$/.test(answer.data), "the data is not hexadecimal in upper case");
        const { TxnSignature, ...found } = xrpl.decode(answer.data);
        equal("transaction", normal(fields, asked), normal(fields, found));
        const message = xrpl.encodeForSigning(found);
        holds(xrpl.verifyKeypairSignature(message, TxnSignature, key.publicKey), "the signature does not verify");
        equal("hash", hash(answer.data), answer.hash);
        equal("the library's own hash", xrpl.hashes.hashSignedTx(answer.data), answer.hash);
        equal("address", [asked.Account], answer.addresses);
    }

    // The library reads the payload as it came, X-addresses and all.
    function signed({ payload, key }) {
        const whole = { ...payload, SigningPubKey: key.publicKey };
        const message = xrpl.encodeForSigning(whole);
        whole.TxnSignature = signature(ethers, message, key).toString("hex").toUpperCase();
        const data = xrpl.encode(whole);
        return { data, hash: xrpl.hashes.hashSignedTx(data) };
    }

    return { make, verify, sign: signed };
}
