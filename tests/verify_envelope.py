#!/usr/bin/env python3
"""Checks a manifest of the archive with nothing of Muster: DSSE, in-toto, SHA-256.

    python3 verify_envelope.py manifest.dsse.json public-key.pem

Needs the package `cryptography`. Says what it checked; exit status 1 when something is wrong.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519


def check(manifest, key_file):
    envelope = json.loads(manifest.read_bytes())
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"].encode()
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)

    key = serialization.load_pem_public_key(key_file.read_bytes())
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_id = hashlib.sha256(der).hexdigest()
    signatures = [s for s in envelope["signatures"] if s["keyid"] == key_id]
    if not signatures:
        return "no signature of the key " + key_id
    signature = base64.b64decode(signatures[0]["sig"], validate=True)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return "the signature is wrong"

    statement = json.loads(payload)
    if statement["_type"] != "https://in-toto.io/Statement/v1":
        return "no in-toto statement"
    for subject in statement["subject"]:
        file = manifest.parent / subject["name"]
        if not file.is_file():
            return subject["name"] + " is missing"
        if hashlib.sha256(file.read_bytes()).hexdigest() != subject["digest"]["sha256"]:
            return subject["name"] + " was altered"

    previous = statement["predicate"]["previous"]
    if previous:
        # manifest.dsse.json, time, month, year, tenant, tenants: five folders up is the root.
        before = manifest.resolve().parents[5] / previous["manifest"]
        if not before.is_file():
            return "the manifest before is missing: " + previous["manifest"]
        if hashlib.sha256(before.read_bytes()).hexdigest() != previous["sha256"]:
            return "the manifest before was altered: " + previous["manifest"]
    print("good: %d files, signed by %s" % (len(statement["subject"]), key_id))
    return None


if __name__ == "__main__":
    wrong = check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    if wrong:
        print("wrong: " + wrong)
        sys.exit(1)
