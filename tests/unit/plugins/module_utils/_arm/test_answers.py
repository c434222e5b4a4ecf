# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is believed to be a cluster, and what is not."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._arm.answers import check_cluster, check_listed_cluster, read_page
from ansible_collections.aks.dataplane.plugins.module_utils._arm.cluster_shape import CLUSTER, find_fault
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import host_variables
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.host_routing.cluster import HostRoutingArm
from hypothesis import given
from hypothesis import strategies as st

FIXTURES = pathlib.Path(__file__).parents[4] / "fixtures"
PATH = "/subscriptions/s/resourceGroups/rg%281%29/providers/Microsoft.ContainerService/managedClusters/aks-a"
VERSION = "2026-08-02-preview"
SCOPE = "/subscriptions/s/resourceGroups/rg%281%29"
WHAT = f"GET {PATH}"


def cluster(**changes: t.Any) -> dict[str, t.Any]:
    """A cluster of which every part that is looked at is there."""
    whole = json.loads((FIXTURES / "clusters" / "cilium-acns.json").read_text(encoding="utf-8"))
    identifier = "/subscriptions/S/resourcegroups/RG(1)/providers/Microsoft.ContainerService/ManagedClusters/aks-A"
    return {**whole, "id": identifier, "name": "aks-A", "type": "microsoft.containerservice/managedclusters", **changes}


def recorded_clusters() -> t.Iterator[dict[str, t.Any]]:
    for path in sorted((FIXTURES / "recordings").glob("*.json")):
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            body = exchange["response"]["body"]
            if isinstance(body, dict) and str(body.get("type")).lower().endswith("/managedclusters"):
                yield body


def test_every_recorded_cluster_is_one() -> None:
    bodies = list(recorded_clusters())
    assert len(bodies) > 5
    for body in bodies:
        assert check_cluster(body, body["id"].upper(), "x") is body
        assert check_listed_cluster(body, body["id"].partition("/providers/")[0], "x") is body


def test_case_does_not_matter() -> None:
    assert check_cluster(cluster(), PATH, WHAT)["name"] == "aks-A"
    assert check_listed_cluster(cluster(), SCOPE, WHAT)["name"] == "aks-A"
    assert check_listed_cluster(cluster(), "/subscriptions/s", WHAT)["name"] == "aks-A"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": None}, "its id is missing"),
        ({"id": 5}, "its id is no name"),
        ({"id": "/subscriptions/other"}, "its id is /subscriptions/other"),
        ({"id": cluster()["id"].replace("/S/", "/t/")}, "/subscriptions/t/"),
        ({"id": cluster()["id"].replace("RG(1)", "rg(12)")}, "rg(12)"),
        ({"id": f"{cluster()['id']}/agentPools/x"}, "agentPools"),
        ({"name": "aks-b"}, "aks-b"),
        ({"name": ""}, "its name is no name"),
        ({"name": ["aks-a"]}, "id is "),
        ({"type": "Microsoft.ContainerService/fleets"}, "its type is Microsoft.ContainerService/fleets"),
        ({"type": None}, "its type is missing"),
        ({"location": None}, "it has no location"),
        ({"properties": None}, "it has no properties"),
        ({"properties": []}, "it has no properties"),
        ({"eTag": 5}, "eTag in it is no text"),
        ({"tags": {"a": 1}}, "tags.a in it is no text"),
        ({"properties": {"provisioningState": {}}}, "properties.provisioningState in it is no text"),
        ({"properties": {"agentPoolProfiles": {}}}, "properties.agentPoolProfiles in it is no list"),
        ({"properties": {"agentPoolProfiles": [None]}}, "properties.agentPoolProfiles[0] in it is no object"),
        ({"properties": {"agentPoolProfiles": [{"count": True}]}}, "properties.agentPoolProfiles[0].count in it is no number"),
        ({"properties": {"networkProfile": "x"}}, "properties.networkProfile in it is no object"),
        ({"properties": {"networkProfile": {"kubeProxyConfig": ""}}}, "kubeProxyConfig in it is no object"),
        ({"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": "true"}}}}, "kubeProxyConfig.enabled in it is no boolean"),
        ({"properties": {"networkProfile": {"advancedNetworking": {"performance": "BpfVeth"}}}}, "performance in it is no object"),
    ],
    ids=str,
)
def test_what_is_no_cluster_is_one_clear_error(changes: dict[str, t.Any], said: str) -> None:
    for check, where in ((check_cluster, PATH), (check_listed_cluster, SCOPE)):
        with pytest.raises(ArmError) as caught:
            check(cluster(**changes), where, WHAT)
        assert caught.value.code == "BadAnswer"
        assert caught.value.message.startswith(WHAT)
        assert any(f" was answered with {what}" in caught.value.message for what in ("another resource: ", "no cluster"))
        assert "proxy" in caught.value.remedy
        if check is check_cluster and said != "id is ":
            assert said in caught.value.message


def test_the_fixture_has_what_is_looked_at() -> None:
    """Else the mutations below would change nothing that matters."""
    network = cluster()["properties"]["networkProfile"]
    assert {"networkPlugin", "advancedNetworking", "kubeProxyConfig"} <= set(network)
    assert find_fault(cluster()) == ""


def attempt(check: t.Callable[[], t.Any]) -> tuple[t.Any, str]:
    """What was read, or the code of the error."""
    try:
        return check(), ""
    except ArmError as exc:
        return None, exc.code


VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}) | st.just([None]) | st.just({"code": 1})
)


def places(node: t.Any, above: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from places(value, (*above, key))


@given(place=st.sampled_from(list(places(cluster()))), value=VALUES)
def test_a_cluster_with_anything_anywhere_is_refused_or_can_be_read(place: tuple[t.Any, ...], value: t.Any) -> None:
    body = copy.deepcopy(cluster())
    node = body
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    checked, code = attempt(lambda: check_cluster(body, PATH, WHAT))
    assert code in ("", "BadAnswer")
    if not code:
        assert ClusterView.from_raw(checked, VERSION).name == "aks-A"
        assert host_variables(checked, VERSION)["aks_name"] == "aks-A"
        assert len(HostRoutingArm.from_raw(checked).pools) == len(checked["properties"].get("agentPoolProfiles") or [])


JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CLUSTER, "id", "name", "type", "value"]), inner)
)


@given(body=JSON)
def test_random_json_is_nothing(body: t.Any) -> None:
    for check in (lambda: check_cluster(body, PATH, WHAT), lambda: check_listed_cluster(body, SCOPE, WHAT)):
        with pytest.raises(ArmError) as caught:
            check()
        assert caught.value.code == "BadAnswer"


@given(body=JSON)
def test_random_json_is_a_page_only_with_a_list_of_objects(body: t.Any) -> None:
    page, code = attempt(lambda: read_page(body, WHAT))
    assert code in ("", "BadAnswer")
    if not code:
        assert page.elements == body["value"]
        assert all(isinstance(element, dict) for element in page.elements)
