# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""aks_kube_proxy against the simulator: the ladder of a module, bad input, other people at work, and every fault on the way."""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import encode_state, wait_for

from tests.support.modules import run_module
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

PATH = "properties.networkProfile.kubeProxyConfig"
MODE_CHANGE = {"path": f"{PATH}.mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}
IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
CLUSTER_PATH = "/managedClusters/aks-a$"


class KubeProxy:
    """Runs the module on one cluster of the simulator."""

    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(
        self, *, cluster: str = "aks-a", check: bool = False, env: dict[str, str] | None = None, **options: t.Any
    ) -> dict[str, t.Any]:
        args = {"resource_group": self.simulator.resource_group, "name": cluster, "poll_interval": 1, "wait_timeout": 60, **options}
        return run_module("aks_kube_proxy", args, check=check, diff=True, env=self.env if env is None else env)

    def requests(self) -> list[str]:
        """What was asked of Azure, without sign-in and metadata."""
        kinds = {"arm": "", "operation": " operation"}
        return [f"{entry['method']}{kinds[entry['kind']]}" for entry in self.simulator.log() if entry["kind"] in kinds]

    def leaf(self, cluster: str = "aks-a") -> t.Any:
        return self.simulator.cluster(cluster)["properties"]["networkProfile"].get("kubeProxyConfig")


@pytest.fixture
def kube_proxy(simulator: Simulator, azure_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> t.Iterator[KubeProxy]:
    # The simulator is faster than the shortest pause that the module can be told.
    monkeypatch.setitem(wait_for.__kwdefaults__, "sleep", lambda seconds: time.sleep(seconds / 10))
    yield KubeProxy(simulator, azure_env)
    simulator.clear_faults()
    simulator.settings(retry_after=None)


def without_secrets(result: dict[str, t.Any], env: dict[str, str]) -> dict[str, t.Any]:
    text = json.dumps(result)
    assert env["AZURE_SECRET"] not in text
    assert "Traceback" not in text
    return result


class TestLadder:
    def test_missing_arguments(self, azure_env: dict[str, str]) -> None:
        result = run_module("aks_kube_proxy", {}, env=azure_env)
        assert result["msg"] == "missing required arguments: name, resource_group"

    def test_nothing_declared(self, kube_proxy: KubeProxy) -> None:
        result = kube_proxy()
        assert result["msg"] == "state is present but any of the following are missing: enabled, mode, ipvs_config, config, config_file"
        assert kube_proxy.simulator.log() == []

    def test_check_mode_plans_and_changes_nothing(self, kube_proxy: KubeProxy) -> None:
        before = kube_proxy.simulator.cluster("aks-a")
        result = kube_proxy(check=True, mode="NFTABLES")
        assert result["changed"] is True
        assert (result["before"], result["after"]) == (IPTABLES, NFTABLES)
        assert result["plan"] == [MODE_CHANGE]
        assert '"mode": "NFTABLES"' in result["diff"]["after"]
        assert kube_proxy.requests() == ["GET"]
        assert kube_proxy.simulator.cluster("aks-a") == before

    def test_run_and_rerun(self, kube_proxy: KubeProxy) -> None:
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

    def test_only_the_leaf_is_changed(self, kube_proxy: KubeProxy) -> None:
        before = kube_proxy.simulator.cluster("aks-a")
        kube_proxy(mode="NFTABLES")
        (put,) = kube_proxy.simulator.log(kind="arm", method="PUT")
        assert put["if_match"].strip('"') == before["eTag"]
        after = kube_proxy.simulator.cluster("aks-a")
        for body in (before, after):
            body.pop("eTag")
            body["properties"]["networkProfile"].pop("kubeProxyConfig", None)
            for pool in body["properties"]["agentPoolProfiles"]:
                pool.pop("eTag", None)
        assert after == before

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
    def test_the_default_is_no_change_on_a_new_cluster(self, kube_proxy: KubeProxy, options: dict[str, t.Any]) -> None:
        assert kube_proxy(**options)["changed"] is False
        assert kube_proxy.requests() == ["GET"]

    def test_back_to_the_default(self, kube_proxy: KubeProxy) -> None:
        kube_proxy(mode="NFTABLES")
        result = kube_proxy(state="default")
        assert (result["changed"], result["after"]) == (True, IPTABLES)
        assert kube_proxy.leaf() == {"enabled": True, "mode": "IPTABLES"}
        assert kube_proxy(state="default")["changed"] is False

    def test_ipvs_settings_one_by_one(self, kube_proxy: KubeProxy, tmp_path: pathlib.Path) -> None:
        kube_proxy(mode="IPVS", ipvs_config={"scheduler": "LeastConnection"})
        result = kube_proxy(ipvs_config={"tcp_timeout_seconds": 900})
        assert [change["path"] for change in result["plan"]] == [f"{PATH}.ipvsConfig.tcpTimeoutSeconds"]
        config = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}
        assert kube_proxy.leaf() == config
        file = tmp_path / "kube-proxy.json"
        file.write_text(json.dumps(config))
        assert kube_proxy(config_file=str(file))["changed"] is False

    def test_disabling_on_a_cluster_that_brings_its_own_cni(self, kube_proxy: KubeProxy) -> None:
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
            ({"config": {"enabled": True, "mode": "NFTABLES", "ipvsConfig": {}}}, 'beside ipvsConfig it must be "IPVS"'),
            ({"mode": "NFTABLES", "api_version": "2026-08-01"}, 'api_version is "2026-08-01", a stable one'),
            ({"mode": "NFTABLES", "api_version": "2025-08-02-preview"}, "NFTABLES exists since 2025-09-02-preview only"),
            ({"mode": "IPVS", "api_version": "newest"}, "not an api-version"),
            ({"mode": "IPVS", "managed_cluster": {"dnsPrefix": "a"}}, "managed_cluster has no location"),
            (
                {"mode": "IPVS", "operation_url": "https://management.azure.com/subscriptions"},
                "operation_url is not the URL of an operation",
            ),
            ({"mode": "IPVS", "wait_timeout": 0}, "wait_timeout is 0"),
            ({"mode": "IPVS", "poll_interval": -1}, "poll_interval is -1"),
        ],
        ids=str,
    )
    def test_it_is_refused_before_anybody_is_asked(self, kube_proxy: KubeProxy, options: dict[str, t.Any], message: str) -> None:
        result = without_secrets(kube_proxy(**options), kube_proxy.env)
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
    def test_a_bad_file_is_named(self, kube_proxy: KubeProxy, tmp_path: pathlib.Path, content: str | None, message: str) -> None:
        file = tmp_path / "kube-proxy.json"
        if content is not None:
            file.write_text(content)
        result = kube_proxy(config_file=str(file))
        assert result["failed"] is True
        assert str(file) in result["msg"]
        assert message in result["msg"]
        assert kube_proxy.simulator.log() == []

    def test_settings_of_ipvs_on_a_cluster_in_another_mode(self, kube_proxy: KubeProxy) -> None:
        result = kube_proxy(ipvs_config={"scheduler": "RoundRobin"})
        assert "the cluster's kube-proxy mode is IPTABLES" in result["msg"]
        assert kube_proxy.requests() == ["GET"]

    def test_a_cluster_that_is_not_there(self, kube_proxy: KubeProxy) -> None:
        result = kube_proxy(cluster="nowhere", mode="IPVS")
        assert result["msg"].startswith(f"There is no cluster nowhere in resource group {kube_proxy.simulator.resource_group}.")
        assert result["error"]["code"] == "ResourceNotFound"

    def test_missing_credentials(self, kube_proxy: KubeProxy) -> None:
        result = kube_proxy(mode="IPVS", env={})
        assert result["failed"] is True
        assert kube_proxy.simulator.log() == []

    def test_wrong_credentials(self, kube_proxy: KubeProxy) -> None:
        env = {**kube_proxy.env, "AZURE_SECRET": "not-the-secret"}
        result = without_secrets(kube_proxy(mode="IPVS", env=env), env)
        assert result["failed"] is True
        assert kube_proxy.simulator.log(kind="arm") == []

    def test_an_operation_of_another_cloud_gets_no_token(self, kube_proxy: KubeProxy) -> None:
        url = "https://elsewhere.example/subscriptions/s/operations/1?t=signed"
        result = kube_proxy(mode="IPVS", operation_url=url)
        assert "does not belong to" in result["msg"]
        assert url not in json.dumps(result)
        assert kube_proxy.simulator.log(kind="arm") == []

    def test_what_azure_refuses_is_told_with_what_to_do(self, kube_proxy: KubeProxy) -> None:
        kube_proxy.simulator.reset(feature=False)
        result = kube_proxy(mode="NFTABLES")
        assert result["failed"] is True
        assert "aks_preview_feature" in result["msg"]
        assert result["changed"] is False if "changed" in result else True
        assert kube_proxy.leaf() is None


