# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module for nodes as a process in network namespaces with real rules."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node.table_owners import BUILT_IN

from tests.support.kernel_captures import STATES
from tests.support.node_module import SUFFIX, NodeNamespace
from tests.support.playbooks import run_playbook

FIREWALL = """
table inet fw {
    set bad {
        type ipv4_addr
        elements = { 192.0.2.1, 192.0.2.2 }
    }
    map ports {
        type inet_service : verdict
        elements = { 22 : accept, 23 : drop }
    }
    chain in {
        type filter hook input priority 0; policy accept;
        ip saddr @bad drop
        tcp dport vmap @ports
        jump more
        ct state invalid counter drop comment "closed"
        tcp dport { 1, 2 } reject
        meta mark set 0x0
    }
    chain more {
        ip saddr 198.51.100.9 drop
        ip saddr 198.51.100.10 accept
    }
    chain through {
        type filter hook forward priority 10; policy drop;
    }
    chain out {
        type filter hook output priority 0; policy drop;
    }
}
table inet asleep {
    flags dormant
    chain in {
        type filter hook input priority 0; policy drop;
    }
}
"""


@pytest.fixture
def node() -> t.Iterator[NodeNamespace]:
    namespace = NodeNamespace()
    yield namespace
    namespace.close()


@pytest.fixture
def backend_path(tmp_path: pathlib.Path) -> t.Callable[[str], dict[str, str]]:
    """An environment in which iptables is of that backend, whatever this machine prefers."""

    def make(backend: str) -> dict[str, str]:
        for program in ("iptables", "ip6tables"):
            target = shutil.which(f"{program}-{SUFFIX[backend]}", path="/usr/sbin:/sbin")
            assert target is not None
            (tmp_path / program).symlink_to(target)
        return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    return make


@pytest.mark.parametrize("backend", SUFFIX)
@pytest.mark.parametrize("folder", STATES)
def test_captured_state(node: NodeNamespace, folder: str, backend: str) -> None:
    node.load(folder, backend)
    before = node.snapshot()
    result = node.look()
    assert result.get("msg") is None
    assert result["kube_proxy"]["mode"] == STATES[folder]
    assert (result["foreign_jumps"], result["foreign_drops"], result["unread"], result["changed"]) == ([], [], [], False)
    assert {trace["backend"] for trace in result["kube_proxy"]["leftovers"]} <= {None, backend}
    assert node.snapshot() == before


def chain_by_chain(node: NodeNamespace, program: str, table: str) -> list[str]:
    """As go-iptables of the AKS monitor does it: names from a listing of the table, then each chain."""
    lines = []
    for line in node.run(program, "-t", table, "-S", "--wait").splitlines():
        if not line.startswith(("-P", "-N")):
            break
        lines += node.run(program, "-t", table, "-S", line.split()[1], "--wait").splitlines()
    return lines


@pytest.mark.parametrize("backend", SUFFIX)
@pytest.mark.parametrize("folder", ["iptables-12", "ipvs-12", "transition-iptables-to-nftables-nocleanup-kp1.30.5", "nftables-12"])
def test_monitor_lines(node: NodeNamespace, backend_path: t.Callable[[str], dict[str, str]], folder: str, backend: str) -> None:
    """Exactly the monitor's, though it lists chain by chain. Read first, because asking creates tables of the legacy backend."""
    node.load(folder, backend)
    node.run(f"iptables-{SUFFIX[backend]}", "-N", "ZZZ")
    node.run(f"iptables-{SUFFIX[backend]}", "-N", "AAA")
    comment = ("-m", "comment", "--comment", 'a "b" \\ -j KUBE-SERVICES')
    node.run(f"iptables-{SUFFIX[backend]}", "-I", "INPUT", "1", "-p", "tcp", "--dport", "22", *comment, "-j", "ZZZ")
    before = node.snapshot()
    result = node.look(env=backend_path(backend), monitor_lines=True)
    assert node.snapshot() == before
    assert result["tools"]["iptables"]["backend"] == backend
    assert result["monitor_errors"] == []
    for family, program in (("ipv4", "iptables"), ("ipv6", "ip6tables")):
        assert list(result["monitor_lines"][family]) == list(BUILT_IN)
        for table in BUILT_IN:
            assert result["monitor_lines"][family][table] == chain_by_chain(node, f"{program}-{SUFFIX[backend]}", table)
    assert any("-j ZZZ" in line for line in result["monitor_lines"]["ipv4"]["filter"])


