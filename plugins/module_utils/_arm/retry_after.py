"""The Retry-After header: seconds, or the date of an HTTP header."""

from __future__ import annotations

import datetime
import email.utils
import math
import typing as t


def retry_after_seconds(headers: t.Mapping[str, str], now: datetime.datetime | None = None) -> float | None:
    """Seconds from now until the time that the header names, never negative; None without a header that can be read.

    headers: with lower-case names. now: with a time zone; the current time when not given.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        return _seconds_until(text, now or datetime.datetime.now(datetime.timezone.utc))
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(text: str, now: datetime.datetime) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return max(0.0, (moment - now).total_seconds())
