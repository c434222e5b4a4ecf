# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundled patterns are those that azure-container-networking publishes, to the letter, and let AKS's own rules through."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor import TABLES, predict
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_DATE, BUNDLED_IPV4, BUNDLED_IPV6

BLANK = " "
GLOBAL = rf"""^-N .*
^-P .*
^-A (KUBE-FIREWALL) .*
^-A .* -j (KUBE-FIREWALL)
^-A IP-MASQ-AGENT
^-A .* -j IP-MASQ-AGENT
^.*--comment.*cilium:
^.*--comment.*cilium-feeder:
^.*--comment.*AKS managed: added by AgentBaker
^-A CILIUM_\S+{BLANK}
"""
NAT = """-A POSTROUTING -j SWIFT
-A SWIFT -s
-A POSTROUTING -j SWIFT-POSTROUTING
-A SWIFT-POSTROUTING -s
"""
WIRE_SERVER = """-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 32526 -j DROP
-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP
"""
DHCP = "-A INPUT -p udp --dport 68 -j ACCEPT\n"
COMMENT = '-m comment --comment "localdns: skip conntrack"'
LOCALDNS = rf"""^-A (PREROUTING|OUTPUT) -d 169\.254\.10\.(10|11)\/32 -p (tcp|udp) {COMMENT} -m (tcp|udp) --dport 53 -j NOTRACK$
^-A OUTPUT -s 169\.254\.10\.(10|11)\/32 -p (tcp|udp) {COMMENT} -m (tcp|udp) --sport 53 -j NOTRACK$
"""
SECURITY = """-A OUTPUT -d 168.63.129.16/32 -p tcp -m tcp --dport 53 -j ACCEPT
-A OUTPUT -d 168.63.129.16/32 -p tcp -m owner --uid-owner 0 -j ACCEPT
-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP
"""


def test_the_patterns_for_ipv4() -> None:
    assert dict(BUNDLED_IPV4) == {
        "global": GLOBAL,
        "nat": NAT,
        "mangle": WIRE_SERVER,
        "filter": WIRE_SERVER + DHCP,
        "raw": LOCALDNS,
        "security": SECURITY,
    }


def test_the_patterns_for_ipv6() -> None:
    assert dict(BUNDLED_IPV6) == {
        "global": GLOBAL,
        "nat": NAT,
        "mangle": "",
        "filter": DHCP,
        "raw": "^.*--comment.*localdns: skip conntrack\n",
        "security": "",
    }


def test_the_day_that_they_were_published() -> None:
    assert BUNDLED_DATE == "2026-08-20"


def test_the_tables_in_the_monitors_order() -> None:
    assert TABLES == ("nat", "mangle", "filter", "raw", "security")


# A length is that of the line without its line end; Go's bufio.Scanner gives up at 64 KiB.
@pytest.mark.parametrize(("length", "verdict"), [(65_535, "clean"), (65_536, "unexpected")])
def test_the_longest_line_of_a_file(length: int, verdict: str) -> None:
    files = {"filter": f"-j DROP\n{'x' * length}\n"}
    assert predict({**dict.fromkeys(TABLES, ()), "filter": ["-A INPUT -j DROP"]}, files).verdict == verdict


# é is two bytes in UTF-8; what a JSON document has in place of a character that is none counts as three.
@pytest.mark.parametrize(("line", "verdict"), [("é" * 32_767 + "x", "clean"), ("é" * 32_768, "unexpected"), ("\ud800", "clean")])
def test_the_length_of_a_line_is_counted_in_bytes(line: str, verdict: str) -> None:
    files = {"filter": f"-j DROP\n{line}\n"}
    assert predict({**dict.fromkeys(TABLES, ()), "filter": ["-A INPUT -j DROP"]}, files).verdict == verdict
