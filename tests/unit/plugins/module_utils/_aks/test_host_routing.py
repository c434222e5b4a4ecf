# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import put_body
from ansible_collections.aks.dataplane.plugins.module_utils._aks.host_routing.configuration import (
    LEAF,
    PRICES,
    ROLLING,
    HostRouting,
    HostRoutingDeclaration,
    compare,
    effective,
    raw_leaf,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from hypothesis import given
from hypothesis import strategies as st

from tests.support.json_facts import facts

Leaf = dict[str, t.Any]

PREFIX = "properties.networkProfile.advancedNetworking"
OBSERVABILITY, SECURITY = f"{PREFIX}.observability.enabled", f"{PREFIX}.security.enabled"
MODE = f"{PREFIX}.performance.accelerationMode"

# As recorded, and what Azure may yet add at each depth.
FULL: Leaf = {
    "enabled": True,
    "observability": {"enabled": True, "tlsManagement": "Managed"},
    "security": {"enabled": True, "advancedNetworkPolicies": "L7", "transitEncryption": {"type": "WireGuard", "keys": [1]}, "later": None},
    "performance": {"accelerationMode": "None", "offload": {"queues": 4}},
    "telemetry": {"level": 2},
}
OFF: Leaf = {"enabled": False, "observability": {"enabled": False}, "security": {"enabled": False}}


def cluster(leaf: t.Any) -> dict[str, t.Any]:
    return {"properties": {"networkProfile": {"networkDataplane": "cilium", "advancedNetworking": leaf}}}


def mode(text: t.Any) -> Leaf:
    return {"enabled": True, "performance": {"accelerationMode": text}}


@pytest.mark.parametrize(
    ("leaf", "meaning"),
    [
        (None, HostRouting()),
        ({}, HostRouting()),
        (OFF, HostRouting()),
        ({"enabled": None}, HostRouting()),
        ({"enabled": False, "performance": {"accelerationMode": "BpfVeth"}}, HostRouting()),
        ({"enabled": True}, HostRouting("None", True, True, True)),
        ({"enabled": True, "performance": None, "security": None}, HostRouting("None", True, True, True)),
        ({"enabled": True, "performance": {}, "security": {"enabled": False}}, HostRouting("None", True, True, False)),
        ({"enabled": True, "observability": {"enabled": False}}, HostRouting("None", True, False, True)),
        (FULL, HostRouting("None", True, True, True)),
        (mode("BpfVeth"), HostRouting("BpfVeth", True, True, True)),
        (mode("bpfveth"), HostRouting("BpfVeth", True, True, True)),
        (mode("NONE"), HostRouting("None", True, True, True)),
        (mode(""), HostRouting("None", True, True, True)),
        (mode(None), HostRouting("None", True, True, True)),
        (mode("BpfNetkit"), HostRouting("BpfNetkit", True, True, True)),
    ],
    ids=str,
)
def test_what_a_leaf_means(leaf: Leaf | None, meaning: HostRouting) -> None:
    assert effective(leaf) == meaning
    assert raw_leaf(cluster(leaf)) == leaf


@pytest.mark.parametrize("raw", [{}, {"properties": None}, {"properties": {"networkProfile": None}}, cluster(None), cluster("on")], ids=str)
def test_a_cluster_without_the_leaf(raw: dict[str, t.Any]) -> None:
    assert raw_leaf(raw) is None
    comparison = compare(raw, HostRoutingDeclaration(enabled=False))
    assert (comparison.changes, comparison.value, comparison.notes) == ((), None, ())
    assert put_body(raw, comparison.leaf, comparison.value) == raw


def test_only_the_mode_changes() -> None:
    comparison = compare(cluster(FULL), HostRoutingDeclaration(enabled=True))
    assert comparison.leaf == LEAF
    assert comparison.value == {**FULL, "performance": {"accelerationMode": "BpfVeth", "offload": {"queues": 4}}}
    (change,) = comparison.changes
    assert change.to_dict() == {"path": MODE, "before": "None", "after": "BpfVeth", "disruption": "reimage"}
    assert comparison.notes == (ROLLING,)
    assert comparison.before == {
        "state": "disabled",
        "acceleration_mode": "None",
        "acns": {"enabled": True, "observability": True, "security": True},
    }
    assert comparison.after == {**comparison.before, "state": "enabled", "acceleration_mode": "BpfVeth"}


def test_disabling_leaves_acns_on() -> None:
    enabled = {**FULL, "performance": {"accelerationMode": "BpfVeth"}}
    comparison = compare(cluster(enabled), HostRoutingDeclaration(enabled=False))
    assert comparison.value == {**FULL, "performance": {"accelerationMode": "None"}}
    assert [(change.path, change.after, change.disruption) for change in comparison.changes] == [(MODE, "None", "reimage")]
    assert comparison.notes == (ROLLING, "ACNS, a paid service, stays enabled.")


@pytest.mark.parametrize(
    ("leaf", "enabled"),
    [(mode("bpfVETH"), True), (mode("none"), False), (mode(None), False), (None, False), (OFF, False), ({"enabled": True}, False)],
    ids=str,
)
def test_the_same_in_another_spelling_is_no_change(leaf: Leaf | None, enabled: bool) -> None:
    comparison = compare(cluster(leaf), HostRoutingDeclaration(enabled=enabled))
    assert comparison.changes == ()
    assert comparison.before == comparison.after
    assert comparison.notes == ()


@pytest.mark.parametrize("leaf", [None, {}, OFF, {"observability": {"enabled": True}}], ids=str)
def test_acns_is_not_switched_on_unasked(leaf: Leaf | None) -> None:
    with pytest.raises(DataplaneError) as caught:
        compare(cluster(leaf), HostRoutingDeclaration(enabled=True))
    assert "a paid service" in caught.value.message
    assert PRICES in caught.value.remedy
    assert "set the option enable_acns to true" in caught.value.remedy
    assert caught.value.code == "AcnsDisabled"


@pytest.mark.parametrize(
    ("leaf", "sent", "planned", "features"),
    [
        (
            None,
            {"observability": {"enabled": True}, "security": {"enabled": True}},
            (OBSERVABILITY, SECURITY),
            "observability and security",
        ),
        (OFF, {"observability": {"enabled": True}, "security": {"enabled": True}}, (OBSERVABILITY, SECURITY), "observability and security"),
        (
            {"enabled": False, "security": {"enabled": False, "advancedNetworkPolicies": "L7"}},
            {"observability": {"enabled": True}, "security": {"enabled": True, "advancedNetworkPolicies": "L7"}},
            (OBSERVABILITY, SECURITY),
            "observability and security",
        ),
        (
            {"observability": {"enabled": True}, "security": {"enabled": False}},
            {"observability": {"enabled": True}, "security": {"enabled": False}},
            (OBSERVABILITY,),
            "observability",
        ),
    ],
    ids=str,
)
def test_acns_is_switched_on_with_at_least_one_feature(leaf: Leaf | None, sent: Leaf, planned: tuple[str, ...], features: str) -> None:
    comparison = compare(cluster(leaf), HostRoutingDeclaration(enabled=True, enable_acns=True))
    assert comparison.value == {"enabled": True, **sent, "performance": {"accelerationMode": "BpfVeth"}}
    assert [change.path for change in comparison.changes] == [f"{PREFIX}.enabled", *planned, MODE]
    assert {(change.path, change.before, change.after) for change in comparison.changes} == {
        (f"{PREFIX}.enabled", False, True),
        *((path, False, True) for path in planned),
        (MODE, "None", "BpfVeth"),
    }
    assert comparison.notes == (ROLLING, f"ACNS, a paid service, is enabled by this, with {features}.")


def test_acns_that_is_on_is_never_widened() -> None:
    leaf = {"enabled": True, "observability": {"enabled": False}, "security": {"enabled": True}}
    comparison = compare(cluster(leaf), HostRoutingDeclaration(enabled=True, enable_acns=True))
    assert comparison.value == {**leaf, "performance": {"accelerationMode": "BpfVeth"}}


def test_acns_that_does_not_name_its_features_is_sent_as_it_is() -> None:
    comparison = compare(cluster({"enabled": True}), HostRoutingDeclaration(enabled=True))
    assert comparison.value == {"enabled": True, "performance": {"accelerationMode": "BpfVeth"}}


def test_a_mode_that_is_not_known_here_is_another_one() -> None:
    for enabled, target in ((True, "BpfVeth"), (False, "None")):
        (change,) = compare(cluster(mode("BpfNetkit")), HostRoutingDeclaration(enabled=enabled)).changes
        assert (change.before, change.after) == ("BpfNetkit", target)


PARTS = ("observability", "security", "performance")
NAMES = ("enabled", "observability", "security", "performance", "accelerationMode", "transitEncryption", "type", "future", "x")
MODES = ("BpfVeth", "bpfveth", "None", "NONE", "BpfNetkit", "", None)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(MODES),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def leaves(draw: st.DrawFn) -> Leaf | None:
    """What ARM may answer, with unknown things beside everything, at every depth."""
    leaf: Leaf = draw(st.dictionaries(st.sampled_from(("transitEncryption", "future", "x")), values, max_size=3))
    for part in draw(st.lists(st.sampled_from(PARTS), unique=True)):
        leaf[part] = draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=4))
    if draw(st.booleans()):
        leaf["enabled"] = draw(st.booleans())
    return draw(st.sampled_from((leaf, leaf, leaf, None)))


