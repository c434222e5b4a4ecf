"""Which failures of Azure pass by themselves: the one list for the retries of a request and for the patience of long work."""

from __future__ import annotations

from .errors import ArmError

# Timeout, throttling, and gateways or services that are down for a moment: those after which RetryPolicy of azure-core tries again by default.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

# Of a request that got no answer, or one that is not Azure's: without the codes of what only a person can mend (proxy, certificate).
TRANSIENT_CODES = frozenset({"HostUnreachable", "NameNotResolved", "NoAnswer", "Timeout", "BadAnswer"})

# Beyond the statuses that HTTP has: those of gateways (520, 524, 599) for a service that they did not reach, or not in time.
_GATEWAYS = range(506, 600)

# Of a request that nobody can have got.
_NOT_SENT = frozenset({"HostUnreachable", "NameNotResolved", "ProxyFailure"})

# So many answers in a row may be missing before long work gives up; at the default interval this bridges an outage of three minutes.
MAX_FAILURES = 20


def is_transient(error: ArmError) -> bool:
    """Whether the same request may well be answered in a moment; a request that got no answer at all has no status."""
    return error.status in TRANSIENT_STATUSES or error.status in _GATEWAYS or error.code in TRANSIENT_CODES


def may_have_arrived(error: ArmError) -> bool:
    """Whether a change may have been carried out although this was the answer to it: it was sent, and nobody refused it with a status below 500."""
    if error.status is None:
        return error.code not in _NOT_SENT
    return error.status == 408 or error.status >= 500