class TestOthersAtWork:
    def test_a_conflict_is_waited_out(self, kube_proxy: KubeProxy) -> None:
        kube_proxy.simulator.fault("conflict", path=CLUSTER_PATH, method="PUT", times=2)
        result = kube_proxy(mode="NFTABLES")
        assert result["changed"] is True
        assert kube_proxy.requests().count("PUT") == 3

    @pytest.mark.parametrize("kind", ["etag", "etag_race"])
    def test_a_lost_race_is_compared_again(self, kube_proxy: KubeProxy, kind: str) -> None:
        kube_proxy.simulator.fault(kind, path=CLUSTER_PATH, method="PUT", times=2)
        result = kube_proxy(mode="NFTABLES")
        assert result["changed"] is True
        assert kube_proxy.requests()[:6] == ["GET", "PUT"] * 3

    def test_a_busy_cluster_is_waited_for(self, kube_proxy: KubeProxy) -> None:
        started = kube_proxy(mode="IPVS", wait=False)
        assert started["operation"]["done"] is False
        result = kube_proxy(mode="NFTABLES")
        assert result["changed"] is True, result
        assert result["before"]["mode"] == "IPVS"

    def test_a_busy_cluster_is_an_error_without_waiting(self, kube_proxy: KubeProxy) -> None:
        kube_proxy.simulator.fault("operation_stuck", path="aks-a")
        kube_proxy(mode="IPVS", wait=False)
        result = kube_proxy(mode="NFTABLES", wait=False)
        assert "Another operation (Updating) is in progress" in result["msg"]
        assert "wait=true" in result["msg"]
        assert kube_proxy(mode="IPVS", wait=False)["note"] == "The cluster is still Updating."


