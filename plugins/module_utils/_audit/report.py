"""The entries of an audit as a screen shows them: one table of all clusters, and what there is to say of each."""

from __future__ import annotations

import textwrap
import typing as t

from .._common.columns import GAP, lay_out
from .._run.node_looks import named
from .._verify.verdict import MIXED
from .._verify.verdict import UNKNOWN as UNPROVEN
from .entry import FAILED, IN_EFFECT, NOT_LOOKED, OBSTACLES, POSSIBLE, UNKNOWN, Raw, subjects

# Ansible puts a dozen characters around each line, and screens have some 160.
WIDTH = 148

NOT_CHECKED = "?"
# What an older api-version hides.
NOT_SHOWN = "not shown"
DOUBTFUL = (MIXED, UNPROVEN)

_HEADING = ("cluster", "Kubernetes", "data plane", "kube-proxy: Azure / nodes", "host routing: Azure / nodes")
_WIDTHS = (30, 10, 10, 19, 17)
_VERDICT_WIDTH = 25
_SUPPORT, _SUPPORT_WIDTH = "support ends", 13


def table(entries: t.Sequence[Raw]) -> list[str]:
    """One row for each cluster, in the order of the entries; lines of at most C(WIDTH) characters."""
    if not entries:
        return ["There are no clusters."]
    titles = list(subjects().values())
    rows = [(*_HEADING, *titles, _SUPPORT), *(_row(entry) for entry in entries)]
    # What the other columns do not need is for the verdicts.
    used = sum(min(width, max(len(row[number]) for row in rows)) for number, width in enumerate(_WIDTHS))
    left = (WIDTH - used - _SUPPORT_WIDTH - len(GAP) * (len(_WIDTHS) + len(titles))) // len(titles)
    lines = lay_out(rows, (*_WIDTHS, *(min(left, _VERDICT_WIDTH) for _title in titles), _SUPPORT_WIDTH))
    return [*lines, *_legend(entries)]


def _row(entry: Raw) -> tuple[str, ...]:
    network, nodes = entry["network"] or {}, entry["nodes"]
    return (
        entry["host"],
        network.get("kubernetes_version") or "",
        data_plane(network),
        _kube_proxy(network, nodes),
        _host_routing(network, nodes),
        *(_cell(entry[name]) for name in subjects()),
        _support_cell(entry["support_ends"]),
    )


def data_plane(network: Raw) -> str:
    """V(cilium), V(azure), V(kubenet), or V(own CNI) for a cluster that brings its own."""
    if not network:
        return ""
    plugin = str(network.get("network_plugin") or "")
    if plugin.lower() == "none":
        return "own CNI"
    return plugin if plugin.lower() == "kubenet" else str(network["network_dataplane"])


def _kube_proxy(network: Raw, nodes: Raw) -> str:
    """What Azure says and what the nodes say."""
    if not network:
        return ""
    configured = network["kube_proxy"]
    if configured is None:
        return f"{NOT_SHOWN} / {_state(nodes['kube_proxy'])}"
    return f"{configured['mode'] if configured['enabled'] else 'disabled'} / {_state(nodes['kube_proxy'])}"


def _host_routing(network: Raw, nodes: Raw) -> str:
    """As above; without Cilium nodes have nothing to say."""
    if not network:
        return ""
    configured = NOT_SHOWN if network["host_routing"] is None else str(network["host_routing"])
    if str(network["network_dataplane"]).lower() != "cilium":
        return configured
    return f"{configured} / {_state(nodes['host_routing'])}"


def _state(verdict: Raw | None) -> str:
    return str(verdict["state"]) if verdict else NOT_CHECKED


def _cell(subject: Raw) -> str:
    verdict, obstacles = subject["verdict"], subject["obstacles"]
    if verdict == IN_EFFECT:
        return f"in effect; {_count('problem', obstacles)}" if obstacles else "in effect"
    if verdict == OBSTACLES:
        return _count("obstacle", obstacles)
    if verdict == UNKNOWN:
        return "no obstacle found, " + ("not all checked" if subject["kubernetes"] else "Kubernetes not checked")
    return {POSSIBLE: "possible", FAILED: "not audited"}[verdict]


def _support_cell(ends: t.Sequence[Raw]) -> str:
    """The soonest, and how many more there are; V('') when nothing is known to end."""
    if not ends:
        return ""
    more = f"; {len(ends) - 1} more" if len(ends) > 1 else ""
    first = ends[0]
    return f"{first['date']} {first['what']}{more}" if first["date"] else f"{first['what']}: {first['when']}{more}"


def _support_line(one: Raw) -> str:
    where = f" (pool {', '.join(one['pools'])})" if one["pools"] else ""
    when = f"{'ended' if one['over'] else 'ends'} {one['date']}" if one["date"] else one["when"]
    images = f", node images are removed {one['images_removed']}" if one["images_removed"] else ""
    return f"support of {one['what']}{where}: {when}{images} ({one['source']}). {one['instead']}"


