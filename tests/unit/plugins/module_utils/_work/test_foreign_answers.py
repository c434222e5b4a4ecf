# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever answers in place of Azure: a change of a cluster ends with one clear error, and nothing is written that was not read from a cluster."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.host_routing import HOST_ROUTING
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.kube_proxy import KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._files.json_file import read_json_object
from ansible_collections.aks.dataplane.plugins.module_utils._work.cluster_change import ClusterChange
from hypothesis import given
from hypothesis import strategies as st

VERSION = "2026-08-02-preview"
IDENTIFIER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c"
NEW = {"location": "westeurope", "properties": {"networkProfile": {"networkDataplane": "cilium", "advancedNetworking": {"enabled": True}}}}


def cluster(seed: str = "cilium-acns") -> dict[str, t.Any]:
    path = pathlib.Path(__file__).parents[4] / "fixtures" / "clusters" / f"{seed}.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    return {**body, "id": IDENTIFIER, "name": "c", "type": "Microsoft.ContainerService/managedClusters", "eTag": "e-1"}


class Sdk:
    """Answers every GET alike, and takes every PUT."""

    def __init__(self, answer: t.Any, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.sent: list[t.Any] = []

    def send_request(self, request: t.Any, **_options: t.Any) -> t.Any:
        if request.method == "PUT":
            self.sent.append((json.loads(request.content), dict(request.headers)))
            return Response(200, json.dumps({**cluster(), "properties": {"provisioningState": "Updating"}}))
        return Response(self.status, self.answer if isinstance(self.answer, str) else json.dumps(self.answer))


class Response:
    headers: t.ClassVar[dict[str, str]] = {}

    def __init__(self, status: int, text: str) -> None:
        self.status_code, self._text = status, text

    def text(self) -> str:
        return self._text


PLANES = {
    "aks_kube_proxy": KUBE_PROXY.change.compare({"api_version": VERSION, "state": "present", "mode": "NFTABLES"}, read_json_object),
    "aks_ebpf_host_routing": HOST_ROUTING.change.compare(
        {"api_version": VERSION, "state": "enabled", "enable_acns": True}, read_json_object
    ),
}


def run(sdk: Sdk, plane: str, create_body: dict[str, t.Any] | None = None) -> DataplaneError | None:
    """One step of the change; its error, none when it went well."""
    clusters = Clusters(ArmClient(sdk, "https://arm.example", "s"), VERSION)
    try:
        ClusterChange(clusters, "rg", "c", PLANES[plane], create_body=create_body).advance({})
    except DataplaneError as exc:
        return exc
    return None


other = {**cluster(), "id": IDENTIFIER.replace("/c", "/d"), "name": "d"}
FOREIGN = ["", "<html>Sign in</html>", "null", "[]", "{}", {"status": "ok"}, {"value": []}, other, {**cluster(), "type": "x"}]
EACH = pytest.mark.parametrize("plane", PLANES)


@EACH
@pytest.mark.parametrize("create_body", [None, NEW], ids=["change", "create"])
@pytest.mark.parametrize("answer", FOREIGN, ids=lambda answer: str(answer)[:30])
def test_what_is_not_the_cluster_is_not_written_to(plane: str, create_body: dict[str, t.Any] | None, answer: t.Any) -> None:
    sdk = Sdk(answer)
    error = run(sdk, plane, create_body)
    assert error is not None
    assert error.code == "BadAnswer"
    assert error.result == {}
    assert sdk.sent == []


@EACH
@pytest.mark.parametrize("answer", ["<html>", {}, {"detail": "Not Found"}], ids=str)
def test_a_404_of_somebody_else_creates_nothing(plane: str, answer: t.Any) -> None:
    sdk = Sdk(answer, status=404)
    error = run(sdk, plane, NEW)
    assert error is not None
    assert error.code == "BadAnswer"
    assert sdk.sent == []


@EACH
def test_a_missing_cluster_is_created_only_if_there_is_none(plane: str) -> None:
    sdk = Sdk({"error": {"code": "ResourceNotFound", "message": "m"}}, status=404)
    assert run(sdk, plane, NEW) is None
    ((_body, headers),) = sdk.sent
    assert headers["If-None-Match"] == "*"
    assert "If-Match" not in headers


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
KEYS = [
    "id",
    "name",
    "type",
    "location",
    "eTag",
    "properties",
    "networkProfile",
    "kubeProxyConfig",
    "advancedNetworking",
    "provisioningState",
]
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=20)


@EACH
@given(answer=JSON, create=st.booleans())
def test_random_json_is_never_written_to(plane: str, answer: t.Any, create: bool) -> None:
    sdk = Sdk(answer)
    error = run(sdk, plane, NEW if create else None)
    assert error is not None
    assert error.code == "BadAnswer"
    assert sdk.sent == []


def places(node: t.Any, above: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from places(value, (*above, key))


@EACH
@given(place=st.sampled_from(list(places(cluster()))), value=JSON)
def test_a_cluster_with_anything_anywhere_is_changed_under_its_etag_or_not_at_all(
    plane: str, place: tuple[t.Any, ...], value: t.Any
) -> None:
    """And never ends in a traceback."""
    answer = copy.deepcopy(cluster())
    node: t.Any = answer
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    sdk = Sdk(answer)
    error = run(sdk, plane)
    if error is not None:
        assert sdk.sent == []
    for body, headers in sdk.sent:
        assert headers["If-Match"] == f'"{answer["eTag"]}"'
        assert body["location"] == answer["location"]
