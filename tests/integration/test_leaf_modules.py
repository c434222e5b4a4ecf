# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module that changes one leaf of a cluster does alike: other people at work, every fault on the way, waiting, creation."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Turn

from tests.support.leaf_module import LeafModule
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

CLUSTER_PATH = "/managedClusters/aks-a$"

Options = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Case:
    """A module, and a change that it makes from what the cluster has.

    leaf: key in the network profile. seed, network: the cluster. wanted, other: options for the change, and for another one after it.
    before, after, plan: in the result of the change. stored: the leaf after it. new_network: for a cluster that is created.
    """

    module: str
    leaf: str
    seed: str
    network: Options
    wanted: Options
    other: Options
    before: Options
    after: Options
    plan: list[Options]
    stored: Options
    new_network: Options


NETWORK = "properties.networkProfile"
ACNS_ON = {"enabled": True, "observability": True, "security": True}

KUBE_PROXY = Case(
    module="aks_kube_proxy",
    leaf="kubeProxyConfig",
    seed="overlay",
    network={},
    wanted={"mode": "NFTABLES"},
    other={"mode": "IPVS"},
    before={"enabled": True, "mode": "IPTABLES", "ipvs_config": None},
    after={"enabled": True, "mode": "NFTABLES", "ipvs_config": None},
    plan=[{"path": f"{NETWORK}.kubeProxyConfig.mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}],
    stored={"enabled": True, "mode": "NFTABLES"},
    new_network={},
)
HOST_ROUTING = Case(
    module="aks_ebpf_host_routing",
    leaf="advancedNetworking",
    seed="cilium-acns",
    network={"advancedNetworking": {"performance": None}},
    wanted={"state": "enabled"},
    other={"state": "disabled"},
    before={"state": "disabled", "acceleration_mode": "None", "acns": ACNS_ON},
    after={"state": "enabled", "acceleration_mode": "BpfVeth", "acns": ACNS_ON},
    plan=[
        {
            "path": f"{NETWORK}.advancedNetworking.performance.accelerationMode",
            "before": "None",
            "after": "BpfVeth",
            "disruption": "reimage",
        }
    ],
    stored={
        "enabled": True,
        "observability": {"enabled": True},
        "security": {"enabled": True, "advancedNetworkPolicies": "FQDN", "transitEncryption": {"type": "None"}},
        "performance": {"accelerationMode": "BpfVeth"},
    },
    new_network={"networkDataplane": "cilium", "networkPolicy": "cilium", "advancedNetworking": {"enabled": True}},
)


class Switch(LeafModule):
    """The module of a case."""

    def __init__(self, simulator: Simulator, env: dict[str, str], case: Case) -> None:
        super().__init__(simulator, env, case.module, case.leaf)
        self.case = case

    def to_wanted(self, **options: t.Any) -> dict[str, t.Any]:
        return self(**{**self.case.wanted, **options})

    def to_other(self, **options: t.Any) -> dict[str, t.Any]:
        return self(**{**self.case.other, **options})


@pytest.fixture(params=[KUBE_PROXY, HOST_ROUTING], ids=lambda case: case.module)
def switch(request: pytest.FixtureRequest, simulator: Simulator, azure_env: dict[str, str], quick_waits: None) -> Switch:
    case: Case = request.param
    simulator.make_cluster("aks-a", seed=case.seed, patch={"properties": {"networkProfile": case.network}})
    return Switch(simulator, azure_env, case)


class TestChange:
    def test_only_the_leaf_is_changed(self, switch: Switch) -> None:
        etag, before = switch.simulator.cluster("aks-a")["eTag"], switch.without_leaf()
        assert switch.to_wanted()["changed"] is True
        (put,) = switch.simulator.log(kind="arm", method="PUT")
        assert put["if_match"].strip('"') == etag
        assert switch.leaf() == switch.case.stored
        assert switch.without_leaf() == before


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"api_version": "newest"}, "not an api-version"),
            ({"managed_cluster": {"dnsPrefix": "a"}}, "managed_cluster has no location"),
            ({"operation_url": "https://management.azure.com/subscriptions"}, "operation_url is not the URL of an operation"),
            ({"wait_timeout": 0}, "wait_timeout is 0"),
            ({"poll_interval": -1}, "poll_interval is -1"),
        ],
        ids=str,
    )
    def test_it_is_refused_before_anybody_is_asked(self, switch: Switch, options: dict[str, t.Any], message: str) -> None:
        result = switch.to_wanted(**options)
        assert result["failed"] is True
        assert message in result["msg"]
        assert switch.simulator.log() == []

    def test_a_cluster_that_is_not_there(self, switch: Switch) -> None:
        result = switch.to_other(cluster="nowhere")
        assert result["msg"].startswith(f"Cluster nowhere does not exist in resource group {switch.simulator.resource_group}.")
        assert result["error"]["code"] == "ResourceNotFound"

    def test_missing_credentials(self, switch: Switch) -> None:
        result = switch.to_other(env={})
        assert result["failed"] is True
        assert switch.simulator.log() == []

    def test_wrong_credentials(self, switch: Switch) -> None:
        env = {**switch.env, "AZURE_SECRET": "not-the-secret"}
        result = switch.to_other(env=env)
        assert result["failed"] is True
        assert switch.simulator.log(kind="arm") == []

    def test_an_operation_of_another_cloud_gets_no_token(self, switch: Switch) -> None:
        url = "https://elsewhere.example/subscriptions/s/operations/1?t=signed"
        result = switch.to_other(operation_url=url)
        assert "does not belong to" in result["msg"]
        assert url not in json.dumps(result)
        assert switch.simulator.log(kind="arm") == []


