# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_node_ruleset against the simulator: what is rolled out, rolled back, refused and removed, and what the operator is shown."""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import signal
import ssl
import time
import tracemalloc
import typing as t
import urllib.request

import pytest
import yaml

from tests.support.modules import run_module
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

STEPS = "ansible_collections.aks.dataplane.plugins.module_utils._work"
RULES = "table inet base {\n    chain input {\n        type filter hook input priority filter;\n        tcp dport 22 drop\n    }\n}\n"
OTHER = RULES.replace("22", "23")
# What a node in trouble does not bear.
CUTTING = RULES.replace("22", "10250")
GONE: dict[str, t.Any] = {}


class Ruleset:
    """Runs the module on one cluster of the simulator."""

    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(self, content: str | None = RULES, check: bool = False, diff: bool = False, **options: t.Any) -> dict[str, t.Any]:
        given = {"resource_group": self.simulator.resource_group, "name": "aks-a", "ruleset": "base", "poll_interval": 1, **options}
        if content is not None:
            given["content"] = content
        return run_module("aks_node_ruleset", given, check=check, diff=diff, env=self.env)

    def changed(self) -> list[str]:
        """Method and last part of the path of what was changed, without dry runs."""
        log = [
            one
            for one in self.simulator.log()
            if one["method"] in ("POST", "PUT", "DELETE") and "/namespaces/aks-dataplane/" in one["path"]
        ]
        return [f"{one['method']} {one['path'].rpartition('/')[2]}" for one in log if "dryRun" not in str(one.get("query", ""))]

    def kept(self, name: str = "base") -> set[str | None]:
        """Digests of the tables that the nodes have."""
        return {node["rulesets"].get(name) for node in self.simulator.nodes("aks-a")}

    def names(self) -> list[str]:
        return [node["name"] for node in self.simulator.nodes("aks-a")]

    def apply(self, item: t.Mapping[str, t.Any]) -> None:
        """As C(kubectl create) does."""
        config = yaml.safe_load(pathlib.Path(self.simulator.kubeconfig("aks-a")).read_text(encoding="utf-8"))
        group = "apis/apps/v1" if item["kind"] == "DaemonSet" else "api/v1"
        request = urllib.request.Request(
            f"{config['clusters'][0]['cluster']['server']}/{group}/namespaces/aks-dataplane/{item['kind'].lower()}s",
            data=json.dumps(item).encode(),
            headers={"Authorization": f"Bearer {config['users'][0]['user']['token']}"},
        )
        urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.simulator.ca), timeout=30).close()

    def troubles(self, **troubles: str) -> None:
        """By the place of the node."""
        names = self.names()
        self.simulator.kube("aks-a", made={"keeper_troubles": {names[int(place[1:])]: what for place, what in troubles.items()}})


