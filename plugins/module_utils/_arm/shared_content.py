"""What the processes of one run share: answers, and failures, each with the time until which it is used. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from .._common.errors import DataplaneError
from .errors import ArmError

# Of everything together; a token has a few KiB.
LIMIT = 256 * 1024

# How long before its end a token is replaced.
RENEWAL = 300.0


@dataclasses.dataclass(frozen=True)
class Entry:
    """value: plain JSON; a failure as C(describe_failure) makes it when C(failed).

    ended: when the answer came. until: when it is no longer used. Both in seconds since the epoch.
    """

    value: t.Any
    ended: float
    until: float
    failed: bool = False


Entries = dict[str, Entry]


def is_usable(entry: Entry, asked: float, now: float) -> bool:
    """asked: when the question came up. A failure also answers whoever asked before it was known: nobody repeats what failed while they waited.

    A time in the future is that of a clock that was set back since, and says nothing.
    """
    if entry.ended > now:
        return False
    return now < entry.until or (entry.failed and asked <= entry.ended)


def seconds_of_use(expires: float, now: float) -> float:
    """How long a token is used: until 5 minutes before it expires, or half of its life when that is longer, as it is for short-lived ones."""
    left = max(0.0, expires - now)
    return max(left - RENEWAL, left / 2)


def pack(entries: t.Mapping[str, Entry], now: float) -> bytes:
    """As bytes, of which C(unpack) sees whether all of them are there; at most C(LIMIT).

    Without answers that are no longer used; of the others, the newest ones that have room.
    """
    room = LIMIT - hashlib.sha256().digest_size
    kept = {}
    for key, entry in sorted(entries.items(), key=lambda item: item[1].ended, reverse=True):
        one = {key: dataclasses.asdict(entry)}
        # Its braces stand for the comma and the space between it and the next one.
        size = len(json.dumps(one))
        if size <= room and (entry.failed or now < entry.until):
            kept.update(one)
            room -= size
    content = json.dumps(kept).encode()
    return hashlib.sha256(content).digest() + content


def unpack(data: bytes) -> Entries:
    """Empty for what is not whole: its writer was killed."""
    size = hashlib.sha256().digest_size
    digest, content = data[:size], data[size:]
    if hashlib.sha256(content).digest() != digest:
        return {}
    return {key: Entry(**entry) for key, entry in json.loads(content).items()}


def describe_failure(exc: DataplaneError) -> dict[str, t.Any]:
    """A foreseen failure as plain JSON, for C(build_failure)."""
    return {
        "from_azure": isinstance(exc, ArmError),
        "message": exc.message,
        "remedy": exc.remedy,
        "code": exc.code,
        "details": exc.details,
    }


def build_failure(described: t.Mapping[str, t.Any]) -> DataplaneError:
    """The failure that C(describe_failure) got."""
    made = ArmError if described["from_azure"] else DataplaneError
    return made(described["message"], remedy=described["remedy"], code=described["code"], details=described["details"])
