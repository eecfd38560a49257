#!/usr/bin/env python3
"""An approval server for `tatum-kms daemon`: allows what a list of rules allows, and nothing else.

Python 3.8 or later, standard library only. Settings are environment variables:

TATUM_KMS_APPROVAL_SECRET  the secret that the daemon has too
PUBLIC_URL                 what the daemon's --externalUrl says, for example http://127.0.0.1:8801/kms
RULES                      a JSON file; it is read again for each question, so edit it at any time

Each rule allows transfers of one asset to one address, up to an amount in base units (wei, satoshi, …):

[{"chain": "ETH", "network": "testnet", "asset": "ETH",
  "to": "0x687422eea2cb73b5d3e242ba5456b782919afc85", "most": "500000000000000000"}]

`asset` is the symbol of a coin or the contract of a token; where a contract tells its tokens apart (an NFT, the
currencies of an issuer) the rule needs its `tokenId` too. Put TLS in front of this server, or keep it on the
daemon's machine. docs/four-eyes.md says what goes over the wire.
"""
import hashlib
import hmac
import json
import os
import re
import sys
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import urlsplit

SECRET = os.environ["TATUM_KMS_APPROVAL_SECRET"].strip().encode()
PUBLIC_URL = urlsplit(os.environ["PUBLIC_URL"])
RULES = os.environ["RULES"]
ORIGIN = f"{PUBLIC_URL.scheme}://{PUBLIC_URL.netloc}"
WINDOW = 120  # seconds that a question is good for
LARGEST_BODY = 16 * 1024 * 1024  # bytes
DIGEST = re.compile("[0-9a-f]{64}")

lock = Lock()
seen = {}  # nonce -> when it may be forgotten
approved = {}  # pending id -> content digest; a real server keeps this in its database


def mac(*lines):
    return hmac.new(SECRET, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def is_authentic(method, path, headers, body):
    """Whether the daemon asks, now, and for the first time, and names what it will sign."""
    names = ("X-KMS-Time", "X-KMS-Nonce", "X-KMS-Digest", "X-KMS-Content-Digest")
    when, nonce, digest, content = (headers.get(name, "") for name in names)
    intent = headers.get("X-KMS-Intent", "").encode()
    expected = mac("tatum-kms approval request 1", method, ORIGIN + path, when, nonce, digest,
                   content, sha256(intent), sha256(body))
    given = headers.get("X-KMS-Signature", "")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        return False
    if not (DIGEST.fullmatch(digest) and DIGEST.fullmatch(content)):
        return False
    now = time.time()
    if abs(now - int(when)) > WINDOW:
        return False
    with lock:
        for old in [old for old, until in seen.items() if until < now]:
            del seen[old]
        if nonce in seen:
            return False
        seen[nonce] = now + 2 * WINDOW
    return True


def same(one, other):
    """Addresses in hexadecimal are the same in any letter case; others are not."""
    if one.startswith("0x"):
        return one.lower() == other.lower()
    return one == other


def refusal(intent, pending_id, content):
    """Why not; none if every action is allowed."""
    if not intent.get("actions"):
        return "the intent is missing or empty"
    with open(RULES, encoding="utf-8") as file:
        rules = json.load(file)
    for action in intent["actions"]:
        if action["kind"] == "change" and action["to"] in intent["from"]:
            continue
        if action["kind"] != "transfer":
            return f"{action['kind']} is not allowed"
        token = action["asset"]
        asset = token["symbol"] if token["type"] == "native" else token["contract"]
        fits = [rule for rule in rules
                if rule["chain"] == intent["chain"] and rule["network"] == intent["network"]
                and same(rule["asset"], asset) and rule.get("tokenId") == token.get("tokenId")
                and same(rule["to"], action["to"])]
        if not fits:
            return f"no rule for {asset} to {action['to']}"
        if Decimal(action["amount"]) > max(Decimal(rule["most"]) for rule in fits):
            return f"{action['amount']} of {asset} are more than allowed"
    with lock:
        if approved.setdefault(pending_id, content) != content:
            return "its content has changed since it was approved"
    return None


class Approver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > LARGEST_BODY:
            self.close_connection = True
            return self.reply(413, None)
        self.answer(self.rfile.read(length))

    def answer(self, body):
        if not is_authentic(self.command, self.path, self.headers, body):
            return self.reply(401, None)
        pending_id = urlsplit(self.path).path.rsplit("/", 1)[-1]
        intent = json.loads(self.headers.get("X-KMS-Intent", "{}"))
        why = refusal(intent, pending_id, self.headers["X-KMS-Content-Digest"])
        decision = "deny" if why else "approve"
        print(f"{decision} {pending_id} {why or json.dumps(intent['actions'])}", flush=True)
        tag = mac("tatum-kms approval answer 1", self.headers["X-KMS-Nonce"], pending_id,
                  self.headers["X-KMS-Digest"], decision)
        self.reply(403 if why else 204, tag)

    def reply(self, status, tag):
        self.send_response(status)
        if tag:
            self.send_header("X-KMS-Approval", tag)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        print(format % arguments, file=sys.stderr)


if __name__ == "__main__":
    if len(SECRET) < 16:
        sys.exit("TATUM_KMS_APPROVAL_SECRET has less than 16 bytes; `openssl rand -hex 32` makes one")
    port = PUBLIC_URL.port or 80
    ThreadingHTTPServer(("127.0.0.1", port), Approver).serve_forever()
