# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without one of the rights in docs/rights: what needs it fails and names it, the rest says what was not checked."""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest

from tests.cluster import images
from tests.cluster.accounts import Account
from tests.cluster.api import Api
from tests.cluster.client import ClusterClient
from tests.cluster.credentials import kubeconfig
from tests.support.fleet import Fleet
from tests.support.modules import run_module
from tests.support.simulator import Simulator
from tools.rights.catalogue import KUBERNETES, KubernetesNeed

NEEDS = [need for part in ("read", "exec") for need in KUBERNETES[part]]
CILIUM = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"
AGENTS = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dcilium"

# Each look at a cluster, by a name for it.
LOOKS: dict[str, tuple[str, dict[str, t.Any]]] = {
    "preflight": ("aks_preflight_info", {"mode": "NFTABLES"}),
    "preflight of host routing": ("aks_preflight_info", {"host_routing": "enabled"}),
    "status": ("aks_dataplane_status_info", {"mode": "IPTABLES", "wait": False}),
    "status of host routing": ("aks_dataplane_status_info", {"host_routing": "enabled", "wait": False, "since": "2026-11-21T13:00:00Z"}),
    "nodes": ("aks_nodes_info", {}),
}
# What cannot be done without a right. All else goes on without it.
FAILS: dict[str, set[str]] = {
    "list nodes": {"status", "status of host routing", "nodes"},
    "list pods": {"status", "status of host routing", "nodes"},
    "get pods/proxy": {"status", "status of host routing"},
    "get daemonsets": {"status", "status of host routing"},
    "get configmaps": {"status of host routing"},
    "list ciliumnodes": {"status of host routing"},
    "list events": {"status of host routing"},
    "get pods/exec": {"nodes"},
}


def words(need: KubernetesNeed) -> str:
    return f"{need.verbs[0]} {need.resource}"


def naming(need: KubernetesNeed) -> str:
    """In the words of the API server."""
    return f'cannot {need.verbs[0]} resource "{need.resource}"'


@pytest.fixture(scope="module")
def account(_started: t.Any) -> t.Iterator[Account]:
    made = Account(_started.cluster.api, "reader", ("read", "exec"))
    yield made
    made.remove()


@pytest.fixture(scope="module")
def cilium(_started: t.Any) -> t.Iterator[None]:
    """What shows Cilium in the cluster, on all nodes. Its agents end at once, so that there is a log to read."""
    api: Api = _started.cluster.api
    labels = {"k8s-app": "cilium"}
    agent = {"name": "cilium-agent", "image": images.TRAFFIC, "imagePullPolicy": "Never", "command": ["/server", "nowhere"]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [agent]}}}
    metadata = {"name": "cilium", "namespace": "kube-system"}
    item = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec}
    made = api.request("POST", CILIUM.rpartition("/")[0], item)
    assert made.status == 201, made.body
    _wait(lambda: _restarts(api) >= 3)
    yield
    api.request("DELETE", CILIUM, {"propagationPolicy": "Background"})
    _wait(lambda: not api.request("GET", AGENTS).body["items"])


def _restarts(api: Api) -> int:
    """How many agents were started again."""
    pods = api.request("GET", AGENTS).body["items"]
    return sum(1 for pod in pods for one in pod["status"].get("containerStatuses", ()) if one["restartCount"])


def _wait(holds: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.fixture
def config(account: Account, cluster: ClusterClient, tmp_path: pathlib.Path) -> str:
    path = tmp_path / "kubeconfig"
    path.write_text(kubeconfig(cluster.address, cluster.authority, {"token": account.token}), encoding="ascii")
    return str(path)


@pytest.fixture
def look(cloud: Simulator, config: str) -> t.Callable[[str], dict[str, t.Any]]:
    def run(name: str) -> dict[str, t.Any]:
        module, options = LOOKS[name]
        args = {"resource_group": cloud.resource_group, "name": "aks-a", "kubeconfig": config, **options}
        return run_module(module, args, env=cloud.environment())

    return run


def test_with_all_rights_nothing_is_refused(cilium: None, look: t.Callable[[str], dict[str, t.Any]]) -> None:
    for name in LOOKS:
        result = look(name)
        assert not result.get("failed"), (name, result)
        assert "forbid" not in json.dumps(result), name


@pytest.mark.parametrize("need", NEEDS, ids=words)
def test_a_right_is_missing(account: Account, cilium: None, look: t.Callable[[str], dict[str, t.Any]], need: KubernetesNeed) -> None:
    account.take(need)
    try:
        results = {name: look(name) for name in LOOKS}
    finally:
        account.give_back(need)

    cluster_wide = need.resource == "daemonsets" and not need.namespace
    assert {name for name, result in results.items() if result.get("failed")} == (set() if cluster_wide else FAILS.get(words(need), set()))
    for result in results.values():
        if result.get("failed"):
            assert result["error"]["code"] == "KubeForbidden", result
            assert naming(need) in result["msg"]
            assert "docs/rights/kubernetes" in result["msg"]
        for finding in result.get("findings", ()):
            assert naming(need) not in finding["message"] or (finding["not_checked"] and finding["severity"] == "info"), finding
    assert naming(need) in " ".join(json.dumps(result).replace('\\"', '"') for result in results.values())


def test_without_exec_the_look_at_nodes_says_what_would_allow_it(account: Account, cloud: Simulator, config: str) -> None:
    (need,) = KUBERNETES["exec"]
    account.take(need)
    try:
        args = {"resource_group": cloud.resource_group, "name": "aks-a", "kubeconfig": config, "if_allowed": True}
        result = run_module("aks_nodes_info", args, env=cloud.environment())
    finally:
        account.give_back(need)
    assert not result.get("failed"), result
    assert "--resource=pods/exec" in result["grant"]
    assert result["observations"] == {}


def test_a_run_that_could_not_verify_changes_nothing(account: Account, fleet: Fleet, config: str) -> None:
    need = next(need for need in KUBERNETES["read"] if need.resource == "pods/proxy")
    account.take(need)
    try:
        run = fleet.run(aks_dataplane_kubeconfig=config)
    finally:
        account.give_back(need)

    assert run.returncode == 2, run.stdout + run.stderr
    assert naming(need) in fleet.records()[-1]["message"]
    assert fleet.records()[-1]["verdict"] == "refused"
    assert fleet.writes() == []
    assert fleet.modes() == {"iptables"}


def test_a_right_that_is_taken_away_after_the_change_undoes_nothing(account: Account, fleet: Fleet, config: str) -> None:
    need = next(need for need in KUBERNETES["read"] if need.resource == "nodes")
    running = fleet.start(aks_dataplane_kubeconfig=config, aks_dataplane_rollout_timeout=15)
    try:
        while not fleet.writes() and running.process.poll() is None:
            time.sleep(0.1)
        account.take(need)
        run = running.wait(fleet.patience)
    finally:
        running.kill()
        account.give_back(need)

    record = fleet.records()[-1]
    assert run.returncode == 2, run.stdout + run.stderr
    assert (record["verdict"], record["rollback"]["status"]) == ("unverified", "not_needed"), record
    assert naming(need) in record["message"]
    assert len(fleet.writes()) == 1
    assert fleet.config() == {"enabled": True, "mode": "NFTABLES"}
