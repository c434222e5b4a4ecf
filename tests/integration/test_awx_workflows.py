# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows of awx/, job by job, as AWX runs them: on success, when a verification fails, and when the job that switches is lost."""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import typing as t

import pytest

from tests.support.awx.data import Awx, load
from tests.support.awx.job import EVENT_STDOUT_MAX_BYTES_DISPLAY, MAX_EVENT_RES_DATA, Job, environment, run_job, update_inventory
from tests.support.awx.project import PROJECT
from tests.support.awx.workflow import Json, Outcome, Step, succeeded, walk
from tests.support.coming_and_going import away_during_the_change, probed
from tests.support.fleet import HostRoutingFleet
from tests.support.nft.node import NftNode
from tests.support.simulator import ROOT, Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# Far more than what is needed, and far less than what a database minds.
ARTIFACTS_MAX = 4096

KUBE_PROXY = "AKS kube-proxy"
HOST_ROUTING = "AKS eBPF host routing"
DEFAULTS = {"aks_dataplane_profile": "preview", "aks_dataplane_serial": "1", "aks_dataplane_max_fail_percentage": 0}
NFTABLES = {**DEFAULTS, "aks_dataplane_kube_proxy_mode": "NFTABLES"}


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory) -> Awx:
    return load(
        tmp_path_factory.mktemp("load"),
        dict.fromkeys(("AZURE_SUBSCRIPTION_ID", "AZURE_TENANT", "AZURE_CLIENT_ID", "AZURE_SECRET"), "unused"),
    )


class Controller:
    """What AWX knows, and what it has run. before: called with the identifier of a node before its job; lost: nodes whose end is not heard of.
    ids: identifiers in the order of the ids that AWX gave the nodes, where that is not the one in the file. project: where jobs take playbooks from.
    known: nodes whose jobs need not be run, and how these end. variables: of the inventory.
    """

    def __init__(self, awx: Awx, simulator: Simulator, folder: pathlib.Path, limit: str) -> None:
        self.awx, self.simulator, self.folder, self.limit = awx, simulator, folder, limit
        self.inventory: Json = {}
        self.jobs: dict[str, Job] = {}
        self.before: dict[str, t.Callable[[], object]] = {}
        self.lost: set[str] = set()
        self.ids: tuple[str, ...] = ()
        self.project = PROJECT
        self.known: dict[str, Outcome] = {}
        self.variables: Json = {"aks_dataplane_poll_interval": 1, "aks_dataplane_rollout_timeout": 60, "aks_dataplane_wait_timeout": 60}

    def run(self, name: str, answers: Json) -> list[Step]:
        return walk(self.awx.workflows[name]["simplified_workflow_nodes"], answers, self._job, self.ids)

    def _job(self, node: Json, extra_vars: Json) -> Outcome:
        name, kind = node["identifier"], node["unified_job_template"]
        if name in self.known:
            return self.known[name]
        self.before.get(name, lambda: None)()
        credentials = environment(self.simulator)
        if kind not in self.awx.templates:
            source = self.awx.named("controller_inventory_sources")[kind]
            self.inventory = update_inventory(source, credentials, self.folder, self.variables)
            return Outcome("successful")
        template = self.awx.templates[kind]
        job = run_job(self.folder, template, self.inventory, credentials, extra_vars=extra_vars, limit=self.limit, project=self.project)
        self.jobs[name] = job
        check_limits(job, credentials["AZURE_SECRET"])
        return Outcome("failed") if name in self.lost else Outcome("failed" if job.returncode else "successful", job.artifacts)


def check_limits(job: Job, secret: str) -> None:
    """What AWX shows, keeps and hands on."""
    for event in job.events:
        assert secret not in json.dumps(event)
        # Lines that belong to no event of Ansible, such as warnings, come without data.
        data = event.get("event_data", {})
        result = data.get("res", {})
        assert len(json.dumps(result)) < MAX_EVENT_RES_DATA
        # Not the table over all clusters: what it says of each follows line by line.
        if event["event"] == "verbose" and data.get("task") != "Show all clusters":
            assert len(event["stdout"].encode()) <= EVENT_STDOUT_MAX_BYTES_DISPLAY, event["stdout"]
    assert "_ansible_no_log" not in job.artifacts
    assert all(name.startswith("aks_dataplane_") for name in job.artifacts)
    assert len(json.dumps(job.artifacts)) < ARTIFACTS_MAX


