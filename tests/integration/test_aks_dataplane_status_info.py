# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_dataplane_status_info against the simulator: missing arguments, nothing wanted, waiting, and every way of not being answered."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Turn

from tests.support.modules import run_module
from tests.support.simulator import Simulator

DONE = {"state": "wanted", "nodes_wanted": 3, "nodes_total": 3, "reasons": [], "seen": "good", "not_verifiable": []}
NFTABLES = {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}}}
IPVS = {
    "networkProfile": {
        "kubeProxyConfig": {
            "enabled": True,
            "mode": "IPVS",
            "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900, "tcpFinTimeoutSeconds": 120, "udpTimeoutSeconds": 300},
        }
    }
}


class Status:
    """Runs the module on one cluster of the simulator."""

    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(
        self, cluster: str = "aks-a", check: bool = False, env: dict[str, str] | None = None, **options: t.Any
    ) -> dict[str, t.Any]:
        args = {"resource_group": self.simulator.resource_group, "name": cluster, "poll_interval": 1, **options}
        return run_module("aks_dataplane_status_info", args, check=check, env=self.env if env is None else env)

    def by_kubeconfig(self, **options: t.Any) -> dict[str, t.Any]:
        return self(kubeconfig=self.simulator.kubeconfig("aks-a"), env={}, **options)


@pytest.fixture
def status(simulator: Simulator, azure_env: dict[str, str]) -> Status:
    return Status(simulator, azure_env)


def kubeconfig(simulator: Simulator, path: pathlib.Path, change: t.Callable[[dict[str, t.Any]], None]) -> str:
    """A changed copy of aks-a's kubeconfig."""
    config = yaml.safe_load(pathlib.Path(simulator.kubeconfig("aks-a")).read_text())
    change(config)
    path.write_text(yaml.safe_dump(config))
    return str(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "BPF"}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES"),
        ({"enabled": False, "mode": "IPVS"}, "enabled is false, but mode is IPVS"),
        ({"mode": "NFTABLES", "ipvs_config": {"scheduler": "RoundRobin"}}, "ipvs_config is set, but mode is NFTABLES"),
        ({"ipvs_config": {"tcp_timeout_seconds": -1}}, "ipvs_config.tcp_timeout_seconds is -1"),
        ({"wait_timeout": 0}, "wait_timeout is 0"),
        ({"config": {}}, "Unsupported parameters"),
    ],
)
def test_bad_input_asks_nobody(simulator: Simulator, status: Status, options: dict[str, t.Any], message: str) -> None:
    result = status(**options)
    assert result["failed"]
    assert message in result["msg"]
    assert simulator.log() == []


def test_the_cluster_must_be_named(azure_env: dict[str, str]) -> None:
    result = run_module("aks_dataplane_status_info", {}, env=azure_env)
    assert "missing required arguments: name, resource_group" in result["msg"]


def test_nothing_wanted_tells_the_common_mode(simulator: Simulator, status: Status) -> None:
    result = status()
    assert result["changed"] is False
    assert result["verdict"] == {
        "state": "iptables",
        "wanted": None,
        "nodes_wanted": 0,
        "nodes_total": 3,
        "reasons": [],
        "seen": None,
        "not_verifiable": [],
    }
    assert result["cluster"] == {"resource_group": simulator.resource_group, "name": "aks-a"}
    assert result["daemonset"]["mode"] == "iptables"
    assert result["crash_loops"] == []
    names = [node["name"] for node in result["nodes"]]
    assert names == sorted(names)
    for node in result["nodes"]:
        assert (node["state"], node["mode"], node["healthz_status"], node["sync_failures"], node["reasons"]) == (
            "iptables",
            "iptables",
            200,
            0,
            [],
        )
        assert node["pod"]["ready"]
        assert node["pod"]["image"].startswith("mcr.microsoft.com/")
    asked = {entry["path"].partition("?")[0] for entry in simulator.log("kube")}
    assert not [path for path in asked if "/nodes/" in path]
    assert sum("/proxy/" in path for path in asked) == 4 * 3


@pytest.mark.parametrize("check", [False, True])
def test_a_second_look_and_check_mode_tell_the_same(status: Status, check: bool) -> None:
    looks = [status(check=check), status()]
    # kube-proxy writes its rules again and again.
    for node in itertools.chain.from_iterable(look["nodes"] for look in looks):
        del node["rules_after"]
    assert looks[0] == looks[1]


@pytest.mark.parametrize("check", [False, True])
def test_what_is_there_is_wanted(status: Status, check: bool) -> None:
    result = status(mode="IPTABLES", check=check)
    assert result["verdict"] == {**DONE, "wanted": "iptables"}


@pytest.mark.parametrize(
    "options", [{"mode": "NFTABLES", "wait": False}, {"mode": "NFTABLES", "check": True}, {"mode": "NFTABLES", "wait_timeout": 1}]
)
def test_a_bad_verdict_is_no_failure(status: Status, options: dict[str, t.Any]) -> None:
    result = status(**options)
    assert "failed" not in result
    assert (result["verdict"]["state"], result["verdict"]["nodes_wanted"]) == ("other", 0)
    assert any("runs in mode iptables, not nftables" in reason for reason in result["verdict"]["reasons"])