class TestSecrets:
    """A body has them where nobody expects them, and Azure quotes what it refuses."""

    PROXY = "http://proxyuser:Pr0xy%2FPa55@proxy.example:3128/"
    SECRETS = (
        "Pr0xy%2FPa55",
        "Pr0xy/Pa55",
        "Windows-Pa55word",
        "principal-5ecret",
        "aad-5ecret",
        "addon-5ecret",
        "later-5ecret",
        "4711471147",
    )

    def body(self, switch: Switch) -> Options:
        return {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "dnsPrefix": "fresh",
                "kubernetesVersion": "1.33.3",
                "agentPoolProfiles": [
                    {"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5", "osType": "Linux", "osSKU": "AzureLinux"}
                ],
                "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay", **switch.case.new_network},
                "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "Windows-Pa55word"},
                "servicePrincipalProfile": {"clientId": "msi", "secret": "principal-5ecret"},
                "aadProfile": {"serverAppSecret": "aad-5ecret"},
                "httpProxyConfig": {"httpProxy": self.PROXY, "noProxy": ["localhost"]},
                "addonProfiles": {"fresh-addon": {"enabled": True, "config": {"endpoint": "addon-5ecret", "enabled": "true"}}},
                "somethingNew": [{"accessToken": {"value": "later-5ecret", "pin": 4711471147}}],
            },
        }

    def assert_hidden(self, result: Options) -> None:
        text = json.dumps(result)
        assert [secret for secret in self.SECRETS if secret in text] == []
        assert "dnsPrefix" not in text
        assert result["invocation"]["module_args"]["managed_cluster"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

    def test_the_body_is_not_shown(self, switch: Switch) -> None:
        planned = switch.to_wanted(cluster="fresh", managed_cluster=self.body(switch), check=True)
        assert planned["changed"] is True, planned
        self.assert_hidden(planned)
        assert planned["cluster"]["name"] == "fresh"
        assert planned["cluster"]["location"] == "westeurope"

    @pytest.mark.parametrize(
        "options",
        [
            {"poll_interval": "often"},
            {"wait_timeout": 0},
            {"surplus": 1},
            {"state": "elsewhere", "mode": "FAST"},
            {"api_version": "newest"},
        ],
        ids=str,
    )
    def test_options_that_are_refused(self, switch: Switch, options: Options) -> None:
        result = switch.to_wanted(cluster="fresh", managed_cluster=self.body(switch), **options)
        assert result["failed"] is True
        self.assert_hidden(result)

    @pytest.mark.parametrize(
        "form", [lambda body: [body], lambda body: f"{json.dumps(body)}]", lambda body: json.dumps([body])], ids=["list", "broken", "text"]
    )
    def test_a_body_that_is_none(self, switch: Switch, form: t.Callable[[Options], t.Any]) -> None:
        result = switch.to_wanted(cluster="fresh", managed_cluster=form(self.body(switch)))
        assert result["failed"] is True
        self.assert_hidden(result)

    def test_azure_quotes_the_new_cluster(self, switch: Switch) -> None:
        body = self.body(switch)
        message = f"Bad: {json.dumps(body['properties'])} and {self.SECRETS}."
        switch.simulator.fault(
            "server_error", path="/managedClusters/fresh$", method="PUT", status=400, code="InvalidParameter", message=message, times=9
        )
        result = switch.to_wanted(cluster="fresh", managed_cluster=body)
        assert result["error"]["code"] == "InvalidParameter", result
        text = json.dumps(result)
        assert [secret for secret in self.SECRETS if secret in text] == []
        # What is no secret is still there to read.
        assert '"dnsPrefix": "fresh"' in result["msg"]
        assert '"enabled": "true"' in result["msg"]

    def test_azure_quotes_a_cluster_that_is_there(self, switch: Switch) -> None:
        secrets = {name: self.body(switch)["properties"][name] for name in ("httpProxyConfig", "addonProfiles")}
        switch.simulator.set_cluster("aks-a", {"properties": secrets})
        message = f"Bad: {json.dumps(secrets)}; proxy password Pr0xy/Pa55."
        switch.simulator.fault(
            "server_error", path=CLUSTER_PATH, method="PUT", status=400, code="InvalidParameter", message=message, times=9
        )
        result = switch.to_wanted()
        assert result["error"]["code"] == "InvalidParameter", result
        text = json.dumps(result)
        assert [secret for secret in self.SECRETS if secret in text] == []
        assert "fresh-addon" in text


class TestOthersAtWork:
    def test_a_conflict_is_waited_out(self, switch: Switch) -> None:
        switch.simulator.fault("conflict", path=CLUSTER_PATH, method="PUT", times=2)
        result = switch.to_wanted()
        assert result["changed"] is True
        assert switch.requests().count("PUT") == 3

    @pytest.mark.parametrize("kind", ["etag", "etag_race"])
    def test_a_lost_race_is_compared_again(self, switch: Switch, kind: str) -> None:
        switch.simulator.fault(kind, path=CLUSTER_PATH, method="PUT", times=2)
        result = switch.to_wanted()
        assert result["changed"] is True
        assert switch.requests()[:6] == ["GET", "PUT"] * 3

    def test_a_busy_cluster_is_waited_for(self, switch: Switch) -> None:
        started = switch.to_wanted(wait=False)
        assert started["operation"]["done"] is False
        result = switch.to_other()
        assert result["changed"] is True, result
        assert result["before"] == switch.case.after

    def test_a_busy_cluster_is_an_error_without_waiting(self, switch: Switch) -> None:
        switch.simulator.fault("operation_stuck", path="aks-a")
        switch.to_wanted(wait=False)
        result = switch.to_other(wait=False)
        assert "Another operation (Updating) is in progress" in result["msg"]
        assert "wait=true" in result["msg"]
        assert switch.to_wanted(wait=False)["note"] == "The cluster is still Updating."


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
    def test_a_bad_answer_on_the_way(self, switch: Switch, fault: dict[str, t.Any], method: str) -> None:
        switch.simulator.fault(path=CLUSTER_PATH, method=method, times=1, **fault)
        result = switch.to_wanted()
        assert result["changed"] is True, result
        assert result["before"] == switch.case.before
        assert switch.leaf() == switch.case.stored

    @pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "server_error", "status": 502}], ids=lambda fault: fault["kind"])
    def test_a_change_whose_answer_was_lost_is_ours(self, switch: Switch, fault: dict[str, t.Any]) -> None:
        switch.simulator.fault(path=CLUSTER_PATH, method="PUT", after=True, **fault)
        result = switch.to_wanted()
        assert result["changed"] is True, result
        assert (result["before"], result["after"]) == (switch.case.before, switch.case.after)
        assert switch.requests().count("PUT") == 1

    @pytest.mark.parametrize("kind", ["throttle", "server_error", "reset"])
    def test_looks_that_fail_are_repeated(self, switch: Switch, kind: str) -> None:
        switch.simulator.fault(kind, path="/operations/", times=2)
        assert switch.to_wanted()["changed"] is True

    def test_a_failed_operation(self, switch: Switch) -> None:
        switch.simulator.fault("operation_failed", path="aks-a", code="InternalOperationError", message="The addon manager gave up.")
        result = switch.to_wanted()
        assert result["failed"] is True
        assert "The addon manager gave up." in result["msg"]
        assert "az aks update" in result["msg"]
        assert result["error"]["code"] == "InternalOperationError"
        assert result["changed"] is True
        assert result["before"] == switch.case.before
        assert result["operation"]["phases"]

        again = switch.to_other()
        assert again["changed"] is True, again
        assert "Failed" in again["note"]

    def test_a_stuck_operation_ends_with_the_time_and_can_be_taken_up(self, switch: Switch) -> None:
        switch.simulator.fault("operation_stuck", path="aks-a")
        result = switch.to_wanted(wait_timeout=2)
        assert result["failed"] is True
        assert "had not ended after" in result["msg"]
        assert result["error"]["code"] == "WaitTimeout"
        assert result["changed"] is True
        assert "url" not in result["operation"]
        switch.simulator.clear_faults()
        taken_up = switch.to_wanted()
        # On a busy machine the operation may have ended before this run looks.
        assert taken_up["operation"] is None or taken_up["operation"]["status"] == "Succeeded"
        assert taken_up["changed"] is False
        assert taken_up["after"] == switch.case.after
        assert switch.requests().count("PUT") == 1

    @pytest.mark.parametrize("status", [501, 505, 520, 524, 599])
    @pytest.mark.parametrize("wait", [True, False])
    def test_a_change_that_was_carried_out_though_the_answer_says_trouble(self, switch: Switch, status: int, wait: bool) -> None:
        switch.simulator.fault("server_error", path=CLUSTER_PATH, method="PUT", after=True, status=status)
        result = switch.to_wanted(wait=wait)
        assert result.get("failed", False) is not wait
        assert result["changed"] is True, result
        assert (result["before"], result["after"], result["plan"]) == (switch.case.before, switch.case.after, switch.case.plan)
        assert "may have arrived" in result["note"]
        assert switch.requests().count("PUT") == 1

    def test_a_failed_cluster_that_is_configured_as_wanted_is_not_called_well(self, switch: Switch) -> None:
        """AKS has stored what it did not carry out."""
        switch.simulator.fault("operation_failed", path="aks-a", code="InternalOperationError", message="The addon manager gave up.")
        assert switch.to_wanted()["failed"] is True
        planned = switch.to_wanted(check=True)
        assert planned["changed"] is True
        assert [(item["path"], item["before"], item["after"]) for item in planned["plan"]] == [
            ("properties.provisioningState", "Failed", "Succeeded")
        ]
        assert "sends it again" in planned["note"]
        puts = switch.requests().count("PUT")

        repaired = switch.to_wanted()
        assert repaired["changed"] is True, repaired
        assert (repaired["before"], repaired["after"]) == (switch.case.after, switch.case.after)
        assert repaired["plan"] == planned["plan"]
        assert repaired["cluster"]["provisioning_state"] == "Succeeded"
        assert switch.requests().count("PUT") == puts + 1
        assert switch.to_wanted()["changed"] is False

    def test_a_repair_that_fails_is_a_failure(self, switch: Switch) -> None:
        switch.simulator.fault(
            "operation_failed", path="aks-a", times=2, code="InternalOperationError", message="The addon manager gave up."
        )
        for _run in range(2):
            result = switch.to_wanted()
            assert result["failed"] is True
            assert result["error"]["code"] == "InternalOperationError"
        assert switch.to_wanted()["changed"] is True

    def test_an_operation_of_somebody_else_that_fails_is_not_called_well(self, switch: Switch) -> None:
        switch.simulator.fault("operation_failed", path="aks-a", code="InternalOperationError", message="The addon manager gave up.")
        switch.to_wanted(wait=False)
        result = switch.to_wanted()
        assert result["changed"] is True, result
        assert "ended as Failed" in result["note"]
        assert switch.simulator.cluster("aks-a")["properties"]["provisioningState"] == "Succeeded"