@pytest.fixture
def ruleset(simulator: Simulator, azure_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Ruleset:
    monkeypatch.setattr(f"{STEPS}.ruleset_reader.AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(f"{STEPS}.stepwise.pause_before_next", lambda *_: 0.02)
    return Ruleset(simulator, azure_env)


def well(result: dict[str, t.Any]) -> bool:
    return not result.get("failed") and result["state"] == "as declared" and {node["state"] for node in result["nodes"]} == {"as declared"}


def test_from_nothing_to_all_nodes_and_away_again(ruleset: Ruleset) -> None:
    planned = ruleset(check=True, diff=True)
    assert (planned["changed"], planned["plan"], ruleset.changed()) == (True, ["Create the ruleset base on 3 nodes, 1 at a time."], [])
    assert [one["after_header"] for one in planned["diff"]] == ["ruleset", "objects"]
    first = ruleset()
    assert well(first), first
    assert (first["changed"], len(first["nodes"]), len(first["objects"])) == (True, 3, 3)
    assert ruleset.kept() == {first["digest"]}
    ruleset.simulator.clear_log()
    again = ruleset()
    assert well(again)
    assert (again["changed"], again["plan"], ruleset.changed()) == (False, [], [])
    second = ruleset(OTHER, diff=True)
    assert well(second)
    assert second["plan"] == ["Change the ruleset base on 3 nodes, 1 at a time."]
    assert "-23" not in second["diff"][0]["before"]
    assert ("dport 22" in second["diff"][0]["before"], "dport 23" in second["diff"][0]["after"]) == (True, True)
    assert ruleset.kept() == {second["digest"]} != {first["digest"]}
    # Only the new ConfigMap is there.
    assert len(second["objects"]) == 3
    paused = ruleset(None, state="paused")
    assert (paused["changed"], paused["state"], ruleset(None, state="paused")["changed"]) == (True, "paused", False)
    assert ruleset.kept() == {second["digest"]}
    assert well(ruleset(OTHER))
    gone = ruleset(None, state="absent")
    assert (gone["changed"], gone["state"], gone["objects"], ruleset.kept()) == (True, "absent", [], {None})
    ruleset.simulator.clear_log()
    assert (ruleset(None, state="absent")["changed"], ruleset.changed()) == (False, [])


def test_a_node_that_refuses_is_named_and_nothing_is_changed(ruleset: Ruleset) -> None:
    ruleset.troubles(n1="refuses", n2="no_python")
    result = ruleset()
    assert result["error"]["code"] == "RulesetUnfit"
    assert f"{ruleset.names()[1]}: nft does not take line 2" in result["msg"]
    assert f"{ruleset.names()[2]}: the node has no /usr/bin/python3" in result["msg"]
    assert ruleset.kept() == {None}
    assert ruleset(check=True)["objects"] == []


@pytest.mark.parametrize(("trouble", "reason"), [("undoes", "No new connection"), ("cuts", "10250")])
@pytest.mark.parametrize("before", [None, RULES])
def test_a_change_that_a_node_does_not_bear_is_rolled_back_everywhere(
    ruleset: Ruleset, trouble: str, reason: str, before: str | None
) -> None:
    digest = ruleset(before)["digest"] if before else None
    ruleset.troubles(n1=trouble)
    result = ruleset(CUTTING, min_ready_seconds=40)
    assert result["error"]["code"] == "RulesetRolledBack"
    assert result["error"]["node"] == ruleset.names()[1]
    assert reason in result["msg"]
    assert ("previous ruleset" in result["msg"], "without the ruleset" in result["msg"]) == (bool(before), not before)
    assert ruleset.kept() == {digest}
    after = ruleset(RULES, check=True)
    assert (after["changed"], len(after["objects"])) == ((False, 3) if before else (True, 0))


def test_trouble_that_all_logs_have_is_not_that_of_a_node(ruleset: Ruleset) -> None:
    ruleset()
    refused = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "No agent available", "code": 500}
    ruleset.simulator.fault(kind="answer", path="ruleset-base-amd64.*/log$", times=8, status=500, text=str(refused))
    assert well(ruleset(OTHER))


@pytest.mark.parametrize(("at", "content"), [("PUT", OTHER), ("PUT", RULES), ("rolled", OTHER), ("trial", OTHER)])
def test_a_killed_run_is_continued_or_rolled_back_by_the_next_one(ruleset: Ruleset, at: str, content: str) -> None:
    assert well(ruleset())
    ruleset.simulator.clear_log()
    paths = {"PUT": ("PUT", "arm64"), "rolled": ("GET", "ruleset-base-amd64.*/log$"), "trial": ("GET", "ruleset-base-try.*/log$")}
    method, path = paths[at]
    # The second DaemonSet is not changed any more.
    ruleset.simulator.fault(kind="hang", path=path, method=method, times=None, seconds=60, skip=1 if at == "PUT" else 0)
    run = multiprocessing.get_context("fork").Process(target=ruleset, args=(OTHER,))
    run.start()
    until = time.monotonic() + 60
    while not any(one["method"] == method and path.partition(".*")[0] in one["path"] for one in ruleset.simulator.log()):
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    ruleset.simulator.clear_faults()
    result = ruleset(content)
    assert well(result), result
    assert ruleset.kept() == {result["digest"]}
    assert len(result["objects"]) == 3
    assert not ruleset(content)["changed"]


def test_one_table_on_one_node_belongs_to_one_ruleset(ruleset: Ruleset) -> None:
    ruleset()
    result = ruleset(ruleset="second")
    assert (result["error"]["code"], result["error"]["other"]) == ("RulesetOverlap", "base")
    assert well(ruleset(RULES.replace("base", "other"), ruleset="second"))
    assert well(ruleset(None, state="absent", ruleset="second") | {"state": "as declared", "nodes": [{"state": "as declared"}]})
    assert well(ruleset())


def test_nodes_are_selected_and_none_is_left_alone(ruleset: Ruleset) -> None:
    names = ruleset.names()
    ruleset.simulator.kube("aks-a", nodes={names[0]: {"metadata": {"labels": {"tier": "db"}}}})
    result = ruleset(node_labels={"tier": "db"}, node_os=["Ubuntu"])
    assert [node["name"] for node in result["nodes"]] == [names[0]]
    assert [bool(node["rulesets"]) for node in ruleset.simulator.nodes("aks-a")] == [True, False, False]
    narrowed = ruleset(node_labels={"tier": "web"})
    assert (narrowed["error"]["code"], narrowed["error"]["nodes"]) == ("RulesetNarrowed", [names[0]])
    assert len(ruleset()["nodes"]) == 3


@pytest.mark.parametrize(
    ("labels", "allowed"),
    [({"kubernetes.azure.com/ebpf-dataplane": "cilium"}, True), ({"kubernetes.azure.com/ebpf-host-routing": "true"}, False)],
)
def test_nodes_whose_pods_bypass_rules(ruleset: Ruleset, labels: dict[str, str], allowed: bool) -> None:
    ruleset.simulator.kube("aks-a", nodes={ruleset.names()[0]: {"metadata": {"labels": labels}}})
    assert ruleset()["error"]["code"] == "RulesetBypassed"
    assert ruleset(allow_cilium=True).get("failed", False) is not allowed


@pytest.mark.parametrize(
    ("plural", "message", "by"),
    [
        ("pods", 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)', "Pod Security"),
        ("daemonsets", "exceeded quota: few, requested: count/daemonsets.apps=1", "a quota"),
    ],
)
def test_a_refusal_of_kubernetes_names_who_refuses(ruleset: Ruleset, plural: str, message: str, by: str) -> None:
    ruleset.simulator.kube("aks-a", made={"refuse": {plural: message}})
    for check in (True, False):
        result = ruleset(check=check)
        assert (result["error"]["code"], result["error"]["by"]) == ("RulesetRefused", by)
    assert ruleset.changed() == []


def test_pods_without_a_priority_stay_so(ruleset: Ruleset) -> None:
    message = "priority:pods with system-node-critical priorityClass is not permitted in aks-dataplane namespace"
    ruleset.simulator.kube("aks-a", made={"refuse": {"pods": message, "daemonsets": message}})
    assert well(ruleset())
    assert not ruleset()["changed"]


def test_without_namespace_or_right(ruleset: Ruleset) -> None:
    ruleset.simulator.kube("aks-a", made={"namespaces": []})
    assert ruleset()["error"]["code"] == "RulesetNamespaceMissing"
    ruleset.simulator.kube("aks-a", made={"namespaces": ["aks-dataplane"]}, deny=[])
    for right in ("daemonsets$", "configmaps$", "aks-dataplane/pods$", "aks-dataplane-ruleset.*/log$"):
        ruleset.simulator.kube("aks-a", deny=[right])
        result = ruleset()
        assert result["error"]["code"] == "KubeForbidden"
        assert "docs/rights/kubernetes/ruleset.yml" in result["msg"]


def test_a_foreign_object_of_that_name(ruleset: Ruleset) -> None:
    name = ruleset()["objects"][0].rpartition("/")[2]
    ruleset(None, state="absent")
    ruleset.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "aks-dataplane"}, "data": {}})
    assert ruleset()["error"]["code"] == "RulesetForeignObject"


