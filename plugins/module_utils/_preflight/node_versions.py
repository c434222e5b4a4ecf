"""Versions of what a node has, out of what its programs and Kubernetes call them."""

from __future__ import annotations

import re

# A number of thousands of digits is none of a version, and none to Python.
_KERNEL = re.compile(r"(\d{1,9})\.(\d{1,9})(?!\d)")
_NFT = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9})(?!\d)|(?!\.?\d))")


def kernel_version(release: str) -> tuple[int, int] | None:
    """Out of uname's release, such as C(6.8.0-1034-azure); none when that is not understood."""
    found = _KERNEL.match(release)
    return (int(found[1]), int(found[2])) if found else None


def nft_version(text: str | None) -> tuple[int, int, int] | None:
    """Out of a version such as C(1.0.6); none when that is not understood."""
    found = _NFT.match(text or "")
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