def messages(job: Job) -> list[str]:
    """What the job says, line by line."""
    return job.stdout.splitlines()


def ways(steps: t.Sequence[Step]) -> list[tuple[str, str]]:
    return [(step.identifier, step.outcome.status) for step in steps]


def modes(simulator: Simulator, cluster: str) -> set[str]:
    return {node["mode"] for node in simulator.nodes(cluster)}


def test_the_good_way(awx: Awx, simulator: Simulator, tmp_path: pathlib.Path) -> None:
    simulator.reset(feature=False)
    controller = Controller(awx, simulator, tmp_path, "kube_proxy_iptables:!aks-b")
    seen: dict[str, set[str]] = {}
    controller.before = {
        name: lambda name=name: seen.update({name: modes(simulator, "aks-a")}) for name in ("plan", "switch", "verification")
    }

    steps = controller.run(KUBE_PROXY, NFTABLES)

    names = ["clusters", "preflight", "plan", "approval", "switch", "verification", "report"]
    assert ways(steps) == [(name, "successful") for name in names]
    assert seen == {"plan": {"iptables"}, "switch": {"iptables"}, "verification": {"nftables"}}
    jobs = controller.jobs
    assert jobs["preflight"].artifacts == {"aks_dataplane_preflight": {"aks-a": "passed"}}
    before = {"aks-a": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}}
    assert jobs["plan"].artifacts["aks_dataplane_before"] == jobs["switch"].artifacts["aks_dataplane_before"] == before
    assert jobs["plan"].artifacts["aks_dataplane_verdicts"] == {"aks-a": "planned"}
    line = "IPTABLES becomes NFTABLES (disruption: restart)"
    assert jobs["plan"].artifacts["aks_dataplane_step_plan"] == {"aks-a": {"verdict": "planned", "before": before["aks-a"], "plan": line}}
    assert jobs["switch"].artifacts["aks_dataplane_step_switch"] == {"aks-a": {"verdict": "switched", "before": before["aks-a"]}}
    assert "aks-a: the configuration would be changed, as shown above." in messages(jobs["plan"])
    assert {"aks-a |   - IPTABLES", "aks-a |   + NFTABLES"} <= set(messages(jobs["plan"]))
    assert "aks-a: switched, and verified on 3 of 3 nodes (leftovers: none on 3 nodes)." in messages(jobs["switch"])
    # The progress is in the events too, which keeps a job from being taken for idle.
    assert "aks-a | Updating" in jobs["switch"].stdout
    assert jobs["verification"].artifacts == {
        "aks_dataplane_verdicts": {"aks-a": "proved"},
        "aks_dataplane_step_verification": {"aks-a": {"verdict": "proved"}},
    }
    assert "aks-a: NFTABLES is verified on 3 of 3 nodes." in messages(jobs["verification"])
    assert jobs["report"].artifacts["aks_dataplane_audit"]["nftables"] == {"aks-a": "in_effect"}
    assert (modes(simulator, "aks-a"), modes(simulator, "aks-b")) == ({"nftables"}, {"iptables"})


def test_a_proof_that_fails_brings_only_that_cluster_back(awx: Awx, simulator: Simulator, tmp_path: pathlib.Path) -> None:
    former = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}
    simulator.make_cluster("aks-a", patch={"properties": {"networkProfile": {"kubeProxyConfig": former}}})
    controller = Controller(awx, simulator, tmp_path, "aks-a:aks-b")
    # AWX lets the artifacts of the switch go over those of the verification then.
    controller.ids = ("clusters", "preflight", "plan", "approval", "go_back", "verification", "switch", "report")
    # After the switch something has pods run another mode than Azure has.
    controller.before["verification"] = lambda: simulator.kube("aks-a", mode="iptables")

    steps = controller.run(KUBE_PROXY, NFTABLES)

    assert ways(steps)[-3:] == [("verification", "failed"), ("go_back", "successful"), ("report", "successful")]
    assert succeeded(awx.workflows[KUBE_PROXY]["simplified_workflow_nodes"], steps), "the rollback handles it"
    back = controller.jobs["go_back"]
    given = next(step.given for step in steps if step.identifier == "go_back")
    assert given["aks_dataplane_verdicts"] == {"aks-a": "switched", "aks-b": "switched"}
    assert controller.jobs["verification"].artifacts == {
        "aks_dataplane_verdicts": {"aks-a": "not_proved", "aks-b": "proved"},
        "aks_dataplane_step_verification": {"aks-a": {"verdict": "not_proved"}, "aks-b": {"verdict": "proved"}},
    }
    assert "aks-a: rolls back to IPVS." in messages(back)
    assert "aks-b: stays as it is, because its verdict is proved." in messages(back)
    assert back.artifacts["aks_dataplane_verdicts"] == {"aks-a": "switched"}
    assert back.artifacts["aks_dataplane_step_rollback"]["aks-a"]["verdict"] == "switched"
    assert {name for name in back.artifacts if "_step_" in name} == {"aks_dataplane_step_rollback"}
    assert simulator.cluster("aks-a")["properties"]["networkProfile"]["kubeProxyConfig"] == former
    assert (modes(simulator, "aks-a"), modes(simulator, "aks-b")) == ({"ipvs"}, {"nftables"})


