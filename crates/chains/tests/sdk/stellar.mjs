// Stellar, with its SDK: every operation, envelopes of version 0 and 1 and those that raise a fee, all preconditions.

import { caseOf, equal, holds } from "./check.mjs";
import { operations } from "./stellar-operations.mjs";

export default function (load) {
    const sdk = load("@stellar/stellar-sdk");
    const { Keypair, Memo, Networks, TransactionBuilder, xdr } = sdk;
    const known = operations(sdk);
    const envelopeOf = (text) => xdr.TransactionEnvelope.fromXDR(text, "base64");

    const memo = (random) =>
        random.pick([
            () => Memo.none(),
            () => Memo.text(random.letters(random.below(29))),
            () => Memo.id(String(random.big(64))),
            () => Memo.hash(random.hex(32)),
            () => Memo.return(random.hex(32)),
        ])();

    function conditions(random, builder) {
        const time = () => Math.floor(Number(random.big(40)));
        const [first, second] = [time(), time()].sort((a, b) => a - b);
        builder.setTimebounds(first, random.chance(4) ? 0 : second);
        if (!random.chance(3)) return;
        const ledgers = [random.number(31), random.number(31)].sort((a, b) => a - b);
        if (random.chance(2)) builder.setLedgerbounds(...ledgers);
        if (random.chance(2)) builder.setMinAccountSequence(String(random.big(60)));
        if (random.chance(2)) builder.setMinAccountSequenceAge(random.number(31));
        if (random.chance(2)) builder.setMinAccountSequenceLedgerGap(random.number(31));
        if (random.chance(2)) {
            const text = sdk.StrKey.encodeSignedPayload(known.signedPayload(random));
            builder.setExtraSigners([text]);
        }
    }

    function transaction(random, name, source, passphrase) {
        const sequence = String(random.big(60));
        const account = source.startsWith("M")
            ? sdk.MuxedAccount.fromAddress(source, sequence)
            : new sdk.Account(source, sequence);
        const fee = String(100 + random.number(20));
        const builder = new TransactionBuilder(account, { fee, networkPassphrase: passphrase, memo: memo(random) });
        builder.addOperation(known.make(random, name));
        const isContract = /invoke|Footprint|Contract/.test(name);
        const more = isContract ? 0 : random.below(4);
        for (let n = 0; n < more; n++) {
            const plain = known.names.filter((name) => !/invoke|Footprint|Contract/.test(name));
            builder.addOperation(known.make(random, random.pick(plain)));
        }
        conditions(random, builder);
        if (isContract) {
            const data = new sdk.SorobanDataBuilder().setResourceFee(String(random.big(30)));
            builder.setSorobanData(data.setResources(random.number(31), random.number(31), random.number(31)).build());
        }
        return builder.build();
    }

    // The same transaction in an envelope of version 0, which has no number of customer and few preconditions.
    function downgraded(envelope) {
        const tx = envelope.v1().tx();
        const bounds = tx.cond().switch().name === "precondTime" ? tx.cond().timeBounds() : null;
        const v0 = new xdr.TransactionV0({
            sourceAccountEd25519: tx.sourceAccount().ed25519(),
            fee: tx.fee(),
            seqNum: tx.seqNum(),
            timeBounds: bounds,
            memo: tx.memo(),
            operations: tx.operations(),
            ext: new xdr.TransactionV0Ext(0),
        });
        return xdr.TransactionEnvelope.envelopeTypeTxV0(new xdr.TransactionV0Envelope({ tx: v0, signatures: [] }));
    }

    function make(random, n) {
        const name = known.names[n % known.names.length];
        const testnet = random.chance(2);
        const passphrase = testnet ? Networks.TESTNET : Networks.PUBLIC;
        const key = Keypair.fromRawEd25519Seed(random.bytes(32));
        const stranger = Keypair.fromRawEd25519Seed(random.bytes(32));
        let source = random.chance(5) ? stranger.publicKey() : key.publicKey();
        if (random.chance(4)) {
            const muxed = sdk.encodeMuxedAccount(source, String(random.big(64)));
            source = sdk.encodeMuxedAccountToAddress(muxed);
        }
        let asked = transaction(random, name, source, passphrase);
        const form = random.pick(["v1", "v1", "v0", "fee bump"]);
        // Others may have signed it before.
        const before = random.list(0, 3, () => Keypair.fromRawEd25519Seed(random.bytes(32)));
        before.forEach((other) => asked.sign(other));
        if (form === "fee bump") {
            const fee = String(BigInt(asked.fee) * 2n + random.big(30));
            asked = TransactionBuilder.buildFeeBumpTransaction(key, fee, asked, passphrase);
        }
        let envelope = asked.toEnvelope();
        const isPlain = asked.toEnvelope().switch().name === "envelopeTypeTx" && source.startsWith("G");
        if (form === "v0" && isPlain && !/invoke|Footprint|Contract/.test(name)) {
            envelope = downgraded(envelope);
        }
        asked = TransactionBuilder.fromXDR(envelope.toXDR("base64"), passphrase);
        const request = caseOf(random, "XLM", testnet, [key.secret()], envelope.toXDR("base64"));
        return { kind: `${name}, ${envelope.switch().name}`, request, asked, envelope, key, passphrase };
    }

    // The members of an operation with all that is in them.
    const plain = (operation) => JSON.parse(JSON.stringify(operation, (_, v) => (typeof v === "bigint" ? `${v}` : v)));

    function signatures(envelope) {
        return envelope.value().signatures();
    }

    function verify({ asked, envelope, key, passphrase }, answer) {
        const found = envelopeOf(answer.data);
        equal("Base64", found.toXDR("base64"), answer.data);
        const [before, after] = [signatures(envelope), signatures(found)];
        equal("count of signatures", before.length + 1, after.length);
        before.forEach((one, place) => equal(`signature ${place}`, one.toXDR(), after[place].toXDR()));
        equal("transaction", envelope.value().tx().toXDR(), found.value().tx().toXDR());
        const read = TransactionBuilder.fromXDR(answer.data, passphrase);
        const [wanted, got] = [asked, read].map((tx) => tx.innerTransaction ?? tx);
        equal("operations", plain(wanted.operations), plain(got.operations));
        for (const name of ["source", "sequence", "fee", "timeBounds", "ledgerBounds", "minAccountSequence"]) {
            equal(name, plain(wanted[name] ?? null), plain(got[name] ?? null));
        }
        equal("memo", wanted.memo.toXDRObject().toXDR(), got.memo.toXDRObject().toXDR());
        const last = after.at(-1);
        equal("hint", key.signatureHint(), last.hint());
        holds(key.verify(read.hash(), last.signature()), "the signature does not verify");
        equal("hash", read.hash().toString("hex"), answer.hash);
        equal("address", [key.publicKey()], answer.addresses);
    }

    function sign({ envelope, key, passphrase }) {
        const tx = TransactionBuilder.fromXDR(envelope.toXDR("base64"), passphrase);
        tx.sign(key);
        return { data: tx.toEnvelope().toXDR("base64"), hash: tx.hash().toString("hex") };
    }

    return { make, verify, sign };
}