@pytest.mark.parametrize(
    ("wanted", "state"),
    [
        (
            {"scheduler": "LeastConnection", "tcp_timeout_seconds": 900, "tcp_fin_timeout_seconds": 120, "udp_timeout_seconds": 300},
            "wanted",
        ),
        ({"scheduler": "LeastConnection"}, "wanted"),
        ({"scheduler": "RoundRobin"}, "other"),
        ({"udp_timeout_seconds": 301}, "other"),
    ],
)
def test_ipvs_settings(simulator: Simulator, status: Status, wanted: dict[str, t.Any], state: str) -> None:
    simulator.make_cluster("ipvs", patch={"properties": IPVS})
    result = status("ipvs", ipvs_config=wanted, wait=False)
    assert result["verdict"]["state"] == state
    assert result["nodes"][0]["ipvs_config"] == {
        "scheduler": "lc",
        "tcp_timeout_seconds": 900.0,
        "tcp_fin_timeout_seconds": 120.0,
        "udp_timeout_seconds": 300.0,
    }


def test_pods_that_do_not_run_what_the_daemonset_says(simulator: Simulator, status: Status) -> None:
    simulator.make_cluster("silent", patch={"properties": NFTABLES})
    simulator.kube("silent", mode="iptables")
    assert status("silent", mode="NFTABLES", wait=False)["verdict"]["state"] == "other"
    assert status("silent", mode="IPTABLES", wait=False)["verdict"]["state"] == "mixed"
    assert status("silent")["verdict"]["state"] == "mixed"


def test_a_node_that_is_not_ready_is_unknown(simulator: Simulator, status: Status) -> None:
    name = simulator.nodes("aks-a")[0]["name"]
    simulator.kube("aks-a", nodes={name: {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}})
    result = status(mode="IPTABLES", wait=False)
    assert (result["verdict"]["state"], result["verdict"]["nodes_wanted"]) == ("unknown", 2)
    assert f"Node {name}: the node is not Ready" in result["verdict"]["reasons"][0]


def test_metrics_that_listen_on_loopback_only_are_unknown(simulator: Simulator, status: Status) -> None:
    simulator.kube("aks-a", metrics_loopback=True)
    result = status(mode="IPTABLES", wait=False)
    assert result["verdict"]["state"] == "unknown"
    assert "connection refused" in result["verdict"]["reasons"][0]


def test_a_kubeconfig_leaves_azure_alone(simulator: Simulator, status: Status) -> None:
    result = status.by_kubeconfig()
    assert result["verdict"]["state"] == "iptables"
    assert {entry["kind"] for entry in simulator.log()} == {"kube"}


def test_the_environment_names_the_kubeconfig(simulator: Simulator, status: Status) -> None:
    result = status(env={"K8S_AUTH_KUBECONFIG": simulator.kubeconfig("aks-a")})
    assert result["verdict"]["state"] == "iptables"
    assert {entry["kind"] for entry in simulator.log()} == {"kube"}


@pytest.mark.parametrize(("admin", "action"), [(False, "listClusterUserCredential"), (True, "listClusterAdminCredential")])
def test_credentials_come_from_azure_otherwise(simulator: Simulator, status: Status, admin: bool, action: str) -> None:
    status(admin_credentials=admin)
    assert [entry["path"].rpartition("/")[2] for entry in simulator.log("arm")] == [action]


def test_a_cluster_that_is_not_there(status: Status) -> None:
    result = status("nowhere")
    assert result["failed"]
    assert "nowhere" in result["msg"]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda config: config["clusters"][0]["cluster"].update(server="https://127.0.0.1:1"), "KubeUnreachable", "https://127.0.0.1:1"),
        (lambda config: config["clusters"][0]["cluster"].pop("certificate-authority-data"), "KubeTlsFailure", "certificate verify failed"),
        (lambda config: config["users"][0]["user"].update(token="0ld-t0ken"), "KubeUnauthorized", "does not accept the credentials"),
        (lambda config: config.update({"current-context": "gone"}), "KubeconfigInvalid", "has no context gone"),
    ],
)
def test_a_kubeconfig_that_does_not_reach(
    simulator: Simulator, status: Status, tmp_path: pathlib.Path, change: t.Callable[[dict[str, t.Any]], None], code: str, message: str
) -> None:
    result = status(kubeconfig=kubeconfig(simulator, tmp_path / "changed", change), env={}, mode="NFTABLES")
    assert result["failed"]
    assert result["error"]["code"] == code
    assert message in result["msg"]
    assert str(tmp_path / "changed") in result["msg"]
    assert "0ld-t0ken" not in str(result)
    assert "Traceback" not in str(result)


