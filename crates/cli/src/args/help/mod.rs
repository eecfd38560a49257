//! What `--help` teaches.

mod blocks;
mod daemon;
mod store;

pub(crate) use blocks::{Block, blocks};
pub(super) use daemon::*;
pub(super) use store::*;

pub(super) const ABOUT: &str = "\
Keeps the keys of your application on your own server and signs its transactions.

Wallets lie in one encrypted file. Each has a signature id, which your application sends to the \
Tatum API in place of a mnemonic or a private key; the daemon fetches the transactions that wait \
for a signature, signs them here and sends them off.";

pub(super) const OVERVIEW: &str = "\
Getting started:
  $ tatum-kms generatemanagedwallet ETH --testnet     make a wallet; note its signature id
  $ tatum-kms getaddress <signatureId> 0              where it receives coins
  $ tatum-kms list                                    what is stored
  $ tatum-kms daemon --testnet --chain=ETH            sign what waits for it

The wallet file is ~/.tatumrc/wallet.dat, or the one that --path names. Its password comes from where a flag \
says, else from TATUM_KMS_PASSWORD, TATUM_KMS_PASSWORD_FILE or TATUM_KMS_PASSWORD_COMMAND, else from systemd's \
credential tatum-kms-password, else it is asked for at the terminal or read from a line of standard input.

A setting that is given twice is taken from the first of these: flags, the environment, ./.env, --envFile, the \
config file (`tatum-kms config init` writes one). `tatum-kms checkconfig` shows which are in force. Flags may be \
written in kebab-case too (--env-file).

Standard output carries data only, as JSON; notes, warnings and errors are on standard error.

Environment:
  TATUM_KMS_PASSWORD          the password of the wallet file
  TATUM_KMS_PASSWORD_FILE     a file that holds it
  TATUM_KMS_PASSWORD_COMMAND  a command whose first line of output it is
  TATUM_KMS_PROFILE           which profile of the config file counts
  TATUM_API_KEY               the key for the Tatum API; only the daemon uses it

Exit codes:
  0    done
  1    failed, with the reason in one sentence on standard error; nothing was changed but what
       standard output says
  2    the command line is wrong
  130  Ctrl-C while something was asked for

`tatum-kms <command> --help` explains each command with examples, and `tatum-kms man` prints the manual.";

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

Prints mnemonic, xpub or keys in clear and stores them nowhere; needs neither password nor network. Use \
generatemanagedwallet for a wallet that the daemon signs for.";

pub(super) const GENERATE_MANAGED_WALLET: &str = "\
Examples:
  $ tatum-kms generatemanagedwallet ETH
  {
    \"signatureId\": \"…\",
    \"xpub\": \"xpub…\"
  }
  $ tatum-kms generatemanagedwallet SOL --testnet --path ./wallet.dat

Prints the signature id and what is public: the xpub from which addresses derive, or the address of a chain whose \
wallets have one key. The wallet file is made if there is none. Back it up before coins arrive (`tatum-kms backup`).";

pub(super) const STORE_MANAGED_WALLET: &str = "\
Examples:
  $ tatum-kms storemanagedwallet ETH
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedwallet ETH < mnemonic.txt
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedwallet ETH --batch < mnemonics.txt > ids.jsonl

Asks for the password, then for the mnemonic; neither is shown. Without a terminal they are read from standard \
input, one a line, in this order; a password that is set is not asked for. The address at index 0 is shown on \
standard error: compare it with the one you expect.

