# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import READ_ONLY, paths_of, put_body, refused_field
from ansible_collections.aks.dataplane.plugins.module_utils._aks.cluster_model import MODEL
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import LEAF
from hypothesis import given
from hypothesis import strategies as st

from tests.support.json_facts import Keys, facts

VALUE = {"enabled": True, "mode": "NFTABLES"}

# Every name on the way to a read-only key, so that random clusters come near them, and names that Azure has not thought of.
NAMES = sorted({name for path in READ_ONLY for name in path.split(".") if name != "*"} | {*LEAF, "tags", "future", "x"})

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=30,
)


def path_object(draw: st.DrawFn, keys: Keys) -> t.Any:
    """A value that has something at these keys, and unknown things beside them at every depth."""
    if not keys:
        return draw(values)
    if keys[0] == "*":
        children = [path_object(draw, keys[1:]) for _child in range(draw(st.integers(1, 2)))]
        return children if draw(st.booleans()) else {f"key{index}": child for index, child in enumerate(children)}
    return {**draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=2)), keys[0]: path_object(draw, keys[1:])}


def merge(one: t.Any, other: t.Any) -> t.Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: merge(one[key], value) if key in one else value for key, value in other.items()}}
    return other


@st.composite
def clusters(draw: st.DrawFn) -> dict[str, t.Any]:
    cluster: dict[str, t.Any] = draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=4))
    for path in draw(st.lists(st.sampled_from([*READ_ONLY, ".".join(LEAF)]), max_size=5)):
        cluster = merge(cluster, path_object(draw, tuple(path.split("."))))
    return cluster


def is_read_only(keys: Keys) -> bool:
    patterns = (tuple(path.split(".")) for path in READ_ONLY)
    return any(len(pattern) <= len(keys) and all(part in ("*", key) for part, key in zip(pattern, keys)) for pattern in patterns)  # noqa: B905


def is_in_model(keys: Keys) -> bool:
    """Whether the model has a property at this place; places in lists are numbers."""
    path = ""
    for key in (key for key in keys if isinstance(key, str)):
        if path not in MODEL:
            return True
        names = MODEL[path].split()
        if key not in names and "*" not in names:
            return False
        path = f"{path}.{key if key in names else '*'}".lstrip(".")
    return True


def is_leaf(keys: Keys) -> bool:
    return keys[: len(LEAF)] == LEAF


@given(clusters())
def test_nothing_but_the_leaf_and_read_only_keys_changes(cluster: dict[str, t.Any]) -> None:
    given = copy.deepcopy(cluster)
    body = put_body(cluster, LEAF, VALUE)
    assert cluster == given
    assert body["properties"]["networkProfile"]["kubeProxyConfig"] == VALUE

    before, after = facts(cluster), facts(body)
    # A way to the leaf that is not made of objects is made one; a cluster that AKS answers has one.
    broken = {keys for keys in before if keys == LEAF[: len(keys)] and keys != LEAF and before[keys] is not dict}
    # Nulls that nobody knows are left out, see below.
    nulls = {keys for keys, fact in before.items() if fact == (type(None), None) and keys not in after}
    assert not [keys for keys in nulls if not is_read_only(keys) and not is_leaf(keys) and is_in_model(keys)]
    kept = {
        keys: fact
        for keys, fact in before.items()
        if keys not in nulls and not is_read_only(keys) and not is_leaf(keys) and not any(keys[: len(way)] == way for way in broken)
    }
    reported = {keys: fact for keys, fact in after.items() if not is_leaf(keys) and not (keys == LEAF[: len(keys)] and keys not in kept)}
    assert reported == kept


def test_the_body_shares_nothing_with_what_was_read() -> None:
    cluster = {"properties": {"networkProfile": {"podCidrs": ["10.0.0.0/8"]}}, "tags": {"a": "b"}}
    value = {"enabled": True, "ipvsConfig": {}}
    body = put_body(cluster, LEAF, value)
    body["tags"]["a"] = body["properties"]["networkProfile"]["podCidrs"][0] = body["properties"]["networkProfile"]["kubeProxyConfig"][
        "ipvsConfig"
    ] = "changed"
    assert cluster == {"properties": {"networkProfile": {"podCidrs": ["10.0.0.0/8"]}}, "tags": {"a": "b"}}
    assert value == {"enabled": True, "ipvsConfig": {}}


def test_a_stopped_pool_stays_stopped() -> None:
    pool = {"name": "idle", "powerState": {"code": "Stopped"}, "provisioningState": "Succeeded", "nodeImageVersion": "AKSUbuntu-2204-1"}
    body = put_body({"properties": {"powerState": {"code": "Running"}, "agentPoolProfiles": [pool]}}, LEAF, VALUE)
    assert body["properties"] == {
        "agentPoolProfiles": [{"name": "idle", "powerState": {"code": "Stopped"}}],
        "networkProfile": {"kubeProxyConfig": VALUE},
    }


def test_without_a_value_the_leaf_stays() -> None:
    assert put_body({"location": "x"}, LEAF, None) == {"location": "x"}
    cluster = {"properties": {"networkProfile": {"kubeProxyConfig": {"future": 1}}}}
    assert put_body(cluster, LEAF, None) == cluster


def test_a_null_that_the_model_does_not_have_is_left_out() -> None:
    """Azure showed C(adminUsers) until October 2025, and refuses it."""
    profile = {"managed": True, "adminGroupObjectIDs": None, "adminUsers": None, "future": {"x": None, "y": 1}}
    pools = [{"name": "a", "count": None, "future": None}]
    body = put_body({"tags": {"a": None}, "properties": {"aadProfile": profile, "agentPoolProfiles": pools}}, LEAF, None)
    assert body == {
        "tags": {"a": None},
        "properties": {
            "aadProfile": {"managed": True, "adminGroupObjectIDs": None, "future": {"y": 1}},
            "agentPoolProfiles": [{"name": "a", "count": None}],
        },
    }


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ('Converting request body to a managed cluster encountered error: json: unknown field "adminUsers" Check that', "adminUsers"),
        ('json: unknown field \\"adminUsers\\"', "adminUsers"),
        ("json: cannot unmarshal string into Go struct field ManagedCluster.properties.count of type int32", "count"),
        ("The body is too large.", ""),
    ],
)
def test_the_field_that_aks_could_not_read(message: str, field: str) -> None:
    assert refused_field(message) == field


def test_where_a_field_stands() -> None:
    pools = [{"x": 1}, {"x": 2, "y": {"x": None}}]
    assert paths_of({"x": 0, "properties": {"pools": pools}}, "x") == ["x", "properties.pools.x", "properties.pools.y.x"]
    assert paths_of([1, "x"], "x") == []
