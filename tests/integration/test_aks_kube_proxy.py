# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""aks_kube_proxy against the simulator: the ladder of a module, and bad input; what all such modules share is in test_leaf_modules."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.support.leaf_module import LeafModule
from tests.support.modules import run_module
from tests.support.simulator import Simulator

PATH = "properties.networkProfile.kubeProxyConfig"
MODE_CHANGE = {"path": f"{PATH}.mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}
IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}


@pytest.fixture
def kube_proxy(simulator: Simulator, azure_env: dict[str, str], quick_waits: None) -> LeafModule:
    return LeafModule(simulator, azure_env, "aks_kube_proxy", "kubeProxyConfig")


class TestLadder:
    def test_missing_arguments(self, azure_env: dict[str, str]) -> None:
        result = run_module("aks_kube_proxy", {}, env=azure_env)
        assert result["msg"] == "missing required arguments: name, resource_group"

    def test_nothing_declared(self, kube_proxy: LeafModule) -> None:
        result = kube_proxy()
        assert result["msg"] == "state is present but any of the following are missing: enabled, mode, ipvs_config, config, config_file"
        assert kube_proxy.simulator.log() == []

    def test_check_mode_plans_and_changes_nothing(self, kube_proxy: LeafModule) -> None:
        before = kube_proxy.simulator.cluster("aks-a")
        result = kube_proxy(check=True, mode="NFTABLES")
        assert result["changed"] is True
        assert (result["before"], result["after"]) == (IPTABLES, NFTABLES)
        assert result["plan"] == [MODE_CHANGE]
        assert '"mode": "NFTABLES"' in result["diff"]["after"]
        assert kube_proxy.requests() == ["GET"]
        assert kube_proxy.simulator.cluster("aks-a") == before

    def test_run_and_rerun(self, kube_proxy: LeafModule) -> None:
        first = kube_proxy(mode="NFTABLES")
        assert first["changed"] is True, first
        assert (first["before"], first["after"]) == (IPTABLES, NFTABLES)
        assert first["plan"] == [MODE_CHANGE]
        assert first["operation"]["status"] == "Succeeded"
        assert first["operation"]["done"] is True
        assert "url" not in first["operation"]
        assert first["operation"]["phases"][-1]["name"] == "Succeeded"
        assert first["cluster"]["provisioning_state"] == "Succeeded"
        assert kube_proxy.leaf() == {"enabled": True, "mode": "NFTABLES"}

        kube_proxy.simulator.clear_log()
        second = kube_proxy(mode="NFTABLES")
        assert second["changed"] is False
        assert second["before"] == second["after"] == NFTABLES
        assert second["plan"] == []
        assert second["operation"] is None
        kinds = [entry["kind"] for entry in kube_proxy.simulator.log()]
        assert (kinds.count("token"), kinds.count("arm")) == (1, 1)
        assert kube_proxy.requests() == ["GET"]

    @pytest.mark.parametrize(
        "options",
        [
            {"state": "default"},
            {"enabled": True},
            {"mode": "IPTABLES"},
            {"config": {"enabled": True}},
            {"config": {"enabled": True, "mode": "IPTABLES"}},
        ],
        ids=str,
    )
    def test_the_default_is_no_change_on_a_new_cluster(self, kube_proxy: LeafModule, options: dict[str, t.Any]) -> None:
        assert kube_proxy(**options)["changed"] is False
        assert kube_proxy.requests() == ["GET"]

    def test_back_to_the_default(self, kube_proxy: LeafModule) -> None:
        kube_proxy(mode="NFTABLES")
        result = kube_proxy(state="default")
        assert (result["changed"], result["after"]) == (True, IPTABLES)
        assert kube_proxy.leaf() == {"enabled": True, "mode": "IPTABLES"}
        assert kube_proxy(state="default")["changed"] is False

    def test_ipvs_settings_one_by_one(self, kube_proxy: LeafModule, tmp_path: pathlib.Path) -> None:
        kube_proxy(mode="IPVS", ipvs_config={"scheduler": "LeastConnection"})
        result = kube_proxy(ipvs_config={"tcp_timeout_seconds": 900})
        assert [change["path"] for change in result["plan"]] == [f"{PATH}.ipvsConfig.tcpTimeoutSeconds"]
        config = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}
        assert kube_proxy.leaf() == config
        file = tmp_path / "kube-proxy.json"
        file.write_text(json.dumps(config))
        assert kube_proxy(config_file=str(file))["changed"] is False

    def test_disabling_on_a_cluster_that_brings_its_own_cni(self, kube_proxy: LeafModule) -> None:
        kube_proxy.simulator.make_cluster("byo", seed="byo-cni")
        result = kube_proxy(cluster="byo", enabled=False)
        assert result["changed"] is True
        assert result["after"] == {"enabled": False, "mode": None, "ipvs_config": None}
        assert kube_proxy(cluster="byo", config={"enabled": False, "mode": "IPVS"})["changed"] is False


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"mode": "EBPF"}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: EBPF"),
            (
                {"mode": "IPVS", "ipvs_config": {"scheduler": "WeightedRoundRobin"}},
                "value of scheduler must be one of: LeastConnection, RoundRobin",
            ),
            ({"mode": "IPVS", "ipvs_config": {"udp_timeout_seconds": -5}}, "ipvs_config.udp_timeout_seconds is -5"),
            ({"mode": "NFTABLES", "ipvs_config": {"scheduler": "RoundRobin"}}, "ipvs_config is set, but mode is NFTABLES"),
            ({"enabled": False, "mode": "NFTABLES"}, "enabled is false, but mode is NFTABLES"),
            ({"state": "default", "mode": "IPVS"}, "state is default, which takes no configuration, but mode is set"),
            ({"mode": "IPVS", "config": {"enabled": True}}, "parameters are mutually exclusive: config|mode"),
            (
                {"config": {"mode": "EBPF"}},
                '$.enabled is missing, allowed is true or false; AKS would read a missing one as false; $.mode is "EBPF"',
            ),
            ({"config": {"enabled": True, "mode": "NFTABLES", "ipvsConfig": {}}}, 'with ipvsConfig it must be "IPVS"'),
            ({"mode": "NFTABLES", "api_version": "2026-08-01"}, 'api_version is "2026-08-01", a stable one'),
            ({"mode": "NFTABLES", "api_version": "2025-08-02-preview"}, "NFTABLES exists since 2025-09-02-preview only"),
        ],
        ids=str,
    )
    def test_it_is_refused_before_anybody_is_asked(self, kube_proxy: LeafModule, options: dict[str, t.Any], message: str) -> None:
        result = kube_proxy(**options)
        assert result["failed"] is True
        assert message in result["msg"]
        assert kube_proxy.simulator.log() == []

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "cannot be read: No such file or directory"),
            ('{"enabled": true,\n "mode": IPVS}', "is not JSON: Expecting value at line 2, column 10"),
            ('["enabled"]', "holds an array at line 1, column 1, but must hold an object"),
            ('{"enabled": true, "mode": "IPVS", "ipvsConfig": {"TCPTimeoutSeconds": 1}}', "but the key is spelled tcpTimeoutSeconds"),
        ],
        ids=str,
    )
    def test_a_bad_file_is_named(self, kube_proxy: LeafModule, tmp_path: pathlib.Path, content: str | None, message: str) -> None:
        file = tmp_path / "kube-proxy.json"
        if content is not None:
            file.write_text(content)
        result = kube_proxy(config_file=str(file))
        assert result["failed"] is True
        assert str(file) in result["msg"]
        assert message in result["msg"]
        assert kube_proxy.simulator.log() == []

    def test_settings_of_ipvs_on_a_cluster_in_another_mode(self, kube_proxy: LeafModule) -> None:
        result = kube_proxy(ipvs_config={"scheduler": "RoundRobin"})
        assert "the cluster's kube-proxy mode is IPTABLES" in result["msg"]
        assert kube_proxy.requests() == ["GET"]

    def test_what_azure_refuses_is_reported_with_what_to_do(self, kube_proxy: LeafModule) -> None:
        kube_proxy.simulator.reset(feature=False)
        result = kube_proxy(mode="NFTABLES")
        assert result["failed"] is True
        assert "aks_preview_feature" in result["msg"]
        assert result["changed"] is False if "changed" in result else True
        assert kube_proxy.leaf() is None
