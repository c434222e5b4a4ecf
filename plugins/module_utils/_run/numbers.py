"""The numbers that a run goes by, as users write them and as surveys give them, which is as text. Checked before anything is asked."""

from __future__ import annotations

import json
import re
import typing as t

from .._dataplane.declaration import Json

_WHOLE = re.compile(r"\d{1,9}")
_DECIMAL = re.compile(r"\d{1,9}(\.\d+)?%?")


def _whole(value: t.Any) -> int:
    """-1 for what is no whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return -1
    text = str(value).strip()
    return int(text) if _WHOLE.fullmatch(text) else -1


def _is_seconds(value: t.Any) -> bool:
    return _whole(value) >= 1


def _is_seconds_or_none(value: t.Any) -> bool:
    return _whole(value) >= 0


def _is_percentage(value: t.Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    text = str(value).strip()
    return bool(_DECIMAL.fullmatch(text)) and float(text.rstrip("%")) <= 100


def _is_wave(value: t.Any) -> bool:
    """One element of C(serial): Ansible takes none and less for all hosts, and a share above 100% as well."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return 1 <= _whole(value.strip()[:-1]) <= 100
    return _whole(value) >= 1


def _is_serial(value: t.Any) -> bool:
    return bool(value) and all(map(_is_wave, value)) if isinstance(value, list) else _is_wave(value)


_SECONDS = "a whole number of seconds, 1 or greater"

# By variable: whether its value is one, and what it must be.
NUMBERS: t.Mapping[str, tuple[t.Callable[[t.Any], bool], str]] = {
    "aks_dataplane_serial": (
        _is_serial,
        'a whole number, 1 or greater, a share from 1% to 100%, or a list of these, which is given as JSON: {"aks_dataplane_serial": [1, "25%"]}',
    ),
    "aks_dataplane_max_fail_percentage": (_is_percentage, "a number from 0 to 100"),
    "aks_dataplane_wait_timeout": (_is_seconds, _SECONDS),
    "aks_dataplane_rollout_timeout": (_is_seconds, _SECONDS),
    "aks_dataplane_poll_interval": (_is_seconds, _SECONDS),
    "aks_dataplane_ruleset_confirm_timeout": (_is_seconds_or_none, "a whole number of seconds, or 0 for none"),
    "aks_dataplane_ruleset_max_unavailable": (_is_wave, "a whole number, 1 or greater, or a share from 1% to 100%"),
    "aks_dataplane_ruleset_min_ready_seconds": (_is_seconds_or_none, "a whole number of seconds, 0 or greater"),
    "aks_dataplane_ruleset_lockout_timeout": (_is_seconds, _SECONDS),
    "aks_dataplane_ruleset_wait_timeout": (_is_seconds, _SECONDS),
}


def objection(numbers: Json) -> str:
    """Why a number is refused, with the name of its variable, or nothing. numbers: by variable, those that are set."""
    for name, (is_one, what) in NUMBERS.items():
        if name in numbers and not is_one(numbers[name]):
            return f"{name} is {json.dumps(numbers[name])}, but must be {what}."
    return ""
