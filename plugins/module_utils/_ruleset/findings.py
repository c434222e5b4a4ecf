"""What the result of M(aks.dataplane.aks_node_ruleset) means for those who run the role: lines for each node, and why a verification fails."""

from __future__ import annotations

import collections
import typing as t

from .._common.columns import lay_out

Json = t.Mapping[str, t.Any]

# The state of a node that is as it should be, by the declared state of the ruleset.
_WANTED = {"present": "as declared", "paused": "paused", "absent": "removed"}
_HEADING = ("node", "state", "tables", "repairs", "reason")
# The longest names of nodes are those of virtual machine scale sets.
_WIDTHS = (44, 12, 34, 7, 46)
_NAMED = 5


def lines(result: Json, host: str, declared: str, dry: bool) -> list[str]:
    """For a person: the plan, or what it came to, and a table of the nodes.

    result: of the module, which may have failed, or nothing where it was not called. host: the inventory host that stands for the cluster.
    declared: the state that the ruleset is to have. dry: whether the run was a dry run.
    """
    nodes = result.get("nodes") or []
    shown = [f"{host}: {sentence}" for sentence in result.get("plan") or [] if dry]
    if result and not result.get("failed"):
        shown.append(f"{host}: {_summary(result, nodes, declared)}")
    if result.get("keeper_update"):
        shown.append(
            f"{host}: the pods are those of another version of the collection. To replace them, set aks_dataplane_ruleset_keeper_update to true."
        )
    return shown + (lay_out([_HEADING, *map(_row, nodes)], _WIDTHS) if nodes else [])


def _summary(result: Json, nodes: t.Sequence[Json], declared: str) -> str:
    name, wanted = result["ruleset"], _WANTED[declared.lower()]
    if result["state"] == "rendered":
        return f"the objects of the ruleset {name} are written to the file; the cluster was not contacted."
    if declared.lower() == "absent" and not nodes:
        return f"the ruleset {name} is on no node."
    good = sum(node["state"] == wanted for node in nodes)
    return f"the ruleset {name} is {wanted} on {good} of {len(nodes)} nodes{_digest(result)}."


def _digest(result: Json) -> str:
    return f" (digest {result['digest'][:12]})" if result.get("digest") else ""


def _row(node: Json) -> tuple[str, ...]:
    tables = ", ".join(f"{table['family']} {table['name']}: {table['state']}" for table in node["tables"])
    return (node["name"], node["state"], tables, str(node["repairs"]), node["message"])


def objection(result: Json, host: str, declared: str, dry: bool, waits: bool) -> str:
    """Why a verification fails, or nothing.

    result: of the module in check mode. host, declared: as for C(lines).
    dry: whether the run itself is a dry run, for which a planned change is no failure, but nodes are that a run without it would wait for in vain.
    waits: whether the run waits for the nodes.
    """
    if result.get("failed"):
        return f"{host}: {result.get('msg') or 'the module failed.'}"
    if result["state"] == "rendered" or not (dry or waits):
        return ""
    planned = [] if dry else list(result["plan"]) if result["changed"] else []
    found = [*planned, *_nodes_objection(result, _WANTED[declared.lower()])]
    return f"{host} is not as declared: {' '.join(found)}" if found else ""


def _nodes_objection(result: Json, wanted: str) -> list[str]:
    """The nodes of a ruleset whose objects are as declared, but which are not."""
    if result["state"] != "drifted":
        return []
    by_finding: dict[str, list[str]] = collections.defaultdict(list)
    for node in result["nodes"]:
        if node["state"] != wanted:
            by_finding[node["state"] + (f" ({node['message']})" if node["message"] else "")].append(node["name"])
    return [f"{finding}: {_names(nodes)}." for finding, nodes in by_finding.items()]


def _names(nodes: t.Sequence[str]) -> str:
    rest = len(nodes) - _NAMED
    return ", ".join(nodes[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
