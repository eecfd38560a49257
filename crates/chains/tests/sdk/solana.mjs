// Solana, with its kit, and with litesvm, which executes what was signed on a ledger in this process.

import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from "node:crypto";

import { caseOf, equal, holds } from "./check.mjs";
import { actions } from "./solana-actions.mjs";

const PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
const PLACEHOLDER = "7WyEshBZcZwEbJsvSeGgCkSNMxxxFAym3x7Cuj6UjAUE";

export default function (load) {
    const kit = load("@solana/kit");
    const { LiteSVM, FailedTransactionMetadata } = load("litesvm");
    const svm = new LiteSVM();
    const base58 = (bytes) => kit.getBase58Decoder().decode(bytes);

    function keyPair(seed) {
        const secret = createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: "der", type: "pkcs8" });
        const bytes = createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32);
        return { secret, bytes, address: base58(bytes), whole: Buffer.concat([seed, bytes]) };
    }

    const known = actions(load, svm, keyPair);

    // Wallets have keys in either of two spellings.
    const text = (random, { whole }) => (random.chance(2) ? base58(whole) : whole.toString("hex"));

    function compiled(action, payer, owner, version) {
        let message = kit.createTransactionMessage({ version });
        message = kit.setTransactionMessageFeePayer(payer.address, message);
        if (action.nonce) {
            const { text, account } = action.nonce;
            const nonce = { nonce: text, nonceAccountAddress: account, nonceAuthorityAddress: owner.address };
            message = kit.setTransactionMessageLifetimeUsingDurableNonce(nonce, message);
        } else {
            const lifetime = { blockhash: PLACEHOLDER, lastValidBlockHeight: 1n };
            message = kit.setTransactionMessageLifetimeUsingBlockhash(lifetime, message);
        }
        message = kit.appendTransactionMessageInstructions(action.instructions, message);
        if (action.tables) message = kit.compressTransactionMessageUsingAddressLookupTables(message, action.tables);
        return kit.compileTransactionMessage(message);
    }

    async function make(random, n) {
        const names = Object.keys(known.all);
        const name = names[n % names.length];
        const owner = keyPair(random.bytes(32));
        const payer = random.chance(3) ? keyPair(random.bytes(32)) : owner;
        [owner, payer].forEach(({ address }) => known.rich(address));
        const action = await known.all[name](random, { owner, payer });
        const version = name === "fromTable" || random.chance(2) ? 0 : "legacy";
        const message = compiled(action, payer, owner, version);
        const payload = { txData: Buffer.from(kit.getCompiledTransactionMessageEncoder().encode(message)).toString("hex") };
        if (action.mint) payload.mintPK = action.mint.whole.toString("hex");
        svm.expireBlockhash();
        const blockhash = svm.latestBlockhash();
        const value = { blockhash, lastValidBlockHeight: 1_000 + n };
        const stub = { path: "^/v3/blockchain/node/SOL", rpc: "getLatestBlockhash", body: { value } };
        // Whose tokens move signs as well, whoever pays.
        const wallets = [...new Set([payer, owner])];
        const keys = wallets.map((key) => text(random, key));
        const request = caseOf(random, "SOL", false, keys, JSON.stringify(payload), { stubs: [stub] });
        const asked = { ...message, lifetimeToken: action.nonce ? action.nonce.text : blockhash };
        const all = [...wallets, ...(action.mint ? [action.mint] : [])];
        const before = all.map(({ address }) => known.balance(address));
        return { kind: `${name}, version ${version}`, request, asked, wallets, all, payer, owner, action, before };
    }

    const read = (data) => kit.getTransactionDecoder().decode(Buffer.from(data, "base64"));

    function verify({ asked, wallets, all }, answer) {
        equal("Base64", Buffer.from(answer.data, "base64").toString("base64"), answer.data);
        const transaction = read(answer.data);
        const message = kit.getCompiledTransactionMessageDecoder().decode(transaction.messageBytes);
        // The decoder leaves out lists that are empty.
        const encoded = kit.getCompiledTransactionMessageEncoder().encode(asked);
        equal("message", kit.getCompiledTransactionMessageDecoder().decode(encoded), message);
        equal("bytes of the message", Buffer.from(encoded), transaction.messageBytes);
        const signers = asked.staticAccounts.slice(0, asked.header.numSignerAccounts);
        equal("signers", [...signers].sort(), all.map(({ address }) => address).sort());
        equal("signatures", [...signers], Object.keys(transaction.signatures));
        for (const { address, bytes } of all) {
            const key = createPublicKey({ key: Buffer.concat([PUBLIC, bytes]), format: "der", type: "spki" });
            const good = verifyBytes(null, transaction.messageBytes, key, transaction.signatures[address]);
            holds(good, `the signature of ${address} does not verify`);
        }
        equal("hash", base58(transaction.signatures[signers[0]]), answer.hash);
        equal("addresses", wallets.map(({ address }) => address), answer.addresses);
    }

    function sign({ asked, all }) {
        const messageBytes = kit.getCompiledTransactionMessageEncoder().encode(asked);
        const ordered = asked.staticAccounts.slice(0, asked.header.numSignerAccounts);
        const signatures = Object.fromEntries(
            ordered.map((address) => {
                const key = all.find((one) => one.address === address);
                return [address, signBytes(null, messageBytes, key.secret)];
            }),
        );
        const data = Buffer.from(kit.getTransactionEncoder().encode({ messageBytes, signatures })).toString("base64");
        return { data, hash: base58(signatures[ordered[0]]) };
    }

    function send(data) {
        const outcome = svm.sendTransaction(read(data));
        return outcome instanceof FailedTransactionMetadata ? `${outcome.err()}`.concat(` ${outcome.meta().logs()}`) : null;
    }

    // Executes it, after one with a damaged signature, and looks at what has changed.
    function execute({ all, payer, owner, action, before }, answer) {
        const damaged = Buffer.from(answer.data, "base64");
        damaged[1 + (damaged[40] % 64)] ^= 1;
        holds(send(damaged.toString("base64")), "the ledger took a damaged signature");
        const refused = send(answer.data);
        holds(!refused, `the ledger refused it: ${refused}`);
        action.after();
        const rent = (action.rents ?? []).reduce((sum, size) => sum + svm.minimumBalanceForRentExemption(size), 0n);
        const fee = 5000n * BigInt(all.length) + (action.priority ?? 0n);
        const lost = (key) => before[all.indexOf(key)] - known.balance(key.address);
        const [spent, paid] = [action.spends ?? 0n, fee + rent];
        if (payer === owner) equal("what the owner lost", spent + paid, lost(owner));
        else equal("what owner and payer lost", [spent, paid], [lost(owner), lost(payer)]);
        holds(send(answer.data), "the ledger took it twice");
    }

    return { make, verify, sign, execute };
}
