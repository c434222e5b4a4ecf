# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prediction against rules as real iptables prints them, by both of its backends, in network namespaces of their own."""

from __future__ import annotations

import asyncio
import subprocess
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor import TABLES, predict
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_IPV4, BUNDLED_IPV6

from tests.simulator.nodes.netns import Namespace
from tests.simulator.nodes.rules import captured, without_ipvs_match

BACKENDS = ("nft", "legacy")

# What AKS itself puts on a node with Cilium.
AKS_RULES = """\
-t filter -I FORWARD -d 168.63.129.16 -p tcp --dport 80 -j DROP
-t filter -I FORWARD -d 168.63.129.16 -p tcp --dport 32526 -j DROP
-t mangle -I FORWARD -d 168.63.129.16 -p tcp --dport 80 -j DROP
-t security -A OUTPUT -d 168.63.129.16 -p tcp --dport 53 -j ACCEPT
-t security -A OUTPUT -d 168.63.129.16 -p tcp -m owner --uid-owner 0 -j ACCEPT
-t nat -N SWIFT-POSTROUTING
-t nat -A POSTROUTING -j SWIFT-POSTROUTING
-t nat -A SWIFT-POSTROUTING -s 10.224.0.0/16 -j MASQUERADE
-t nat -N IP-MASQ-AGENT
-t nat -A POSTROUTING -m comment --comment ip-masq-agent -j IP-MASQ-AGENT
-t nat -A IP-MASQ-AGENT -d 10.0.0.0/8 -j RETURN
-t filter -N KUBE-FIREWALL
-t filter -A INPUT -j KUBE-FIREWALL
-t filter -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
-t filter -N CILIUM_FORWARD
-t filter -A CILIUM_FORWARD -o cilium_host -m comment --comment "cilium: any->cluster" -j ACCEPT
-t filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD
-t filter -A OUTPUT -d 169.254.169.254 -m comment --comment "AKS managed: added by AgentBaker to restrict IMDS" -j DROP
"""
LOCALDNS = """\
-t raw -A PREROUTING -d 169.254.10.10 -p tcp -m comment --comment "localdns: skip conntrack" -m tcp --dport 53 -j NOTRACK
-t raw -A OUTPUT -s 169.254.10.11 -p udp -m comment --comment "localdns: skip conntrack" -m udp --sport 53 -j NOTRACK
"""


class Host:
    """A node of its own: nothing of the machine's rules is seen or touched."""

    def __init__(self, enter: t.Sequence[str], backend: str) -> None:
        self.enter = enter
        self.program = f"iptables-{backend}"

    def run(self, *command: str, text: str = "") -> str:
        return subprocess.run((*self.enter, *command), input=text, capture_output=True, text=True, check=True).stdout

    def apply(self, rules: str) -> None:
        for rule in rules.splitlines():
            self.run("sh", "-c", f"{self.program} {rule}")

    def lines(self, family: str = "") -> dict[str, t.Sequence[str] | None]:
        """As the monitor reads them: the chains of a table first, then chain by chain."""
        program = self.program.replace("iptables", f"ip{family}tables")
        return {table: self._table(program, table) for table in TABLES}

    def _table(self, program: str, table: str) -> t.Sequence[str] | None:
        try:
            declared = self.run(program, "-t", table, "-S", "--wait").splitlines()
            chains = [line.split()[1] for line in declared if line.startswith(("-P", "-N"))]
            return [line for chain in chains for line in self.run(program, "-t", table, "-S", chain, "--wait").splitlines()]
        except subprocess.CalledProcessError:
            return None


@pytest.fixture(params=BACKENDS)
def host(request: pytest.FixtureRequest) -> t.Iterator[Host]:
    loop, namespace = asyncio.new_event_loop(), Namespace()
    loop.run_until_complete(namespace.start())
    try:
        yield Host(namespace.enter, request.param)
    finally:
        loop.run_until_complete(namespace.close())
        loop.close()


