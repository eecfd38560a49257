// Flow, with the encoder of its SDK: what the account signs, what the API is asked to sign as proposer and payer, and
// the whole of it.

import { createHash } from "node:crypto";

import { caseOf, equal } from "./check.mjs";

// In front of what is signed, padded with zeros.
const TAG = Buffer.from("FLOW-V0.0-transaction").toString("hex").padEnd(64, "0");
const GAS_LIMIT = 9999;

export default function (load) {
    const ethers = load("ethers");
    const { encodeTransactionEnvelope, encodeTransactionPayload } = load("@onflow/encode");
    const sha3 = (hex) => createHash("sha3-256").update(Buffer.from(hex, "hex")).digest();
    const base64 = (value, encoding) => Buffer.from(value, encoding).toString("base64");

    const VALUES = {
        UFix64: (random) => `${random.big(33)}.${String(random.below(100_000_000)).padStart(8, "0")}`,
        Address: (random) => `0x${random.hex(8)}`,
        String: (random) => `caf\u00e9 "${random.letters(random.below(30))}" <&>\n`,
        UInt64: (random) => String(random.big(64)),
        Int: (random) => `-${random.positive(100)}`,
        Bool: (random) => random.chance(2),
    };

    // An argument as it is written, and as JSON-Cadence has it.
    function argument(random) {
        const type = random.pick(Object.keys(VALUES));
        const value = VALUES[type](random);
        if (!random.chance(5)) return [{ type, value }, { type, value }];
        const values = random.list(0, 4, () => VALUES[type](random));
        const items = values.map((value) => ({ type, value }));
        return [{ type: "Array", subType: type, value: values }, { type: "Array", value: items }];
    }

    const accountKey = (random) => ({ address: random.hex(8), keyId: random.below(2_000) });

    function make(random) {
        const testnet = random.chance(2);
        const key = new ethers.SigningKey(random.bytes(32));
        const account = random.hex(8);
        const proposer = accountKey(random);
        const payer = random.chance(2) ? accountKey(random) : { ...accountKey(random), address: proposer.address };
        const sequenceNum = random.below(1 << 30);
        const refBlock = random.hex(32);
        const script = `transaction { prepare(signer: &Account) { log("${random.letters(random.below(200))}") } }`;
        const isTransfer = random.chance(4);
        const amount = { type: "UFix64", value: `${random.positive(33)}.50000000` };
        const to = { type: "Address", value: `0x${random.hex(8)}` };
        const pairs = random.list(0, 5, () => argument(random));
        const args = isTransfer ? [amount, to] : pairs.map(([, read]) => read);
        const body = isTransfer
            ? { account: `0x${account}`, currency: "FLOW", to: to.value, amount: amount.value.replace("50000000", "5") }
            : { account: `0x${account}`, transaction: script, args: pairs.map(([written]) => written) };
        const [proposerSignature, payerSignature] = [random.hex(64), random.hex(64)];
        const keys = [{ index: String(proposer.keyId), sequence_number: String(sequenceNum) }];
        const answers = {
            "/v1/network/parameters": { chain_id: testnet ? "flow-testnet" : "flow-mainnet" },
            "/v3/flow/proposal/true": payer,
            "/v3/flow/proposal/false": proposer,
            "/v1/blocks": [{ header: { id: refBlock, height: String(random.below(1 << 30)) } }],
            [`/v1/accounts/${proposer.address}`]: { address: proposer.address, keys },
        };
        const signing = [proposerSignature, payerSignature].map((signature) => ({
            path: "/v3/flow/sign",
            times: 1,
            body: { signature },
        }));
        const stubs = [...Object.entries(answers).map(([path, body]) => ({ path, body })), ...signing];
        const payload = JSON.stringify({ type: isTransfer ? 2 : 8, body });
        const secret = key.privateKey.slice(2);
        const request = caseOf(random, "FLOW", testnet, [secret], payload, { stubs });
        const kind = isTransfer ? "transfer" : `custom, ${args.length} arguments`;
        const asked = { account, proposer, payer, sequenceNum, refBlock, args, script: isTransfer ? undefined : script };
        return { kind, request, asked, key, proposerSignature, payerSignature };
    }

    // Flow's libraries leave S in whichever half of the curve it falls; ethers puts it into the lower one.
    function ownSignature({ r, s }, found) {
        const other = ethers.toBeHex(ethers.N - BigInt(s), 32);
        const both = [s, other].map((half) => r.slice(2) + half.slice(2));
        return both.find((one) => one === found) ?? both[0];
    }

    // The transaction, as the library makes it, with a script that may come from what was sent.
    function built({ asked, key, proposerSignature, payerSignature }, { script, signature: found }) {
        const { account, proposer, payer, sequenceNum, refBlock } = asked;
        const tx = {
            script,
            arguments: asked.args,
            refBlock,
            gasLimit: GAS_LIMIT,
            proposalKey: { ...proposer, sequenceNum },
            payer: payer.address,
            authorizers: [account],
        };
        const message = TAG + encodeTransactionPayload(tx);
        const own = { address: account, keyId: 0, sig: ownSignature(key.sign(sha3(message)), found) };
        tx.payloadSigs = [{ ...proposer, sig: proposerSignature }, own];
        const envelope = encodeTransactionEnvelope(tx);
        const [content, signatures] = ethers.decodeRlp(`0x${envelope}`);
        // Proposer, payer and authorizer are numbered, none twice.
        const place = payer.address === proposer.address ? 0 : 1;
        const last = [[ethers.toBeArray(place), ethers.toBeArray(payer.keyId), `0x${payerSignature}`]];
        const hash = sha3(ethers.encodeRlp([content, signatures, last]).slice(2)).toString("hex");
        const signature = ({ address, keyId, sig }) => ({
            address,
            key_index: String(keyId),
            signature: base64(sig, "hex"),
        });
        const data = JSON.stringify({
            script: base64(script),
            arguments: asked.args.map((one) => base64(JSON.stringify(one))),
            reference_block_id: refBlock,
            gas_limit: String(GAS_LIMIT),
            payer: payer.address,
            proposal_key: {
                address: proposer.address,
                key_index: String(proposer.keyId),
                sequence_number: String(sequenceNum),
            },
            authorizers: [account],
            payload_signatures: tx.payloadSigs.map(signature),
            envelope_signatures: [signature({ ...payer, sig: payerSignature })],
        });
        return { data, hash, messages: [message, TAG + envelope] };
    }

    // What is taken from what was sent: the script of transfers, and the signature.
    function partsOf({ asked }, answer) {
        const sent = JSON.parse(answer.data);
        const script = asked.script ?? Buffer.from(sent.script, "base64").toString();
        const signature = Buffer.from(sent.payload_signatures[1].signature, "base64").toString("hex");
        return { script, signature };
    }

    function verify(wanted, answer) {
        const sent = JSON.parse(answer.data);
        const parts = partsOf(wanted, answer);
        const { messages, data, hash } = built(wanted, parts);
        const point = ethers.SigningKey.computePublicKey(wanted.key.publicKey, false);
        const [r, s] = [parts.signature.slice(0, 64), BigInt(`0x${parts.signature.slice(64)}`)];
        const low = ethers.toBeHex(s > ethers.N / 2n ? ethers.N - s : s, 32);
        const recovered = [27, 28].map((v) =>
            ethers.SigningKey.recoverPublicKey(sha3(messages[0]), { r: `0x${r}`, s: low, v }),
        );
        equal("signer", point, recovered.find((key) => key === point));
        equal("transaction", JSON.parse(data), sent);
        equal("text", data, answer.data);
        equal("hash", hash, answer.hash);
        const told = answer.posted.filter(([path]) => path === "/v3/flow/sign").map(([, body]) => body);
        const expected = messages.map((data, place) => ({ data, isPayer: place === 1 }));
        equal("what the API is asked to sign", expected, told);
        equal("address", [point.slice(4)], answer.addresses);
    }

    function sign(wanted, answer) {
        const { data, hash } = built(wanted, partsOf(wanted, answer));
        return { data, hash };
    }

    return { make, verify, sign };
}
