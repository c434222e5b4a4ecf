# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private key in the kubeconfigs that Azure gives out, as those of clusters with local accounts have one: what must be left nowhere."""

from __future__ import annotations

import base64
import functools
import json

import trustme
import yaml


@functools.cache
def _pair() -> tuple[str, str]:
    """Certificate and key, as PEM."""
    issued = trustme.CA().issue_cert("operator@aks.invalid")
    return issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()


def secrets() -> list[str]:
    """Pieces of the key by which it is found, as PEM and as kubeconfigs hold it."""
    key = _pair()[1]
    return [key.splitlines()[1], base64.b64encode(key.encode()).decode()[60:120]]


def with_key(answer: bytes) -> bytes:
    """The answer of listClusterUserCredential, with the key for every user in it."""
    certificate, key = (base64.b64encode(text.encode()).decode() for text in _pair())
    body = json.loads(answer)
    for holder in body["kubeconfigs"]:
        config = yaml.safe_load(base64.b64decode(holder["value"]))
        for user in config["users"]:
            user["user"] |= {"client-certificate-data": certificate, "client-key-data": key}
        holder["value"] = base64.b64encode(yaml.safe_dump(config).encode()).decode()
    return json.dumps(body).encode()
