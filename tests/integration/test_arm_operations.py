# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long-running operations of the simulator, looked at one by one through the real SDK."""

from __future__ import annotations

import os
import time
import typing as t
from unittest import mock

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import put_body
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, OperationInProgress, StaleEtag
from ansible_collections.aks.dataplane.plugins.module_utils._arm.operations import UNKNOWN, Operation, OperationStatus, read_operation
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

from tests.support.simulator import Simulator

LEAF = ("properties", "networkProfile", "kubeProxyConfig")
NFTABLES = {"enabled": True, "mode": "NFTABLES"}


@pytest.fixture
def client(azure_env: dict[str, str]) -> t.Iterator[ArmClient]:
    with mock.patch.dict(os.environ, azure_env):
        yield connect({name: option.get("default") for name, option in AZURE.options.items()})


@pytest.fixture
def clusters(client: ArmClient) -> Clusters:
    return Clusters(client, DEFAULT_KUBE_PROXY)


def start(simulator: Simulator, clusters: Clusters) -> Operation:
    raw = clusters.get(simulator.resource_group, "aks-a")
    assert raw is not None
    accepted = clusters.put(simulator.resource_group, "aks-a", put_body(raw, LEAF, NFTABLES), raw["eTag"])
    assert accepted.body["properties"]["provisioningState"] == "Updating"
    assert accepted.operation is not None
    return accepted.operation


def follow(client: ArmClient, operation: Operation) -> list[OperationStatus]:
    seen, failures = [], 0
    for _look in range(2000):
        status = read_operation(client, operation, failures)
        failures = status.failures
        seen.append(status)
        if status.done:
            return seen
        time.sleep(0.01)
    raise RuntimeError(f"still {seen[-1]}")


def test_switch(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    operation = start(simulator, clusters)
    seen = follow(client, operation)
    assert seen[-1] == OperationStatus(status="Succeeded", done=True)
    after = clusters.get(simulator.resource_group, "aks-a")
    assert after is not None
    assert after["properties"]["provisioningState"] == "Succeeded"
    assert after["properties"]["networkProfile"]["kubeProxyConfig"] == NFTABLES


def test_url_survives_another_process(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    operation = start(simulator, clusters)
    assert "?" in operation.url
    assert follow(client, Operation.from_url(operation.url))[-1].done


def test_tampered_url_is_refused_without_showing_it(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    operation = start(simulator, clusters)
    broken = Operation.from_url(operation.url.partition("?")[0])
    with pytest.raises(ArmError) as caught:
        read_operation(client, broken)
    assert broken.url not in caught.value.text
    assert operation.id in caught.value.text


def test_retry_after_is_reported(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    simulator.settings(retry_after="7")
    operation = start(simulator, clusters)
    assert read_operation(client, operation).retry_after in (7.0, None)
    simulator.settings(retry_after=None)


@pytest.mark.parametrize(("kind", "details"), [("server_error", {"status": 503}), ("throttle", {"retry_after": "2"}), ("reset", {})])
def test_lost_looks(simulator: Simulator, client: ArmClient, clusters: Clusters, kind: str, details: dict[str, t.Any]) -> None:
    operation = start(simulator, clusters)
    simulator.fault(kind, path="/operations/", times=3, **details)
    seen = follow(client, operation)
    assert [status.failures for status in seen[:4]] == [1, 2, 3, 0]
    assert {status.status for status in seen[:3]} == {UNKNOWN}
    assert {status.retry_after for status in seen[:3]} == {2.0 if kind == "throttle" else None}
    assert seen[-1].status == "Succeeded"


def test_failed_operation(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    simulator.fault("operation_failed", path="aks-a")
    last = follow(client, start(simulator, clusters))[-1]
    assert last.status.lower() == "failed"
    assert last.error is not None
    assert last.error.code


def test_forgotten_operation(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    operation = start(simulator, clusters)
    url = operation.url.replace(operation.id, "00000000-0000-4000-8000-00000000dead")
    assert read_operation(client, Operation.from_url(url)) == OperationStatus(status=UNKNOWN, done=True)
    follow(client, operation)


def test_url_of_elsewhere_gets_no_token(client: ArmClient) -> None:
    with pytest.raises(DataplaneError, match="does not belong to"):
        read_operation(client, Operation.from_url("https://management.azure.com/subscriptions/s/operations/op-1?t=1"))


def test_conflicts(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    raw = clusters.get(simulator.resource_group, "aks-a")
    assert raw is not None
    simulator.settings(scale=0.05)
    operation = start(simulator, clusters)
    with pytest.raises(OperationInProgress):
        clusters.put(simulator.resource_group, "aks-a", put_body(raw, LEAF, NFTABLES), raw["eTag"])
    simulator.settings(scale=0.002)
    follow(client, operation)
    with pytest.raises(StaleEtag):
        clusters.put(simulator.resource_group, "aks-a", put_body(raw, LEAF, {"enabled": True, "mode": "IPTABLES"}), raw["eTag"])


def test_user_kubeconfig(simulator: Simulator, clusters: Clusters) -> None:
    text = clusters.user_kubeconfig(simulator.resource_group, "aks-a")
    assert "clusters:" in text


def test_trouble_that_azure_gets_over_is_no_failure(simulator: Simulator, client: ArmClient, clusters: Clusters) -> None:
    """Its status has an error all the while: 329 recorded looks at operations that ended well have one."""
    simulator.fault("operation_error", path="aks-a", code="ContextDeadlineExceeded")
    seen = follow(client, start(simulator, clusters))
    assert (seen[-1].status, {look.error for look in seen}) == ("Succeeded", {None})
