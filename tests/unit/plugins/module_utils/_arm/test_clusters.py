# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters, cluster_not_found
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

URL = "https://management.azure.com/subscriptions/s/providers/Microsoft.ContainerService/locations/l/operations/op-1?t=1&s=SIGNATURE"
PROVIDER = "providers/Microsoft.ContainerService/managedClusters"


class Client:
    subscription_id = "s"

    def __init__(self, answer: t.Any = None) -> None:
        self.answer = answer
        self.calls: list[tuple[t.Any, ...]] = []

    def __getattr__(self, name: str) -> t.Callable[..., t.Any]:
        def call(*args: t.Any, **kwargs: t.Any) -> t.Any:
            self.calls.append((name, *args, *kwargs.items()))
            return self.answer

        return call


def clusters(client: Client) -> Clusters:
    return Clusters(t.cast(t.Any, client), "2026-08-02-preview")


def body(group: str = "rg", name: str = "aks-a", **more: t.Any) -> dict[str, t.Any]:
    identifier = f"/subscriptions/s/resourcegroups/{group}/{PROVIDER}/{name}"
    return {
        "id": identifier,
        "name": name,
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": "westeurope",
        "properties": {},
        **more,
    }


def test_get_and_list() -> None:
    client = Client()
    assert clusters(client).get("rg(1)", "aks-a") is None
    client.answer = [body(), body("RG", "b")]
    assert clusters(client).list("rg") == client.answer
    assert clusters(client).list() == client.answer
    assert client.calls == [
        ("get", f"/subscriptions/s/resourceGroups/rg%281%29/{PROVIDER}/aks-a", "2026-08-02-preview", ("allow_404", True)),
        ("list", f"/subscriptions/s/resourceGroups/rg/{PROVIDER}", "2026-08-02-preview"),
        ("list", f"/subscriptions/s/{PROVIDER}", "2026-08-02-preview"),
    ]


@pytest.mark.parametrize("headers", [{"azure-asyncoperation": URL}, {}])
def test_put(headers: dict[str, str]) -> None:
    client = Client(Answer(200, body(), headers))
    accepted = clusters(client).put("rg", "aks-a", {"x": 1}, "e-1")
    assert client.calls == [("put", f"/subscriptions/s/resourceGroups/rg/{PROVIDER}/aks-a", "2026-08-02-preview", {"x": 1}, "e-1")]
    assert accepted.body == body()
    assert (accepted.operation.id if accepted.operation else None) == ("op-1" if headers else None)


@pytest.mark.parametrize(("admin", "action"), [(False, "listClusterUserCredential"), (True, "listClusterAdminCredential")])
def test_kubeconfig(admin: bool, action: str) -> None:
    client = Client(Answer(200, {"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(b"apiVersion: v1\n").decode()}]}, {}))
    assert clusters(client).user_kubeconfig("rg", "aks-a", admin=admin) == "apiVersion: v1\n"
    assert client.calls[0][1].endswith(f"/managedClusters/aks-a/{action}")


@pytest.mark.parametrize("body", [None, {}, {"kubeconfigs": []}, {"kubeconfigs": [{}]}, {"kubeconfigs": [{"value": "s3cret!"}]}])
def test_unreadable_kubeconfig_is_not_shown(body: t.Any) -> None:
    with pytest.raises(ArmError) as caught:
        clusters(Client(Answer(200, body, {}))).user_kubeconfig("rg", "aks-a")
    assert "s3cret" not in caught.value.text


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a?b", "a b", "a.", "../x"])
def test_names_that_would_be_another_path(name: str) -> None:
    for call in (lambda: clusters(Client()).get("rg", name), lambda: clusters(Client()).list(name)):
        with pytest.raises(DataplaneError, match="does not allow"):
            call()


def test_not_found() -> None:
    error = cluster_not_found("rg", "aks-a")
    assert error.to_error() == {"code": "ResourceNotFound", "message": "Cluster aks-a does not exist in resource group rg.", "status": 404}
