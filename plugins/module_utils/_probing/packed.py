"""The log of a prober pod: each line holds what happened in a second, packed, because a log of many minutes has to fit where a node keeps it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import zlib

# The first value of the last part of each line: when it was printed.
BEAT = "beat"


def pack(text: str) -> str:
    """One line without its end."""
    return base64.b64encode(zlib.compress(text.encode("utf-8"))).decode("ascii")


def unpack(log: str) -> str:
    """What is in all lines that are whole, as the file of a probe has it; any further line is ignored."""
    found = []
    for one in log.split("\n"):
        with contextlib.suppress(binascii.Error, zlib.error, ValueError):
            found.append(zlib.decompress(base64.b64decode(one.strip(), validate=True)).decode("utf-8"))
    return "".join(found)


def beat(at: float) -> str:
    return json.dumps([BEAT, at], separators=(",", ":")) + "\n"


def last_beat(text: str) -> float | None:
    """When the last line was printed, on the clock of the node; text: unpacked."""
    for line in reversed(text.splitlines()):
        with contextlib.suppress(ValueError):
            what, *values = json.loads(line)
            if what == BEAT:
                return float(values[0])
    return None
