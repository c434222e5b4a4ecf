"""The preflight rules that the operator of a run waives: what the variable has, and what the run says of it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._dataplane.declaration import Json
from .._preflight.waivers import Waiver, read_waivers
from .settings import Settings

VARIABLE = "aks_dataplane_ignore"


def given(settings: Settings) -> tuple[Waiver, ...]:
    """DataplaneError for what has another shape."""
    return read_waivers(settings.ignore, VARIABLE)


def objection(settings: Settings) -> str:
    """Why the variable is refused, or nothing."""
    try:
        given(settings)
    except DataplaneError as exc:
        return exc.text
    return ""


def as_option(waiver: Waiver) -> str | dict[str, str]:
    """An element of the option C(ignore) of M(aks.dataplane.aks_preflight_info)."""
    values = {name: value for name, value in dataclasses.asdict(waiver).items() if value}
    return waiver.id if [*values] == ["id"] else values


def own(result: Json, settings: Settings) -> list[Json]:
    """Of the result of the preflight, the waivers of the operator, which come before those of the run."""
    return list(result.get("waivers") or ())[: len(given(settings))]


def covers(rule: str, result: Json, settings: Settings) -> bool:
    """Whether the operator waives the rule, by a waiver that has not expired."""
    expired = [one["expired"] for one in own(result, settings) if one["id"] == rule]
    return any(one.id == rule for one in given(settings)) and not (expired and all(expired))


def lines(judged: t.Sequence[Json], settings: Settings) -> list[str]:
    """What to show of them: each with its reason and end, those that have expired, and those that have no reason. judged: what C(own) has."""
    found = [_line(one) for one in judged if one["expired"] or one["reason"]]
    bare = [one["id"] for one in judged if not (one["expired"] or one["reason"])]
    if bare:
        found.append(
            f"{', '.join(bare)} {'are' if len(bare) > 1 else 'is'} waived without a reason. Write a waiver as "
            f"{{id: {bare[0]}, reason: ..., until: YYYY-MM-DD, ticket: ...}} in {VARIABLE}."
        )
    return [f"{settings.cluster}: {text}" for text in found]


def _line(one: Json) -> str:
    ticket = f" ({one['ticket']})" if one["ticket"] else ""
    if one["expired"]:
        return f"the waiver of {one['id']} expired on {one['until']}, so its findings count again{ticket}."
    end = f" until {one['until']}" if one["until"] else ""
    return f"{one['id']} is waived{end}{ticket}: {one['reason']}"