wishes = st.builds(HostRoutingDeclaration, enabled=st.booleans(), enable_acns=st.just(True))


@given(leaves(), wishes)
def test_every_sibling_survives_at_every_depth(leaf: Leaf | None, wanted: HostRoutingDeclaration) -> None:
    raw = {"tags": {"a": "b"}, **cluster(leaf)}
    given_raw = copy.deepcopy(raw)
    comparison = compare(raw, wanted)
    body = put_body(raw, comparison.leaf, comparison.value)
    assert raw == given_raw

    may_change = [(*LEAF, "performance", "accelerationMode")]
    if wanted.enabled and not effective(leaf).acns:
        may_change += [(*LEAF, "enabled"), (*LEAF, "observability", "enabled"), (*LEAF, "security", "enabled")]
    if leaf is None:
        may_change.append(LEAF)

    def kept(value: t.Any) -> dict[tuple[str, ...], t.Any]:
        return {keys: fact for keys, fact in facts(value).items() if not any(keys[: len(way)] == way for way in may_change)}

    before, after = kept(raw), kept(body)
    assert {keys: fact for keys, fact in after.items() if keys in before} == before
    # Objects are made where they are needed, and nothing else comes to it.
    assert {keys for keys in after if keys not in before} <= {(*LEAF, part) for part in PARTS}


@given(leaves(), wishes)
def test_what_is_sent_means_what_is_wanted_and_is_then_no_change(leaf: Leaf | None, wanted: HostRoutingDeclaration) -> None:
    first = compare(cluster(leaf), wanted)
    assert effective(first.value).to_dict() == first.after
    assert first.after["state"] == ("enabled" if wanted.enabled else "disabled")
    assert bool(first.changes) == (first.before != first.after) == bool(first.notes)
    assert first.after["acns"]["enabled"] == (wanted.enabled or first.before["acns"]["enabled"])
    second = compare(cluster(first.value), HostRoutingDeclaration(wanted.enabled))
    assert second.changes == ()
    assert second.value == first.value
