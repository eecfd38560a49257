// MultiversX, with its SDK: transfers and calls.

import { caseOf, equal, holds } from "./check.mjs";

const BASE = "/v3/egld/node/t-test-0123456789abcdef0123456789abcdef";

export default function (load) {
    const { Address, Transaction, TransactionComputer, UserPublicKey, UserSecretKey } = load("@multiversx/sdk-core");
    const computer = new TransactionComputer();
    const erd = (bytes) => new Address(bytes, "erd").toBech32();

    // EGLD as decimal text.
    function decimal(units) {
        const digits = String(units).padStart(19, "0");
        return `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, "");
    }

    function data(random) {
        const hex = (most) => random.hex(1 + random.below(most));
        return random.pick([
            () => "",
            () => `ESDTTransfer@${hex(12)}@${hex(9)}`,
            () => `ESDTNFTTransfer@${hex(12)}@${hex(4)}@${hex(4)}@${random.hex(32)}`,
            () => `${random.letters(8)}@${hex(200)}`,
            () => `caf\u00e9 "${random.letters(9)}" <&> \\ \n`,
        ])();
    }

    function make(random) {
        const testnet = random.chance(2);
        const secret = new UserSecretKey(random.bytes(32));
        const sender = secret.generatePublicKey().toAddress("erd").toBech32();
        const asked = {
            nonce: random.big(53),
            value: random.chance(4) ? 0n : random.positive(90),
            receiver: erd(random.bytes(32)),
            sender,
            gasPrice: 1_000_000_000n + random.big(40),
            gasLimit: 50_000n + random.big(40),
            data: Buffer.from(data(random)),
            chainID: testnet ? random.pick(["T", "D"]) : "1",
            version: 1 + random.below(2),
        };
        const payload = { to: asked.receiver, value: decimal(asked.value), data: asked.data.toString() };
        if (random.chance(2)) payload.from = sender;
        if (random.chance(2)) payload.nonce = String(asked.nonce);
        const config = {
            erd_chain_id: asked.chainID,
            erd_min_gas_price: Number(asked.gasPrice),
            erd_min_transaction_version: asked.version,
        };
        const stubs = [
            { path: `${BASE}/network/config`, body: { data: { config } } },
            { path: `${BASE}/transaction/cost`, body: { data: { txGasUnits: Number(asked.gasLimit) } } },
        ];
        if (payload.nonce === undefined) {
            stubs.push({ path: `${BASE}/address/${sender}/nonce`, body: { data: { nonce: Number(asked.nonce) } } });
        }
        const request = caseOf(random, "EGLD", testnet, [secret.hex()], JSON.stringify(payload), { stubs });
        return { kind: asked.data.toString().split("@")[0].slice(0, 4) || "transfer", request, asked, secret };
    }

    function transaction(asked) {
        const account = (text) => Address.newFromBech32(text);
        return new Transaction({ ...asked, sender: account(asked.sender), receiver: account(asked.receiver) });
    }

    function verify({ asked, secret }, answer) {
        const sent = JSON.parse(answer.data);
        equal("text", JSON.stringify(sent), answer.data);
        const { signature, ...found } = sent;
        const bytes = Buffer.from(found.data ?? "", "base64");
        equal("Base64", bytes.toString("base64"), found.data ?? "");
        const { nonce, gasPrice, gasLimit, value } = found;
        const numbers = { nonce: BigInt(nonce), gasPrice: BigInt(gasPrice), gasLimit: BigInt(gasLimit), value: BigInt(value) };
        equal("transaction", asked, { ...found, ...numbers, data: bytes });
        holds(typeof nonce === "number" && typeof value === "string", "numbers are not spelled as nodes read them");
        holds(/^[0-9a-f]{128}$/.test(signature), "the signature is not 64 bytes");
        const tx = transaction({ ...asked, signature: Buffer.from(signature, "hex") });
        const message = computer.computeBytesForVerifying(tx);
        const key = new UserPublicKey(secret.generatePublicKey().valueOf());
        holds(key.verify(Buffer.from(message), Buffer.from(signature, "hex")), "the signature does not verify");
        equal("hash", computer.computeTransactionHash(tx), answer.hash);
        equal("address", [asked.sender], answer.addresses);
    }

    function sign({ asked, secret }, answer) {
        const tx = transaction(asked);
        tx.signature = secret.sign(Buffer.from(computer.computeBytesForSigning(tx)));
        const hex = Buffer.from(tx.signature).toString("hex");
        const end = `"signature":"${hex}"}`;
        return { data: answer.data.slice(0, -end.length) + end, hash: computer.computeTransactionHash(tx) };
    }

    return { make, verify, sign };
}
