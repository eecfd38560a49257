//! What `--help` teaches.

mod store;

pub(super) use store::*;

pub(super) const ABOUT: &str = "\
Keeps the keys of your application on your own server and signs its transactions.

Wallets lie in one encrypted file. Each has a signature id, which your application sends to the \
Tatum API in place of a mnemonic or a private key; the daemon fetches the transactions that wait \
for a signature, signs them here and sends them off.";

pub(super) const OVERVIEW: &str = "\
Getting started:
  $ tatum-kms generatemanagedwallet ETH --testnet     make a wallet; note its signature id
  $ tatum-kms getaddress <signatureId> 0 --testnet    where it receives coins
  $ tatum-kms list                                    what is stored
  $ tatum-kms daemon --testnet --chain=ETH            sign what waits for it

The password of the wallet file comes from where a flag says, else from TATUM_KMS_PASSWORD, \
TATUM_KMS_PASSWORD_FILE or TATUM_KMS_PASSWORD_COMMAND, else from systemd's credential tatum-kms-password, \
else it is asked for at the terminal or read from a line of standard input. Settings are taken from flags, then the environment, then \
./.env, then --envFile, then the config file (`tatum-kms config init` writes one).

Standard output carries data only. Exit code 0 is success; 1 is failure, with the reason on \
standard error; 2 is a wrong command line.

`tatum-kms <command> --help` shows each command with examples.";

pub(super) const CHAIN: &str = "The chain, for example ETH; any letter case";

pub(super) const ID: &str = "The signature id of the wallet";

pub(super) const INDEX: &str = "\
Which key of a mnemonic, from 0 to 2147483647; wallets of a single key don't need it";

pub(super) const MISPLACED_SECRET: &str = "\
one argument too many: secrets are typed at the prompt or piped into standard input, never given on \
the command line, where other users can see them; if that was one, regard it as known to others";

pub(super) const GENERATE_WALLET: &str = "\
Examples:
  $ tatum-kms generatewallet ETH
  $ tatum-kms generatewallet matic --testnet

The mnemonic and keys are printed in clear and stored nowhere. Use generatemanagedwallet for a \
wallet that the daemon signs for.";

pub(super) const GENERATE_MANAGED_WALLET: &str = "\
Examples:
  $ tatum-kms generatemanagedwallet ETH
  $ tatum-kms generatemanagedwallet BSC --testnet --path ./wallet.dat

Prints the signature id and what is public: the address, or the xpub from which addresses derive. \
The wallet file is made if there is none.";

pub(super) const STORE_MANAGED_WALLET: &str = "\
Examples:
  $ tatum-kms storemanagedwallet ETH
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedwallet ETH < mnemonic.txt
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedwallet ETH --batch < mnemonics.txt > ids.jsonl

Asks for the password, then for the mnemonic; neither is shown. Without a terminal they are read \
from standard input, one a line, in this order; a password in TATUM_KMS_PASSWORD is not asked for. \
The address at index 0 is shown on standard error: compare it with the one you expect.

