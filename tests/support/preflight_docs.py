# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/preflight.md, made from the rule catalogue: python -m tests.support.preflight_docs writes it."""

from __future__ import annotations

import pathlib

from ansible_collections.aks.dataplane.plugins.module_utils._preflight.catalogue import RULES_BY_AREA
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.model import Area
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_DATE
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.rule import Rule

PATH = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "preflight.md"

INTRODUCTION = """\
# Preflight rules

The module `aks.dataplane.aks_preflight`, and the role `aks.dataplane.preflight` that runs it, hold a cluster against these rules before
anything is changed. Each finding has a severity:

- **error**: the change would be refused, or would break something. The playbook stops.
- **warning**: the change works, and something needs your attention.
- **info**: good to know, not checked, or ignored.

A rule whose data could not be had gives an info finding that begins with `not checked:` and says why. The data comes from Azure (*arm*),
from the Kubernetes API server (*kube*), and from nodes (*node*): give `node_observations` what the module
`aks.dataplane.node_dataplane_info` returned there.

There are two profiles. `preview` goes by the limits that were published together with the preview of the feature, and is the default;
`current` goes by those of today. Choose with `aks_dataplane_profile` for the roles and the playbooks, or with `rule_set` for the module. The
column *profile* says where they differ.

`aks_dataplane_ignore` (for the module, `ignore`) takes the ids of rules whose findings are not to count. They stay in the result and in the
run record, as info, marked as ignored and with the severity that they had.
"""

SECTIONS: tuple[tuple[Area, str, str], ...] = (
    ("kube_proxy", "kube-proxy", "*Concerns* says which configurations of kube-proxy a rule is about."),
    (
        "ebpf_host_routing",
        "eBPF host routing",
        f"""\
*Concerns* says whether a rule is about enabling eBPF host routing only, or also about disabling it.

Until a node has no iptables rules but those that AKS expects, AKS's iptables monitor keeps its Cilium agent from starting. EB15 tells its
verdict beforehand, by the monitor's own algorithm and the patterns in the cluster's ConfigMap. Where that is missing it goes by the list
published at {BUNDLED_DATE}, and EB16 says so.
""".rstrip(),
    ),
)


def text() -> str:
    """The whole page."""
    header = "| id | severity | concerns | profile | needs | what makes a finding | what to do | sources |"
    line = "|---|---|---|---|---|---|---|---|"
    told = [INTRODUCTION]
    for area, title, introduction in SECTIONS:
        told += [f"## {title}", "", introduction, "", header, line, *(_row(rule) for rule in RULES_BY_AREA[area]), ""]
    return "\n".join(told)


def _row(rule: Rule) -> str:
    sources = ", ".join(f"[{number}]({source})" for number, source in enumerate(rule.sources, 1))
    versions = ", ".join(filter(None, [rule.since and f"since {rule.since}", rule.until and f"until {rule.until}"]))
    what = f"**{rule.title}.** {rule.what}" + (f" ({versions})" if versions else "")
    cells = (rule.id, rule.severity, rule.when.to_text(), _profile(rule), ", ".join(rule.needs), what, rule.remedy or "-", sources)
    return f"| {' | '.join(cells)} |"


def _profile(rule: Rule) -> str:
    if not rule.relaxed_reason:
        return "both alike"
    milder = f"`current`: {rule.relaxed}" if rule.relaxed else "`current`: not in every case"
    return f"{milder}, because {rule.relaxed_reason}"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