def test_monitor_cannot_list_a_table(node: NodeNamespace) -> None:
    node.run("iptables-nft", "-A", "INPUT", "-s", "192.0.2.1", "-j", "ACCEPT")
    node.run("nft", "add", "rule", "ip", "filter", "INPUT", "meta", "mark", "5", "log", "drop")
    result = node.look(monitor_lines=True)
    assert result["monitor_lines"]["ipv4"]["filter"] is None
    (error,) = result["monitor_errors"]
    assert (error["family"], error["table"]) == ("ipv4", "filter")
    assert "incompatible" in error["error"]
    assert [item["what"] for item in result["unread"]] == ["rules of table filter (ipv4, nf_tables)"]
    (drops,) = result["foreign_drops"]
    assert (drops["source"], drops["table"], drops["chain"], drops["rules"]) == ("nftables", "filter", "INPUT", 1)


def test_a_base_chain_of_nftables_hides_the_table_from_the_monitor(node: NodeNamespace) -> None:
    node.run("iptables-nft", "-A", "INPUT", "-s", "192.0.2.1", "-j", "DROP")
    node.run("nft", "add chain ip filter mine { type filter hook input priority 5; policy drop; }")
    result = node.look(monitor_lines=True)
    assert result["monitor_lines"]["ipv4"]["filter"] == chain_by_chain(node, "iptables-nft", "filter")
    assert [(item["source"], item["chain"]) for item in result["foreign_drops"]] == [("iptables-nft", "INPUT"), ("nftables", "mine")]
    assert result["nft_tables"] == [{"family": "ip", "name": "filter", "owner": "unknown"}]


def test_firewall_of_nftables(node: NodeNamespace) -> None:
    node.load("nftables-12")
    node.run("nft", "-f", "-", stdin=FIREWALL)
    before = node.snapshot()
    result = node.look()
    assert node.snapshot() == before
    place = {"source": "nftables", "family": "inet", "table": "fw", "owner": "unknown"}
    entry, forward = result["foreign_drops"]
    samples = entry.pop("samples")
    assert entry == {**place, "chain": "in", "hook": "input", "policy": "accept", "rules": 4, "verdict_maps": 1}
    assert forward == {**place, "chain": "through", "hook": "forward", "policy": "drop", "rules": 0, "verdict_maps": 0, "samples": []}
    handles = dict(re.findall(r"^\s+(.*) # handle (\d+)$", node.run("nft", "-a", "list", "chain", "inet", "fw", "in"), re.MULTILINE))
    assert f"inet fw in handle {handles['ip saddr @bad drop']}: drops" in samples
    assert any(sample.endswith(' comment "closed": drops') for sample in samples)
    tables = {(table["family"], table["name"]): table["owner"] for table in result["nft_tables"]}
    assert tables == {
        ("ip", "kube-proxy"): "kube-proxy",
        ("ip6", "kube-proxy"): "kube-proxy",
        ("inet", "fw"): "unknown",
        ("inet", "asleep"): "unknown",
    }


@pytest.mark.parametrize("backend", SUFFIX)
def test_foreign_rules_of_iptables(node: NodeNamespace, backend: str) -> None:
    node.load("iptables-12", backend)
    program = f"iptables-{SUFFIX[backend]}"
    node.run(program, "-t", "nat", "-N", "HOSTPORT")
    node.run(program, "-t", "nat", "-A", "HOSTPORT", "-s", "10.244.1.0/24", "-j", "KUBE-MARK-MASQ")
    node.run(program, "-P", "FORWARD", "DROP")
    node.run(program, "-A", "INPUT", "-s", "203.0.113.7", "-j", "DROP")
    node.run(program, "-A", "FORWARD", "-d", "168.63.129.16", "-p", "tcp", "--dport", "80", "-j", "DROP")
    result = node.look()
    (jump,) = result["foreign_jumps"]
    assert (jump["source"], jump["chain"], jump["to"]) == (program, "HOSTPORT", "KUBE-MARK-MASQ")
    assert jump["rule"] == "-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ"
    found = {(item["chain"], item["owner"]): (item["policy"], item["rules"]) for item in result["foreign_drops"]}
    assert found == {("INPUT", "unknown"): ("accept", 1), ("FORWARD", "aks"): ("drop", 1), ("FORWARD", "unknown"): ("drop", 0)}


