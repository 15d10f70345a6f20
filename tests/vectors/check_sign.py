"""Recomputes the vectors of the device channel and of transaction signing with Python's standard library alone."""

import base64
import hashlib
import hmac
import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parents[2]


def enc(*items):
    out = b""
    for item in items:
        data = item.encode() if isinstance(item, str) else struct.pack(">Q", item) if isinstance(item, int) else item
        out += struct.pack(">I", len(data)) + data
    return out


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, "sha256").digest()


def trunc8(value):
    at = value[-1] & 15
    return "%08d" % ((struct.unpack(">I", value[at : at + 4])[0] & 0x7FFFFFFF) % 10**8)


def code(key, fields, step):
    q = sha256(enc("warifu/v1/txn", *fields))
    suite = b"OCRA-1:HOTP-SHA256-8:QH64-T1M\0"
    return trunc8(mac(key, suite + q + bytes(96) + struct.pack(">Q", step)))


k_dev, path = bytes([7]) * 32, "/device/v1/status"
question = mac(k_dev, b"warifu/v1/device\0" + enc(path, bytes([1]) * 16, 5, bytes([2]) * 16, sha256(b"{}")))
reply = mac(k_dev, b"warifu/v1/device-reply\0" + enc(path, bytes([2]) * 16, sha256(b"{}")))

k_txn, step = bytes([9]) * 32, 1_700_000_000 // 60
nonce, payee = bytes([3]) * 8, "センポク　ハナコ"
shown = ("10112235", "transfer", "0001", "002", "ordinary", "1234567", payee, "JPY", 150_000, nonce)
typed = ("10112235", "transfer", "", "", "", "1234567", "", "JPY", 150_000, bytes(8))
tag = mac(k_txn, b"warifu/v1/qr\0" + enc(*shown))[:16]
qr = "warifu://sign?q=" + base64.urlsafe_b64encode(enc(*shown) + tag).decode().rstrip("=")

page = (ROOT / "docs/formats.md").read_text()
for wanted in (question.hex(), reply.hex(), code(k_txn, shown, step), code(k_txn, typed, step), qr):
    assert wanted in page, wanted
test = (ROOT / "core/src/sign/tests.rs").read_text()
for wanted in (code(k_txn, shown, step), code(k_txn, typed, step), qr):
    assert wanted in test, wanted
print("the vectors of the device channel and of transaction signing hold")
