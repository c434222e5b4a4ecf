# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules return for a cluster that can take NFTABLES, as the filter audit_entry gets it, and ways to spoil it."""

from __future__ import annotations

import typing as t

NETWORK = {
    "name": "aks-a",
    "resource_group": "rg",
    "location": "westeurope",
    "kubernetes_version": "1.34.2",
    "network_plugin": "azure",
    "network_plugin_mode": "overlay",
    "network_policy": "none",
    "network_dataplane": "azure",
    "acns_enabled": False,
    "host_routing": "None",
    "kube_proxy": {"enabled": True, "mode": "IPTABLES", "ipvs_config": None},
}
STATUS = {"verdict": {"state": "iptables", "nodes_total": 3, "reasons": []}, "host_routing": None}
IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}


def finding(rule: str, severity: str = "error", **changes: t.Any) -> dict[str, t.Any]:
    reported = {"id": rule, "severity": severity, "subject": "cluster aks-a", "message": f"What {rule} says.", "remedy": f"Mend {rule}."}
    return {**reported, "not_checked": False, "ignored": False, **changes}


def unchecked(rule: str, **changes: t.Any) -> dict[str, t.Any]:
    return finding(rule, "info", not_checked=True, message="not checked: denied", **changes)


def check(subject: str, *findings: t.Mapping[str, t.Any], **changes: t.Any) -> dict[str, t.Any]:
    """A result of aks_preflight_info."""
    bad = any(item["severity"] == "error" for item in findings)
    before, after = (IPTABLES, NFTABLES) if subject == "nftables" else ({"state": "disabled"}, {"state": "enabled"})
    reported = {"findings": list(findings), "passed": not bad, "current": before, "wanted": after}
    return {"question": {"subject": subject}, **reported, **changes}


def failed(message: str, **more: t.Any) -> dict[str, t.Any]:
    """A result of any module."""
    return {"msg": f"{message} Do something.", "error": {"code": "Some", "message": message}, **more}


def failed_check(subject: str, message: str) -> dict[str, t.Any]:
    return failed(message, question={"subject": subject})


def seen(**changes: t.Any) -> dict[str, t.Any]:
    reported = {"host": "aks-a", "cluster": "aks-a", "resource_group": "rg", "rule_set": "preview", "error": "", "network": NETWORK}
    asked = {"status": STATUS, "unasked": "", "kubernetes": True, "checks": [check("nftables"), check("ebpf_host_routing")], "rechecks": []}
    return {**reported, **asked, **changes}
