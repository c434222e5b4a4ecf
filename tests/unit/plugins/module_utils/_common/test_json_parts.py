# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.json_parts import object_of, objects_of
from hypothesis import given
from hypothesis import strategies as st

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        ({"a": {"b": 1}}, {"b": 1}),
        ({"a": {}}, {}),
        ({}, {}),
        ({"a": None}, {}),
        ({"a": [1]}, {}),
        ({"a": "b"}, {}),
        (None, {}),
        ([], {}),
        ("a", {}),
    ],
    ids=str,
)
def test_an_object(raw: t.Any, part: dict[str, t.Any]) -> None:
    assert object_of(raw, "a") == part


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ({"a": [{"b": 1}, {}]}, [{"b": 1}, {}]),
        ({"a": [None, "x", {"b": 1}]}, [{"b": 1}]),
        ({"a": {"b": {}}}, []),
        ({"a": None}, []),
        ({}, []),
        (None, []),
    ],
    ids=str,
)
def test_objects(raw: t.Any, parts: list[dict[str, t.Any]]) -> None:
    assert objects_of(raw, "a") == parts


@given(json_values)
def test_whatever_comes_there_are_objects_only(raw: t.Any) -> None:
    assert isinstance(object_of(raw, "a"), dict)
    assert all(isinstance(item, dict) for item in objects_of(raw, "a"))
