"""Which operating system a node pool really has: the SKU alone does not say, because its meaning moved with the versions of Kubernetes."""

from __future__ import annotations

import re
import typing as t

from .._aks.versions import kubernetes_version
from .._aks.view import PoolView
from .limits import AZURE_LINUX_3_SINCE, UBUNTU_2204_SINCE, UBUNTU_2404_SINCE

Fitness = t.Literal["fit", "unfit", "unknown"]

UBUNTU_20, UBUNTU_22, UBUNTU_24 = "Ubuntu 20.04", "Ubuntu 22.04", "Ubuntu 24.04"
AZURE_LINUX_2, AZURE_LINUX_3 = "Azure Linux 2", "Azure Linux 3"
FLATCAR, OS_GUARD, CONTAINER_LINUX = "Flatcar", "Azure Linux OS Guard", "Azure Container Linux"
WINDOWS_2022 = "Windows Server 2022"
# Those that eBPF host routing is offered on.
_FIT = (UBUNTU_24, AZURE_LINUX_3)

# The kernels of AKS's images (Azure/AKS, vhd-notes).
_KERNELS = {UBUNTU_20: (5, 4), UBUNTU_22: (5, 15), UBUNTU_24: (6, 8), AZURE_LINUX_2: (5, 15), AZURE_LINUX_3: (6, 6)}

# A word may name a kind of image, such as EdgeZone.
_UBUNTU = re.compile(r"(?:AKS)?Ubuntu[A-Za-z]*-?(\d{2})(\d{2})", re.IGNORECASE)
_AZURE_LINUX = re.compile(r"AKS(?:AzureLinux|CBLMariner)-V(\d+)", re.IGNORECASE)
_OTHERS = {
    OS_GUARD: re.compile(r"OSGuard", re.IGNORECASE),
    CONTAINER_LINUX: re.compile(r"aclgen2|AzureContainerLinux", re.IGNORECASE),
    FLATCAR: re.compile(r"Flatcar", re.IGNORECASE),
}
_CONFIDENTIAL_IMAGE = re.compile(r"cvm", re.IGNORECASE)
# DCsv2, DCsv3 and DCdsv3 are sizes with SGX enclaves, not confidential VMs.
_CONFIDENTIAL_SIZE = re.compile(r"Standard_(?:(?:DC|EC)\d+(?:-\d+)?[ae]d?s(?:_cc)?_v[5-9]|NCC)", re.IGNORECASE)

# Of the node images of July and August 2026 (Azure/AgentBaker, release notes).
_NFT_OF_IMAGES = (
    (re.compile(r"Ubuntu 22\.04\b"), "1.0.2"),
    (re.compile(r"Ubuntu 24\.04\b"), "1.0.9"),
    (re.compile(r"Azure Linux 3\.0\b"), "1.0.9"),
)
_FIT_IMAGE = re.compile(r"Ubuntu 24\.04\b|(?:Microsoft )?Azure Linux 3\.0\b", re.IGNORECASE)


def system_of(pool: PoolView) -> str:
    """The system of a pool's nodes: by the image that they run, else by the pool's SKU.

    One of the names above, another of the same kind, or an SKU that means just one system; V('') when it cannot be known.
    """
    return _system_of_image(pool.node_image_version or "") or _system_of_sku(pool)


def _system_of_image(image: str) -> str:
    """V('') for an image that is none of AKS's."""
    other = _other_system(image)
    ubuntu, azure_linux = _UBUNTU.match(image) if image.lower().startswith("aks") else None, _AZURE_LINUX.match(image)
    if other:
        return other
    if ubuntu:
        return f"Ubuntu {ubuntu[1]}.{ubuntu[2]}"
    return f"Azure Linux {azure_linux[1]}" if azure_linux else ""


def _other_system(text: str) -> str:
    return next((system for system, pattern in _OTHERS.items() if pattern.search(text)), "")


def _system_of_sku(pool: PoolView) -> str:
    sku = (pool.os_sku or "").lower()
    version = kubernetes_version(pool.orchestrator_version)
    if sku in ("ubuntu", "azurelinux") and version is None:
        return ""
    if sku == "ubuntu" and version is not None:
        return UBUNTU_24 if version >= UBUNTU_2404_SINCE else UBUNTU_22 if version >= UBUNTU_2204_SINCE else "Ubuntu 18.04"
    if sku == "azurelinux" and version is not None:
        return AZURE_LINUX_3 if version >= AZURE_LINUX_3_SINCE else AZURE_LINUX_2
    ubuntu = _UBUNTU.fullmatch(sku)
    if ubuntu:
        return f"Ubuntu {ubuntu[1]}.{ubuntu[2]}"
    named = {"azurelinux3": AZURE_LINUX_3, "cblmariner": AZURE_LINUX_2, "mariner": AZURE_LINUX_2, "windows2022": WINDOWS_2022}
    return named.get(sku) or _other_system(sku) or (pool.os_sku or "")


def kernel_of(system: str) -> tuple[int, int] | None:
    """The kernel that AKS's images of a system have; none when that is not known. system: as C(system_of) names it."""
    return _KERNELS.get(system)


def judge_pool(pool: PoolView) -> tuple[Fitness, str]:
    """Whether the system is one that eBPF host routing is offered on, and its name; by the image that the pool runs, else by its SKU."""
    system = system_of(pool)
    return ("unknown" if not system else "fit" if system in _FIT else "unfit"), _in_words(pool)


def _in_words(pool: PoolView) -> str:
    """What says which system it is."""
    image, sku = pool.node_image_version or "", pool.os_sku or ""
    by_image = _system_of_image(image)
    if by_image:
        return image if by_image in _OTHERS else by_image
    if sku.lower() in ("ubuntu", "azurelinux"):
        return f"{sku} at Kubernetes {pool.orchestrator_version}"
    return sku or "unknown"


def is_fit_image(os_image: str) -> bool:
    """Whether a node's own name of its system is one that eBPF host routing is offered on."""
    return _FIT_IMAGE.search(os_image) is not None


def nft_of_image(os_image: str) -> str:
    """The version of nft that AKS's node images of a system have, by a node's own name of it; V('') where that is not known."""
    return next((nft for pattern, nft in _NFT_OF_IMAGES if pattern.search(os_image)), "")


def is_confidential(pool: PoolView) -> bool:
    """Whether the pool's VMs are confidential ones, for which ARM has no property."""
    return _CONFIDENTIAL_SIZE.match(pool.vm_size or "") is not None or _CONFIDENTIAL_IMAGE.search(pool.node_image_version or "") is not None
