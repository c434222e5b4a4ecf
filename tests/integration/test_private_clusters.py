# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private clusters, whose API server nobody here can reach: status and preflight through AKS's run command. And connections by options alone."""

from __future__ import annotations

import base64
import pathlib
import typing as t

import pytest
import yaml

from tests.support.modules import run_module
from tests.support.simulator import Simulator

ENTRA = {"properties": {"aadProfile": {"managed": True, "enableAzureRBAC": True}, "disableLocalAccounts": True}}


@pytest.fixture
def private(simulator: Simulator) -> t.Iterator[Simulator]:
    """Only what AKS runs in the cluster reaches its API server."""
    simulator.reset()
    simulator.clear_log()
    yield simulator
    simulator.clear_faults()


def ask(simulator: Simulator, module: str = "aks_dataplane_status_info", **more: t.Any) -> dict[str, t.Any]:
    env, check = {**simulator.environment(), **more.pop("env", {})}, more.pop("check", False)
    options: dict[str, t.Any] = {"resource_group": simulator.resource_group, "name": "aks-a", "kubernetes_via": "command"}
    if module == "aks_dataplane_status_info":
        options["wait"] = False
    return run_module(module, {**options, **more}, env=env, check=check)


def commands(simulator: Simulator) -> int:
    return sum(1 for one in simulator.log(kind="arm") if one["method"] == "POST" and one["path"].endswith("/runCommand"))


def test_the_status_is_that_of_a_direct_connection_and_one_command(private: Simulator) -> None:
    direct = ask(private, mode="IPTABLES", kubernetes_via="direct")
    private.clear_log()
    result = ask(private, mode="IPTABLES")
    assert result["verdict"]["state"] == "wanted", result
    # kube-proxy writes its rules again and again.
    for node in (*result["nodes"], *direct["nodes"]):
        del node["rules_after"]
    assert {key: result[key] for key in ("verdict", "nodes", "daemonset")} == {
        key: direct[key] for key in ("verdict", "nodes", "daemonset")
    }
    assert commands(private) == 1
    assert not any(one["path"].endswith("listClusterUserCredential") for one in private.log(kind="arm"))


def test_the_preflight_is_that_of_a_direct_connection_and_one_command(private: Simulator) -> None:
    direct = ask(private, "aks_preflight_info", mode="NFTABLES", kubernetes_via="direct")
    private.clear_log()
    result = ask(private, "aks_preflight_info", mode="NFTABLES")
    assert "findings" in direct, direct
    assert "findings" in result, result
    assert result["findings"] == direct["findings"]
    assert commands(private) == 1


def test_clusters_with_entra_get_the_token_of_whoever_asks(private: Simulator) -> None:
    private.set_cluster("aks-a", ENTRA)
    result = ask(private, mode="IPTABLES", env={"PATH": "/nonexistent"})
    assert result["verdict"]["state"] == "wanted", result


def test_a_disabled_run_command_is_named_with_the_remedy(private: Simulator) -> None:
    private.set_cluster("aks-a", {"properties": {"apiServerAccessProfile": {"disableRunCommand": True}}})
    result = ask(private, mode="IPTABLES")
    assert result["error"]["code"] == "RunCommandDisabled", result
    assert "--enable-run-command" in result["msg"]
    assert commands(private) == 0


def test_a_pod_without_a_place_is_named(private: Simulator) -> None:
    private.fault("run_command_failed", path="aks-a")
    result = ask(private, mode="IPTABLES")
    assert result["error"]["code"] == "RunCommandFailed", result
    assert "podStatus=Pending" in result["msg"]


def test_in_check_mode_only_with_consent(private: Simulator) -> None:
    refused = ask(private, mode="IPTABLES", check=True)
    assert refused["error"]["code"] == "NotInCheckMode", refused
    unread = ask(private, "aks_preflight_info", mode="NFTABLES", check=True)
    assert "AKS's run command was not used, because it creates a pod" in str(unread["findings"]), unread
    assert commands(private) == 0
    assert ask(private, mode="IPTABLES", command_in_check_mode=True, check=True)["verdict"]["state"] == "wanted"


def test_commands_in_pods_are_refused(private: Simulator) -> None:
    result = ask(private, host_routing="enabled", exec=True)
    assert result["error"]["code"] == "InvalidInput", result


def test_a_missing_right_is_that_of_the_identity_of_the_command(private: Simulator) -> None:
    private.fault("forbidden", path="/k8s/aks-a/api/v1/nodes", times=None)
    result = ask(private, mode="IPTABLES")
    assert result["error"]["code"] == "KubeForbidden", result
    assert result["error"]["status"] == 403


# Connections by options alone.


def given(simulator: Simulator, folder: pathlib.Path) -> dict[str, str]:
    """What AWX's credential type for Kubernetes sets in the environment."""
    document = yaml.safe_load(pathlib.Path(simulator.kubeconfig("aks-a")).read_text(encoding="utf-8"))
    cluster = document["clusters"][0]["cluster"]
    authority = folder / "ca.pem"
    authority.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    return {
        "K8S_AUTH_HOST": cluster["server"],
        "K8S_AUTH_API_KEY": document["users"][0]["user"]["token"],
        "K8S_AUTH_VERIFY_SSL": "True",
        "K8S_AUTH_SSL_CA_CERT": str(authority),
    }


def test_the_credential_type_of_awx_is_enough(private: Simulator, tmp_path: pathlib.Path) -> None:
    result = ask(private, mode="IPTABLES", kubernetes_via="direct", env=given(private, tmp_path))
    assert result["verdict"]["state"] == "wanted", result
    assert private.log(kind="arm") == []
    # Its form where the field for the certificate authority is empty.
    unverified = {**given(private, tmp_path), "K8S_AUTH_VERIFY_SSL": "False", "K8S_AUTH_SSL_CA_CERT": ""}
    result = ask(private, mode="IPTABLES", kubernetes_via="direct", env=unverified)
    assert result["verdict"]["state"] == "wanted", result
    assert any("validate_certs is false" in str(one) for one in result["warnings"]), result