def test_drift_is_reported_by_check_mode_and_a_quota_by_name(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset.troubles(n0="drifted")
    result = ruleset(wait_timeout=10, max_unavailable="100%")
    assert result["error"]["code"] == "WaitTimeout"
    assert "cannot be repaired" in result["msg"]
    shown = ruleset(check=True, max_unavailable="100%")
    assert [node["state"] for node in shown["nodes"]].count("not yet") == 1
    monkeypatch.setattr(f"{STEPS}.ruleset_trial.START_SECONDS", 0.5)
    ruleset(None, state="absent")
    ruleset.simulator.kube("aks-a", made={"at_most": 2})
    short = ruleset()
    assert short["error"]["code"] == "RulesetUnchecked"
    assert "exceeded quota" in short["msg"]


def test_another_keeper_is_rolled_out_only_when_asked(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    monkeypatch.setattr(f"{STEPS}.ruleset_wanted.program", lambda: b"another")
    ruleset.simulator.clear_log()
    result = ruleset()
    assert (result["changed"], result["keeper_update"], ruleset.changed()) == (False, True, [])
    updated = ruleset(keeper_update=True)
    assert (updated["changed"], updated["plan"][0].partition(":")[0]) == (True, "Keeper update")
    assert (ruleset()["changed"], ruleset()["keeper_update"]) == (False, False)


def test_what_was_rendered_and_applied_is_recognized(ruleset: Ruleset, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ruleset.yaml"
    result = ruleset(render_to=str(path))
    assert (result["changed"], result["state"], ruleset(render_to=str(path))["changed"]) == (True, "rendered", False)
    for item in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        ruleset.apply(item)
    ruleset.simulator.clear_log()
    again = ruleset()
    assert (well(again), again["changed"], ruleset.changed()) == (True, False, [])


def test_an_api_server_that_restarts_is_waited_for(ruleset: Ruleset) -> None:
    ruleset.simulator.fault(kind="server_error", path="aks-dataplane/pods$", method="GET", times=8, skip=3, status=503)
    assert well(ruleset())


def test_not_waiting_begins_the_rollout_and_the_next_run_ends_it(ruleset: Ruleset) -> None:
    begun = ruleset(wait=False)
    assert (begun["state"], begun["changed"]) == ("rolling out", True)
    assert well(ruleset())


def test_500_nodes(ruleset: Ruleset) -> None:
    ruleset.simulator.make_cluster("aks-a", nodes=500)
    tracemalloc.start()
    result = ruleset(max_unavailable="25%")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert well(result)
    assert len(result["nodes"]) == 500
    assert peak < 60_000_000


def test_a_play_shows_the_rollout(ruleset: Ruleset, tmp_path: pathlib.Path) -> None:
    (tmp_path / "base.nft").write_text(RULES, encoding="utf-8")
    tables = [{"family": "inet", "name": "base", "chains": [{"name": "input", "rules": ["tcp dport 22 drop"]}]}]
    given = {"resource_group": ruleset.simulator.resource_group, "name": "aks-a", "ruleset": "base", "poll_interval": 1}
    tasks = [
        {"name": name, "aks.dataplane.aks_node_ruleset": {**given, **options}}
        for name, options in (
            ("file", {"src": str(tmp_path / "base.nft")}),
            ("data", {"tables": tables}),
            ("away", {"state": "absent"}),
        )
    ]
    play = {"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}
    run = run_playbook([play], {"all": {"hosts": {"aks-a": {}}}}, env=ruleset.env)
    assert run.returncode == 0, run.stdout + run.stderr
    assert [run.results(name)[0]["changed"] for name in ("file", "data", "away")] == [True, True, True]
    phases = {line.split(" | ")[1] for line in run.stderr.splitlines() if line.startswith("aks-a | ")}
    assert {"checking nodes", "rolling out", "removing tables"} <= phases
