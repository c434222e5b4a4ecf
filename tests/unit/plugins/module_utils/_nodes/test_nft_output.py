# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node prints what it likes where nft's listing as JSON belongs: that is read, or it is none."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.nft_output import parse_listing

LISTING = {
    "nftables": [
        {"metainfo": {"version": "1.0.6"}},
        {"table": {"family": "ip", "name": "t", "handle": 1, "flags": "dormant"}},
        {
            "rule": {
                "family": "ip",
                "table": "t",
                "chain": "c",
                "handle": 2,
                "comment": "x",
                "expr": [{"drop": None}, {"jump": {"target": "d"}}],
            }
        },
    ]
}
Path = tuple[t.Any, ...]


def places(value: t.Any, path: Path = ()) -> t.Iterator[Path]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@pytest.mark.parametrize(
    "other", [None, [], {}, 0, 1, 1.5, True, "", "x", [1], [None], {"a": None}, "9" * 4000], ids=lambda one: repr(one)[:20]
)
def test_anything_may_stand_anywhere(other: t.Any) -> None:
    for path in places(LISTING):
        whole: t.Any = {"": copy.deepcopy(LISTING)}
        *way, last = ("", *path)
        part = whole
        for key in way:
            part = part[key]
        part[last] = other
        parse_listing(json.dumps(whole[""]))


@pytest.mark.parametrize("expr", [1, True, "drop", {"drop": None}, None])
def test_a_rule_without_a_list_of_statements_is_not_known(expr: t.Any) -> None:
    assert parse_listing(json.dumps({"nftables": [{"rule": {"chain": "c", "expr": expr}}]})) is None
