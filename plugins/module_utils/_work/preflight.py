"""One check of a cluster: what the rules of a data plane find."""

from __future__ import annotations

import typing as t

from .._dataplane.data_plane import DataPlane
from .._dataplane.preflight import Sources
from .._dataplane.registry import rules
from .._preflight.evaluate import check_ignore, counts, evaluate, passed
from .._preflight.facts import Facts
from .._preflight.waivers import read_waivers, waived
from .._verify.own_cluster import check_nodes

SUMMARY = (
    *("id", "name", "node_resource_group_id", "kubernetes_version", "network_plugin", "network_policy"),
    *("network_dataplane", "provisioning_state", "power_state"),
)


def check(plane: DataPlane, params: t.Mapping[str, t.Any], sources: Sources) -> dict[str, t.Any]:
    """The result of M(aks.dataplane.aks_preflight_info), without C(changed), for its parameters; DataplaneError."""
    rule_set = params["rule_set"] or plane.preflight.rule_set
    waivers, day = read_waivers(params["ignore"]), sources.day()
    check_ignore([one.id for one in waivers], rules())
    checked = plane.preflight.check(params, sources)
    _check_server(checked.facts)
    findings = evaluate(plane.preflight.rules, checked.facts, rule_set, waived(waivers, day))
    summary = checked.facts.cluster.to_dict()
    return {
        "rule_set": rule_set,
        "findings": [finding.to_dict() for finding in findings],
        "passed": passed(findings),
        "counts": counts(findings),
        "waivers": [one.to_dict(day) for one in waivers],
        "cluster": {key: summary[key] for key in SUMMARY},
        **checked.report,
    }


def _check_server(facts: Facts) -> None:
    """OtherCluster where what was read of Kubernetes is of another cluster."""
    if facts.kube is not None and facts.kube_part_missing("nodes") is None:
        check_nodes(facts.kube.nodes, facts.cluster.node_resource_group_id or "", facts.kube.server)