class TestResume:
    def test_a_started_change_is_waited_for_by_its_url(self, switch: Switch) -> None:
        started = switch.to_wanted(wait=False)
        assert started["changed"] is True
        assert started["operation"]["done"] is False
        switch.simulator.clear_log()
        result = switch.to_wanted(operation_url=started["operation"]["url"])
        assert result["changed"] is False
        assert result["operation"]["id"] == started["operation"]["id"]
        assert started["operation"]["url"] not in json.dumps(result)
        assert result["operation"]["done"] is True
        requests = switch.requests()
        assert requests[0] == "GET operation"
        assert requests[-1] == "GET"
        assert "PUT" not in requests

    def test_step_by_step_as_the_action_plugin_does_it(self, switch: Switch) -> None:
        state: t.Any = {}
        results: list[dict[str, t.Any]] = []
        for _step in range(100):
            results.append(switch.to_wanted(wait_step=Turn(state).encode()))
            progress = results[-1]["progress"]["step"]
            if progress["done"]:
                break
            state = progress["state"]
        assert len(results) > 1
        assert results[-1]["operation"]["status"] == "Succeeded"
        assert all(
            result["changed"] and result["before"] == switch.case.before and result["plan"] == switch.case.plan for result in results
        )
        assert switch.requests().count("PUT") == 1


