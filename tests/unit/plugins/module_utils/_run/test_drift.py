# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification by itself reports of a cluster long after its switch."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import drift, events, outcome
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import can_fail, judge
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
CHANGE = {"path": "properties.networkProfile.kubeProxyConfig.mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}
WELL = {"state": "wanted", "seen": "good", "nodes_wanted": 3, "nodes_total": 3, "reasons": []}
UNWELL = {"state": "other", "seen": "bad", "nodes_wanted": 2, "nodes_total": 3, "reasons": ["n3 runs iptables."]}
CLEAN: dict[str, t.Any] = {"found": {}, "held": {}, "unseen": [], "looked": 3}
LEFT = {**CLEAN, "found": {"n1": {"IPTABLES": ["nat: KUBE-SERVICES"]}}}
PROBERS = {**CLEAN, "probers": [{"name": "aks-dataplane-prober-r1", "removal": "kubectl delete pods -l a=b"}]}
HELD = {**LEFT, "held": {"n1": ["-A X -j KUBE-MARK-MASQ"]}}
KUBE_6 = {**CLEAN, "found": {"n1": {"IPVS": ["ipset KUBE-6-CLUSTER-IP"]}}}

SETTINGS = Settings(
    host="blue",
    cluster="aks-a",
    resource_group="rg",
    declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}},
    node_look="exec",
    today="2027-02-01",
    holds=True,
)
EXPIRED = {"id": "KP21", "reason": "old", "until": "2027-01-31", "ticket": "CHG-7"}
RUN = Run(subject="kube_proxy", phase="verification", plan={"changed": False, "after": NFTABLES, "plan": []}, proof=WELL, leftovers=CLEAN)


def settings(**values: t.Any) -> Settings:
    return dataclasses.replace(SETTINGS, **values)


def run(**values: t.Any) -> Run:
    return dataclasses.replace(RUN, **values)


@pytest.mark.parametrize(
    ("what", "given", "kinds", "verdict"),
    [
        (RUN, SETTINGS, [], "proved"),
        (run(proof=UNWELL), SETTINGS, ["nodes"], "not_proved"),
        (run(plan={**RUN.plan, "changed": True, "plan": [CHANGE]}), SETTINGS, ["azure"], "drifted"),
        (run(plan={}), SETTINGS, ["azure"], "drifted"),
        (RUN, settings(ignore=[EXPIRED, "KP07", {"id": "KP22", "until": "2027-02-01"}]), ["waiver"], "drifted"),
        (run(leftovers=LEFT), SETTINGS, ["leftovers"], "drifted"),
        (run(leftovers=HELD), SETTINGS, ["leftovers"], "drifted"),
        (run(leftovers={**CLEAN, "unseen": ["n3"]}), SETTINGS, ["leftovers"], "drifted"),
        (run(leftovers={}), SETTINGS, ["leftovers"], "drifted"),
        (run(leftovers=PROBERS), settings(node_look="pods"), ["leftovers"], "drifted"),
        # No mode removes them, so that nobody could do anything.
        (run(leftovers=KUBE_6), SETTINGS, [], "proved"),
        # Without a look asked for by name, nodes are not inspected every night.
        (run(leftovers={}), settings(node_look="auto"), [], "proved"),
        (run(leftovers=LEFT, proof=UNWELL), settings(ignore=[EXPIRED]), ["nodes", "waiver", "leftovers"], "not_proved"),
    ],
)
def test_each_deviation_is_one_line_and_fails_the_run(what: Run, given: Settings, kinds: list[str], verdict: str) -> None:
    step = events.stand(what, given)
    assert [one["kind"] for one in step.run.deviations] == kinds
    assert bool(step.refusal) == bool(kinds)
    shown = [line for line in step.shown if line.startswith("aks-a | drift | ")]
    others = [kind for kind in kinds if kind != "nodes"]
    assert len(shown) == len(others)
    ended = dataclasses.replace(step.run, story=step.refusal)
    assert outcome.statistics(ended, given)["step"] == {
        "blue": {"verdict": verdict, **({"deviations": others} if others else {})},
    }


@pytest.mark.parametrize(
    ("what", "given", "sentence"),
    [
        (
            run(plan={"plan": [CHANGE]}),
            SETTINGS,
            "aks-a | drift | azure: properties.networkProfile.kubeProxyConfig.mode is IPTABLES, and NFTABLES is declared. Find out who changed it",
        ),
        (
            RUN,
            settings(ignore=[EXPIRED]),
            "aks-a | drift | waiver: the waiver of KP21 expired on 2027-01-31 (CHG-7). Renew it, or remove it",
        ),
        (
            run(leftovers=LEFT),
            SETTINGS,
            "aks-a | drift | leftovers: leftovers of IPTABLES on 1 of 3 nodes: n1. Set aks_dataplane_leftovers: remove",
        ),
        (
            run(leftovers=PROBERS),
            settings(node_look="pods"),
            "aks-a | drift | leftovers: an interrupted run has left the prober pods and the ConfigMap aks-dataplane-prober-r1. The next run that measures "
            "with from: cluster removes them, and so does: kubectl delete pods -l a=b",
        ),
        (run(leftovers=HELD), SETTINGS, "held by third-party rules: -A X -j KUBE-MARK-MASQ on n1. Remove the third-party rules, then set"),
    ],
)
def test_a_line_says_what_to_do(what: Run, given: Settings, sentence: str) -> None:
    assert sentence in "\n".join(events.stand(what, given).shown)


def test_the_reason_of_the_failure_names_the_kinds_and_not_the_lines_again() -> None:
    step = events.stand(run(leftovers=LEFT), settings(ignore=[EXPIRED]))
    assert step.refusal == (
        "aks-a: every node is as declared, but there is drift (waiver, leftovers). See the 2 lines that begin with 'aks-a | drift'."
    )


def test_a_run_that_switches_has_no_drift() -> None:
    assert drift.found(run(switch={"changed": True}, leftovers=LEFT), settings(ignore=[EXPIRED])) == []


def test_azure_that_cannot_be_asked_is_drift_where_the_nodes_can_be_verified_without_it() -> None:
    routing = settings(declared={"aks_dataplane_host_routing": "enabled"}, node_look="auto")
    alone = run(subject="host_routing", plan={}, leftovers={})
    assert not can_fail("plan", alone, routing)
    assert can_fail("plan", RUN, SETTINGS)
    assert judge("plan", alone, routing, {"failed": True, "msg": "Azure answers 503."}).shown == [
        "aks-a: Azure could not be asked: Azure answers 503."
    ]
    assert [one["kind"] for one in events.stand(alone, routing).run.deviations] == ["azure"]
