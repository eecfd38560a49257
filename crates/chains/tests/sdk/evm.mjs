// The chains of Ethereum's kind, with ethers: transactions of types 0, 1 and 2.

import { caseOf, equal, holds } from "./check.mjs";

// Chain ids on mainnet and testnet.
const CHAINS = {
    ETH: [1, 11155111],
    BSC: [56, 97],
    MATIC: [137, 80002],
    KLAY: [8217, 1001],
    XDC: [50, 51],
    KCS: [321, 322],
    ONE: [1666600000, 1666700000],
    CELO: [42220, 11142220],
};

export default function (load) {
    const ethers = load("ethers");

    // Numbers come as JSON numbers, decimal text or hexadecimal.
    function spelled(random, number) {
        const forms = [String(number), ethers.toQuantity(number)];
        if (number < 1n << 53n) forms.push(Number(number));
        return random.pick(forms);
    }

    function make(random, n) {
        const names = Object.keys(CHAINS);
        const chain = names[n % names.length];
        const testnet = random.chance(2);
        const key = new ethers.SigningKey(random.bytes(32));
        const type = random.below(3);
        const creates = random.chance(6);
        const [low, high] = [random.positive(100), random.positive(100)].sort((a, b) => (a < b ? -1 : 1));
        const address = () => ethers.getAddress(`0x${random.hex(20)}`);
        const numbers = {
            value: random.big(240),
            nonce: random.big(53),
            gasLimit: 1_000_000n + random.big(40),
            ...(type === 2 ? { maxFeePerGas: high, maxPriorityFeePerGas: low } : { gasPrice: high }),
        };
        const data = creates || random.chance(2) ? `0x${random.hex(1 + random.below(400))}` : "0x";
        const entry = () => ({ address: address(), storageKeys: random.list(0, 3, () => `0x${random.hex(32)}`) });
        const accessList = type > 0 ? random.list(0, 3, entry) : undefined;
        const [mainnetId, testnetId] = CHAINS[chain];
        const asked = {
            type,
            chainId: BigInt(testnet ? testnetId : mainnetId),
            to: creates ? null : address(),
            data,
            accessList,
            ...numbers,
        };
        const payload = { data, type, chainId: Number(asked.chainId) };
        Object.entries(numbers).forEach(([name, number]) => (payload[name] = spelled(random, number)));
        if (!creates) payload.to = asked.to;
        if (accessList) payload.accessList = accessList;
        // XDC asks for the gas whatever the payload says.
        const estimate = { path: "^/v3/", rpc: "eth_estimateGas", body: ethers.toQuantity(numbers.gasLimit) };
        const stubs = chain === "XDC" ? [estimate] : [];
        const request = caseOf(random, chain, testnet, [key.privateKey], JSON.stringify(payload), { stubs });
        return { kind: `${chain}, type ${type}${creates ? ", creation" : ""}`, request, asked, key };
    }

    function transaction({ asked, key }) {
        const tx = ethers.Transaction.from(asked);
        tx.signature = key.sign(tx.unsignedHash);
        return tx;
    }

    // Klaytn puts a byte before the transactions that it has of Ethereum.
    const before = ({ asked, request }) => (request.chain === "KLAY" && asked.type > 0 ? "78" : "");

    function verify(wanted, answer) {
        const { asked, key, request } = wanted;
        const start = `0x${before(wanted)}`;
        equal("start", start, answer.data.slice(0, start.length));
        const plain = `0x${answer.data.slice(start.length)}`;
        const found = ethers.Transaction.from(plain);
        for (const [name, value] of Object.entries(asked)) equal(name, value ?? null, found[name]);
        const own = ethers.computeAddress(key.publicKey);
        equal("sender", own, found.from);
        holds(BigInt(found.signature.s) <= ethers.N / 2n, "s is in the upper half of the curve");
        equal("encoding", found.serialized, plain);
        equal("hash", found.hash, answer.hash);
        const [address] = answer.addresses;
        const spelled = address.replace(/^xdc/, "0x").toLowerCase();
        if (request.chain !== "ONE") equal("address", own.toLowerCase(), spelled);
    }

    function sign(wanted) {
        const tx = transaction(wanted);
        return { data: tx.serialized.replace("0x", `0x${before(wanted)}`), hash: tx.hash };
    }

    return { make, verify, sign };
}
