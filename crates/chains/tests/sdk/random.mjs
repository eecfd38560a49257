// Random values from a seed: SHA-256 of the seed and a counter, so that every case can be made again alone.

import { createHash } from "node:crypto";

export class Random {
    #seed;
    #counter = 0;
    #left = Buffer.alloc(0);

    constructor(...seed) {
        this.#seed = seed.join("/");
    }

    bytes(length) {
        while (this.#left.length < length) {
            const block = createHash("sha256").update(`${this.#seed}/${this.#counter++}`).digest();
            this.#left = Buffer.concat([this.#left, block]);
        }
        const bytes = this.#left.subarray(0, length);
        this.#left = this.#left.subarray(length);
        return Buffer.from(bytes);
    }

    hex(length) {
        return this.bytes(length).toString("hex");
    }

    // 0 to `end`, without `end`.
    below(end) {
        return Number(this.bytes(6).readUIntBE(0, 6) % end);
    }

    chance(outOf) {
        return this.below(outOf) === 0;
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    // A number of up to `bits` bits as BigInt; small ones, powers of two and the largest are as likely as all others.
    big(bits) {
        const any = BigInt(`0x${this.hex(32)}`);
        const top = (1n << BigInt(bits)) - 1n;
        switch (this.below(5)) {
            case 0:
                return BigInt(this.below(300)) & top;
            case 1:
                return (1n << (any % BigInt(bits))) & top;
            case 2:
                return top - BigInt(this.below(3));
            default:
                return (any >> 1n) & ((1n << (any % BigInt(bits + 1))) - 1n);
        }
    }

    // As `big`, but never 0.
    positive(bits) {
        return this.big(bits) || 1n;
    }

    number(bits) {
        return Number(this.big(bits));
    }

    letters(length) {
        return Array.from({ length }, () => this.pick("abcdefghijklmnopqrstuvwxyz")).join("");
    }

    uuid() {
        const hex = this.hex(16);
        const variant = "89ab"[this.below(4)];
        return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join("-");
    }

    // `make` a few times.
    list(least, most, make) {
        return Array.from({ length: least + this.below(most - least + 1) }, (_, place) => make(place));
    }

    // Some of the members of an object.
    some(members) {
        return Object.fromEntries(Object.entries(members).filter(() => this.chance(2)));
    }
}