def _count(noun: str, ids: t.Sequence[str]) -> str:
    return f"{len(ids)} {noun}{'' if len(ids) == 1 else 's'}: {', '.join(ids)}"


def _legend(entries: t.Sequence[Raw]) -> list[str]:
    unasked = any(entry["network"] and not entry["nodes"]["checked"] for entry in entries)
    return (
        ["", f"{NOT_CHECKED}: not checked, because the nodes could not be asked; the reasons are below, cluster by cluster."]
        if unasked
        else []
    )


def details(entry: Raw) -> list[str]:
    """The blockers of each subject, and what was not checked; lines of at most C(WIDTH) characters."""
    lines = _wrap(f"{entry['host']}: {_where(entry)}")
    if entry["error"]:
        lines += _wrap(f"not audited: {entry['error']}", 1)
    audited = [name for name in subjects() if entry[name]["verdict"] != FAILED]
    for name in audited:
        lines += _subject(entry[name], subjects()[name])
    if not audited:
        return lines
    support = [line for one in entry["support_ends"] for line in _wrap(_support_line(one), 1)]
    return [*lines, *support, *_nodes(entry["nodes"]), *_node_look(entry), *_probe_leftovers(entry), *_unchecked_lines(entry)]


def _node_look(entry: Raw) -> list[str]:
    """What was found on the nodes themselves, and of which nodes that is not known. Audits of earlier versions do not have it."""
    look = entry.get("node_look") or {"asked": NOT_LOOKED}
    if look["asked"] == NOT_LOOKED:
        return []
    if look["reason"]:
        return _wrap(f"nodes not inspected: {look['reason']}", 1)
    counts = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in (look.get("counts") or {}).items())
    texts = [
        f"nodes inspected: {counts or 'none'}",
        *(f"left of {one['mode']} on {named(one['nodes'])}: {named(one['things'])}" for one in look.get("leftovers") or ()),
        *(
            f"third-party rules lead into chains of kube-proxy on {named(one['nodes'])}: {named(one['rules'])}"
            for one in look.get("foreign_jumps") or ()
        ),
        *(f"not everything could be seen on {named(one['nodes'])}: {one['reason']}" for one in look.get("not_seen") or ()),
        *([f"pods that looked at the nodes could not be removed: {named(look['left'])}"] if look.get("left") else []),
    ]
    return [line for text in texts for line in _wrap(text, 1)]


def _probe_leftovers(entry: Raw) -> list[str]:
    """Audits of earlier versions do not have them."""
    names = entry.get("probe_leftovers") or []
    text = (
        f"left by interrupted runs: {', '.join(names)}. The next run removes them that creates pods for the same purpose: aks_dataplane_node_look: pods, "
        "or a target of aks_dataplane_probe with from: cluster."
    )
    return _wrap(text, 1) if names else []


def _where(entry: Raw) -> str:
    network = entry["network"] or {}
    place = [f"cluster {entry['name']}", f"resource group {network.get('resource_group') or entry['resource_group']}"]
    if network:
        place += [str(network["location"]), f"network plugin {network['network_plugin']} {network['network_plugin_mode'] or ''}".rstrip()]
        place += [f"network policy {network['network_policy'] or 'none'}", f"ACNS {_on_or_off(network['acns_enabled'])}"]
    return ", ".join(place)


def _on_or_off(value: bool | None) -> str:
    return NOT_SHOWN if value is None else "on" if value else "off"


def _subject(subject: Raw, title: str) -> list[str]:
    lines = _wrap(f"{title}: {_cell(subject)}", 1)
    for finding in subject["findings"]:
        if finding["severity"] == "error":
            lines += _wrap(f"{finding['id']} {finding['subject']}: {finding['message']} {finding['remedy']}".rstrip(), 2)
    if subject["warnings"]:
        lines += _wrap(_count("warning", subject["warnings"]), 2)
    if subject["not_checked"]:
        lines += _wrap(f"not checked: {', '.join(subject['not_checked'])}", 2)
    return lines


def _nodes(nodes: Raw) -> list[str]:
    """What is not as it should be on the nodes."""
    found = {"kube-proxy": nodes["kube_proxy"], "host routing": nodes["host_routing"]}
    return [
        line
        for what, verdict in found.items()
        if verdict and verdict["state"] in DOUBTFUL
        for line in _wrap(": ".join(filter(None, [f"{what} on the nodes is {verdict['state']}", " ".join(verdict["reasons"])])), 1)
    ]


def _unchecked_lines(entry: Raw) -> list[str]:
    """Why Kubernetes, or the nodes alone, were not asked."""
    if entry["kubernetes"]["reason"]:
        return _wrap(f"Kubernetes not checked: {entry['kubernetes']['reason']}", 1)
    if not entry["nodes"]["checked"]:
        return _wrap(f"nodes not checked: {entry['nodes']['reason']}", 1)
    return []


def _wrap(text: str, depth: int = 0) -> list[str]:
    indent = "  " * depth
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
