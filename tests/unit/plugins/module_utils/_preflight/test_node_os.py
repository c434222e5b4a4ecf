# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operating system of a pool or a node is, and whether its VMs are confidential: names as AKS and Azure spell them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import PoolView
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_os import is_confidential, is_fit_image, judge_pool
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import is_windows

from tests.support import host_routing
from tests.support.preflight import NODES, hits, node


def pool(**settings: t.Any) -> PoolView:
    return PoolView.from_raw({"name": "p", **settings})


@pytest.mark.parametrize(
    ("image", "fitness", "system"),
    [
        ("AKSUbuntu-2404gen2containerd-202610.12.0", "fit", "Ubuntu 24.04"),
        ("AKSUbuntu-2404containerd-202610.12.0", "fit", "Ubuntu 24.04"),
        ("aksubuntu-2404", "fit", "Ubuntu 24.04"),
        ("AKSUbuntu-2204gen2containerd-202610.12.0", "unfit", "Ubuntu 22.04"),
        ("AKSUbuntu-1804gen2containerd-202610.12.0", "unfit", "Ubuntu 18.04"),
        ("AKSUbuntu-2604gen2containerd-202610.12.0", "unfit", "Ubuntu 26.04"),
        ("AKSUbuntu-2410gen2containerd-202610.12.0", "unfit", "Ubuntu 24.10"),
        ("AKSUbuntu-2304gen2containerd-202610.12.0", "unfit", "Ubuntu 23.04"),
        ("AKSAzureLinux-V3gen2-202610.12.0", "fit", "Azure Linux 3"),
        ("AKSAzureLinux-V3-202610.12.0", "fit", "Azure Linux 3"),
        ("aksazurelinux-v3", "fit", "Azure Linux 3"),
        ("AKSAzureLinux-V2gen2-202509.23.0", "unfit", "Azure Linux 2"),
        ("AKSAzureLinux-V4gen2-202610.12.0", "unfit", "Azure Linux 4"),
        ("AKSAzureLinux-V30gen2-202610.12.0", "unfit", "Azure Linux 30"),
        ("AKSCBLMariner-V2gen2-202404.09.0", "unfit", "Azure Linux 2"),
        ("AKSCBLMariner-V1gen2-202404.09.0", "unfit", "Azure Linux 1"),
        ("AKSAzureLinux-V3-OSGuard-gen2-202610.12.0", "unfit", "AKSAzureLinux-V3-OSGuard-gen2-202610.12.0"),
        ("AKSAzureLinuxOSGuard-OSGuardV3gen2fipsTL-202610.12.0", "unfit", "AKSAzureLinuxOSGuard-OSGuardV3gen2fipsTL-202610.12.0"),
        ("AKSAzureLinux-V3-osguard-gen2-202610.12.0", "unfit", "AKSAzureLinux-V3-osguard-gen2-202610.12.0"),
        ("AKSFlatcar-flatcargen2-202610.12.0", "unfit", "AKSFlatcar-flatcargen2-202610.12.0"),
        ("AKSAzureContainerLinux-aclgen2-202610.12.0", "unfit", "AKSAzureContainerLinux-aclgen2-202610.12.0"),
    ],
)
def test_the_image_tells_the_system_whatever_the_sku(image: str, fitness: str, system: str) -> None:
    for sku in ("Ubuntu2204", "Ubuntu2404", None):
        assert judge_pool(pool(nodeImageVersion=image, osSKU=sku, currentOrchestratorVersion="1.34.2")) == (fitness, system)


