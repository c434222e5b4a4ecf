# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which api-versions there are: one stable on the first, one preview on the second of a month."""

from __future__ import annotations

import re

FIRST_PREVIEW = "2022-08-02-preview"
FIRST_STABLE = "2022-07-01"
LAST = "2026-08"
NFTABLES_SINCE = "2025-09-02-preview"
STRICT_SINCE = "2024-01"


def well_formed(version: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}(-preview)?", version) is not None


def is_preview(version: str) -> bool:
    return version.endswith("-preview")


def exists(version: str) -> bool:
    """Whether managed clusters can be asked for with it."""
    if version[:7] > LAST:
        return False
    if is_preview(version):
        return version[8:10] == "02" and version >= FIRST_PREVIEW
    return version[8:10] == "01" and version >= FIRST_STABLE


def knows_kube_proxy(version: str) -> bool:
    return is_preview(version) and version >= FIRST_PREVIEW


def knows_nftables(version: str) -> bool:
    return is_preview(version) and version >= NFTABLES_SINCE


def is_strict(version: str) -> bool:
    """Whether unknown properties are refused; older ones ignore them."""
    return version[:7] >= STRICT_SINCE
