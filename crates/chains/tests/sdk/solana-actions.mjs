// What the transactions for Solana do, and what the ledger must say after them.

import { equal } from "./check.mjs";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const TABLES = "AddressLookupTab1e1111111111111111111111111";
const SYSTEM = "11111111111111111111111111111111";
const COMPUTE_BUDGET = "ComputeBudget111111111111111111111111111111";
const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
const SOL = 1_000_000_000n;

export function actions(load, svm, keyPair) {
    const kit = load("@solana/kit");
    const system = load("@solana-program/system");
    const token = load("@solana-program/token");
    const signer = (key) => kit.createNoopSigner(key.address);
    const account = (random) => keyPair(random.bytes(32)).address;
    const balance = (address) => svm.getBalance(address) ?? 0n;
    const bytes = (address) => Buffer.from(kit.getAddressEncoder().encode(address));
    const u64 = (value) => Buffer.from(kit.getU64Encoder().encode(value));

    // Lamports that leave an account alive.
    const lamports = (random) => 1_000_000n + random.big(30);

    function put(address, programAddress, data) {
        const lamports = svm.minimumBalanceForRentExemption(BigInt(data.length));
        svm.setAccount({ address, programAddress, data, lamports, executable: false, space: BigInt(data.length) });
    }

    function transfer(random, { owner }) {
        const to = account(random);
        const amount = lamports(random);
        const instruction = system.getTransferSolInstruction({ source: signer(owner), destination: to, amount });
        return { instructions: [instruction], spends: amount, after: () => equal("balance", amount, balance(to)) };
    }

    function several(random, keys) {
        const parts = random.list(2, 6, () => transfer(random, keys));
        return {
            instructions: parts.flatMap((part) => part.instructions),
            spends: parts.reduce((sum, part) => sum + part.spends, 0n),
            after: () => parts.forEach((part) => part.after()),
        };
    }

    // The recipient stands in a table.
    function fromTable(random, keys) {
        const plain = transfer(random, keys);
        const [instruction] = plain.instructions;
        const to = instruction.accounts[1].address;
        const table = account(random);
        const entries = [...random.list(0, 5, () => account(random)), to];
        const head = Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.alloc(8, 0xff), Buffer.alloc(44)]);
        put(table, TABLES, Buffer.concat([head, ...entries.map(bytes)]));
        return { ...plain, tables: { [table]: entries } };
    }

    function withBudget(random, keys) {
        const plain = transfer(random, keys);
        const price = BigInt(random.below(1_000_000));
        const units = 1_000 + random.below(1_000_000);
        const limit = Buffer.concat([Buffer.from([2]), Buffer.from(kit.getU32Encoder().encode(units))]);
        const instructions = [
            { programAddress: COMPUTE_BUDGET, accounts: [], data: limit },
            { programAddress: COMPUTE_BUDGET, accounts: [], data: Buffer.concat([Buffer.from([3]), u64(price)]) },
            ...plain.instructions,
        ];
        return { ...plain, instructions, priority: (BigInt(units) * price + 999_999n) / 1_000_000n };
    }

    function withMemo(random, keys) {
        const plain = transfer(random, keys);
        const data = Buffer.from(random.letters(1 + random.below(200)));
        return { ...plain, instructions: [{ programAddress: MEMO, accounts: [], data }, ...plain.instructions] };
    }

    // The account of a nonce, which belongs to the owner.
    function withNonce(random, keys) {
        const nonce = random.bytes(32);
        const nonceAccount = account(random);
        const data = Buffer.concat([Buffer.from([1, 0, 0, 0, 1, 0, 0, 0]), bytes(keys.owner.address), nonce, u64(5000n)]);
        put(nonceAccount, SYSTEM, data);
        const plain = transfer(random, keys);
        const text = kit.getBase58Decoder().decode(nonce);
        const after = () => {
            plain.after();
            const { data } = svm.getAccount(nonceAccount);
            if (Buffer.from(data).subarray(40, 72).equals(nonce)) throw new Error("the nonce has not advanced");
        };
        return { ...plain, nonce: { text, account: nonceAccount }, after };
    }

    async function tokenAccount(owner, mint) {
        const [address] = await token.findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN });
        return address;
    }

    const held = (address) => token.decodeToken(svm.getAccount(address)).data.amount;

    // A mint that exists, with tokens of the owner's.
    async function holding(owner, amount, decimals) {
        const mint = keyPair(bytes(owner.address)).address;
        const mintData = token.getMintEncoder().encode({
            mintAuthority: kit.some(owner.address),
            supply: amount,
            decimals,
            isInitialized: true,
            freezeAuthority: kit.none(),
        });
        put(mint, TOKEN, Buffer.from(mintData));
        const from = await tokenAccount(owner.address, mint);
        const data = token.getTokenEncoder().encode({
            mint,
            owner: owner.address,
            amount,
            delegate: kit.none(),
            state: token.AccountState.Initialized,
            isNative: kit.none(),
            delegatedAmount: 0n,
            closeAuthority: kit.none(),
        });
        put(from, TOKEN, Buffer.from(data));
        return { mint, from };
    }

    // A transfer of tokens, which makes the recipient's account first.
    async function tokens(random, { owner, payer }) {
        const decimals = random.below(10);
        const all = random.positive(64);
        const amount = all - (random.big(64) % all);
        const { mint, from } = await holding(owner, all, decimals);
        const to = account(random);
        const destination = await tokenAccount(to, mint);
        const create = token.getCreateAssociatedTokenInstruction({ payer: signer(payer), ata: destination, owner: to, mint });
        const common = { source: from, destination, authority: signer(owner), amount };
        const move = random.chance(2)
            ? token.getTransferInstruction(common)
            : token.getTransferCheckedInstruction({ ...common, mint, decimals });
        const after = () => {
            equal("tokens of the recipient", amount, held(destination));
            equal("tokens of the owner", all - amount, held(from));
        };
        return { instructions: [create, move], rents: [165n], after };
    }

    async function burning(random, { owner }) {
        const all = random.positive(64);
        const { mint, from } = await holding(owner, all, 6);
        const common = { account: from, mint, authority: signer(owner), amount: all };
        const close = token.getCloseAccountInstruction({ account: from, destination: owner.address, owner: signer(owner) });
        const rent = svm.minimumBalanceForRentExemption(165n);
        const after = () => equal("supply", 0n, token.decodeMint(svm.getAccount(mint)).data.supply);
        return { instructions: [token.getBurnInstruction(common), close], spends: -rent, after };
    }

    // A new token, whose account has a key of its own; all of it goes to somebody.
    async function deploying(random, { owner, payer }) {
        const mint = keyPair(random.bytes(32));
        const decimals = random.below(10);
        const amount = random.positive(64);
        const to = account(random);
        const ata = await tokenAccount(to, mint.address);
        const space = 82n;
        const instructions = [
            system.getCreateAccountInstruction({
                payer: signer(payer),
                newAccount: signer(mint),
                lamports: svm.minimumBalanceForRentExemption(space),
                space,
                programAddress: TOKEN,
            }),
            token.getInitializeMintInstruction({
                mint: mint.address,
                decimals,
                mintAuthority: owner.address,
                freezeAuthority: random.chance(2) ? owner.address : null,
            }),
            token.getCreateAssociatedTokenInstruction({ payer: signer(payer), ata, owner: to, mint: mint.address }),
            token.getMintToInstruction({ mint: mint.address, token: ata, mintAuthority: signer(owner), amount }),
        ];
        const after = () => {
            const { data } = token.decodeMint(svm.getAccount(mint.address));
            equal("mint", { decimals, supply: amount }, { decimals: data.decimals, supply: data.supply });
            equal("tokens", amount, held(ata));
        };
        return { instructions, mint, rents: [165n, 82n], after };
    }

    const all = { transfer, several, fromTable, withBudget, withMemo, withNonce, tokens, burning, deploying };
    return { all, balance, rich: (address) => svm.airdrop(address, 1_000n * SOL) };
}