# Without an image that is known, or with an image of another program.
@pytest.mark.parametrize("image", [None, "", "custom-image", "NotAKSUbuntu-2404", "NotAKSAzureLinux-V3", "AKSAzureLinux-Vgen2"])
@pytest.mark.parametrize(
    ("sku", "version", "fitness", "system"),
    [
        ("Ubuntu", "1.35.0", "fit", "Ubuntu at Kubernetes 1.35.0"),
        ("ubuntu", "1.36.1", "fit", "ubuntu at Kubernetes 1.36.1"),
        ("Ubuntu", "1.34.99", "unfit", "Ubuntu at Kubernetes 1.34.99"),
        ("Ubuntu", "1.5.0", "unfit", "Ubuntu at Kubernetes 1.5.0"),
        ("Ubuntu", "latest", "unknown", "Ubuntu at Kubernetes latest"),
        ("AzureLinux", "1.32.0", "fit", "AzureLinux at Kubernetes 1.32.0"),
        ("AzureLinux", "1.31.99", "unfit", "AzureLinux at Kubernetes 1.31.99"),
        ("AzureLinux", None, "unknown", "AzureLinux at Kubernetes None"),
        ("Ubuntu2404", "1.33.0", "fit", "Ubuntu2404"),
        ("ubuntu2404", None, "fit", "ubuntu2404"),
        ("AzureLinux3", "1.33.0", "fit", "AzureLinux3"),
        ("azurelinux3", None, "fit", "azurelinux3"),
        ("Ubuntu2204", "1.35.0", "unfit", "Ubuntu2204"),
        ("Ubuntu2604", "1.35.0", "unfit", "Ubuntu2604"),
        ("AzureLinuxOSGuard", "1.35.0", "unfit", "AzureLinuxOSGuard"),
        ("AzureContainerLinux", "1.35.0", "unfit", "AzureContainerLinux"),
        ("Flatcar", "1.35.0", "unfit", "Flatcar"),
        ("CBLMariner", "1.35.0", "unfit", "CBLMariner"),
        ("Mariner", "1.35.0", "unfit", "Mariner"),
        ("Windows2022", "1.35.0", "unfit", "Windows2022"),
        ("", "1.35.0", "unknown", "unknown"),
        (None, "1.35.0", "unknown", "unknown"),
    ],
)
def test_what_an_sku_means(image: str | None, sku: str | None, version: str | None, fitness: str, system: str) -> None:
    assert judge_pool(pool(nodeImageVersion=image, osSKU=sku, currentOrchestratorVersion=version)) == (fitness, system)


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("Ubuntu 24.04.3 LTS", True),
        ("Ubuntu 24.04 LTS", True),
        ("ubuntu 24.04", True),
        ("Microsoft Azure Linux 3.0", True),
        ("Azure Linux 3.0", True),
        ("Ubuntu 22.04.5 LTS", False),
        ("Ubuntu 26.04 LTS", False),
        ("Ubuntu 24.10", False),
        ("Ubuntu 23.04", False),
        ("Ubuntu 25.04", False),
        ("Ubuntu 24.03", False),
        ("Ubuntu 24.05", False),
        ("Ubuntu 24x04", False),
        ("Ubuntu 24.041", False),
        ("Azure Linux 2.0", False),
        ("Azure Linux 4.0", False),
        ("Azure Linux 3.1", False),
        ("Azure Linux 3x0", False),
        ("Azure Linux 3.01", False),
        ("CBL-Mariner/Linux", False),
        ("Flatcar Container Linux by Kinvolk 4230.2.1", False),
        ("Debian GNU/Linux 12 (bookworm)", False),
        ("", False),
    ],
)
def test_what_a_node_calls_its_system(name: str, fit: bool) -> None:
    assert is_fit_image(name) is fit


