"""Times as Kubernetes and people write them."""

from __future__ import annotations

import datetime
import re


def read_time(text: str | None) -> datetime.datetime | None:
    """A time in ISO 8601, in UTC unless it says otherwise; none for anything else."""
    try:
        parsed = datetime.datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text or ""))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)
