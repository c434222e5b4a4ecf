# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A third data plane, invented for a test: encryption of the traffic between nodes, declared in this one file, with its module and its rules.

The leaf is one of AKS's. What is verified is not: a node with a ready Cilium agent counts as one that encrypts.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_STABLE
from ansible_collections.aks.dataplane.plugins.module_utils._aks.comparison import Comparison
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.json_parts import ReadJsonObject, object_of
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import run_module
from ansible_collections.aks.dataplane.plugins.module_utils._common.result import Change as Difference
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import record_shape as shape
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.data_plane import (
    AuditQuestion,
    Change,
    Compare,
    DataPlane,
    Params,
    Preflight,
    Record,
    Rollback,
    SharedOptions,
    Verification,
)
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.declaration import text
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.host_routing import HOST_ROUTING
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.preflight import Checked, Sources
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import Hit, Results
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.rule import rule
from ansible_collections.aks.dataplane.plugins.module_utils._verify.earlier import NOTHING_EARLIER, Earlier
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.model import HostRoutingNode, HostRoutingObservation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.report import crash_loops, node_result, verdict_result
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import (
    NOT_APPLICABLE,
    UNKNOWN,
    WANTED,
    ClusterVerdict,
    NodeVerdict,
    judge_cluster,
    judge_nodes,
)
from ansible_collections.aks.dataplane.plugins.module_utils._work.changing_module import change_arguments, change_cluster

LEAF = ("properties", "networkProfile", "advancedNetworking", "security", "transitEncryption")
TYPES = {"enabled": "WireGuard", "disabled": "None"}
STATE = {"type": "str", "choices": list(TYPES)}


@dataclasses.dataclass(frozen=True)
class Expectation:
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class EncryptionFacts(Facts):
    wanted: str

    @property
    def wants_enabled(self) -> bool:
        return self.wanted == "enabled"

    @property
    def switching(self) -> bool:
        return True


@rule(
    "TE01",
    "error",
    title="Traffic between nodes can only be encrypted with Cilium",
    what="The cluster's network data plane is not Cilium.",
    remedy="Upgrade the cluster to Azure CNI powered by Cilium first: az aks update --network-dataplane cilium.",
    sources=("https://learn.microsoft.com/azure/aks/container-network-security-wireguard-encryption-concepts",),
)
def not_cilium(facts: EncryptionFacts) -> Results:
    if not facts.cilium:
        yield Hit(facts.cluster_subject, f"The network data plane is {facts.cluster.network_dataplane}.")


def _configuration(state: str) -> dict[str, t.Any]:
    return {"state": state, "encryption": TYPES[state]}


def _compare_with(state: str) -> Compare:
    def compare(raw: dict[str, t.Any]) -> Comparison:
        leaf: t.Any = raw
        for key in LEAF:
            leaf = object_of(leaf, key)
        before = _configuration("enabled" if leaf.get("type") == "WireGuard" else "disabled")
        after = _configuration(state)
        path = ".".join((*LEAF, "type"))
        changes = () if before == after else (Difference(path, before["encryption"], after["encryption"], "restart"),)
        return Comparison(before, after, changes, LEAF, {**leaf, "type": TYPES[state]})

    return compare


def _compare(params: Params, _read_json_object: ReadJsonObject) -> Compare:
    return _compare_with(params["state"])


def _check(params: Params, sources: Sources) -> Checked:
    state = params["transit_encryption"]
    raw = sources.cluster(DEFAULT_STABLE)
    facts = EncryptionFacts(cluster=ClusterView.from_raw(raw, DEFAULT_STABLE), api_version=DEFAULT_STABLE, wanted=state)
    comparison = _compare_with(state)(raw)
    return Checked(facts, {"current": comparison.before, "wanted": comparison.after})


def _judge(
    observation: HostRoutingObservation, wanted: Expectation | None, earlier: Earlier = NOTHING_EARLIER
) -> ClusterVerdict[HostRoutingNode]:
    def judge_node(node: HostRoutingNode) -> NodeVerdict[HostRoutingNode]:
        if node.not_applicable:
            return NodeVerdict(node, NOT_APPLICABLE, None)
        if node.pod is None or not node.pod.ready:
            return NodeVerdict(node, UNKNOWN, None, ("its Cilium agent is not ready",))
        return NodeVerdict(node, WANTED if wanted else "encrypted", wanted.text if wanted else "encrypted")

    return judge_cluster(judge_nodes(observation.nodes, judge_node, earlier), wanted.text if wanted else None)


def _to_result(verdict: ClusterVerdict[HostRoutingNode], _observation: HostRoutingObservation) -> dict[str, t.Any]:
    nodes = [node_result(node) for node in verdict.nodes]
    return {"nodes": nodes, "crash_loops": crash_loops(verdict), "verdict": verdict_result(verdict)}


TRANSIT_ENCRYPTION = DataPlane(
    name="transit_encryption",
    title="transit encryption",
    variable="aks_dataplane_transit_encryption",
    read=text,
    example="aks_dataplane_transit_encryption=enabled",
    playbook="encryption.yml",
    configuration=lambda declaration: _configuration(declaration.value),
    in_words=lambda configuration: f"transit encryption {configuration['encryption']}",
    options=SharedOptions(
        spec=ArgumentSpec({"transit_encryption": STATE}),
        declaring=("transit_encryption",),
        is_declared=lambda params: params["transit_encryption"] is not None,
        from_variables=lambda declaration: {"transit_encryption": declaration.value},
    ),
    change=Change(
        module="aks.dataplane.aks_transit_encryption",
        options=ArgumentSpec({"state": {**STATE, "required": True}}),
        from_variables=lambda declaration: {"state": declaration.value},
        api_version=DEFAULT_STABLE,
        wait_timeout=600,
        compare=_compare,
    ),
    preflight=Preflight(rules=(not_cilium,), check=_check),
    verification=Verification(
        options=ArgumentSpec({"transit_encryption": STATE}),
        read_expectation=lambda params: Expectation(params["transit_encryption"]) if params["transit_encryption"] else None,
        observe=HOST_ROUTING.verification.observe,
        is_present=lambda observation: False,
        judge=_judge,
        to_result=_to_result,
        phase=lambda verdict: "Succeeded" if verdict.state == WANTED else "rolling out",
        question=lambda configuration: {"transit_encryption": configuration["state"]},
        rollout_timeout=60,
    ),
    rollback=Rollback(
        module_options=lambda former: {"state": former["state"]},
        declaration=lambda former: former["state"],
        in_words=lambda value: f"transit encryption {value}",
    ),
    record=Record(
        shape=shape.object_of({"state": shape.text, "encryption": shape.text}),
        key="encryption",
        declared=lambda params, _read_json_object: {"state": params["transit_encryption"]},
        restore=lambda before: {"state": before["state"]},
        is_left=lambda before, wanted, now: now["state"] in (before["state"], wanted["state"]),
    ),
    audit=AuditQuestion(key="encryption", title="Encryption", options={"transit_encryption": "enabled"}),
)

registry.register(TRANSIT_ENCRYPTION)


def change(module: AnsibleModule) -> None:
    change_cluster(module, TRANSIT_ENCRYPTION.change)


def main() -> None:
    run_module(AnsibleModule(supports_check_mode=True, **change_arguments(TRANSIT_ENCRYPTION.change).to_kwargs()), change)