class TestFaults:
    @pytest.mark.parametrize("method", ["GET", "PUT"])
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "throttle", "retry_after": "1"},
            {"kind": "server_error", "status": 503},
            {"kind": "reset"},
            {"kind": "slow", "seconds": 0.5},
        ],
        ids=lambda fault: fault["kind"],
    )
    def test_a_bad_answer_on_the_way(self, kube_proxy: KubeProxy, fault: dict[str, t.Any], method: str) -> None:
        kube_proxy.simulator.fault(path=CLUSTER_PATH, method=method, times=1, **fault)
        result = kube_proxy(mode="NFTABLES")
        assert result["changed"] is True, result
        assert result["before"] == IPTABLES
        assert kube_proxy.leaf() == {"enabled": True, "mode": "NFTABLES"}

    @pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "server_error", "status": 502}], ids=lambda fault: fault["kind"])
    def test_a_change_whose_answer_was_lost_is_ours(self, kube_proxy: KubeProxy, fault: dict[str, t.Any]) -> None:
        kube_proxy.simulator.fault(path=CLUSTER_PATH, method="PUT", after=True, **fault)
        result = kube_proxy(mode="NFTABLES")
        assert result["changed"] is True, result
        assert (result["before"], result["after"]) == (IPTABLES, NFTABLES)
        assert kube_proxy.requests().count("PUT") == 1

    @pytest.mark.parametrize("kind", ["throttle", "server_error", "reset"])
    def test_looks_that_fail_are_repeated(self, kube_proxy: KubeProxy, kind: str) -> None:
        kube_proxy.simulator.fault(kind, path="/operations/", times=2)
        assert kube_proxy(mode="NFTABLES")["changed"] is True

    def test_a_failed_operation(self, kube_proxy: KubeProxy) -> None:
        kube_proxy.simulator.fault("operation_failed", path="aks-a", code="InternalOperationError", message="The addon manager gave up.")
        result = kube_proxy(mode="NFTABLES")
        assert result["failed"] is True
        assert "The addon manager gave up." in result["msg"]
        assert "az aks update" in result["msg"]
        assert result["error"]["code"] == "InternalOperationError"
        assert result["changed"] is True
        assert result["before"] == IPTABLES
        assert result["operation"]["phases"]

        again = kube_proxy(state="default")
        assert again["changed"] is True, again
        assert "Failed" in again["note"]

    def test_a_stuck_operation_ends_with_the_time_and_can_be_taken_up(self, kube_proxy: KubeProxy) -> None:
        kube_proxy.simulator.fault("operation_stuck", path="aks-a")
        result = kube_proxy(mode="NFTABLES", wait_timeout=2)
        assert result["failed"] is True
        assert "had not ended after 2 seconds" in result["msg"]
        assert result["error"]["code"] == "WaitTimeout"
        assert result["changed"] is True
        assert "url" not in result["operation"]
        kube_proxy.simulator.clear_faults()
        taken_up = kube_proxy(mode="NFTABLES")
        assert taken_up["operation"]["status"] == "Succeeded"
        assert taken_up["changed"] is False
        assert taken_up["after"] == NFTABLES
        assert kube_proxy.requests().count("PUT") == 1