def test_a_verified_cluster_whose_limit_was_exceeded_stays_as_it_is(awx: Awx, simulator: Simulator, tmp_path: pathlib.Path) -> None:
    """The job of the switch fails then, so that AWX takes its branch for failures; the wave after it has not begun."""
    simulator.reset()
    controller = Controller(awx, simulator, tmp_path, "aks-a:aks-b")
    before = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}
    planned = {name: {"verdict": "planned", "before": before} for name in ("aks-a", "aks-b")}
    well = dict.fromkeys(("preflight", "report"), Outcome("successful"))
    controller.known = {**well, "plan": Outcome("successful", {"aks_dataplane_step_plan": planned})}

    with away_during_the_change(simulator, 1.5) as port:
        controller.variables |= {name: value for name, value in probed(port).items() if name != "aks_dataplane_serial"}
        steps = controller.run(KUBE_PROXY, NFTABLES)

    assert ways(steps)[-3:] == [("switch", "failed"), ("go_back", "successful"), ("report", "successful")]
    switch, back = controller.jobs["switch"], controller.jobs["go_back"]
    assert "aks-a: The interruption exceeded the limit (web: new connections failed for " in switch.stdout
    assert switch.artifacts["aks_dataplane_step_switch"] == {"aks-a": {"verdict": "switched", "before": before}}
    assert "aks-a: stays as it is, because its verdict is switched." in messages(back)
    assert "aks-b: stays as it is, because no step of the workflow has reported a change of it." in messages(back)
    assert (modes(simulator, "aks-a"), modes(simulator, "aks-b")) == ({"nftables"}, {"iptables"})
    assert len(simulator.log(kind="arm", method="PUT")) == 1


def test_a_switch_whose_end_nobody_hears_of_is_taken_back(awx: Awx, simulator: Simulator, tmp_path: pathlib.Path) -> None:
    """Its pod is gone with the run record. The plan before it knew what the cluster had."""
    fleet = HostRoutingFleet(simulator, tmp_path / "unused")
    fleet.make("aks-a")
    controller = Controller(awx, simulator, tmp_path, "dataplane_cilium")
    # The repository of the collection is a project, too.
    controller.project = ROOT
    controller.lost.add("switch")
    seen: list[str] = []
    controller.before["go_back"] = lambda: seen.append(fleet.acceleration())
    answers = {**DEFAULTS, "aks_dataplane_host_routing_state": "enabled", "aks_dataplane_enable_acns": "false"}

    steps = controller.run(HOST_ROUTING, answers)

    assert seen == ["BpfVeth"]
    assert ways(steps)[-3:] == [("switch", "failed"), ("go_back", "successful"), ("report", "successful")]
    given = next(step.given for step in steps if step.identifier == "go_back")
    assert given["aks_dataplane_before"] == {"aks-a": {"aks_dataplane_host_routing": "disabled"}}
    assert given["aks_dataplane_verdicts"] == {"aks-a": "planned"}
    assert "aks-a: rolls back to eBPF host routing disabled. AKS replaces every node of the cluster for it." in messages(
        controller.jobs["go_back"]
    )
    assert (fleet.acceleration(), set(fleet.labels())) == ("None", {False})


