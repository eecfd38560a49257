//! The commands that look after the wallet file itself.

pub(crate) const REMOVE_WALLET: &str = "\
Examples:
  $ tatum-kms backup ./before.dat
  $ tatum-kms removewallet 6d78dad2-518f-4e76-8255-8f1df0de6886

There is no way back: coins on an address whose key is gone are lost. Back up or export first. A person at a \
terminal is asked, a script is not. The sealed bytes are overwritten in the wallet file; backups, and disks that copy on write, keep what \
they have.";

pub(crate) const EXPORT: &str = "\
Examples:
  $ tatum-kms export
  $ umask 077; tatum-kms export --path ./wallet.dat > wallets.json
  $ tatum-kms export --encrypted ./wallets.export

Prints every mnemonic and private key in clear, newest first. Nothing is changed. With --encrypted \
no secret is printed: the wallets go into a new file of the same format as the wallet file, under a \
key and a password of its own. That password comes from --exportPasswordFile, \
TATUM_KMS_EXPORT_PASSWORD, the prompt, or a line of standard input.

Environment:
  TATUM_KMS_EXPORT_PASSWORD  the password of the encrypted export";

pub(crate) const IMPORT: &str = "\
Examples:
  $ tatum-kms import ./wallets.export
  $ tatum-kms import ./wallets.export --path ./other.dat

Adds what is not there yet, prints which ids were added, and may be run again: wallets that are there stay as they are, and a key \
that is stored under another id is left out and named. If an id is taken by another wallet, or a key \
is stored for the other network, nothing is imported; nor if a chain would have more wallets than \
the API takes at once. Labels come along, and what nextaddress has given out. The password of FILE comes from \
--exportPasswordFile, TATUM_KMS_EXPORT_PASSWORD, the prompt, or a line of standard input behind the \
store's.

Environment:
  TATUM_KMS_EXPORT_PASSWORD  the password of FILE";

pub(crate) const VERIFY: &str = "\
Examples:
  $ tatum-kms verify
  {
    \"format\": \"current\",
    \"wallets\": 2,
    \"derived\": 2,
    \"unusable\": 0,
    \"doubts\": []
  }
  $ tatum-kms verify --path ./backup.dat && echo whole

Opens every wallet, checks that none is missing, added, swapped or put back from earlier, and derives \
each address and xpub again from its secret. Prints a summary; each doubtful wallet is named by its \
signature id. `derived` counts those that have an address or an xpub stored, `unusable` the records of an old file that no chain can use. Nothing is changed.

Exit codes:
  0  there is no doubt
  1  there is, or the store can't be opened";

pub(crate) const CHANGE_PASSWORD: &str = "\
Examples:
  $ tatum-kms changepassword
  $ tatum-kms changepassword --newPasswordFile ./new-password
  $ tatum-kms changepassword --rewrapOnly

Makes a new data key and seals every wallet again, so that an old copy of the file and the old \
password lead to nothing that is written later. Such a copy, a backup for one, still opens with the \
old password: destroy it, or move coins to new keys if the password is known to others. A running \
daemon stops with exit code 3 and must be started with the new password; with --rewrapOnly it runs \
on. The new password comes from --newPasswordFile, TATUM_KMS_NEW_PASSWORD, the prompt, or a line of \
standard input behind the present one.

Environment:
  TATUM_KMS_NEW_PASSWORD  the new password";

pub(crate) const ROTATE_KEY: &str = "\
Examples:
  $ tatum-kms rotatekey
  {
    \"wallets\": 2,
    \"newDataKey\": true
  }

Makes a new data key under the same password and seals every wallet again, into a new file that takes \
the place of the old one once it was read back. A running daemon stops with exit code 3: start it \
again.";

pub(crate) const BACKUP: &str = "\
Examples:
  $ tatum-kms backup ./wallet-2026-01-31.dat
  {
    \"file\": \"./wallet-2026-01-31.dat\",
    \"wallets\": 2
  }

The copy is of one moment, whatever else is written meanwhile, and is opened and verified before it \
gets its name. An existing file is never overwritten. It is a wallet file like the store: the same \
password opens it, also after the store has been given another one. The daemon's journal is not part \
of it.";

pub(crate) const RESTORE: &str = "\
Examples:
  $ tatum-kms restore /mnt/safe/wallet-2026-01-31.dat
  $ tatum-kms restore /mnt/safe/wallet-2026-01-31.dat --replace

Verifies the backup with its password, then puts a copy of it where the wallet file belongs. A store \
that is there is replaced only with --replace, and kept beside under the name ….replaced; wallets that \
only it has are named. What nextaddress gave out since the backup it would give out again: give it \
--from. Stop the daemon first.";

pub(crate) const MIGRATE: &str = "\
Examples:
  $ tatum-kms migrate --to current
  $ tatum-kms migrate --to legacy --yes

`current` does what every command that writes does to an old file: the old bytes stay beside it, \
sealed. `legacy` writes the file that Tatum KMS 8.0.1 reads, under the same password, and keeps the \
store of before beside it under the name ….current. The old format gives its password away to who can \
try many, and has neither labels nor what nextaddress has given out.";
