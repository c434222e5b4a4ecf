# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_node_ruleset on the real cluster: tables come, stay, change, come to new nodes, are rolled back, and go."""

from __future__ import annotations

from tests.support.cluster_ruleset import HOME, LEVEL, NAMESPACE, OTHER, RULES, ClusterRuleset, until
from tests.support.counted_traffic import CountedTraffic

INBOUND = RULES.replace("4711 drop", "4711 drop\n        iif != lo tcp dport 10250 drop")
OUTBOUND = RULES.replace("hook input", "hook output").replace("tcp dport 4711 drop", "oif != lo tcp flags & (syn | ack) == syn drop")


def test_what_the_namespace_does_not_allow_is_refused_with_the_remedy(ruleset: ClusterRuleset) -> None:
    for level, pods, by, remedy in (
        ("restricted", None, "Pod Security", f"`kubectl label --overwrite namespace {NAMESPACE} {LEVEL}=privileged`"),
        ("baseline", None, "Pod Security", f"`kubectl label --overwrite namespace {NAMESPACE} {LEVEL}=privileged`"),
        ("privileged", "0", "a quota", f"`kubectl --namespace {NAMESPACE} describe resourcequota`, and let an administrator raise"),
    ):
        ruleset.level(level)
        if pods is not None:
            quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": pods}}}
            assert ruleset.api.request("POST", f"{HOME}/resourcequotas", quota).status == 201
            until(lambda: "hard" in ruleset.api.request("GET", f"{HOME}/resourcequotas/few").body.get("status", {}))
        refused = ruleset()
        assert (refused["error"]["code"], refused["error"]["by"]) == ("RulesetRefused", by), refused
        assert remedy in refused["msg"]
        assert ruleset.ours() == []


def test_tables_come_stay_change_and_go(ruleset: ClusterRuleset) -> None:
    first = ruleset()
    assert (first["state"], first["changed"], ruleset.on_all("dport 4711")) == ("as declared", True, [True] * 3), first
    assert not ruleset()["changed"]
    # Somebody removes a table: a keeper looks every 30 seconds, and has time for that on a busy machine.
    node = sorted(ruleset.cluster.pids())[0]
    ruleset.nft(node, "delete", "table", "inet", "base")
    assert until(lambda: ruleset.has(node, "dport 4711")) <= 50
    until(lambda: ruleset(check=True)["nodes"][0]["repairs"] == 1)
    before = {pod["metadata"]["name"] for pod in ruleset.pods()}
    with CountedTraffic.between_nodes(ruleset.cluster) as traffic:
        second = ruleset(OTHER)
    traffic.check()
    assert (second["state"], ruleset.on_all("dport 4712")) == ("as declared", [True] * 3), second
    assert not before & {pod["metadata"]["name"] for pod in ruleset.pods()}
    # Another machine takes the place of one.
    known = set(ruleset.cluster.pids())
    ruleset.scale(4)
    until(lambda: set(ruleset.cluster.pids()) - known)
    new = (set(ruleset.cluster.pids()) - known).pop()
    until(lambda: new in ruleset.ready())
    assert ruleset.has(new, "dport 4712")
    ruleset.scale(3)
    until(lambda: len(ruleset.cluster.pids()) == len(known))
    third = ruleset(OTHER)
    assert (third["state"], third["changed"], {one["state"] for one in third["nodes"]}) == ("as declared", False, {"as declared"})
    gone = ruleset(None, state="absent")
    assert (gone["state"], ruleset.on_all("inet base"), ruleset.ours()) == ("absent", [False] * 3, []), gone


def test_a_cutting_rule_stops_at_one_node_and_is_taken_back(ruleset: ClusterRuleset) -> None:
    assert ruleset()["state"] == "as declared"
    for rules, word, seconds in ((OUTBOUND, "syn", 5), (INBOUND, "10250", 20)):
        before = {pod["metadata"]["name"] for pod in ruleset.pods()}
        result = ruleset(rules, min_ready_seconds=seconds)
        assert result["error"]["code"] == "RulesetRolledBack", result
        assert (ruleset.on_all(word), ruleset.on_all("dport 4711")) == ([False] * 3, [True] * 3)
        # The others have their pods of before.
        assert len(before & {pod["metadata"]["name"] for pod in ruleset.pods()}) == 2
    assert not ruleset()["changed"]
