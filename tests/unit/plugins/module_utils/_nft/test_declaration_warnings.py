# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a declaration is worth a warning."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("iif lo accept", ["iifname"]),
        ("iifname lo accept", []),
        ('accept comment "oif"', []),
    ],
)
def test_warning_of_indexes(rule: str, said: list[str]) -> None:
    found = checked(f"table inet ours {{\nchain c {{\n{rule}\n}}\n}}").boot_warnings
    assert len(found) == len(said)
    assert all(word in text for word, text in zip(said, found, strict=True))
