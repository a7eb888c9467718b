#!/usr/bin/env python3
"""An S3 and KMS server that knows Object Lock (moto), for `all/evidence.rs`.

Prints a line of JSON with its address, a signing key, its public half and an encryption key; then,
for a line on its input, a line about every object version in the bucket; ends with its input.
Needs the packages `boto3`, `cryptography` and `moto[server]`.
"""

import base64
import json
import sys
import textwrap

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto.kms.utils import ECDSAPrivateKey
from moto.server import ThreadedMotoServer

BUCKET = "evidence"


def sign(self, message, signing_algorithm):
    """Signs a digest as it is: moto takes it for a message and hashes it again, which KMS does not."""
    return self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256())))


ECDSAPrivateKey.sign = sign

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
address = "http://%s:%s" % server.get_host_and_port()
settings = dict(
    endpoint_url=address,
    region_name="eu-central-1",
    aws_access_key_id="an-id",
    aws_secret_access_key="a-secret",
)
s3, kms = boto3.client("s3", **settings), boto3.client("kms", **settings)
s3.create_bucket(
    Bucket=BUCKET,
    ObjectLockEnabledForBucket=True,
    CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
)
signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
encrypting = kms.create_key()["KeyMetadata"]["Arn"]
der = base64.b64encode(kms.get_public_key(KeyId=signing)["PublicKey"]).decode()
pem = "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % "\n".join(
    textwrap.wrap(der, 64)
)
print(
    json.dumps({"address": address, "signing": signing, "public": pem, "encrypting": encrypting}),
    flush=True,
)

for _ in sys.stdin:
    found = []
    for version in s3.list_object_versions(Bucket=BUCKET).get("Versions", []):
        which = dict(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
        head = s3.head_object(**which)
        try:
            s3.delete_object(**which)
            removed = True
        except ClientError:
            removed = False
        found.append(
            {
                "key": version["Key"],
                "mode": head.get("ObjectLockMode"),
                "until": head["ObjectLockRetainUntilDate"].isoformat()
                if "ObjectLockRetainUntilDate" in head
                else None,
                "hold": head.get("ObjectLockLegalHoldStatus"),
                "encryption": head.get("ServerSideEncryption"),
                "encryptionKey": head.get("SSEKMSKeyId"),
                "removed": removed,
            }
        )
    print(json.dumps(found), flush=True)
server.stop()
