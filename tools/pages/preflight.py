# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/docsite/rst/reference_preflight.rst, made from the rules: python -m tools.pages.preflight writes it."""

from __future__ import annotations

import pathlib
import re
import sys
import typing as t

import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_DATE
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.rule import RuleMetadata

from tools.made import ROOT, main

PATH = ROOT / "docs" / "docsite" / "rst" / "reference_preflight.rst"
LABEL = "ansible_collections.aks.dataplane.docsite.reference_preflight"
SOURCE_NAMES: t.Mapping[str, str] = yaml.safe_load(pathlib.Path(__file__).with_name("source_names.yml").read_text(encoding="utf-8"))
# An issue or a pull request, which people know by its number.
_NUMBERED = re.compile(r"https://github\.com/(?P<repository>[^/]+/[^/]+)/(?:issues|pull)/(?P<number>\d+)")
SOURCES = {"arm": "Azure", "kube": "the Kubernetes API server", "node": "nodes"}

INTRODUCTION = f"""\
..
  Copyright (c) 2026, the aks.dataplane authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

  Made from the rules in plugins/module_utils/_preflight by: python -m tools.pages.preflight

.. _{LABEL}:

Preflight rules
===============

The module :ansplugin:`aks.dataplane.aks_preflight_info#module`, and the role :ansplugin:`aks.dataplane.preflight#role` that runs it, check a cluster
against these rules before anything is changed. Each finding has a severity:

- **error**: the change would be refused, or would break something. The playbook stops.
- **warning**: the change works, and something needs your attention.
- **info**: good to know, not checked, or ignored.

If the data of a rule are unavailable, it returns an info finding that begins with ``not checked:`` and gives the reason. The data come from Azure, from the
Kubernetes API server, and from nodes. The roles inspect these by themselves where the API server lets them run commands in the pods of AKS. To the
module, pass as ``node_observations`` what :ansplugin:`aks.dataplane.aks_nodes_info#module` or :ansplugin:`aks.dataplane.aks_nodes_probe#module` returned as
``observations``, or :ansplugin:`aks.dataplane.node_dataplane_info#module` on each node.

There are two profiles. ``preview`` uses the limits that were published together with the preview of the feature, and is the default for
kube-proxy; ``current`` uses those of today, and is the default for eBPF host routing, which is generally available. Choose with
``aks_dataplane_profile`` for the roles and the playbooks, or with ``rule_set`` for the module. Where they differ, the rule has a line *with profile
current*.

``aks_dataplane_ignore`` (for the module, ``ignore``) takes the rules whose findings are not to count. They stay in the result and in the run record, as
info, marked as ignored and with the severity that they had. Give each waiver a reason and an end:

.. code-block:: yaml

   aks_dataplane_ignore:
     - id: KP20
       reason: No client uses node ports through localhost
       until: 2027-01-31
       ticket: CHG-7

``until`` is the last day, in UTC, on which the waiver counts. From the next day on the findings count again, and the run says that the waiver has expired.
The id alone works too (``aks_dataplane_ignore: [KP20]``), and the run asks for the reason.

.. contents::
   :local:
   :depth: 1
"""

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("kube_proxy", "kube-proxy", "*For* says which configurations of kube-proxy a rule is about."),
    (
        "host_routing",
        "eBPF host routing",
        f"""\
*For* says whether a rule is about enabling eBPF host routing only, or also about disabling it.

Until a node has no iptables rules but those that AKS expects, AKS's iptables monitor keeps its Cilium agent from starting. EB15 explains its
verdict beforehand, by the monitor's own algorithm and the patterns in the cluster's ConfigMap. Where that is missing it goes by the list
published at {BUNDLED_DATE}, and EB16 says so.
""".rstrip(),
    ),
)


def text() -> str:
    """The whole page."""
    lines = [INTRODUCTION]
    for data_plane, title, introduction in SECTIONS:
        lines += [title, "-" * len(title), "", introduction, ""]
        for rule in registry.by_name(data_plane).preflight.rules:
            lines += _rule(rule)
    return "\n".join(lines)


def _rule(rule: RuleMetadata) -> t.Iterator[str]:
    heading = f"{rule.id}: {rule.title}"
    yield from (f".. _{LABEL}.{rule.id.lower()}:", "", heading, "~" * len(heading), "", rule.what, "")
    fields = {
        "Severity": rule.severity,
        "With profile current": _profile(rule),
        "For": rule.when.to_text(),
        "Versions": ", ".join(filter(None, [rule.since and f"since {rule.since}", rule.until and f"until {rule.until}"])),
        "Needs": ", ".join(SOURCES[need] for need in rule.needs),
        "How to get it checked": _ways(rule),
        "What to do": rule.remedy,
        "Sources": "; ".join(f"`{source_name(source)} <{source}>`__" for source in rule.sources),
    }
    yield from (f":{name}: {value}" for name, value in fields.items() if value)
    yield ""


def source_name(address: str) -> str:
    """What a link to a source is called; raises KeyError for a page that source_names.yml does not name."""
    numbered = _NUMBERED.fullmatch(address)
    return f"{numbered['repository']}#{numbered['number']}" if numbered else SOURCE_NAMES[address]


# What the pods of AKS do not show, and where it is taken from instead.
BY_IMAGE = {"KP16": "the version of nft", "EB21": "the security modules"}
ONLY_ON_NODE = ("EB19",)


def _ways(rule: RuleMetadata) -> str:
    """How a rule that needs nodes gets what it needs."""
    if "node" not in rule.needs:
        return ""
    ssh = "With ssh to the nodes, name their inventory group in ``aks_dataplane_node_group``"
    own = "Temporary pods show it too: apply ``docs/rights/kubernetes/pods.yml``, and set ``aks_dataplane_node_look: pods``."
    if rule.id in ONLY_ON_NODE:
        return f"{ssh}. The pods of AKS do not show it. {own}"
    pods = "Allow ``pods/exec`` in ``kube-system`` (``docs/rights/kubernetes/exec.yml``), and leave ``aks_dataplane_node_look`` at ``auto``"
    further = "ssh also covers nodes with more chains than the pods of AKS show. " if rule.node_field else ""
    note = f" By ``pods/exec``, {BY_IMAGE[rule.id]} is known by the node image only." if rule.id in BY_IMAGE else ""
    return f"{pods}. {ssh}. {further}{own}{note}"


def _profile(rule: RuleMetadata) -> str:
    if not rule.relaxed_reason:
        return ""
    return f"{rule.relaxed or 'not in every case'}, because {rule.relaxed_reason}"


if __name__ == "__main__":
    sys.exit(main("tools.pages.preflight", lambda: {PATH: text()}, __doc__))