def test_a_kubeconfig_that_is_not_there(simulator: Simulator, status: Status) -> None:
    result = status(kubeconfig="/nowhere/config")
    assert "/nowhere/config cannot be read" in result["msg"]
    assert simulator.log() == []


@pytest.mark.parametrize(
    ("deny", "permission"),
    [
        ("/api/v1/nodes$", 'cannot list resource "nodes"'),
        ("/pods$", 'cannot list resource "pods"'),
        ("/daemonsets/kube-proxy$", 'cannot get resource "daemonsets"'),
        (":10249/proxy", 'cannot get resource "pods/proxy"'),
    ],
)
def test_a_missing_permission_is_named(simulator: Simulator, status: Status, deny: str, permission: str) -> None:
    simulator.kube("aks-a", deny=[deny])
    result = status(mode="NFTABLES")
    assert (result["error"]["code"], result["error"]["status"]) == ("KubeForbidden", 403)
    assert permission in result["msg"]
    assert "docs/rights/kubernetes" in result["msg"]
    simulator.kube("aks-a", deny=[])


@pytest.mark.parametrize("fault", ["throttle", "server_error", "reset"])
def test_passing_faults_are_bridged(simulator: Simulator, status: Status, fault: str) -> None:
    simulator.fault(fault, path="/k8s/aks-a/api/v1/nodes", times=2, retry_after="0")
    assert status(mode="IPTABLES")["verdict"]["state"] == "wanted"


def test_a_first_contact_that_fails_is_an_error(simulator: Simulator, status: Status) -> None:
    simulator.fault("server_error", path="/k8s/aks-a/api/v1/nodes", times=None)
    result = status(mode="IPTABLES")
    assert (result["error"]["code"], result["error"]["status"]) == ("KubeAnswer", 503)


def test_an_api_server_that_is_away_during_the_wait_is_bridged(simulator: Simulator, status: Status) -> None:
    first = status(mode="NFTABLES", wait_step=Turn().encode())
    assert first["verdict"]["state"] == "other"
    simulator.fault("server_error", path="/k8s/aks-a/api/v1/nodes", times=None)
    away = status(mode="NFTABLES", wait_step=Turn(first["progress"]["step"]["state"]).encode())
    assert (away["verdict"]["state"], away["progress"]["step"]["done"]) == ("unknown", False)
    assert away["progress"]["step"]["phase"] == "API server does not answer"
    simulator.clear_faults()
    back = status(mode="NFTABLES", wait_step=Turn(away["progress"]["step"]["state"]).encode())
    assert back["verdict"] == first["verdict"]
    assert back["progress"]["step"]["detail"] == "nodes 0/3"


def switch(simulator: Simulator, env: dict[str, str], mode: str) -> None:
    """Ask Azure for the mode without waiting, so that the rollout comes later."""
    args = {"resource_group": simulator.resource_group, "name": "aks-a", "mode": mode, "wait": False}
    assert run_module("aks_kube_proxy", args, env=env)["changed"] is True


def test_it_waits_for_a_rollout(simulator: Simulator, status: Status, azure_env: dict[str, str]) -> None:
    switch(simulator, azure_env, "NFTABLES")
    result = status(mode="NFTABLES", wait_timeout=60)
    assert result["verdict"] == {**DONE, "wanted": "nftables"}
    assert (result["daemonset"]["mode"], result["daemonset"]["updated"]) == ("nftables", 3)
    assert {node["state"] for node in result["nodes"]} == {"wanted"}


def test_pods_that_crash_are_named_with_their_log(simulator: Simulator, status: Status, azure_env: dict[str, str]) -> None:
    node = simulator.nodes("aks-a")[0]["name"]
    simulator.fault("crash_loop", path=node, mode="nftables", times=None)
    switch(simulator, azure_env, "NFTABLES")
    result = status(mode="NFTABLES", wait_timeout=4)
    assert result["verdict"]["nodes_wanted"] < result["verdict"]["nodes_total"]
    (crash,) = result["crash_loops"]
    assert (crash["node"], crash["reason"]) == (node, "CrashLoopBackOff")
    assert crash["restarts"] > 0
    assert crash["log"]
    assert any("CrashLoopBackOff" in reason for reason in result["verdict"]["reasons"])


def test_a_disabled_kube_proxy(simulator: Simulator, status: Status) -> None:
    simulator.make_cluster(
        "byo", patch={"properties": {"networkProfile": {"networkPlugin": "none", "kubeProxyConfig": {"enabled": False}}}}
    )
    assert status("byo")["verdict"]["state"] == "disabled"
    assert status("byo", enabled=False)["verdict"] == {
        "state": "wanted",
        "wanted": "disabled",
        "nodes_wanted": 3,
        "nodes_total": 3,
        "reasons": [],
        "seen": "good",
        "not_verifiable": [],
    }
    assert status("byo", mode="IPTABLES", wait=False)["verdict"]["state"] == "other"
    assert status(enabled=False, wait=False)["verdict"]["state"] == "other"
    assert status(enabled=True)["verdict"]["state"] == "wanted"
