"""Rules that an operator waives: the ids alone, or with the reason, the last day and the ticket, as the option C(ignore) takes them."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import re
import typing as t

from .._common.errors import DataplaneError
from .._common.spelling import did_you_mean

KEYS = ("id", "reason", "until", "ticket")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXAMPLE = "{id: KP21, reason: why it does not apply, until: 2027-01-31, ticket: CHG-7}"


@dataclasses.dataclass(frozen=True)
class Waiver:
    """until: the last day, in UTC, on which it counts, as an ISO date. All but the id are V('') where they are not given."""

    id: str
    reason: str = ""
    until: str = ""
    ticket: str = ""

    def is_expired(self, today: str) -> bool:
        """today: an ISO date in UTC. The day in C(until) still counts."""
        return bool(self.until) and self.until < today

    def to_dict(self, today: str) -> dict[str, t.Any]:
        return {**dataclasses.asdict(self), "until": self.until or None, "expired": self.is_expired(today)}


@dataclasses.dataclass(frozen=True)
class Waived:
    """in_force: ids of rules that do not count. expired: the last day of each waiver that has expired, by id, where no other one is in force."""

    in_force: frozenset[str]
    expired: t.Mapping[str, str]


def waived(waivers: t.Iterable[Waiver], today: str) -> Waived:
    """today: an ISO date in UTC."""
    known = list(waivers)
    in_force = frozenset(one.id for one in known if not one.is_expired(today))
    days = sorted((one.until, one.id) for one in known if one.id not in in_force)
    return Waived(in_force, {rule: day for day, rule in days})


def read_waivers(given: t.Any, option: str = "ignore") -> tuple[Waiver, ...]:
    """The waivers in the order given; DataplaneError with the code WrongWaiver for what has another shape.

    given: a list of ids and of mappings, or ids in one text with commas between them. option: what the message calls it.
    """
    if given is None:
        return ()
    if isinstance(given, str):
        given = [part for part in given.split(",") if part.strip()]
    if not isinstance(given, (list, tuple)):
        raise _wrong(f"{option} is {_shown(given)}, but must be a list")
    return tuple(_read(one, f"The entry {number} of {option}") for number, one in enumerate(given, 1))


def _read(given: t.Any, where: str) -> Waiver:
    if isinstance(given, str) and given.strip():
        return Waiver(given.strip())
    if not isinstance(given, t.Mapping):
        raise _wrong(f"{where} is {_shown(given)}, but must be the id of a rule or a mapping")
    unknown = [str(key) for key in given if key not in KEYS]
    if unknown:
        raise _wrong(f"{where} has the unknown key {', '.join(unknown)}", did_you_mean(unknown[0], KEYS))
    values = {key: _text(given[key], key, where) for key in given if given[key] is not None}
    if not values.get("id"):
        raise _wrong(f"{where} has no id")
    return Waiver(**{**values, "until": _day(values.get("until", ""), where)})


def _text(value: t.Any, key: str, where: str) -> str:
    """A ticket may be a number, and a day may be what YAML makes of one without quotes."""
    number = isinstance(value, int) and not isinstance(value, bool) and key == "ticket"
    if not (isinstance(value, (str, datetime.date)) or number):
        raise _wrong(f"{where} has the {key} {_shown(value)}, which is no text")
    return " ".join(str(value).split())


def _day(text: str, where: str) -> str:
    if not text:
        return ""
    # Later versions of Python read further spellings.
    with contextlib.suppress(ValueError):
        if _DAY.fullmatch(text):
            return datetime.date.fromisoformat(text).isoformat()
    raise _wrong(f"{where} has the until {_shown(text)}, which is no day such as 2027-01-31")


def _shown(value: t.Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _wrong(what: str, question: str = "") -> DataplaneError:
    return DataplaneError(f"{what}.{question}", remedy=f"Write a waiver as {_EXAMPLE}, or as the id alone.", code="WrongWaiver")
