# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How kube-proxy's iptables rules are taken out again."""

from __future__ import annotations

from tests.simulator.nodes import rules

SAVE = """\
*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:MINE - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j KUBE-FIREWALL
-A PREROUTING -j MINE
-A MINE -s 10.0.0.0/8 -j RETURN
-A KUBE-SERVICES -j KUBE-FIREWALL
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -j ACCEPT
COMMIT
"""


def test_cleaned_takes_all_but_the_firewall_chain_and_what_is_not_kubernetes() -> None:
    assert rules.cleaned(SAVE).splitlines() == [
        "*nat",
        ":KUBE-SERVICES - [0:0]",
        '-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        "-X KUBE-SERVICES",
        "COMMIT",
    ]


def test_nothing_to_clean() -> None:
    assert rules.cleaned("") == ""
    assert rules.cleaned(SAVE[SAVE.index("*filter") :]) == ""


def test_detached_takes_only_jumps_that_come_again() -> None:
    assert rules.detached(SAVE, "-A PREROUTING -j KUBE-FIREWALL\n-A PREROUTING -j MINE\n").splitlines() == [
        "*nat",
        "-D PREROUTING -j KUBE-FIREWALL",
        "COMMIT",
    ]


def test_ipvs_matches_are_left_out() -> None:
    save = rules.captured("ipvs", "iptables-save.txt")
    assert "-m ipvs" in save
    assert "-m ipvs" not in rules.without_ipvs_match(save)
    assert len(rules.without_ipvs_match(save).splitlines()) == len(save.splitlines()) - save.count(" -m ipvs ")


def test_chains() -> None:
    assert rules.chains_of(SAVE) == ["KUBE-FIREWALL", "KUBE-SERVICES"]
    assert rules.captured("nftables", "iptables-save.txt") == ""
