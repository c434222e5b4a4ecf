"""Which failures of Azure pass by themselves: the one list for the retries of a request and for the patience of long work."""

from __future__ import annotations

from .errors import ArmError

# Timeout, throttling, and gateways or services that are down for a moment: those after which RetryPolicy of azure-core tries again by default.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

# Of a request that got no answer: the codes of connections.no_answer without those that only a person can mend (proxy, certificate).
TRANSIENT_CODES = frozenset({"HostUnreachable", "NameNotResolved", "NoAnswer", "Timeout"})

# So many answers in a row may be missing before long work gives up; at the default interval this bridges an outage of three minutes.
MAX_FAILURES = 20


def is_transient(error: ArmError) -> bool:
    """Whether the same request may well be answered in a moment; a request that got no answer at all has no status."""
    return error.status in TRANSIENT_STATUSES or error.code in TRANSIENT_CODES
