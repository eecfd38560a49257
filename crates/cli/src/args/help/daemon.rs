//! The daemon, and what it leaves to people.

pub(crate) const DAEMON: &str = "\
Examples:
  $ tatum-kms daemon --testnet --chain=ETH,BSC
  $ tatum-kms daemon --externalUrl=https://approve.example.com/tx --period=10
  $ tatum-kms daemon --testnet --runOnce --chain=ETH --maxFee ETH=0.01

Polls until it is stopped; --runOnce makes one pass. Before each signature on mainnet the approval server is asked: \
GET <externalUrl>/<id of the transaction>, or POST with the whole transaction; only a 2xx answer approves \
(docs/four-eyes.md). What is signed is in the journal beside the wallet file before it is sent, and is never paid \
twice. One daemon works with a wallet file, network and chain at a time.

SIGTERM and Ctrl-C end it after what is in flight is finished, at most --stopTimeout later; the second one ends it \
at once. What was cut off goes on with the same bytes at the next start.

Environment:
  TATUM_API_KEY               the key for the Tatum API; required
  TATUM_API_URL               where the API is [default: https://api.tatum.io]
  TATUM_RETRIES               how often a failed call is repeated
  TATUM_RETRY_DELAY           milliseconds before the first repetition
  TESTNET_TYPE                which testnet of Ethereum [default: ethereum-sepolia]
  TATUM_KMS_APPROVAL_SECRET   the secret shared with the approval server
  TATUM_KMS_EXTERNAL_HEADERS  headers for the approval server, one a line
  TATUM_KMS_DEBUG_MODE        true adds our debug lines to the log
  TATUM_KMS_…_NODE_URL        nodes that are not behind the API (docs/configuration.md)

Exit codes:
  0         it ended as it was told to; with --runOnce, all that was pending was sent
  1         it could not start, or had to stop; with --runOnce also if anything is left
  2         the command line is wrong
  3         the wallet file is gone, or has another key now: start it anew
  130, 143  ended at once by a second Ctrl-C or SIGTERM";

pub(crate) const PENDING: &str = "\
Examples:
  $ tatum-kms pending list
  $ tatum-kms pending show 5e6645712b55823de7ea82f1
  $ tatum-kms pending retry 5e6645712b55823de7ea82f1

Reads the journal beside the wallet file, also while a daemon runs. Nothing is sent or signed by these commands: a \
retry is done at the daemon's next pass.";

pub(crate) const PENDING_LIST: &str = "\
Examples:
  $ tatum-kms pending list
  $ tatum-kms pending list --all > transactions.json

Without --all those that are completed or discarded are left out.";

pub(crate) const PENDING_SHOW: &str = "\
Examples:
  $ tatum-kms pending show 5e6645712b55823de7ea82f1
  $ tatum-kms pending show 5e6645712b55823de7ea82f1 --bytes

Compare the hash with an explorer of the chain before you decide on a retry.";

pub(crate) const PENDING_RETRY: &str = "\
Examples:
  $ tatum-kms pending retry 5e6645712b55823de7ea82f1

What was signed before is made again so that only one of the two can be executed, or sent again as it is. What was \
denied is asked for again. Nothing is paid twice.";

pub(crate) const PENDING_DISCARD: &str = "\
Examples:
  $ tatum-kms pending discard 5e6645712b55823de7ea82f1

There is no way back: to have it paid after all, make a new transaction. The API is not told, so cancel it there \
too. Bytes that were sent before can still be executed by the chain; the hash stays known.";

pub(crate) const STATUS: &str = "\
Examples:
  $ tatum-kms status
  $ tatum-kms status --path ./wallet.dat

Reads what the daemons write beside the wallet file every few seconds: lines at a terminal, a JSON list otherwise. \
Needs neither password nor network.

Exit codes:
  0  a daemon runs, and every one of them is well
  1  none runs, or one is not ready";
