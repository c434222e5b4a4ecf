"""The Retry-After header: seconds, or the date of an HTTP header."""

from __future__ import annotations

import datetime
import email.utils
import re
import typing as t

# Python takes more for a number than HTTP does.
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)


def retry_after_seconds(headers: t.Mapping[str, str], now: datetime.datetime | None = None) -> float | None:
    """Seconds from now until the time that the header names, never negative; None without a header that can be read.

    headers: with lower-case names. now: with a time zone; the current time when not given.
    """
    text = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(text):
        return max(0.0, float(text))
    return _seconds_until(text, now or datetime.datetime.now(datetime.timezone.utc))


def asked_pause(headers: t.Mapping[str, str]) -> float | None:
    """As C(retry_after_seconds), also of Azure's own headers with milliseconds. headers: with names in any case."""
    known = {name.lower(): str(value) for name, value in headers.items()}
    found = retry_after_seconds(known)
    if found is not None:
        return found
    texts = (known.get(name, "").strip() for name in ("retry-after-ms", "x-ms-retry-after-ms"))
    return next((max(0.0, float(text) / 1000) for text in texts if _NUMBER.fullmatch(text)), None)


def _seconds_until(text: str, now: datetime.datetime) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return max(0.0, (moment - now).total_seconds())
