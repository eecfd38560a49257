// Comparing what was asked for with what was signed.

export function shown(value) {
    if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
    const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v));
    return text === undefined ? "nothing" : text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

export function holds(truth, words) {
    if (!truth) throw new Error(words);
}

// Deep equality; numbers and BigInts count as equal where they are the same number, members without a value as absent.
export function equal(at, asked, found) {
    const differs = () => new Error(`${at}: asked for ${shown(asked)}, signed ${shown(found)}`);
    if (asked instanceof Uint8Array || found instanceof Uint8Array) {
        const bytes = [asked, found].map((value) => (value instanceof Uint8Array ? Buffer.from(value) : null));
        if (!bytes[0] || !bytes[1] || !bytes[0].equals(bytes[1])) throw differs();
    } else if (Array.isArray(asked) && Array.isArray(found)) {
        if (asked.length !== found.length) throw differs();
        asked.forEach((value, place) => equal(`${at}.${place}`, value, found[place]));
    } else if (asked && found && typeof asked === "object" && typeof found === "object") {
        for (const name of new Set([...Object.keys(asked), ...Object.keys(found)])) {
            equal(`${at}.${name}`, asked[name], found[name]);
        }
    } else if (typeof asked === "bigint" || typeof found === "bigint") {
        if (asked === undefined || found === undefined || BigInt(asked) !== BigInt(found)) throw differs();
    } else if (asked !== found) {
        throw differs();
    }
}

// JSON in which BigInts are whole numbers.
export function json(value) {
    const marked = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `#${v}#` : v));
    return marked.replace(/"#(-?\d+)#"/g, "$1");
}

// A case as recorded ones are: wallets with these private keys, one pending transaction.
export function caseOf(random, chain, testnet, keys, payload, more = {}) {
    const ids = keys.map(() => random.uuid());
    const wallets = Object.fromEntries(keys.map((privateKey, place) => [ids[place], { chain, testnet, privateKey }]));
    const id = random.hex(12);
    const pending = [{ id, chain, hashes: ids, serializedTransaction: payload }];
    return { chain, testnet, args: [], stubs: [], wallets, pending, ...more };
}