def possible(host: Host, table: str) -> bool:
    """Whether this kernel has the table for this backend; the others are passed over, as the monitor does."""
    return host.lines()[table] is not None


def supported(host: Host, rules: str) -> str:
    return "".join(f"{rule}\n" for rule in rules.splitlines() if possible(host, rule.split()[1]))


def test_a_fresh_node_is_clean(host: Host) -> None:
    reported = predict(host.lines(), BUNDLED_IPV4)
    assert reported.verdict == "clean"
    assert "filter" not in reported.skipped


def test_what_aks_itself_writes_is_clean(host: Host) -> None:
    host.apply(supported(host, AKS_RULES))
    lines = host.lines()
    assert len(lines["filter"] or ()) > 8
    assert predict(lines, BUNDLED_IPV4).unexpected == ()


def test_rules_of_localdns_are_clean(host: Host) -> None:
    host.apply(supported(host, LOCALDNS))
    reported = predict(host.lines(), BUNDLED_IPV4)
    assert reported.unexpected == ()


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("-A INPUT -s 10.1.2.3 -j DROP", "-A INPUT -s 10.1.2.3/32 -j DROP"),
        ("-A INPUT -p tcp --dport 22 -j ACCEPT", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"),
        # The published pattern for it misses "-m udp", which iptables always prints.
        ("-A INPUT -p udp --dport 68 -j ACCEPT", "-A INPUT -p udp -m udp --dport 68 -j ACCEPT"),
        ("-A OUTPUT -m comment --comment 'my rule' -j ACCEPT", '-A OUTPUT -m comment --comment "my rule" -j ACCEPT'),
    ],
)
def test_a_rule_of_the_user_is_unexpected_until_it_is_removed(host: Host, rule: str, line: str) -> None:
    host.apply(rule)
    reported = predict(host.lines(), BUNDLED_IPV4)
    assert (reported.verdict, [(one.table, one.line) for one in reported.unexpected]) == ("unexpected", [("filter", line)])
    host.apply(rule.replace("-A", "-D", 1))
    assert predict(host.lines(), BUNDLED_IPV4).verdict == "clean"


def test_a_chain_without_rules_and_a_policy_are_clean(host: Host) -> None:
    host.apply("-N MINE\n-P FORWARD DROP\n")
    assert predict(host.lines(), BUNDLED_IPV4).verdict == "clean"


@pytest.mark.parametrize("mode", ["iptables", "ipvs"])
def test_a_node_that_ran_kube_proxy_is_not_clean(host: Host, mode: str) -> None:
    for counter in ("ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"):
        host.run("nfacct", "add", counter)
    host.run("ipset", "-exist", "restore", text=captured(mode, "ipset-save.txt"))
    host.run(f"{host.program}-restore", text=without_ipvs_match(captured(mode, "iptables-save.txt")))
    reported = predict(host.lines(), BUNDLED_IPV4)
    assert reported.verdict == "unexpected"
    assert {rule.table for rule in reported.unexpected} == {"nat", "filter"}
    assert all("KUBE-" in rule.line for rule in reported.unexpected)
    assert not any(rule.line.startswith(("-A KUBE-FIREWALL", "-N", "-P")) for rule in reported.unexpected)


def test_both_families(host: Host) -> None:
    host.run(host.program.replace("iptables", "ip6tables"), "-A", "INPUT", "-s", "fd00::1", "-j", "DROP")
    assert predict(host.lines(), BUNDLED_IPV4).verdict == "clean"
    reported = predict(host.lines("6"), BUNDLED_IPV6)
    assert [rule.line for rule in reported.unexpected] == ["-A INPUT -s fd00::1/128 -j DROP"]


def test_other_nftables_rules_are_not_seen(host: Host) -> None:
    host.run("nft", "-f", "-", text="table inet mine { chain in { type filter hook input priority 0; policy drop; }; }")
    assert predict(host.lines(), BUNDLED_IPV4).verdict == "clean"
