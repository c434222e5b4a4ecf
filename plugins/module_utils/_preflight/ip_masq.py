"""The user's configuration of the ip-masq-agent, judged as azure-ip-masq-merger does: it ends when it cannot take a file."""

from __future__ import annotations

import ipaddress
import typing as t

from .kube_model import MasqueradeFile

_SWITCHES = ("masqlinklocal", "masqlinklocalipv6")
_RANGES = "nonmasqueradecidrs"


def problem(file: MasqueradeFile) -> str:
    """Why the merger would not take the file; V('') when it would."""
    if file.problem:
        return file.problem
    if file.content is None:
        return ""
    if not isinstance(file.content, dict):
        return "it is no mapping"
    wrong = [str(key) for key, value in file.content.items() if _is(key, _SWITCHES) and value is not None and not isinstance(value, bool)]
    if wrong:
        return f"{wrong[0]} is not true or false"
    ranges = _ranges(file)
    if not isinstance(ranges, list):
        return "nonMasqueradeCIDRs is no list"
    return next(filter(None, map(_range_problem, ranges)), "")


def ranges(file: MasqueradeFile) -> tuple[str, ...]:
    """The address ranges that are not to be masqueraded."""
    found = _ranges(file)
    return tuple(str(item) for item in found) if isinstance(found, list) else ()


def _ranges(file: MasqueradeFile) -> t.Any:
    content = file.content if isinstance(file.content, dict) else {}
    found = [value for key, value in content.items() if _is(key, (_RANGES,))]
    return (found[-1] if found else None) or []


def _is(key: t.Any, names: tuple[str, ...]) -> bool:
    """Go's JSON decoder takes the names of fields in any case."""
    return str(key).lower() in names


def _range_problem(text: t.Any) -> str:
    if text is None:
        return 'the range "" has no length'
    if not isinstance(text, str):
        return f"the range {text} is no text"
    address, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdigit()):
        return f'the range "{text}" has no length'
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f'the range "{text}" is none'
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return f'the range "{text}" does not begin at its first address'
    return "" if "%" not in address else f'the range "{text}" is none'
