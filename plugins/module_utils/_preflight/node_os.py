"""Which operating system a node pool really has: the SKU alone does not say, because its meaning moved with the versions of Kubernetes."""

from __future__ import annotations

import re
import typing as t

from .._aks.versions import kubernetes_version
from .._aks.view import PoolView
from .limits import AZURE_LINUX_3_SINCE, UBUNTU_2404_SINCE

Fitness = t.Literal["fit", "unfit", "unknown"]

_UBUNTU = re.compile(r"AKSUbuntu-(\d{2})(\d{2})", re.IGNORECASE)
_AZURE_LINUX = re.compile(r"AKS(?:AzureLinux|CBLMariner)-V(\d+)", re.IGNORECASE)
_OTHER = re.compile(r"OSGuard|aclgen2|Flatcar", re.IGNORECASE)
_CONFIDENTIAL_IMAGE = re.compile(r"cvm", re.IGNORECASE)
# DCsv2, DCsv3 and DCdsv3 are sizes with SGX enclaves, not confidential VMs.
_CONFIDENTIAL_SIZE = re.compile(r"Standard_(?:(?:DC|EC)\d+(?:-\d+)?[ae]d?s(?:_cc)?_v[5-9]|NCC)", re.IGNORECASE)

_FIT_IMAGE = re.compile(r"Ubuntu 24\.04\b|(?:Microsoft )?Azure Linux 3\.0\b", re.IGNORECASE)


def judge_pool(pool: PoolView) -> tuple[Fitness, str]:
    """Whether the system is one that eBPF host routing is offered on, and its name; by the image that the pool runs, else by its SKU."""
    image = pool.node_image_version or ""
    ubuntu, azure_linux = _UBUNTU.match(image), _AZURE_LINUX.match(image)
    if _OTHER.search(image):
        return "unfit", image
    if ubuntu:
        return _fit((ubuntu[1], ubuntu[2]) == ("24", "04")), f"Ubuntu {ubuntu[1]}.{ubuntu[2]}"
    if azure_linux:
        return _fit(azure_linux[1] == "3"), f"Azure Linux {azure_linux[1]}"
    return _judge_sku(pool)


def _judge_sku(pool: PoolView) -> tuple[Fitness, str]:
    sku = pool.os_sku or ""
    version = kubernetes_version(pool.orchestrator_version)
    system = f"{sku} at Kubernetes {pool.orchestrator_version}"
    since = {"ubuntu": UBUNTU_2404_SINCE, "azurelinux": AZURE_LINUX_3_SINCE}.get(sku.lower())
    if since is not None:
        return ("unknown" if version is None else _fit(version >= since)), system
    if sku.lower() in ("ubuntu2404", "azurelinux3"):
        return "fit", sku
    return ("unfit", sku) if sku else ("unknown", "not told")


def _fit(condition: bool) -> Fitness:
    return "fit" if condition else "unfit"


def is_fit_image(os_image: str) -> bool:
    """Whether a node's own name of its system is one that eBPF host routing is offered on."""
    return _FIT_IMAGE.search(os_image) is not None


def is_confidential(pool: PoolView) -> bool:
    """Whether the pool's VMs are confidential ones, for which ARM has no property."""
    return _CONFIDENTIAL_SIZE.match(pool.vm_size or "") is not None or _CONFIDENTIAL_IMAGE.search(pool.node_image_version or "") is not None
