// Cardano, with Emurgo's serialization library, which here also plays the Rosetta server: inputs of several owners,
// outputs to addresses of every kind, in the encodings of the eras since Shelley.

import { caseOf, equal, holds } from "./check.mjs";

const KEY = "t-test-0123456789abcdef0123456789abcdef";
// What the server puts behind the transaction: {"operations": []}.
const EXTRA = "a16a6f7065726174696f6e7380";
const HARDENED = 0x80000000;

export default function (load) {
    const lib = load("@emurgo/cardano-serialization-lib-nodejs");
    const number = (value) => lib.BigNum.from_str(String(value));
    const hex = (bytes) => Buffer.from(bytes).toString("hex");

    // Making a root takes long, so that there is but one.
    const root = lib.Bip32PrivateKey.from_bip39_entropy(Buffer.alloc(32, 7), Buffer.alloc(0));
    const role = [1852, 1815, 0, 0].reduce((parent, step) => parent.derive(step + HARDENED), root);

    function ownerOf(random, network) {
        const key = role.derive(random.below(HARDENED)).to_raw_key();
        const credential = lib.Credential.from_keyhash(key.to_public().hash());
        const address = lib.EnterpriseAddress.new(network, credential).to_address();
        return { key, text: hex(key.as_bytes()), address: address.to_bech32() };
    }

    // An address of any kind, as text and as bytes.
    function anyAddress(random, network) {
        const credential = () => {
            const hash = random.bytes(28);
            return random.chance(3)
                ? lib.Credential.from_scripthash(lib.ScriptHash.from_bytes(hash))
                : lib.Credential.from_keyhash(lib.Ed25519KeyHash.from_bytes(hash));
        };
        const pointer = () => lib.Pointer.new(random.number(31), random.number(15), random.number(7));
        const shelley = random.pick([
            () => lib.EnterpriseAddress.new(network, credential()),
            () => lib.BaseAddress.new(network, credential(), credential()),
            () => lib.PointerAddress.new(network, credential(), pointer()),
        ]);
        if (!random.chance(4)) {
            const address = shelley().to_address();
            return { text: address.to_bech32(), bytes: address.to_bytes() };
        }
        const key = root.derive(random.below(HARDENED)).to_public();
        const address = lib.ByronAddress.icarus_from_key(key, network === 1 ? 764824073 : 1);
        return { text: address.to_base58(), bytes: address.to_bytes() };
    }

    const head = (kind, value) => {
        const big = BigInt(value);
        const [marker, size] = big < 24n ? [big, 0] : big < 256n ? [24n, 1] : big < 65536n ? [25n, 2] : big < 1n << 32n ? [26n, 4] : [27n, 8];
        const first = ((kind << 5) | Number(marker)).toString(16).padStart(2, "0");
        return first + (size ? big.toString(16).padStart(size * 2, "0") : "");
    };

    // An output as the list of the first eras, or as the map that came with Babbage.
    function output(random, { bytes }, amount) {
        const address = head(2, bytes.length) + hex(bytes);
        const coin = head(0, amount);
        return lib.TransactionOutput.from_hex(random.chance(2) ? `82${address}${coin}` : `a200${address}01${coin}`);
    }

    function operation(index, type, address, value, coin) {
        const change = coin && { coin_identifier: { identifier: coin }, coin_action: "coin_spent" };
        return {
            operation_identifier: { index },
            type,
            status: "success",
            account: { address, metadata: {} },
            amount: { value: String(value), currency: { symbol: "ADA", decimals: 6 } },
            ...(change ? { coin_change: change } : {}),
            metadata: {},
        };
    }

    function make(random) {
        const testnet = random.chance(2);
        const network = testnet ? 0 : 1;
        const owners = random.list(1, 4, () => ownerOf(random, network));
        const to = random.list(1, 6, () => ({ address: anyAddress(random, network), amount: random.positive(60) }));
        const fee = random.positive(40);
        // Every owner has an input; the first ones hold little, the last all the rest.
        const count = owners.length + random.below(4);
        const total = to.reduce((sum, { amount }) => sum + amount, fee + BigInt(count));
        const from = Array.from({ length: count }, (_, place) => ({
            owner: owners[place % owners.length],
            coin: { hash: random.hex(32), index: random.below(random.pick([3, 65536])) },
            amount: place + 1 < count ? 1n : total - BigInt(count - 1),
        }));
        to[0].amount += BigInt(count);
        const inputs = lib.TransactionInputs.new();
        from.forEach(({ coin }) => inputs.add(lib.TransactionInput.new(lib.TransactionHash.from_hex(coin.hash), coin.index)));
        const outputs = lib.TransactionOutputs.new();
        to.forEach(({ address, amount }) => outputs.add(output(random, address, amount)));
        const body = lib.TransactionBody.new_tx_body(inputs, outputs, number(fee));
        const ttl = random.big(40);
        if (!random.chance(4)) body.set_ttl(number(ttl));
        // A set may have a tag, since Conway.
        const raw = random.chance(2) ? body.to_hex() : body.to_hex().replace("00d90102", "00");
        const fixed = lib.FixedTransaction.new_from_body_bytes(Buffer.from(raw, "hex"));
        const hash = fixed.transaction_hash().to_hex();
        const shape = raw.startsWith("a300d9") || raw.startsWith("a400d9") ? "tagged set" : "list";
        const kind = `${owners.length} owners, ${shape}`;
        const coinOf = ({ hash, index }) => `${hash}:${index}`;
        const operations = [
            ...from.map(({ owner, coin, amount }, n) => operation(n, "input", owner.address, -amount, coinOf(coin))),
            ...to.map(({ address, amount }, n) => operation(count + n, "output", address.text, amount)),
        ];
        const asked = { raw, hash, owners, from, to, fee };
        const stubs = rosetta(testnet, asked);
        const keys = owners.map(({ text }) => text);
        const request = caseOf(random, "ADA", testnet, keys, JSON.stringify(operations), { stubs });
        return { kind, request, ...asked, combined: stubs.at(-1).body.signed_transaction };
    }

    // The answers of a server for this transaction; the last is what the library signs itself.
    function rosetta(testnet, asked) {
        const wrapped = (witnesses) => {
            const whole = `84${asked.raw}${witnesses}f5f6`;
            return `82${head(3, whole.length)}${hex(Buffer.from(whole))}${EXTRA}`;
        };
        const payloads = asked.owners.map(({ address }) => ({
            account_identifier: { address },
            hex_bytes: asked.hash,
            signature_type: "ed25519",
        }));
        const witnesses = asked.owners.map(({ key }) => {
            const witness = lib.make_vkey_witness(lib.TransactionHash.from_hex(asked.hash), key);
            return witness.to_hex();
        });
        const answers = {
            preprocess: { options: { relative_ttl: 1000 } },
            metadata: { metadata: { ttl: "1" } },
            payloads: { unsigned_transaction: wrapped("a0"), payloads },
            combine: { signed_transaction: wrapped(`a100${head(4, witnesses.length)}${witnesses.join("")}`) },
        };
        const base = `/v3/blockchain/node/cardano-${testnet ? "preprod" : "mainnet"}/${KEY}/construction`;
        return Object.entries(answers).map(([name, body]) => ({ method: "POST", path: `${base}/${name}`, body }));
    }

    // The transaction in what is sent: a list of its digits as text, and what the server put behind it.
    function unwrapped(data) {
        const bytes = Buffer.from(data, "hex");
        const size = { 0x78: 1, 0x79: 2, 0x7a: 4 }[bytes[1]];
        holds(bytes[0] === 0x82 && size, "what is sent is no list with a text");
        const length = bytes.readUIntBE(2, size);
        equal("what stands behind the transaction", EXTRA, bytes.subarray(2 + size + length).toString("hex"));
        return bytes.subarray(2 + size, 2 + size + length).toString();
    }

    function verify({ raw, hash, owners, from, to, fee, combined }, answer) {
        const transaction = lib.FixedTransaction.from_hex(unwrapped(answer.own));
        equal("the transaction, as it was taken apart", unwrapped(answer.own), transaction.to_hex());
        holds(transaction.is_valid() && !transaction.auxiliary_data(), "it is not a plain transaction");
        equal("body", raw, hex(transaction.raw_body()));
        equal("hash", hash, answer.hash);
        equal("hash of the library", transaction.transaction_hash().to_hex(), answer.hash);
        const body = transaction.body();
        equal("fee", String(fee), body.fee().to_str());
        equal("count of inputs", from.length, body.inputs().len());
        from.forEach(({ coin }, n) => {
            const input = body.inputs().get(n);
            equal(`input ${n}`, coin, { hash: input.transaction_id().to_hex(), index: input.index() });
        });
        equal("count of outputs", to.length, body.outputs().len());
        to.forEach(({ address, amount }, n) => {
            const output = body.outputs().get(n);
            equal(`address of output ${n}`, address.bytes, output.address().to_bytes());
            equal(`amount of output ${n}`, String(amount), output.amount().coin().to_str());
        });
        const witnesses = transaction.witness_set().vkeys();
        equal("count of signatures", owners.length, witnesses.len());
        owners.forEach(({ key }, n) => {
            const witness = witnesses.get(n);
            equal(`key ${n}`, key.to_public().to_hex(), witness.vkey().public_key().to_hex());
            const good = witness.vkey().public_key().verify(Buffer.from(hash, "hex"), witness.signature());
            holds(good, `signature ${n} does not verify`);
        });
        equal("what is sent", combined, answer.data);
        const [, combine] = answer.posted.find(([path]) => path.endsWith("/combine"));
        const told = combine.signatures.map((one) => [one.public_key.hex_bytes, one.hex_bytes]);
        const signed = owners.map(({ key }, n) => [key.to_public().to_hex(), witnesses.get(n).signature().to_hex()]);
        equal("what the server is told", told, signed);
        equal("addresses", owners.map(({ address }) => address), answer.addresses);
    }

    // The library has signed in the part of the server.
    const sign = ({ combined }) => ({ own: combined });

    return { make, verify, sign, member: "own" };
}
