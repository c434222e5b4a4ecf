"""What was read of one cluster, as one entry of the audit: plain JSON types, and a verdict on each subject."""

from __future__ import annotations

import typing as t

from .._dataplane.registry import data_planes, rules
from .._run import node_looks

# The cluster has it already; no blockers; blockers; no known blockers, but not all was checked; nothing could be checked.
IN_EFFECT = "in_effect"
POSSIBLE = "possible"
OBSTACLES = "obstacles"
UNKNOWN = "unknown"
FAILED = "failed"

# How nodes are looked at where nobody has asked for it.
NOT_LOOKED = "none"

Raw = t.Mapping[str, t.Any]


def subjects() -> dict[str, str]:
    """What an audit asks of every cluster: keys of its entries, and their titles."""
    return {one.audit.key: one.audit.title for one in data_planes()}


def entry(seen: Raw) -> dict[str, t.Any]:
    """The cluster in the audit.

    seen: host, cluster, resource_group; error, what stopped the work, if anything did; rule_set, where one was chosen; network, what aks_network_info
    returned of the cluster; support_ends, the parts of it that AKS stops supporting; status, the result of aks_dataplane_status_info; unasked, why
    Kubernetes was not to
    be asked, empty when it was; kubernetes, whether the checks did so; checks, results of aks_preflight_info, each with its C(question), whose C(subject)
    distinguishes them; rechecks, those that went by Azure's data only after the checks had failed. A failed result has msg and perhaps error. What was
    not done may be missing. node_look: what the module returned that looked at the nodes, with C(asked) and C(reason). probe_leftovers: what
    interrupted runs have left.
    """
    network: Raw | None = seen.get("network") or None
    checks, rechecks = _by_subject(seen.get("checks")), _by_subject(seen.get("rechecks"))
    asked = bool(seen.get("kubernetes"))
    look: Raw = seen.get("node_look") or {"asked": NOT_LOOKED, "reason": ""}
    judged = {name: _subject(checks.get(name) or {}, rechecks.get(name) or {}, asked, look["asked"]) for name in subjects()}
    problems = [_missing(seen), *(subject["message"] for subject in judged.values())]
    reason = _unchecked_reason(seen, checks, rechecks)
    return {
        "host": seen["host"],
        "name": seen["cluster"],
        "resource_group": seen.get("resource_group"),
        "error": next((problem for problem in problems if problem), ""),
        "rule_set": seen.get("rule_set"),
        "network": network,
        "kubernetes": {"checked": not reason, "reason": reason},
        "nodes": _nodes(seen.get("status") or {}, reason),
        "node_look": _node_look(look, seen.get("status") or {}),
        "support_ends": list(seen.get("support_ends") or ()),
        "probe_leftovers": list(seen.get("probe_leftovers") or ()),
        **judged,
    }


def _by_subject(results: t.Iterable[Raw] | None) -> dict[str, Raw]:
    """Without those of tasks that were skipped."""
    return {result["question"]["subject"]: result for result in results or () if not result.get("skipped")}


def _missing(seen: Raw) -> str:
    """Why the cluster was not audited; else empty."""
    if seen.get("error"):
        return str(seen["error"])
    if not seen.get("network"):
        return f"Cluster {seen['cluster']} does not exist in resource group {seen.get('resource_group')}."
    return ""


def _subject(check: Raw, recheck: Raw, asked: bool, look: str) -> dict[str, t.Any]:
    """kubernetes: whether Kubernetes was asked, as far as it allows.

    not_checked: ids of the rules whose data are unavailable, without those that need a look at nodes themselves where nobody asked for one.
    """
    done = next((result for result in (recheck, check) if "passed" in result), None)
    findings = list(done["findings"]) if done else []
    unchecked = _ids(finding for finding in findings if finding["not_checked"] and not finding["ignored"] and _checkable(finding, look))
    return {
        "verdict": _verdict(done, unchecked),
        "kubernetes": asked and done is check,
        "message": "" if done else str((recheck or check).get("msg") or ""),
        "obstacles": _ids(finding for finding in findings if finding["severity"] == "error"),
        "warnings": _ids(finding for finding in findings if finding["severity"] == "warning"),
        "not_checked": unchecked,
        "rule_set": done.get("rule_set") if done else None,
        "current": done["current"] if done else None,
        "findings": findings,
    }


def _verdict(done: Raw | None, unchecked: t.Sequence[str]) -> str:
    if done is None:
        return FAILED
    if done["current"] == done["wanted"]:
        return IN_EFFECT
    if not done["passed"]:
        return OBSTACLES
    return UNKNOWN if unchecked else POSSIBLE


def _ids(findings: t.Iterable[Raw]) -> list[str]:
    return sorted({str(finding["id"]) for finding in findings})


def _checkable(finding: Raw, look: str) -> bool:
    """Whether the audit was to check the rule at all: it goes to the nodes only where somebody wants that."""
    return look != NOT_LOOKED or "node" not in rules()[finding["id"]].needs


def _unchecked_reason(seen: Raw, checks: Raw, rechecks: Raw) -> str:
    """Why the checks, or some of them, went by Azure's data only; empty when all asked Kubernetes."""
    if not checks:
        return "the cluster was not audited"
    if seen.get("unasked"):
        return str(seen["unasked"])
    if not seen.get("kubernetes"):
        return _what_failed(seen.get("status") or {})
    return next((_what_failed(checks[name]) for name in rechecks), "")


def _nodes(status: Raw, reason: str) -> dict[str, t.Any]:
    """What really runs: a verdict on kube-proxy and, with Cilium, one on host routing; null when the nodes could not be asked."""
    if "verdict" not in status:
        return {"checked": False, "reason": _what_failed(status) or reason, "kube_proxy": None, "host_routing": None}
    routing = status.get("host_routing")
    return {
        "checked": True,
        "reason": "",
        "kube_proxy": _state(status["verdict"]),
        "host_routing": _state(routing["verdict"]) if routing else None,
    }


def _state(verdict: Raw) -> dict[str, t.Any]:
    return {"state": verdict["state"], "nodes_total": verdict["nodes_total"], "reasons": list(verdict["reasons"])}


def _node_look(look: Raw, status: Raw) -> dict[str, t.Any]:
    """The look at the nodes, in a size that does not grow with what is on each."""
    # Where the kernel shows the rules of two modes, it does not show which of them kube-proxy is in.
    running = str((status.get("verdict") or {}).get("state", "")).upper()
    return {
        "asked": look["asked"],
        "reason": look["reason"],
        **node_looks.kept(look, running),
        **({"left": [*look["left"]]} if look.get("left") else {}),
    }


def _what_failed(result: Raw) -> str:
    """What a failed result says went wrong, without what to do about it; empty for one that did not fail, or was not even tried."""
    return str((result.get("error") or {}).get("message") or result.get("msg") or "")


def verdicts(entries: t.Iterable[Raw]) -> dict[str, dict[str, str]]:
    """By subject and host, for the next steps of a workflow."""
    audited = list(entries)
    return {name: {one["host"]: one[name]["verdict"] for one in audited} for name in subjects()}
