# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a declaration is worth a warning."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_checks import declaration_warnings


@pytest.mark.parametrize(
    ("rule", "persist", "said"),
    [
        ("iif lo accept", True, ["iifname"]),
        ("iif lo accept", False, []),
        ("iifname lo accept", True, []),
        ('accept comment "oif"', True, []),
    ],
)
def test_warning_of_indexes(rule: str, persist: bool, said: list[str]) -> None:
    found = list(declaration_warnings(from_content(f"table inet ours {{\nchain c {{\n{rule}\n}}\n}}"), persist))
    assert len(found) == len(said)
    assert all(word in text for word, text in zip(said, found, strict=True))