class TestCreation:
    @pytest.fixture(autouse=True)
    def _no_leftover(self, switch: Switch) -> t.Iterator[None]:
        yield
        switch.simulator.reset()

    def test_check_mode_run_and_rerun(self, switch: Switch) -> None:
        pool = {"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5", "osType": "Linux", "osSKU": "AzureLinux"}
        body = {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "dnsPrefix": "fresh",
                "kubernetesVersion": "1.33.3",
                "agentPoolProfiles": [pool],
                "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay", **switch.case.new_network},
                "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "Windows-Pa55word"},
            },
        }
        planned = switch.to_wanted(cluster="fresh", managed_cluster=body, check=True)
        assert planned["changed"] is True, planned
        assert planned["before"] is None
        assert [(item["path"], item["before"]) for item in planned["plan"]] == [("", None)]
        assert "PUT" not in switch.requests()

        created = switch.to_wanted(cluster="fresh", managed_cluster=body)
        assert created["changed"] is True, created
        assert (created["before"], created["after"]) == (None, switch.case.after)
        assert created["note"] is None
        assert created["cluster"]["provisioning_state"] == "Succeeded"
        assert switch.leaf("fresh") == switch.case.stored
        assert "Windows-Pa55word" not in json.dumps([planned, created])

        again = switch.to_wanted(cluster="fresh", managed_cluster=body)
        assert again["changed"] is False
        assert again["note"] == "managed_cluster was ignored, because the cluster exists."

    def test_a_cluster_that_somebody_makes_in_between_is_not_overwritten(self, switch: Switch) -> None:
        """The first look does not find it yet."""
        missing = {"status": 404, "code": "ResourceNotFound", "message": "The Resource was not found."}
        switch.simulator.fault("server_error", path=CLUSTER_PATH, method="GET", **missing)
        etag, before = switch.simulator.cluster("aks-a")["eTag"], switch.without_leaf()
        body = {"location": "westeurope", "properties": {"dnsPrefix": "ours", "agentPoolProfiles": [{"name": "ours", "count": 9}]}}
        network = {"networkPlugin": "azure", **switch.case.new_network}
        result = switch.to_wanted(managed_cluster={**body, "properties": {**body["properties"], "networkProfile": network}})
        assert result["changed"] is True, result
        assert result["before"] == switch.case.before
        assert "managed_cluster was ignored" in result["note"]
        assert switch.without_leaf() == before
        created, changed = switch.simulator.log(kind="arm", method="PUT")
        assert created["status"] == 412
        assert changed["if_match"].strip('"') == etag


class TestActionPlugin:
    @pytest.mark.slow
    def test_progress_is_shown_and_leaves_no_trace_in_results(self, switch: Switch) -> None:
        options = {"resource_group": switch.simulator.resource_group, "name": "{{ inventory_hostname }}", "poll_interval": 1}
        module, wanted, other = f"aks.dataplane.{switch.module}", switch.case.wanted, switch.case.other
        tasks: list[dict[str, t.Any]] = [
            {"name": "switch", module: {**options, **wanted}},
            {"name": "switch again", module: {**options, **wanted}},
            {"name": "quietly", module: {**options, **other}, "no_log": True},
            {"name": "start only", module: {**options, **wanted, "wait": False}},
        ]
        play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}
        run = run_playbook([play], {"all": {"hosts": {"aks-a": {}}}}, env=switch.env, arguments=["-v"])
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
        for reported in (run.stdout, json.dumps(run.events)):
            assert "wait_step" not in reported
            assert '"progress"' not in reported