class TestResume:
    def test_a_started_change_is_waited_for_by_its_url(self, kube_proxy: KubeProxy) -> None:
        started = kube_proxy(mode="NFTABLES", wait=False)
        assert started["changed"] is True
        assert started["operation"]["done"] is False
        kube_proxy.simulator.clear_log()
        result = kube_proxy(mode="NFTABLES", operation_url=started["operation"]["url"])
        assert result["changed"] is False
        assert result["operation"]["id"] == started["operation"]["id"]
        assert started["operation"]["url"] not in json.dumps(result)
        assert result["operation"]["done"] is True
        requests = kube_proxy.requests()
        assert requests[0] == "GET operation"
        assert requests[-1] == "GET"
        assert "PUT" not in requests

    def test_step_by_step_as_the_action_plugin_does_it(self, kube_proxy: KubeProxy) -> None:
        state: t.Any = {}
        results: list[dict[str, t.Any]] = []
        for _step in range(100):
            results.append(kube_proxy(mode="NFTABLES", _step=encode_state(state)))
            progress = results[-1]["progress"]["step"]
            if progress["done"]:
                break
            state = progress["state"]
        assert len(results) > 1
        assert results[-1]["operation"]["status"] == "Succeeded"
        assert all(result["changed"] and result["before"] == IPTABLES and result["plan"] == [MODE_CHANGE] for result in results)
        assert kube_proxy.requests().count("PUT") == 1


class TestCreation:
    BODY: t.ClassVar = {
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": "fresh",
            "kubernetesVersion": "1.33.3",
            "agentPoolProfiles": [{"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5", "osType": "Linux"}],
            "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay"},
            "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "Windows-Pa55word"},
        },
    }

    @pytest.fixture(autouse=True)
    def _no_leftover(self, kube_proxy: KubeProxy) -> t.Iterator[None]:
        yield
        kube_proxy.simulator.reset()

    def test_check_mode_run_and_rerun(self, kube_proxy: KubeProxy) -> None:
        planned = kube_proxy(cluster="fresh", mode="NFTABLES", managed_cluster=self.BODY, check=True)
        assert planned["changed"] is True
        assert planned["before"] is None
        assert [(change["path"], change["before"]) for change in planned["plan"]] == [("", None)]
        assert "PUT" not in kube_proxy.requests()

        created = kube_proxy(cluster="fresh", mode="NFTABLES", managed_cluster=self.BODY)
        assert created["changed"] is True, created
        assert (created["before"], created["after"]) == (None, NFTABLES)
        assert created["cluster"]["provisioning_state"] == "Succeeded"
        assert kube_proxy.leaf("fresh") == {"enabled": True, "mode": "NFTABLES"}
        assert "Windows-Pa55word" not in json.dumps([planned, created])

        again = kube_proxy(cluster="fresh", mode="NFTABLES", managed_cluster=self.BODY)
        assert again["changed"] is False
        assert again["note"] == "managed_cluster was ignored, because the cluster exists."


class TestActionPlugin:
    def test_progress_is_shown_and_leaves_no_trace_in_results(self, simulator: Simulator, azure_env: dict[str, str]) -> None:
        options = {"resource_group": simulator.resource_group, "name": "{{ inventory_hostname }}", "poll_interval": 1}
        module = "aks.dataplane.aks_kube_proxy"
        tasks: list[dict[str, t.Any]] = [
            {"name": "switch", module: {**options, "mode": "NFTABLES"}},
            {"name": "switch again", module: {**options, "mode": "NFTABLES"}},
            {"name": "quietly", module: {**options, "mode": "IPVS"}, "no_log": True},
            {"name": "start only", module: {**options, "state": "default", "wait": False}},
        ]
        play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}
        run = run_playbook([play], {"all": {"hosts": {"aks-a": {}}}}, env=azure_env, arguments=["-v"])
        assert run.returncode == 0, run.stdout + run.stderr
        lines = [line for line in run.stderr.splitlines() if line.startswith("aks-a | ")]
        assert lines[0].startswith("aks-a | Updating | ")
        assert lines[-1].startswith("aks-a | Succeeded | ")
        assert sum("Updating" in line for line in lines) == 1
        assert run.stats["aks-a"]["changed"] == 3
        (switched,) = run.results("switch")[:1]
        assert switched["operation"]["phases"][0]["name"] == "Updating"
        assert run.results("switch again")[0]["changed"] is False
        assert "url" in run.results("start only")[0]["operation"]
        for told in (run.stdout, json.dumps(run.events)):
            assert "_step" not in told
            assert '"progress"' not in told
