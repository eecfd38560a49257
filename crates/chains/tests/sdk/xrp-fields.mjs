// Random values for every field of the XRP Ledger, by the definitions that xrpl.js has.

// No account sends these.
const OF_SERVERS = ["EnableAmendment", "SetFee", "UNLModify"];
// Decimal text in JSON; all other numbers of 64 bits are hexadecimal.
const DECIMAL = ["MPTAmount", "MaximumAmount"];

// Every type of transaction with its fields, as pairs of name and whether it must be there.
export function types(definitions) {
    const formats = Object.entries(definitions.TRANSACTION_FORMATS);
    const kinds = formats.filter(([name]) => name !== "common" && !OF_SERVERS.includes(name));
    return kinds.map(([name, fields]) => ({
        name,
        fields: fields.map((field) => [field.name, field.optionality === 0]),
    }));
}

// A decimal number in many spellings.
function decimal(random, digits) {
    const number = String(random.positive(64)).slice(0, 1 + random.below(digits));
    const sign = random.chance(6) ? "-" : "";
    switch (random.below(4)) {
        case 0:
            return sign + number;
        case 1:
            return `${sign}${number.slice(0, 2)}.${number.slice(2)}50`.slice(0, digits);
        case 2:
            return `${sign}${number}e${random.below(90) - 90 + 16 - number.length + 40}`;
        default:
            return "0";
    }
}

// The one spelling of a decimal number: digits without zeros at their ends, and an exponent.
export function canonical(text) {
    const [, sign, whole, fraction, power] = /^([-+]?)(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?$/i.exec(text);
    const all = whole + (fraction ?? "");
    const digits = all.replace(/0+$/, "");
    const exponent = Number(power ?? 0) - (fraction ?? "").length + all.length - digits.length;
    const significant = digits.replace(/^0+/, "");
    return significant === "" ? "0" : `${sign === "-" ? "-" : ""}${significant}e${exponent}`;
}

function currency(random) {
    if (random.chance(3)) return `01${random.hex(19)}`.toUpperCase();
    const code = random.letters(3);
    return random.chance(2) ? code.toUpperCase() : code;
}

const upper = (random, length) => random.hex(length).toUpperCase();
const upTo = (random, most) => upper(random, 1 + random.below(most));

function amount({ random, other }) {
    switch (random.below(5)) {
        case 0:
        case 1:
            return String(random.big(56));
        case 2:
            return { mpt_issuance_id: upper(random, 24), value: String(random.big(63)) };
        default:
            return { currency: currency(random), value: decimal(random, 15), issuer: other() };
    }
}

function issue({ random, other }) {
    const issued = { currency: currency(random), issuer: other() };
    return random.pick([{ currency: "XRP" }, issued, { mpt_issuance_id: upper(random, 24) }]);
}

function paths({ random, other }) {
    const step = () => {
        const parts = { account: other(), issuer: other(), currency: currency(random) };
        return random.chance(2) ? { account: parts.account } : { issuer: parts.issuer, currency: parts.currency };
    };
    return random.list(1, 4, () => random.list(1, 4, step));
}

const credential = ({ random, other }) => ({
    Credential: { Issuer: other(), CredentialType: upTo(random, 64) },
});
const signature = ({ random }) => ({ SigningPubKey: upper(random, 33), TxnSignature: upTo(random, 72) });

// What the elements of lists are.
const ELEMENTS = {
    Memos: ({ random }) => ({
        Memo: { MemoData: upTo(random, 300), ...random.some({ MemoType: upTo(random, 20), MemoFormat: upTo(random, 20) }) },
    }),
    SignerEntries: ({ random, other }) => ({
        SignerEntry: {
            Account: other(),
            SignerWeight: random.number(16),
            ...random.some({ WalletLocator: upper(random, 32) }),
        },
    }),
    AuthAccounts: ({ other }) => ({ AuthAccount: { Account: other() } }),
    AuthorizeCredentials: credential,
    UnauthorizeCredentials: credential,
    AcceptedCredentials: credential,
    PriceDataSeries: ({ random }) => ({
        PriceData: {
            BaseAsset: currency(random),
            QuoteAsset: currency(random),
            AssetPrice: String(random.hex(8)).toUpperCase(),
            Scale: random.number(8),
        },
    }),
    Permissions: ({ random }) => ({ Permission: { PermissionValue: random.pick(["Payment", "TrustSet", "OfferCreate"]) } }),
    RawTransactions: ({ random, other }) => ({
        RawTransaction: {
            TransactionType: "Payment",
            Flags: 0x40000000,
            Account: other(),
            Destination: other(),
            Amount: String(random.big(56)),
            Fee: "0",
            Sequence: random.number(32),
            SigningPubKey: "",
        },
    }),
    BatchSigners: (context) => ({ BatchSigner: { Account: context.other(), ...signature(context) } }),
};

function plain(context, type, name) {
    const { random, other } = context;
    const list = (make) => random.list(1, 4, make);
    const bits = /^UInt(8|16|32)$/.exec(type);
    const size = /^Hash(\d+)$/.exec(type);
    if (bits) return random.number(Number(bits[1]));
    if (size) return upper(random, Number(size[1]) / 8);
    switch (type) {
        case "UInt64":
            return DECIMAL.includes(name) ? String(random.big(63)) : upper(random, 8);
        case "Int32":
            return Number(BigInt.asIntN(32, random.big(32)));
        case "Amount":
            if (name === "FeeAmountDelta") return (random.chance(2) ? "-" : "") + random.positive(56);
            return name === "Fee" ? String(random.big(50)) : amount(context);
        case "Number":
            return decimal(random, 18);
        case "Blob":
            return upTo(random, random.chance(5) ? 500 : 60);
        case "AccountID":
            return other();
        case "Issue":
            return issue(context);
        case "PathSet":
            return paths(context);
        case "Vector256":
            return list(() => upper(random, 32));
        case "XChainBridge":
            return {
                LockingChainDoor: other(),
                LockingChainIssue: issue(context),
                IssuingChainDoor: other(),
                IssuingChainIssue: issue(context),
            };
        case "STArray":
            return list(() => ELEMENTS[name](context));
        case "STObject":
            return signature(context);
        default:
            throw new Error(`no values for ${name} of type ${type}`);
    }
}

export const value = (context, name) => plain(context, context.fields[name].type, name);

// An object with the numbers in it, wherever they are, in their one spelling.
export function normal(fields, object, name) {
    if (Array.isArray(object)) return object.map((one) => normal(fields, one));
    if (object && typeof object === "object") {
        const members = Object.entries(object).map(([member, one]) => [member, normal(fields, one, member)]);
        return Object.fromEntries(members);
    }
    const isNumber = name === "value" || fields[name]?.type === "Number";
    return isNumber ? canonical(object) : object;
}