With --batch there is a mnemonic on each line, and the password has to be set. A thousand lines are stored in one \
transaction; then a JSON object is printed for each, {\"line\",\"signatureId\",…,\"new\"}. What is stored already is \
not stored again (\"new\":false), so that an import that was stopped is finished by repeating it.";

pub(super) const STORE_MANAGED_PRIVATE_KEY: &str = "\
Examples:
  $ tatum-kms storemanagedprivatekey ETH
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedprivatekey BSC --testnet < key.txt
  $ TATUM_KMS_PASSWORD=… tatum-kms storemanagedprivatekey ETH --batch < keys.txt > ids.jsonl

Asks for the private key, then for the password; neither is shown. Without a terminal they are read from standard \
input, one a line, in this order; a password that is set is not asked for. The address of the key is shown on \
standard error: compare it with the one you expect.

With --batch there is a key on each line, and the password has to be set. A thousand lines are stored in one \
transaction; then a JSON object is printed for each, {\"line\",\"signatureId\",\"address\",\"new\"}. What is stored \
already is not stored again (\"new\":false), so that an import that was stopped is finished by repeating it.";

pub(super) const GENERATE_MANAGED_PRIVATE_KEY_BATCH: &str = "\
Examples:
  $ tatum-kms generatemanagedprivatekeybatch CELO 2 --testnet
  {\"signatureId\":\"…\",\"address\":\"0x…\"}
  {\"signatureId\":\"…\",\"address\":\"0x…\"}
  $ tatum-kms generatemanagedprivatekeybatch ETH 1000 > addresses.jsonl

Prints one JSON object a line after the key has been stored safely: 1,000 keys in a transaction. If it is stopped \
half-way, every key that was printed is stored; what was stored last and not printed any more is at the top of \
`tatum-kms list --kind privateKey`.";

pub(super) const GET_MANAGED_WALLET: &str = "\
Examples:
  $ tatum-kms getmanagedwallet 6d78dad2-518f-4e76-8255-8f1df0de6886

Prints the wallet as it was stored, mnemonic and private key in clear.";

pub(super) const GET_PRIVATE_KEY: &str = "\
Examples:
  $ tatum-kms getprivatekey 6d78dad2-518f-4e76-8255-8f1df0de6886 0
  $ tatum-kms getprivatekey 0c64cc04-f412-4e57-aa51-ee6cb5e034c0

Prints {\"privateKey\"} in the form that the chain's wallets import. The second form is for wallets that hold one \
private key instead of a mnemonic.";

pub(super) const GET_ADDRESS: &str = "\
Examples:
  $ tatum-kms getaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 0
  {
    \"address\": \"0x9858effd232b4033e47d90003d41ec34ecaeda94\"
  }
  $ tatum-kms getaddress 0c64cc04-f412-4e57-aa51-ee6cb5e034c0
  {
    \"address\": \"0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f\"
  }
  $ tatum-kms getaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 1000 --count 2
  [
    {\"index\":1000,\"address\":\"0xac2dbb7dc8fa82f47021e01255fbd767a2ec4ead\"},
    {\"index\":1001,\"address\":\"0x80b126fb1809394f9107e91f755a09a67eb95e48\"}
  ]

The second form is for wallets that hold one private key instead of a mnemonic. The network is the wallet's own. \
Nothing is remembered of what was printed; nextaddress gives each address out once.";

pub(super) const NEXT_ADDRESS: &str = "\
Examples:
  $ tatum-kms nextaddress 6d78dad2-518f-4e76-8255-8f1df0de6886
  {
    \"index\": 0,
    \"address\": \"0x9858effd232b4033e47d90003d41ec34ecaeda94\"
  }
  $ tatum-kms nextaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 --count 2
  [
    {\"index\":1,\"address\":\"0x6fac4d18c912343bf86fa7049364dd4e424ab9c0\"},
    {\"index\":2,\"address\":\"0xb6716976a3ebe8d39aceb04372f22ff8e6802d7a\"}
  ]
  $ tatum-kms nextaddress 6d78dad2-518f-4e76-8255-8f1df0de6886 --from 5000
  {
    \"index\": 5000,
    \"address\": \"0x1b04480119f314f2387416132b5c8a0c5ea97d4d\"
  }

Takes the lowest index that this command has not printed for the wallet before. The index is on disk before it is \
printed, and is never printed again, whoever asks at the same time. Addresses that your application took by \
getaddress are not known here: pass over them once with --from.";

pub(super) const LIST: &str = "\
Examples:
  $ tatum-kms list --chain BSC,ETH --network testnet
  [
    {\"signatureId\":\"0c64cc04-f412-4e57-aa51-ee6cb5e034c0\",\"chain\":\"BSC\",…}
  ]
  $ tatum-kms list --kind mnemonic
  $ tatum-kms list --label treasury > wallets.json

The newest wallet comes first. The JSON list has one wallet a line: signatureId, chain, network, kind, and where \
there is one, label, address (of a wallet with one key), xpub and nextIndex (of nextaddress). An xpub shows all \
addresses of its wallet: it can't spend, but is nobody else's business.";

pub(super) const FIND: &str = "\
Examples:
  $ tatum-kms find 0x9858EfFD232B4033E47d90003D41EC34EcaEda94
  [
    {\"signatureId\":\"6d78dad2-518f-4e76-8255-8f1df0de6886\",…,\"index\":0,\"address\":\"0x9858…\"}
  ]
  $ tatum-kms find bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 --chain BTC --upTo 100000

Prints a list of {\"signatureId\",\"chain\",\"network\",\"kind\",\"index\",\"address\",\"label\"}; index only for mnemonics. \
Letter case, prefixes and other forms of the same address (X-addresses, legacy addresses of Bitcoin, …) make no \
difference. Wallets of one key are looked up at once. If none has the address, those with a mnemonic are searched, \
first at the indexes below 20, then below --upTo.

Exit codes:
  0  a wallet has the address
  1  no wallet has it, or it failed";

pub(super) const LABEL: &str = "\
Examples:
  $ tatum-kms label 6d78dad2-518f-4e76-8255-8f1df0de6886 \"treasury, cold\"
  {
    \"signatureId\": \"6d78dad2-518f-4e76-8255-8f1df0de6886\",
    \"label\": \"treasury, cold\"
  }
  $ tatum-kms label 6d78dad2-518f-4e76-8255-8f1df0de6886

The second form takes the label away. Labels are encrypted in the wallet file like everything else about a wallet; \
`tatum-kms list --label` finds them. They are lost where a wallet is moved by getmanagedwallet.";

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
  $ tatum-kms checkconfig --testnet
  $ tatum-kms checkconfig --envFile ./production.env
  $ tatum-kms checkconfig --profile staging --output json

Prints the lines of Tatum KMS first, then every setting with its value and where it came from. Of URLs only the \
host is shown, of secrets whether they are set. Without --testnet it checks what a daemon on mainnet would be given. \
Needs no password and does not open the wallet file.

Exit codes:
  0  every setting can be used
  1  one can't; standard error says which";

pub(super) const CONFIG: &str = "\
Examples:
  $ tatum-kms config init
  $ tatum-kms config init ./tatum-kms.toml

The file has every setting with an example, commented out. It is read by every command from \
~/.tatumrc/config.toml or --config; nobody but its owner may write it. A file that is there already is left alone.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  $ tatum-kms completions bash > ~/.local/share/bash-completion/completions/tatum-kms
  $ tatum-kms completions zsh > ~/.zfunc/_tatum-kms
  $ tatum-kms completions fish > ~/.config/fish/completions/tatum-kms.fish

Commands, flags in both spellings, and chains are completed. The directory for zsh must be in fpath before compinit \
runs; PowerShell and Elvish read the script in their profile.";

pub(super) const MAN: &str = "\
Examples:
  $ tatum-kms man | man -l -
  $ tatum-kms man --page daemon | man -l -
  $ tatum-kms man ./man1

Without DIR one page is printed, in roff. In DIR pages of the same names are written over.";
