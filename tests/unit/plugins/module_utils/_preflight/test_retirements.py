# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS stops supporting, and when: dates as Azure announced them, and which clusters they are about."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._preflight import retirements
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.retirements import SupportEnd, support_ends

from tests.support.preflight import view

# What, when support ends, when AKS removes the node images, and the announcement.
ANNOUNCED = [
    ("Azure Linux 2.0", "2025-11-30", "2026-03-31", "Azure/AKS/issues/4988"),
    ("Flatcar Container Linux", "2026-06-08", "2026-09-08", "Azure/AKS/issues/5648"),
    ("Azure Linux with OS Guard", "2026-12-10", "2027-03-10", "Azure/AKS/issues/5950"),
    ("Azure Network Policy Manager on Windows", "2026-09-30", "", "Azure/AKS/issues/3129"),
    ("Ubuntu 20.04", "2027-03-17", "2027-03-17", "Azure/AKS/issues/4874"),
    ("Ubuntu 22.04", "2027-06-30", "2028-04-30", "Azure/AKS/issues/5701"),
    ("kubenet", "2028-03-31", "", "aks/configure-kubenet"),
    ("Windows Server 2022", "2028-06-30", "2029-06-30", "Azure/AKS/releases/tag/2026-06-19"),
    ("Azure Network Policy Manager on Linux", "2028-09-30", "", "aks/use-network-policies"),
    ("kube-proxy's mode IPVS", "", "", "kubernetes/enhancements/issues/5495"),
]


def all_of_them() -> dict[str, retirements.Retirement]:
    single = (retirements.KUBENET, retirements.NPM_WINDOWS, retirements.NPM_LINUX, retirements.IPVS)
    return {one.what: one for one in (*retirements.SYSTEMS.values(), *single)}


@pytest.mark.parametrize(("what", "ends", "images", "source"), ANNOUNCED, ids=[announced[0] for announced in ANNOUNCED])
def test_what_was_announced(what: str, ends: str, images: str, source: str) -> None:
    one = all_of_them()[what]
    assert (one.ends, one.images_removed) == (ends, images)
    assert one.source.endswith(source)
    assert bool(one.ends) != bool(one.when)
    assert one.instead.endswith(".")
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", day) for day in (one.ends, one.images_removed) if day)


def test_every_retirement_is_announced() -> None:
    assert set(all_of_them()) == {announced[0] for announced in ANNOUNCED}


def pools(*changes: t.Mapping[str, t.Any]) -> ClusterView:
    return view(pools=[{"name": f"p{number}", **change} for number, change in enumerate(changes)])


def with_ipvs(**config: t.Any) -> ClusterView:
    network = {"networkPlugin": "azure", "kubeProxyConfig": config}
    body = {"name": "aks", "properties": {"currentKubernetesVersion": "1.34.2", "networkProfile": network}}
    return ClusterView.from_raw(body, DEFAULT_KUBE_PROXY)


@pytest.mark.parametrize(
    ("cluster", "found"),
    [
        (view(), []),
        (pools({"nodeImageVersion": "AKSUbuntu-2404gen2containerd-202610.12.0"}, {"osSKU": "AzureLinux3"}), []),
        (pools({"nodeImageVersion": "AKSAzureLinux-V2gen2-202509.23.0"}, {"osSKU": "Mariner"}), [("Azure Linux 2.0", ("p0", "p1"))]),
        (pools({"osSKU": "AzureLinux", "currentOrchestratorVersion": "1.31.9"}), [("Azure Linux 2.0", ("p0",))]),
        (pools({"osSKU": "AzureLinux", "currentOrchestratorVersion": "1.32.0"}), []),
        (
            pools({"osSKU": "Flatcar"}, {"nodeImageVersion": "AKSFlatcar-flatcargen2-202603.1.0"}),
            [("Flatcar Container Linux", ("p0", "p1"))],
        ),
        (pools({"osSKU": "AzureLinuxOSGuard"}), [("Azure Linux with OS Guard", ("p0",))]),
        (pools({"nodeImageVersion": "AKSUbuntu-2004fipscontainerd-202610.12.0"}), [("Ubuntu 20.04", ("p0",))]),
        (pools({"osSKU": "Ubuntu2204"}), [("Ubuntu 22.04", ("p0",))]),
        (pools({"osSKU": "Ubuntu", "currentOrchestratorVersion": "1.34.1"}), [("Ubuntu 22.04", ("p0",))]),
        (pools({"osSKU": "Ubuntu", "currentOrchestratorVersion": "1.35.0"}), []),
        (pools({"osSKU": "Ubuntu", "currentOrchestratorVersion": "odd"}), []),
        (pools({"osType": "Windows", "osSKU": "Windows2022"}), [("Windows Server 2022", ("p0",))]),
        (pools({"osType": "Windows", "osSKU": "Windows2025"}), []),
        (view(networkPlugin="Kubenet"), [("kubenet", ())]),
        (view(networkPolicy="azure"), [("Azure Network Policy Manager on Linux", ())]),
        (
            view(networkPolicy="azure", pools=[{"name": "w", "osType": "Windows"}]),
            [("Azure Network Policy Manager on Windows", ("w",)), ("Azure Network Policy Manager on Linux", ())],
        ),
        (with_ipvs(enabled=True, mode="IPVS"), [("kube-proxy's mode IPVS", ())]),
        (with_ipvs(enabled=True, mode="NFTABLES"), []),
        (with_ipvs(mode="IPVS"), []),
        (view(version="1.33.9"), [("Kubernetes 1.33", ())]),
        (view(version="1.32.1"), [("Kubernetes 1.32", ())]),
        (view(version="1.34.0"), []),
        (view(version="latest"), []),
        (
            view(version="1.33.1", networkPlugin="kubenet", pools=[{"name": "u", "osSKU": "Ubuntu2204"}]),
            [("Ubuntu 22.04", ("u",)), ("kubenet", ()), ("Kubernetes 1.33", ())],
        ),
    ],
)
def test_what_a_cluster_uses(cluster: ClusterView, found: list[tuple[str, tuple[str, ...]]]) -> None:
    ends = support_ends(cluster)
    assert [(one.retirement.what, one.where) for one in ends] == found
    reported = [one.to_dict("2026-11-28") for one in ends]
    assert json.loads(json.dumps(reported)) == reported


@pytest.mark.parametrize(
    ("today", "over", "gone"),
    [
        ("2025-11-29", False, False),
        ("2025-11-30", True, False),
        ("2026-03-30", True, False),
        ("2026-03-31", True, True),
        ("", False, False),
    ],
)
def test_the_days_themselves_count(today: str, over: bool, gone: bool) -> None:
    one = SupportEnd(all_of_them()["Azure Linux 2.0"], ("p",))
    assert (one.is_over(today), one.images_are_gone(today)) == (over, gone)
    assert one.to_dict(today)["over"] is over


def test_what_has_no_date_is_never_over() -> None:
    one = SupportEnd(retirements.IPVS)
    assert not one.is_over("2099-01-01")
    assert not one.images_are_gone("2099-01-01")
