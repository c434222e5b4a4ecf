"""A cluster's ARM body as one word, which Ansible can hand from task to task at little cost: nothing in it is looked at for templates."""

from __future__ import annotations

import base64
import binascii
import json
import typing as t
import zlib

from .._common.errors import DataplaneError


def pack(body: t.Mapping[str, t.Any]) -> str:
    """body: plain JSON."""
    return base64.b64encode(zlib.compress(json.dumps(body).encode())).decode()


def unpack(packed: str) -> dict[str, t.Any]:
    """The body that C(pack) got; DataplaneError for anything else."""
    try:
        body = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
    except (ValueError, binascii.Error, zlib.error):
        body = None
    if not isinstance(body, dict):
        raise DataplaneError(
            "body is not what the module returned for a cluster of a list.",
            remedy="Remove it: the module then reads the cluster from Azure.",
        )
    return body
