# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nft of kube-proxy dies of sets that a newer one made, and what is said of it."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.failures import crashes_kube_proxy, may_crash_kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._nft.plan import is_beside_kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._node.fragile_sets import FragileSet, dies

FOUND = [FragileSet("inet", "ours", name) for name in ("__map1", "__map0", "office")]


@pytest.mark.parametrize(
    ("nft", "expected"),
    [
        ((1, 0, 4), True),
        ((1, 0, 6), True),
        ((1, 0, 6, 1), False),
        ((1, 0, 6, 2), False),
        ((1, 0, 7), None),
        ((1, 0, 9), None),
        ((1, 1, 1), None),
        ((1, 1, 2), False),
        ((1, 1, 3), False),
        (None, None),
    ],
)
def test_what_kube_proxy_survives(nft: tuple[int, ...] | None, expected: bool | None) -> None:
    assert dies(nft) is expected


@pytest.mark.parametrize(
    ("there", "expected"),
    [({("ip", "kube-proxy")}, True), ({("ip6", "kube-proxy")}, True), ({("inet", "kube-proxy"), ("ip", "nat")}, False), (set(), False)],
)
def test_kube_proxy_has_tables(there: set[tuple[str, str]], expected: bool) -> None:
    assert is_beside_kube_proxy(there) is expected


def test_what_is_said() -> None:
    refused = crashes_kube_proxy(FOUND)
    assert (refused.code, "typeof" in refused.remedy) == ("CrashesKubeProxy", True)
    assert "(a map in a rule of inet ours, office of inet ours)" in refused.message
    assert "typeof" in may_crash_kube_proxy(FOUND)
    assert "and 2 more" in may_crash_kube_proxy([FragileSet("inet", "ours", f"s{number}") for number in range(5)])
