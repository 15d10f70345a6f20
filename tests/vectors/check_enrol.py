#!/usr/bin/env python3
"""Owns a second reading of docs/formats.md: recomputes the vectors with Python's standard library alone.
Refuses to know the Rust code. What it cannot compute (ristretto255, Argon2id, AES-GCM, Ed25519) it takes as given.
Invariant: exits 1 and names the first value that differs."""

import hashlib
import hmac
import json
import pathlib
import struct
import sys
import uuid


def enc(*items):
    out = b""
    for item in items:
        if isinstance(item, int):
            item = struct.pack(">q", item)
        elif isinstance(item, str):
            item = item.encode()
        out += struct.pack(">I", len(item)) + item
    return out


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def expand(prk, info):
    """HKDF-Expand (RFC 5869) for one block of 32 bytes."""
    return mac(prk, info + b"\x01")


def code(key, step):
    digest = mac(key, struct.pack(">Q", step))
    at = digest[-1] & 15
    return "%08d" % ((struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**8)


def main(path):
    v = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    given, m1 = v["inputs"], v["m1"]
    service, user = given["service_id"], given["user_id"]
    enrol_id = uuid.UUID(given["enrol_id"]).bytes
    h1 = hashlib.sha256(
        enc(1, m1["suite"], service, user, uuid.UUID(m1["attempt_id"]).bytes)
        + enc(m1["platform"], m1["app_version"], m1["vault"])
    ).digest()
    context = enc("warifu/v1/enrol", h1, enrol_id, given["now_ms"], given["ttl_s"])
    ke1, ke2, ke3 = (bytes.fromhex(v[k]) for k in ("ke1", "ke2", "ke3"))
    th = hashlib.sha256(enc("warifu/v1/transcript", context, ke1, ke2, ke3)).digest()
    prk = mac(th, bytes.fromhex(v["session_key"]))
    keys = {name: expand(prk, b"warifu/v1/" + name.encode()) for name in ("k_totp", "k_txn", "k_dev", "k_m4")}
    names, step = v["names"], v["code"]["step"]
    checks = [
        ("names.password", enc("warifu/v1/pw", service, user, given["start_password"]), names["password"]),
        ("names.credential", enc("warifu/v1/cred", service, user), names["credential"]),
        ("names.no_credential", enc("warifu/v1/no-cred", service, user, 0), names["no_credential"]),
        ("names.no_credential_exhausted", enc("warifu/v1/no-cred", service, user, 1), names["no_credential_exhausted"]),
        ("names.client", enc("warifu/v1/client", service, user), names["client"]),
        ("names.centre", enc("warifu/v1/centre", service), names["centre"]),
        ("names.context", context, names["context"]),
        ("transcript", th, v["transcript"]),
        *((f"keys.{name}", key, v["keys"][name]) for name, key in keys.items()),
        ("storage_proof", mac(keys["k_totp"], b"warifu/v1/storage-proof\0" + th), v["storage_proof"]),
        ("code.digits", code(keys["k_totp"], step).encode(), v["code"]["digits"].encode().hex()),
    ]
    for name, computed, kept in checks:
        if computed.hex() != kept:
            print(f"{name}: computed {computed.hex()}, kept {kept}")
            return 1
    print(f"{len(checks)} values agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("enrol-w1.json")))
