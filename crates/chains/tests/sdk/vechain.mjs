// VeChain, with its SDK: legacy transactions and those with a dynamic fee, several clauses.

import { caseOf, equal } from "./check.mjs";

const RESERVE = 15_000;

export default function (load) {
    const { Address, HexUInt, Transaction } = load("@vechain/sdk-core");

    function clause(random) {
        const creates = random.chance(6);
        const data = creates || random.chance(2) ? `0x${random.hex(1 + random.below(200))}` : "0x";
        return { to: creates ? null : `0x${random.hex(20)}`, value: `0x${random.big(200).toString(16)}`, data };
    }

    function make(random) {
        const testnet = random.chance(2);
        const secret = random.bytes(32);
        const dynamic = random.chance(2);
        const clauses = random.list(1, 6, () => clause(random));
        const [low, high] = [random.positive(80), random.positive(80)].sort((a, b) => (a < b ? -1 : 1));
        const used = clauses.map(() => random.below(2_000_000));
        const asked = {
            chainTag: testnet ? 0x27 : 0x4a,
            blockRef: `0x${random.hex(8)}`,
            expiration: random.number(32),
            clauses,
            gas: 0,
            dependsOn: random.chance(3) ? `0x${random.hex(32)}` : null,
            nonce: `0x${random.big(64).toString(16)}`,
            ...(dynamic
                ? { maxFeePerGas: `0x${high.toString(16)}`, maxPriorityFeePerGas: `0x${low.toString(16)}` }
                : { gasPriceCoef: random.below(256) }),
        };
        // The node is asked what the clauses use; the rest is the library's own count.
        const sum = used.reduce((sum, one) => sum + one, 0);
        asked.gas = Number(Transaction.intrinsicGas(clauses).wei) + (sum ? sum + RESERVE : 0);
        const { gas, clauses: _, dependsOn, ...payload } = asked;
        if (dependsOn) payload.dependsOn = dependsOn;
        if (clauses.length === 1 && random.chance(2)) Object.assign(payload, clauses[0]);
        else payload.clauses = clauses;
        const results = used.map((gasUsed) => ({ gasUsed, reverted: false, vmError: "", data: "0x" }));
        const stubs = [{ path: "/accounts/*", body: results }];
        const key = `0x${secret.toString("hex")}`;
        const request = caseOf(random, "VET", testnet, [key], JSON.stringify(payload), { stubs });
        return { kind: `${dynamic ? "dynamic fee" : "legacy"}, ${clauses.length} clauses`, request, asked, secret };
    }

    // Numbers have several spellings; those of bytes count with their zeros.
    function normal(body) {
        const number = (value) => (value === undefined ? undefined : BigInt(value));
        const names = ["chainTag", "expiration", "gas", "nonce", "gasPriceCoef", "maxFeePerGas", "maxPriorityFeePerGas"];
        const clauses = body.clauses.map(({ to, value, data }) => ({
            to: to?.toLowerCase() ?? null,
            value: number(value),
            data: data === "" ? "0x" : data.toLowerCase(),
        }));
        const numbers = names.map((name) => [name, number(body[name])]);
        const { blockRef, dependsOn } = body;
        return { ...Object.fromEntries(numbers), clauses, blockRef, dependsOn: dependsOn ?? null };
    }

    function verify({ asked, secret }, answer) {
        const found = Transaction.decode(HexUInt.of(answer.data).bytes, true);
        equal("transaction", normal(asked), normal(found.body));
        const own = Address.ofPrivateKey(secret).toString();
        equal("origin", own, found.origin.toString());
        equal("encoding", HexUInt.of(found.encoded).toString(), answer.data);
        equal("hash", found.id.toString(), answer.hash);
        equal("address", [own.toLowerCase()], answer.addresses.map((one) => one.toLowerCase()));
    }

    function sign({ asked, secret }) {
        const signed = Transaction.of(asked).sign(secret);
        return { data: HexUInt.of(signed.encoded).toString(), hash: signed.id.toString() };
    }

    return { make, verify, sign };
}
