# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a declaration is worth a warning."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_checks import declaration_warnings

KUBE_PROXY = {("ip", "kube-proxy"), ("inet", "other")}


@pytest.mark.parametrize(
    ("rule", "persist", "version", "said"),
    [
        ("iif lo accept", True, (1, 0, 6), ["iifname"]),
        ("iif lo accept", False, (1, 0, 6), []),
        ("iifname lo accept", True, (1, 0, 6), []),
        ('accept comment "oif"', True, (1, 0, 6), []),
    ],
)
def test_warning_of_indexes(rule: str, persist: bool, version: tuple[int, ...], said: list[str]) -> None:
    found = list(declaration_warnings(from_content(f"table inet ours {{\nchain c {{\n{rule}\n}}\n}}"), persist, set(), lambda: version))
    assert len(found) == len(said)
    assert all(word in text for word, text in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("version", "present", "warned"), [((1, 1, 3), KUBE_PROXY, True), ((1, 0, 6), KUBE_PROXY, False), ((1, 1, 3), {("ip", "nat")}, False)]
)
def test_warning_of_ifname_sets(version: tuple[int, ...], present: set[tuple[str, str]], warned: bool) -> None:
    declaration = from_content("table inet ours {\nset s {\ntype ifname\n}\n}")
    assert any("136786" in text for text in declaration_warnings(declaration, False, present, lambda: version)) == warned
    typed = from_content("table inet ours {\nset s {\ntypeof iifname\n}\n}")
    assert list(declaration_warnings(typed, False, present, lambda: version)) == []
