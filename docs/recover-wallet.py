#!/usr/bin/env python3
"""Prints the wallets in a tatum-kms wallet file, backup or encrypted export, secrets included, as JSON.

Needs nothing of tatum-kms but the format (docs/wallet-file.md), so that no key depends on our program:
    pip install argon2-cffi cryptography
    python3 recover-wallet.py wallet.dat > wallets.json
The password is asked for, or taken from TATUM_KMS_PASSWORD. Work on a copy of the file, on a machine you trust.
"""
import getpass, hashlib, hmac, json, os, sqlite3, struct, sys
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def fields(*values):
    """A list of numbers, texts and bytes as associated data: count, then length and bytes of each."""
    out = struct.pack("<q", len(values))
    for value in values:
        if isinstance(value, int):
            value = struct.pack("<q", value)
        elif isinstance(value, str):
            value = value.encode()
        out += struct.pack("<q", len(value)) + value
    return out


def unseal(key, aad, sealed):
    """Opens nonce (12 bytes) + ciphertext + tag; raises InvalidTag if anything was changed."""
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], aad)


def subkey(key, label):
    return HKDF(SHA256(), 32, salt=None, info=label.encode()).derive(key)


def content(text):
    """Splits a row into its fields: number (one byte), length (eight bytes), bytes."""
    found = {}
    while text:
        number, length = struct.unpack("<Bq", text[:9])
        found[number], text = text[9 : 9 + length], text[9 + length :]
    return found


def main(path, password):
    db = sqlite3.connect(f"file:{os.path.abspath(path)}?mode=ro", uri=True)
    (form, store, legacy, epoch, memory, passes, lanes, salt, wrapped), = db.execute(
        "SELECT format, store_id, from_legacy, epoch, kdf_memory_kib, kdf_passes, kdf_lanes, kdf_salt, wrapped_key FROM header")
    assert form == 1 and memory <= 4 << 20 and passes <= 64 and lanes <= 64, "not a format this script knows"
    password_key = hash_secret_raw(password.encode(), salt, passes, memory, lanes, 32, Type.ID)
    header = fields("tatum-kms store header", form, store, legacy, epoch, memory, passes, lanes, salt)
    data_key = unseal(password_key, header, wrapped)
    rows_key, set_key, state_key = (subkey(data_key, f"tatum-kms store: {use}") for use in ("rows", "set", "state"))
    wallets, total = {}, 0
    for position, id, version, chain, network, kind, sealed in db.execute(
            "SELECT position, id, version, chain, network, kind, sealed FROM wallet ORDER BY position DESC"):
        aad = fields("tatum-kms wallet row", 1, store, id, version, chain, network, kind, position)
        wallets[id] = json.loads(content(unseal(rows_key, aad, sealed))[1])
        element = fields("tatum-kms set element", id, version, sealed[-16:])
        total += int.from_bytes(hmac.digest(set_key, element, hashlib.sha256), "little")
    state = unseal(state_key, fields("tatum-kms store state", form, store, epoch), db.execute("SELECT sealed FROM state").fetchone()[0])
    if (len(wallets), total % 2**256) != (struct.unpack("<q", state[:8])[0], int.from_bytes(state[16:48], "little")):
        print("warning: wallets were removed, added or put back from an earlier copy of this file", file=sys.stderr)
    json.dump(wallets, sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1], os.environ.get("TATUM_KMS_PASSWORD") or getpass.getpass("Password of the wallet file: "))
