# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each rule states beside its words: severities, what a rule is about, what it needs, and every number in its texts."""

from __future__ import annotations

import re

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry

# Id, severity, that under the profile current, what must be wanted, where the data is from, parts of the cluster that must have been read.
STATED = [
    ("KP01", "error", "error", "any", "arm", ""),
    ("KP02", "error", "error", "any", "arm", ""),
    ("KP03", "error", "error", "any", "arm", ""),
    ("KP04", "error", "error", "NFTABLES", "arm", ""),
    ("KP05", "error", "error", "IPVS", "arm", ""),
    ("KP06", "error", "error", "IPVS", "arm", ""),
    ("KP07", "warning", "warning", "IPVS", "arm", ""),
    ("KP08", "error", "error", "NFTABLES", "arm kube", ""),
    ("KP09", "warning", "info", "NFTABLES", "arm", ""),
    ("KP10", "error", "error", "disabled", "arm", ""),
    ("KP11", "error", "error", "disabled", "kube", ""),
    ("KP12", "warning", "warning", "disabled", "arm", ""),
    ("KP13", "error", "error", "any", "arm", ""),
    ("KP14", "error", "error", "any", "arm", ""),
    ("KP15", "error", "error", "NFTABLES", "kube", "nodes"),
    ("KP16", "warning", "warning", "NFTABLES", "node", ""),
    ("KP17", "warning", "warning", "NFTABLES", "node", ""),
    ("KP18", "warning", "warning", "NFTABLES", "node", ""),
    ("KP19", "warning", "warning", "NFTABLES", "node", ""),
    ("KP20", "warning", "warning", "NFTABLES", "arm kube", "services"),
    ("KP21", "warning", "warning", "IPTABLES or IPVS", "arm", ""),
    ("KP22", "warning", "warning", "enabled", "node", ""),
    ("KP23", "warning", "warning", "IPTABLES or NFTABLES", "arm", ""),
    ("KP24", "error", "error", "any", "arm kube", "daemonset"),
    ("KP25", "error", "error", "any", "arm", ""),
    ("KP26", "warning", "warning", "NFTABLES", "kube", "services"),
    ("KP27", "warning", "warning", "any", "kube", "nodes"),
    ("KP28", "info", "info", "any", "arm", ""),
    ("KP29", "info", "info", "any", "arm", ""),
    ("KP30", "info", "info", "IPVS", "arm", ""),
    ("KP31", "warning", "warning", "NFTABLES", "arm kube", ""),
    ("KP32", "error", "error", "NFTABLES", "arm kube", "daemonset"),
    ("KP33", "warning", "warning", "IPVS or NFTABLES", "kube", "workloads"),
    ("KP34", "warning", "warning", "IPTABLES", "arm node", ""),
    ("KP35", "warning", "warning", "any", "arm", ""),
    ("EB01", "error", "error", "enabled", "arm", ""),
    ("EB02", "error", "error", "enabled", "arm", ""),
    ("EB02b", "warning", "warning", "enabled", "arm", ""),
    ("EB03", "error", "error", "enabled", "arm", ""),
    ("EB04", "error", "error", "enabled", "arm", ""),
    ("EB05", "error", "error", "enabled", "arm", ""),
    ("EB06", "error", "error", "enabled", "arm kube", ""),
    ("EB07", "error", "error", "enabled", "arm", ""),
    ("EB08", "error", "error", "enabled", "arm", ""),
    ("EB09", "error", "error", "enabled", "arm", ""),
    ("EB10", "error", "warning", "enabled", "arm", ""),
    ("EB11", "error", "error", "enabled", "kube", ""),
    ("EB12", "error", "warning", "enabled", "arm", ""),
    ("EB13", "error", "error", "any", "arm", ""),
    ("EB14", "error", "error", "enabled", "kube", "cilium_nodes"),
    ("EB15", "error", "error", "enabled", "kube node", ""),
    ("EB16", "warning", "warning", "enabled", "kube", "patterns"),
    ("EB17", "error", "error", "enabled", "arm kube", "ip_masq"),
    ("EB18", "warning", "warning", "enabled", "kube", "ip_masq"),
    ("EB19", "warning", "warning", "enabled", "node", ""),
    ("EB20", "warning", "warning", "enabled", "kube", "workloads"),
    ("EB21", "error", "error", "enabled", "kube node", ""),
    ("EB22", "error", "error", "enabled", "arm kube", "cilium"),
    ("EB23", "error", "error", "any", "arm kube", ""),
    ("EB24", "warning", "warning", "any", "arm kube", ""),
    ("EB25", "info", "info", "enabled", "arm", ""),
    ("EB26", "error", "error", "enabled", "kube", ""),
    ("EB27", "error", "error", "any", "arm", ""),
    ("EB28", "info", "info", "any", "arm", ""),
    ("EB29", "error", "error", "enabled", "arm kube", ""),
    ("EB30", "warning", "warning", "enabled", "arm kube", "cilium_nodes"),
    ("EB31", "warning", "warning", "any", "arm", ""),
]

