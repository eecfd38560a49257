// node run.mjs MODULES CHAIN SEED COUNT
//
// Makes COUNT transactions of CHAIN with its library, prints each as a case on one line, reads what was signed as a
// line of JSON, and checks it. MODULES is the folder with node_modules. Ends with 1 if one does not hold, and says on
// stderr which one and why.
//
// A chain's script exports a function that gets `load` (which loads a library) and returns
//   make(random, n)        {kind, request, ...}: what is asked for; `request` is the case
//   verify(asked, answer)  throws if the answer is not what was asked for, well signed
//   sign(asked)            what the library makes of it: {data, hash} or a part of them; nothing where it can't
//   execute(asked, answer) executes it, and throws if that does not do what was asked for; may be left out
//   member                 the text whose every character must count; `data` where it is left out

import { webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

import { equal } from "./check.mjs";
import { Random } from "./random.mjs";

const CHAINS = {
    XRP: "xrp",
    XLM: "stellar",
    ALGO: "algorand",
    TRON: "tron",
    ADA: "cardano",
    SOL: "solana",
    EVM: "evm",
    VET: "vechain",
    EGLD: "multiversx",
    FLOW: "flow",
};
const MOST_FAILURES = 5;

const say = (text) => process.stderr.write(`${text}\n`);
// What libraries say of what they refuse.
console.error = console.warn = console.log = () => {};

// Another character of the same kind in a random place.
function spoiled(text, random) {
    for (;;) {
        const place = random.below(text.length);
        const character = random.pick(/^[0-9a-f]+$/i.test(text) ? "0123456789ABCDEF" : "ABCDXYZabcdxyz0123456789");
        if (character.toLowerCase() !== text[place].toLowerCase()) {
            return { place, text: text.slice(0, place) + character + text.slice(place + 1) };
        }
    }
}

async function checkSpoiled(chain, asked, answer, random) {
    const member = chain.member ?? "data";
    const { place, text } = spoiled(answer[member], random);
    if (chain.same?.(answer[member], text)) return;
    try {
        await chain.verify(asked, { ...answer, [member]: text });
    } catch {
        return;
    }
    throw new Error(`character ${place} was changed, and the library noticed nothing: ${text}`);
}

async function check(chain, asked, answer, random) {
    if (answer.error) throw new Error(`it was refused: ${answer.error}`);
    await chain.verify(asked, answer);
    const own = await chain.sign?.(asked, answer);
    for (const member of Object.keys(own ?? {})) equal(`the library's own ${member}`, own[member], answer[member]);
    await checkSpoiled(chain, asked, answer, random);
    await chain.execute?.(asked, answer);
}

// Node.js 18 has no global one.
globalThis.crypto ??= webcrypto;

const [modules, ticker, seed, count] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(modules), "package.json"));
const script = await import(`./${CHAINS[ticker]}.mjs`);
const chain = await script.default(load);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const kinds = new Map();
let failures = 0;
for (let n = 0; n < Number(count) && failures < MOST_FAILURES; n++) {
    const random = new Random(seed, ticker, n);
    const asked = await chain.make(random, n);
    process.stdout.write(`${JSON.stringify(asked.request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("there is no answer");
    try {
        await check(chain, asked, JSON.parse(value), random);
        kinds.set(asked.kind, (kinds.get(asked.kind) ?? 0) + 1);
    } catch (error) {
        failures += 1;
        const why = process.env.DEBUG ? `${error.stack}\n${value}` : error.message ?? error;
        say(`${ticker} ${n} (${asked.kind}, seed ${seed}): ${why}`);
    }
}
const good = [...kinds.values()].reduce((sum, one) => sum + one, 0);
say(`${ticker}: ${good} transactions of ${kinds.size} kinds hold, seed ${seed}`);
process.exit(failures === 0 && good > 0 ? 0 : 1);
