# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Which elements nft means by "conflicting intervals": it points at one of them at most, and at none where they are in different lines."""

from __future__ import annotations

import ipaddress
import itertools
import re
import typing as t

CONFLICT = "conflicting intervals"
# Commas part elements; what follows the key of one does not matter here.
_ELEMENTS = re.compile(r"elements\s*=\s*\{([^{}]*)\}")
_END = re.compile(r"\s+(?:timeout|expires|comment|counter)\b|\s*:\s")
_Range = tuple[t.Any, t.Any]


def conflicting(text: str) -> list[tuple[str, str]]:
    """Pairs of elements of a set in the text that overlap, as far as they are addresses, prefixes, numbers or ranges of them."""
    found = []
    for block in _ELEMENTS.findall(re.sub(r"#[^\n]*", "", text)):
        keys = [_END.split(element, 1)[0].strip() for element in re.sub(r'"[^"\n]*"', "", block).split(",")]
        ranges = sorted(((*known, key) for key in keys if (known := _range(key))), key=lambda item: (str(type(item[0])), item[0]))
        pairs = itertools.pairwise(ranges)
        found += [(one[2], other[2]) for one, other in pairs if type(one[0]) is type(other[0]) and other[0] <= one[1]]
    return found


def _range(key: str) -> _Range | None:
    """First and last; null for what is neither."""
    first, _dash, last = key.partition("-")
    try:
        if "/" in key:
            network = ipaddress.ip_network(key, strict=False)
            return network[0], network[-1]
        low, high = _value(first), _value(last or first)
    except ValueError:
        return None
    return (low, high) if type(low) is type(high) else None


def _value(text: str) -> t.Any:
    return int(text, 0) if re.fullmatch(r"\d+|0x[0-9a-f]+", text) else ipaddress.ip_address(text)