# Azure's confidential sizes: DC or EC, with a (AMD) or e (Intel TDX), of version 5 on; and NCC.
CONFIDENTIAL = [
    *("Standard_DC4as_v5", "Standard_DC4ads_v5", "Standard_EC4as_v5", "Standard_EC96ads_v5", "Standard_DC2es_v5", "Standard_DC16eds_v5"),
    *("Standard_EC2es_v5", "Standard_EC128eds_v5", "Standard_DC4as_cc_v5", "Standard_EC8ads_cc_v5", "Standard_EC96-24ads_v5"),
    *("Standard_DC4as_v6", "Standard_DC2es_v7", "Standard_DC2es_v8", "Standard_EC2as_v9", "Standard_NCC40ads_H100_v5", "STANDARD_DC4AS_V5"),
]
# Sizes with SGX enclaves, older ones, and ordinary ones that look like it.
ORDINARY = [
    *("Standard_DC2s_v2", "Standard_DC2s_v3", "Standard_DC4ds_v3", "Standard_DC8_v2", "Standard_D4as_v5", "Standard_E4as_v5", "Standard_E4ads_v5"),
    *("Standard_DC4as_v4", "Standard_EC4as_v4", "Standard_NC40ads_H100_v5", "Standard_D8d_v5", "Standard_DCas_v5", "Standard_DC4bs_v5"),
    *("Standard_EC96-ads_v5", "Standard_DC4as_cx_v5", "Standard_DC4a_v5", "Standard_FC4as_v5", "My_Standard_DC4as_v5", "", None),
]  # fmt: skip


@pytest.mark.parametrize("size", CONFIDENTIAL)
def test_confidential_sizes(size: str) -> None:
    assert is_confidential(pool(vmSize=size, nodeImageVersion="AKSUbuntu-2404gen2containerd-202610.12.0"))


@pytest.mark.parametrize("size", ORDINARY)
def test_other_sizes(size: str | None) -> None:
    assert not is_confidential(pool(vmSize=size, nodeImageVersion="AKSUbuntu-2404gen2containerd-202610.12.0"))
    assert not is_confidential(pool(vmSize=size))


@pytest.mark.parametrize(
    "image", ["AKSUbuntu-2404CVMcontainerd-202610.12.0", "AKSUbuntu-2404cvmcontainerd-202610.12.0", "AKSAzureLinux-V3cvm"]
)
def test_confidential_images(image: str) -> None:
    assert is_confidential(pool(vmSize="Standard_D8d_v5", nodeImageVersion=image))


@pytest.mark.parametrize(("kind", "reported"), [("Windows", True), ("windows", True), ("Linux", False), ("", False), (None, False)])
def test_windows_pools(kind: str | None, reported: bool) -> None:
    assert is_windows(pool(osType=kind).os_type) is reported


OLD = "AKSUbuntu-2204gen2containerd-202610.12.0"


@pytest.mark.parametrize(
    ("label", "image", "reported"),
    [
        # Named by its pool already.
        ("extra", "Ubuntu 22.04.5 LTS", []),
        ("system", "Ubuntu 22.04.5 LTS", ["node pools", "nodes"]),
        ("system", "Ubuntu 24.04.3 LTS", []),
        ("gone", "Ubuntu 22.04.5 LTS", ["node pools", "nodes"]),
        ("", "Ubuntu 22.04.5 LTS", ["node pools", "nodes"]),
        ("", "", ["node pools", "nodes"]),
        ("gone", "", ["node pools", "nodes"]),
        # Its pool has a system that fits.
        ("system", "", []),
    ],
)
def test_a_node_is_named_where_its_pool_is_not(label: str, image: str, reported: list[str]) -> None:
    nodes = (*NODES, node("n9", os_image=image, pool=label))
    body = host_routing.body(pools=({}, {"name": "extra", "nodeImageVersion": OLD}))
    found = hits("EB06", host_routing.facts(body, kube=host_routing.kube(nodes=nodes)))
    assert [finding.subject for finding in found] == (reported or ["node pools"])
    if reported:
        assert found[1].message == (
            f"These nodes run another system: n9 ({image})." if image else "The system of these nodes is unknown: n9."
        )


def test_systems_of_nodes_that_could_not_be_read_are_not_judged() -> None:
    nodes = (node("n9", os_image="Ubuntu 22.04.5 LTS"),)
    assert hits("EB06", host_routing.facts(kube=host_routing.kube(nodes=nodes, unread={"nodes": "forbidden"}))) == []
