# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.versions import kubernetes_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.33", (1, 33, 0)),
        ("1.33.2", (1, 33, 2)),
        ("12.345.678", (12, 345, 678)),
        ("v1.33.2", (1, 33, 2)),
        ("v1.33.2-hotfix.20250101", (1, 33, 2)),
        ("1.9.10+akslts", (1, 9, 10)),
        (" 1.30.0\n", (1, 30, 0)),
        ("1", None),
        ("1.", None),
        (".33", None),
        ("1.33.", None),
        ("", None),
        (None, None),
        ("1.x", None),
        ("1.33.2.1", None),
        ("nightly 1.33", None),
        # Python reads no number of more than 4,300 digits.
        (f"1.{'9' * 5000}", None),
    ],
)
def test_a_version_is_read_or_refused(text: str | None, version: tuple[int, int, int] | None) -> None:
    assert kubernetes_version(text) == version


def test_versions_compare_as_numbers() -> None:
    old, new = kubernetes_version("1.9"), kubernetes_version("1.10")
    assert old is not None
    assert new is not None
    assert old < new