def test_three_slices_switch_their_clusters_side_by_side(awx: Awx, simulator: Simulator, tmp_path: pathlib.Path) -> None:
    """AWX gives slice n of 3 every third host, in the order of their names, from the nth on; all jobs run at the same time. A volume outlives them."""
    names = [f"aks-{letter}" for letter in "abcdef"]
    for name in names:
        simulator.make_cluster(name)
    credentials = environment(simulator)
    records = tmp_path / "volume"
    records.mkdir(mode=0o700)
    variables = {"aks_dataplane_poll_interval": 1, "aks_dataplane_rollout_timeout": 60, "aks_dataplane_wait_timeout": 60}
    source = awx.named("controller_inventory_sources")["AKS clusters in Azure"]
    whole = update_inventory(source, credentials, tmp_path, {**variables, "aks_dataplane_record_dir": str(records)})
    assert whole["all"]["vars"]["aks_dataplane_ignore"] == [], "of group_vars in the project"
    template = awx.templates["AKS kube-proxy switch in slices"]

    def run_slice(number: int) -> Job:
        return run_job(tmp_path / "jobs", template, part(whole, names[number::3]), credentials, extra_vars=NFTABLES, limit="all")

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = list(pool.map(run_slice, range(3)))

    for number, job in enumerate(jobs):
        assert job.returncode == 0, job.stdout
        check_limits(job, credentials["AZURE_SECRET"])
        assert job.artifacts["aks_dataplane_verdicts"] == dict.fromkeys(names[number::3], "switched")
    assert {name: modes(simulator, name) for name in names} == {name: {"nftables"} for name in names}
    # One record for each cluster, each of another run, and nothing half written.
    paths = {name: path for job in jobs for name, path in job.artifacts["aks_dataplane_records"].items()}
    assert set(paths) == set(names)
    files = [path for path in records.rglob("*") if path.is_file()]
    assert {str(path) for path in files if path.suffix == ".json"} >= set(paths.values())
    assert len(set(paths.values())) == 6
    for path in paths.values():
        json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    assert not [path for path in files if path.name.endswith((".tmp", ".part"))]

    # Other jobs, of which the first ones have left nothing but the volume.
    report = run_job(tmp_path / "jobs", awx.templates["AKS report"], whole, {})
    check_limits(report, credentials["AZURE_SECRET"])
    assert set(report.artifacts) == {"aks_dataplane_report_markdown"}
    assert all(f"| {name} |" in report.artifacts["aks_dataplane_report_markdown"].replace("\\", "") for name in names)
    assert (records / "index.html").is_file()
    back = run_job(
        tmp_path / "jobs", awx.templates["AKS go back"], whole, credentials, extra_vars={"aks_dataplane_record": "latest"}, limit="aks-a"
    )
    assert back.artifacts["aks_dataplane_verdicts"] == {"aks-a": "switched"}, back.stdout
    assert (modes(simulator, "aks-a"), modes(simulator, "aks-b")) == ({"iptables"}, {"nftables"})


def part(inventory: Json, names: t.Collection[str]) -> Json:
    """A slice of the inventory: its groups have only these hosts."""
    kept = {
        group: {**value, "hosts": [host for host in value["hosts"] if host in names]} if "hosts" in value else value
        for group, value in inventory.items()
        if group != "_meta"
    }
    return {**kept, "_meta": {"hostvars": {name: inventory["_meta"]["hostvars"][name] for name in names}}}


def test_an_empty_limit_is_not_the_whole_subscription(awx: Awx, simulator: Simulator, tmp_path: pathlib.Path) -> None:
    simulator.reset()
    controller = Controller(awx, simulator, tmp_path, "")

    steps = controller.run(KUBE_PROXY, NFTABLES)

    assert ways(steps) == [("clusters", "successful"), ("preflight", "failed")]
    assert "There is no limit, which would mean all 2 clusters of the inventory." in controller.jobs["preflight"].stdout
    assert simulator.log(kind="arm", method="PUT") == []


def test_the_drift_of_nodes_is_shown_by_a_check(awx: Awx, tmp_path: pathlib.Path) -> None:
    with NftNode() as node:
        tables = [{"family": "inet", "name": "ours", "chains": [{"name": "input", "rules": ["tcp dport 22 accept"]}]}]
        known = {
            "ansible_connection": "local",
            "ansible_python_interpreter": node.interpreter(tmp_path),
            "ansible_become": False,
            "aks_dataplane_ruleset_tables": tables,
        }
        inventory = {"aks_nodes": {"hosts": ["node-1"]}, "_meta": {"hostvars": {"node-1": known}}}

        job = run_job(tmp_path / "jobs", awx.templates["AKS node firewall drift"], inventory, {})

    assert job.returncode == 0, job.stdout
    check_limits(job, "no secret is in this job")
    assert job.artifacts == {"aks_dataplane_ruleset": {"node-1": {"inet ours": "made"}}}