With --batch there is a mnemonic on each line, and the password comes from TATUM_KMS_PASSWORD. A thousand lines \
are stored in one transaction; then a JSON object is printed for each, {\"line\",\"signatureId\",…,\"new\"}. What is stored \
already is not stored again (\"new\":false), so that an import that was stopped is finished by repeating it.";

pub(super) const STORE_MANAGED_PRIVATE_KEY: &str = "\
Examples:
  $ tatum-kms storemanagedprivatekey ETH
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedprivatekey BSC --testnet < key.txt
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedprivatekey ETH --batch < keys.txt > ids.jsonl

Asks for the private key, then for the password; neither is shown. Without a terminal they are read \
from standard input, one a line, in this order. The address of the key is shown on standard error: \
compare it with the one you expect.

With --batch there is a key on each line, and the password comes from TATUM_KMS_PASSWORD. A thousand lines are \
stored in one transaction; then a JSON object is printed for each, {\"line\",\"signatureId\",\"address\",\"new\"}. What is \
stored already is not stored again (\"new\":false), so that an import that was stopped is finished by repeating it.";

pub(super) const GENERATE_MANAGED_PRIVATE_KEY_BATCH: &str = "\
Examples:
  $ tatum-kms generatemanagedprivatekeybatch ETH 1000 > addresses.jsonl
  $ tatum-kms generatemanagedprivatekeybatch CELO 5 --testnet

Prints one JSON object a line, {\"signatureId\",\"address\"}, after the key has been stored safely: 1,000 keys in a \
transaction. If it is stopped half-way, every key that was printed is stored; what was stored last and not \
printed any more is at the top of `tatum-kms list --kind privateKey`.";

pub(super) const GET_MANAGED_WALLET: &str = "\
Examples:
  $ tatum-kms getmanagedwallet 6d78dad2-518f-4e76-8255-8f1df0de6886

Prints the wallet as it was stored, mnemonic and private key in clear.";

pub(super) const GET_PRIVATE_KEY: &str = "\
Examples:
  $ tatum-kms getprivatekey 6d78dad2-518f-4e76-8255-8f1df0de6886 0
  $ tatum-kms getprivatekey 0c64cc04-f412-4e57-aa51-ee6cb5e034c0

The second form is for wallets that hold one private key instead of a mnemonic.";

pub(super) const GET_ADDRESS: &str = "\
Examples:
  $ tatum-kms getaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 0
  $ tatum-kms getaddress 0c64cc04-f412-4e57-aa51-ee6cb5e034c0
  $ tatum-kms getaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 1000 --count 500

The second form is for wallets that hold one private key instead of a mnemonic. With --count a list of \
{\"index\",\"address\"} is printed; nextaddress also remembers which addresses were given out.";

pub(super) const NEXT_ADDRESS: &str = "\
Examples:
  $ tatum-kms nextaddress 6d78dad2-518f-4e76-8255-8f1df0de6886
  $ tatum-kms nextaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 --count 100
  $ tatum-kms nextaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 --from 5000

Prints {\"index\",\"address\"} with the lowest index that this command has not printed for the wallet before. The \
index is on disk before it is printed, and is never printed again, whoever asks at the same time. \
Addresses that your application took by getaddress are not known here: pass over them once with --from.";

pub(super) const LIST: &str = "\
Examples:
  $ tatum-kms list
  $ tatum-kms list --chain ETH,BSC --network mainnet --kind mnemonic
  $ tatum-kms list --label treasury > wallets.json

The newest wallet comes first. The JSON list has one wallet a line: signatureId, chain, network, kind, and \
where there is one, label, address (of a wallet with one key), xpub and nextIndex (of nextaddress). An xpub shows \
all addresses of its wallet: it can't spend, but is nobody else's business.";

pub(super) const FIND: &str = "\
Examples:
  $ tatum-kms find 0x6c0c79223f7771e311161633f2cd2107d305ca8b
  $ tatum-kms find bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 --chain BTC --upTo 100000

Prints a list of {\"signatureId\",\"chain\",\"network\",\"kind\",\"index\",\"address\",\"label\"}; index only for mnemonics. \
Letter case, prefixes and other forms of the same address (X-addresses, legacy addresses of Bitcoin, …) make no \
difference. Wallets of one key are looked up at once. If none has the address, those with a mnemonic are searched, \
first at the indexes below 20, then below --upTo. Exit code 1 if no wallet has it.";

pub(super) const LABEL: &str = "\
Examples:
  $ tatum-kms label 6d78dad2-518f-4e76-8255-8f1df0de6886 \"treasury, cold\"
  $ tatum-kms label 6d78dad2-518f-4e76-8255-8f1df0de6886

The second form takes the label away. Labels are encrypted in the wallet file like everything else about a \
wallet, and `tatum-kms list --label` finds them. They are lost where a wallet is moved by getmanagedwallet.";

pub(super) const REPORT: &str = "\
Examples:
  $ tatum-kms report
  $ tatum-kms report 6d78dad2-518f-4e76-8255-8f1df0de6886,0c64cc04-f412-4e57-aa51-ee6cb5e034c0

  $ tatum-kms report --bundle ./support.json

The password is needed only for wallets. If it is set, the report also says whether the store is sound, how many \
wallets there are of each chain, and what the journal holds. --bundle makes a file for support out of that, the \
settings as checkconfig shows them and the status of the daemons; look it over before you send it.";

pub(super) const CHECK_CONFIG: &str = "\
Examples:
  $ tatum-kms checkconfig
  $ tatum-kms checkconfig --envFile ./production.env

  $ tatum-kms checkconfig --profile staging --output json

The first lines are those of Tatum KMS; then comes every setting with its value and where it came from. Of URLs only \
the host is shown. Exit code 1 if something is wrong. Needs no password and does not open the wallet file.";

pub(super) const CONFIG: &str = "\
Examples:
  $ tatum-kms config init
  $ tatum-kms config init ./tatum-kms.toml

The file has every setting with an example, commented out. It is read by every command from \
~/.tatumrc/config.toml or --config; nobody but its owner may write it. A file that is there already is left alone.";

pub(super) const DAEMON: &str = "\
Examples:
  $ tatum-kms daemon --testnet --chain=ETH,BSC
  $ tatum-kms daemon --externalUrl=https://approve.example.com/tx --period=10
  $ tatum-kms daemon --testnet --runOnce --chain=ETH --maxFee ETH=0.01

Before each signature on mainnet the approval server is asked: GET <externalUrl>/<id of the \
transaction>, or POST with the whole transaction; only a 2xx answer approves. The secret shared with \
it comes from TATUM_KMS_APPROVAL_SECRET, secret headers from TATUM_KMS_EXTERNAL_HEADERS (one a line).

SIGTERM and Ctrl-C end it after what is in flight is finished; the second one ends it at once. Exit \
code 3 means that the wallet file is gone or was replaced: start it anew. The \
API key comes from TATUM_API_KEY, other settings from TATUM_API_URL, TATUM_RETRIES, \
TATUM_RETRY_DELAY (milliseconds) and TESTNET_TYPE.";

pub(super) const PENDING: &str = "\
Examples:
  $ tatum-kms pending list
  $ tatum-kms pending show 5e6645712b55823de7ea82f1
  $ tatum-kms pending retry 5e6645712b55823de7ea82f1

Reads the journal beside the wallet file, also while a daemon runs. Nothing is sent or signed by \
these commands: a retry is done at the daemon's next pass.";

pub(super) const STATUS: &str = "\
Examples:
  $ tatum-kms status
  $ tatum-kms status --path ./wallet.dat

Reads what the daemon writes beside the wallet file every few seconds; needs neither password nor \
network. Exit code 0 if a daemon runs and every one of them is well, else 1.";