def test_both_backends_at_once(node: NodeNamespace) -> None:
    """What one backend has left over is seen while the other one works."""
    node.load("iptables-12", "legacy")
    node.run("iptables-legacy", "-t", "nat", "-F", "PREROUTING")
    node.run("ip6tables-legacy", "-t", "nat", "-F", "PREROUTING")
    node.run("nft", "add", "table", "ip", "kube-proxy")
    node.run("nft", "add chain ip kube-proxy services { type nat hook prerouting priority -100; }")
    result = node.look()["kube_proxy"]
    assert (result["mode"], result["evidence"]) == ("nftables", ["nft table ip kube-proxy"])
    (services,) = [item for item in result["leftovers"] if item["name"] == "KUBE-SVC-*" and item["family"] == "ipv4"]
    assert (services["of"], services["backend"], services["table"], services["count"]) == ("iptables", "legacy", "nat", 10)


def test_an_empty_node_stays_empty(node: NodeNamespace) -> None:
    before = node.snapshot()
    result = node.look(monitor_lines=True)
    assert node.snapshot() == before
    assert result["kube_proxy"] == {"mode": "none", "evidence": [], "leftovers": []}
    assert (result["nft_tables"], result["unread"], result["monitor_errors"]) == ([], [], [])
    assert result["monitor_lines"]["ipv4"]["raw"] == ["-P PREROUTING ACCEPT", "-P OUTPUT ACCEPT"]


def test_nft_is_asked_for_nothing_but_its_version(node: NodeNamespace, tmp_path: pathlib.Path) -> None:
    """With nearly every pack_request the program reads the sets of all tables."""
    node.load("nftables-12")
    node.run("nft", "-f", "-", stdin=FIREWALL)
    log = tmp_path / "log"
    program = tmp_path / "nft"
    program.write_text(f'#!/bin/sh\necho "$@" >> {log}\necho "nftables v9.9"\n', encoding="utf-8")
    program.chmod(0o755)
    result = node.look(env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (result["kube_proxy"]["mode"], result["tools"]["nft"]) == ("nftables", {"version": "9.9"})
    assert log.read_text(encoding="utf-8") == "--version\n"


def test_check_mode(node: NodeNamespace) -> None:
    node.load("nftables-12")
    assert node.look(_ansible_check_mode=True)["kube_proxy"] == node.look()["kube_proxy"]


def test_without_the_right_to_look(node: NodeNamespace) -> None:
    result = node.look(before=("setpriv", "--bounding-set=-all", "--inh-caps=-all"))
    assert result["failed"]
    assert result["error"]["code"] == "NotPermitted"
    assert "become" in result["msg"]


def test_through_ansible(node: NodeNamespace, tmp_path: pathlib.Path) -> None:
    """Packed and sent as Ansible does it, so that everything it needs is in the package."""
    node.load("iptables-12")
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(node.enter)} /usr/bin/python3 "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    play = {"hosts": "all", "gather_facts": False, "tasks": [{"aks.dataplane.node_dataplane_info": {"monitor_lines": True}}]}
    hosts = {"all": {"hosts": {"node": {"ansible_connection": "local", "ansible_python_interpreter": str(wrapper)}}}}
    done = run_playbook([play], hosts)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = done.results(action="node_dataplane_info")
    assert result["kube_proxy"]["mode"] == "iptables"
    assert "-N KUBE-SERVICES" in result["monitor_lines"]["ipv4"]["nat"]
