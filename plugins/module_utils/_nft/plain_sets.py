"""Large sets of addresses that nft lists as they are declared, so that no nft has to be asked how. Only the controller needs this. Pure."""

from __future__ import annotations

import collections
import ipaddress
import re
import typing as t

from .lexer import Statement

# From so many elements on it is worth it.
_LARGE = 1000
_SET = re.compile(
    r"set\s+([^\s{]+)\s*\{\s*(?:(type\s+ipv4_addr|typeof\s+ip\s+[sd]addr)|type\s+ipv6_addr|typeof\s+ip6\s+[sd]addr)\s*;?\s*"
    r"(elements\s*=\s*\{([0-9a-f.:,\s]*)\})\s*;?\s*\}\s*",
    re.ASCII,
)
_NAME = re.compile(r"set\s+([^\s{]+)")
_PART = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ADDRESS = re.compile(rf"(?:{_PART}\.){{3}}{_PART}", re.ASCII)


def plain_sets(found: t.Iterable[Statement], text: str) -> dict[str, tuple[int, int]]:
    """By the name of a plain set: where its list of elements stands in the text. found: the statements of a table.

    Flags, sizes, timeouts and comments can change what nft lists, so a plain set has none, and rules that add elements give flags to a set.
    """
    sets = [item for item in found if item.word == "set"]
    times = collections.Counter(item[1] for item in map(_NAME.match, (item.text for item in sets)) if item)
    parts = (_SET.fullmatch(text, item.start, item.end) for item in sets)
    return {
        item[1]: item.span(3)
        for item in parts
        if item and times[item[1]] == 1 and _are_plain(item[4], _is_plain_4 if item[2] else _is_plain_6)
    }


def _are_plain(listed: str, is_plain: t.Callable[[str], bool]) -> bool:
    items = [item.strip(" \t\n") for item in listed.split(",")]
    items = items if items[-1] else items[:-1]
    return len(items) >= _LARGE and len(set(items)) == len(items) and all(map(is_plain, items))


def _is_plain_4(text: str) -> bool:
    return bool(_ADDRESS.fullmatch(text))


def _is_plain_6(text: str) -> bool:
    """The first addresses can also be listed with dots."""
    try:
        return text[:2] != "::" and ipaddress.IPv6Address(text).compressed == text
    except ValueError:
        return False
