# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of what a node has, whatever a node says they are."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_versions import kernel_version, nft_version


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("6.8.0-1034-azure", (6, 8)),
        ("5.15", (5, 15)),
        ("", None),
        ("azure", None),
        ("6", None),
        (f"6.{'1' * 5000}", None),
        ("6.1234567890", None),
    ],
)
def test_kernels(release: str, version: tuple[int, int] | None) -> None:
    assert kernel_version(release) == version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0.6", (1, 0, 6)),
        ("v1.1.3", (1, 1, 3)),
        ("1.0", (1, 0, 0)),
        ("1.0.6.1", (1, 0, 6)),
        (None, None),
        ("nft", None),
        (f"1.0.{'6' * 5000}", None),
    ],
)
def test_nft(text: str | None, version: tuple[int, int, int] | None) -> None:
    assert nft_version(text) == version
