# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import READ_ONLY, put_body
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
    kept = {
        keys: fact
        for keys, fact in before.items()
        if not is_read_only(keys) and not is_leaf(keys) and not any(keys[: len(way)] == way for way in broken)
    }
    told = {keys: fact for keys, fact in after.items() if not is_leaf(keys) and not (keys == LEAF[: len(keys)] and keys not in kept)}
    assert told == kept


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
