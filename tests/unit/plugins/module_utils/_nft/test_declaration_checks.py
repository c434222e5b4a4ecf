# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of tables that belong to others."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_checks import check_names
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_messages import NftTable


@pytest.mark.parametrize(
    ("family", "name", "owner"),
    [
        *((family, "kube-proxy", "kube-proxy") for family in ("ip", "ip6")),
        *((family, name, "iptables-nft") for family in ("ip", "ip6") for name in ("filter", "nat", "mangle", "raw", "security")),
        ("arp", "filter", "iptables-nft"),
        *(("bridge", name, "iptables-nft") for name in ("filter", "nat", "broute")),
        *((family, "firewalld", "firewalld") for family in ("inet", "ip", "ip6")),
        ("ip6", "azureSLBProbe", "aks"),
    ],
)
def test_denied(family: str, name: str, owner: str) -> None:
    with pytest.raises(DataplaneError, match=f"Table {family} {name} belongs to") as caught:
        check_names([NftTable("inet", "mine"), NftTable(family, name)])
    assert caught.value.code == "DeniedTable"
    assert caught.value.details == {"family": family, "name": name, "owner": owner}


def test_own_names() -> None:
    with pytest.raises(DataplaneError, match="begins with aks-dataplane-"):
        check_names([NftTable("inet", "aks-dataplane-canary")])


@pytest.mark.parametrize("name", ["limits", "sets", "hooks"])
def test_words_of_nft(name: str) -> None:
    with pytest.raises(DataplaneError, match=f"cannot list a table named {name}"):
        check_names([NftTable("inet", name)])


@pytest.mark.parametrize(
    ("family", "name"),
    [("inet", "filter"), ("inet", "nat"), ("netdev", "filter"), ("arp", "nat"), ("inet", "kube-proxy"), ("ip", "mine"), ("ip", "Filter")],
)
def test_free(family: str, name: str) -> None:
    check_names([NftTable(family, name)])
