# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules about api-versions."""

from __future__ import annotations

import pytest

from tests.simulator.arm import api_versions


@pytest.mark.parametrize(
    ("version", "well_formed", "exists", "kube_proxy", "nftables", "strict"),
    [
        ("2026-08-02-preview", True, True, True, True, True),
        ("2025-09-02-preview", True, True, True, True, True),
        ("2025-08-02-preview", True, True, True, False, True),
        ("2022-08-02-preview", True, True, True, False, False),
        ("2022-07-02-preview", True, False, False, False, False),
        ("2026-08-01", True, True, False, False, True),
        ("2023-10-01", True, True, False, False, False),
        ("2026-09-02-preview", True, False, True, True, True),
        ("2026-08-03", True, False, False, False, True),
        ("2026-8-1", False, False, False, False, True),
    ],
)
def test_versions(version: str, well_formed: bool, exists: bool, kube_proxy: bool, nftables: bool, strict: bool) -> None:
    assert api_versions.well_formed(version) is well_formed
    assert (api_versions.knows_kube_proxy(version), api_versions.knows_nftables(version)) == (kube_proxy, nftables)
    assert (api_versions.exists(version), api_versions.is_strict(version)) == (exists, strict)
