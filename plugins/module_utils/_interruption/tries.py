"""One try to reach a target, and what came of it."""

from __future__ import annotations

import dataclasses
import errno

OK, REFUSED, NO_ANSWER, LATE, ERROR = "ok", "refused", "no_answer", "late", "error"
FAILURES = (REFUSED, NO_ANSWER, LATE, ERROR)
# What the prober's own machine could not do says nothing of the target.
OWN = "own"

# Seconds that a try is waited for beyond its timeout: what got through with the first repetition of its SYN, after one second, is late and not lost.
LATER = 1.5

_REFUSALS = frozenset(
    {
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.ECONNABORTED,
        errno.EPIPE,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EACCES,
        errno.EPERM,
    }
)
_SERVER_ERRORS = 500


@dataclasses.dataclass(frozen=True)
class Try:
    """began: seconds on the clock of the machine. took: seconds until the outcome."""

    began: float
    took: float
    outcome: str


@dataclasses.dataclass(frozen=True)
class Moment:
    """Of the kept connection: it was opened, has broken, or the other side closes all of them after an answer."""

    at: float
    what: str


def answered(took: float, timeout: float, status: int | None) -> str:
    """status: of the answer to a HEAD request, None where connecting was all. What a proxy says of an absent server is a failure."""
    if status is not None and status >= _SERVER_ERRORS:
        return ERROR
    return OK if took <= timeout else LATE


def failed(number: int | None) -> str:
    """number: that of the system's error, 0 where the other side closed without an answer, None where nobody answered in time."""
    if number is None or number == errno.ETIMEDOUT:
        return NO_ANSWER
    return REFUSED if number == 0 or number in _REFUSALS else OWN