# All numbers in the title, the condition, the remedy, the versions, and the reason for another severity; in that order.
NUMBERS = {
    # The AKS release since which kube-proxy can be disabled without the feature.
    "KP02": "2025-04-27",
    "KP03": "2022-08-02 2025-09-02",
    # The last one is the last version that is found.
    "KP04": "1.33 1.33 1.34 1.33 1.32",
    "KP05": "1.22 1.22 1.22 1.21",
    "KP07": "1.35 1.40 1.43 1.35",
    # The month of the troubleshooting article.
    "KP09": "2026-05",
    "KP15": "5.13",
    "KP16": "1.0.1 1.0.1",
    "KP20": "127.0.0.1",
    "KP26": "100,000 1.36 6.18 10,000 1.36",
    "KP31": "6.1 24.04 3",
    "KP32": "1.33.6 1.34.2 1.33.6 1.34.2 1.33 1.34",
    "EB04": "1.33 1.33 1.34 1.33 1.32",
    "EB06": "24.04 3 24.04 3",
    # The day of general availability.
    "EB10": "2026-04-23",
    # The AKS release since which dual stack is supported.
    "EB12": "2026-03-05",
    # Minutes: the iptables monitor looks every 300 seconds.
    "EB14": "5",
    "EB21": "5.10",
    # Minutes, as above.
    "EB30": "5 10",
}

# The numbers of issues, pull requests, and KEPs that the sources are.
SOURCES = {
    "KP03": "257",
    "KP04": "3866",
    "KP06": "1612",
    "KP07": "5495",
    "KP08": "12198",
    "KP09": "3094 3777",
    "KP10": "257",
    "KP13": "257",
    "KP15": "3866",
    "KP16": "3866",
    "KP17": "136786",
    "KP18": "124383",
    "KP20": "3866",
    "KP21": "2448 102314",
    "KP22": "102314",
    "KP26": "135639 139513",
    "KP31": "117924 122663 15501",
    "KP32": "134024 134117 134118",
    "KP33": "663 1642 682",
    "EB18": "35823",
}


@pytest.mark.parametrize(("rule_id", "severity", "current", "about", "needs", "parts"), STATED, ids=[stated[0] for stated in STATED])
def test_what_a_rule_states(rule_id: str, severity: str, current: str, about: str, needs: str, parts: str) -> None:
    rule = registry.rules()[rule_id]
    assert (rule.severity, rule.relaxed or rule.severity, rule.when.to_text()) == (severity, current, about)
    assert (rule.needs, rule.kube_parts) == (tuple(needs.split()), tuple(parts.split()))


def test_every_rule_is_stated() -> None:
    assert [stated[0] for stated in STATED] == list(registry.rules())


@pytest.mark.parametrize("rule_id", registry.rules())
def test_the_numbers_in_the_texts_of_a_rule(rule_id: str) -> None:
    rule = registry.rules()[rule_id]
    texts = " ".join((rule.title, rule.what, rule.remedy, rule.since, rule.until, rule.relaxed_reason))
    # Not those that are part of a name, as in IPv4 or KP11.
    assert " ".join(re.findall(r"(?<!\w)\d+(?:[.,-]\d+)*", texts)) == NUMBERS.get(rule_id, "")


@pytest.mark.parametrize("rule_id", registry.rules())
def test_the_numbers_in_the_sources_of_a_rule(rule_id: str) -> None:
    found = [number for source in registry.rules()[rule_id].sources for number in re.findall(r"(?<=/)\d+(?=$|-)", source)]
    assert " ".join(found) == SOURCES.get(rule_id, "")
