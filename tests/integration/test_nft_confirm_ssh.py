# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that have to be confirmed, over real ssh: kept when a new connection comes through, else undone by the node itself."""

from __future__ import annotations

import pathlib
import re
import sys
import threading
import time
import typing as t

import pytest

from tests.support.nft.lab import LabNode
from tests.support.nft.ssh import SshNode

FILE = "/etc/aks-dataplane/nftables.d/inet.ours.nft"
MODULE = "aks.dataplane.node_nftables_ruleset"
# Seconds. What is good is confirmed long before; what is not is waited for.
PATIENT, SHORT = 60, 8

# A packet to this port is counted, and its sender learned.
OLD = """
table inet ours {
    set seen { type ipv4_addr; flags dynamic, timeout; timeout 1h; size 1000; }
    counter named { }
    chain input {
        type filter hook input priority filter; policy accept;
        RULES
        udp dport 4000 counter counter name named update @seen { ip saddr } accept
    }
}
"""
PLAIN = OLD.replace("RULES", "tcp dport 1 drop")
GOOD = OLD.replace("RULES", "tcp dport { 1, 2 } drop")
LOCKED_OUT = {
    "new connections": OLD.replace("RULES", "ct state established accept\n tcp dport { 1, 22 } drop"),
    "everything": OLD.replace("RULES", "tcp dport { 1, 22 } drop"),
    "by another table": PLAIN + "table ip more { chain c { type filter hook input priority raw; tcp dport 22 drop; }; }",
    "by a replacement": OLD.replace("RULES", "tcp dport { 1, 22 } drop").replace("priority filter", "priority filter + 1"),
}
SEND = "import socket; [socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 4000)) for number in range(7)]"


def declared(content: str, seconds: int) -> dict[str, t.Any]:
    return {MODULE: {"content": content, "confirm_timeout": seconds}, "ignore_errors": True}


@pytest.fixture
def ssh(nft_node: LabNode, tmp_path: pathlib.Path) -> t.Iterator[SshNode]:
    nft_node.ask(PLAIN)
    nft_node.run(sys.executable, "-c", SEND)
    with SshNode(nft_node, tmp_path) as node:
        yield node


def state(node: LabNode) -> tuple[str, int]:
    """The rules with their counters, and for how many seconds the element is still known."""
    listing = node.run("nft", "list", "ruleset")
    found = re.search(r"expires (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", listing)
    assert found, listing
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return re.sub(r" expires [\w.]+", "", listing), hours * 3600 + minutes * 60 + seconds


@pytest.mark.slow
def test_a_good_change_is_kept(ssh: SshNode) -> None:
    node = ssh.node
    run = ssh.play(declared(GOOD, PATIENT), declared(GOOD, PATIENT), {"ansible.builtin.ping": {}})
    assert run.returncode == 0, run.stdout + run.stderr
    changed, again = run.results(action="node_nftables_ruleset")
    assert (changed["changed"], changed["confirmed"], changed.get("rolled_back", False)) == (True, True, False)
    assert not again["changed"]
    assert "tcp dport { 1, 2 } drop" in node.file(FILE).read_text(encoding="utf-8")
    assert "tcp dport { 1, 2 } drop" in node.listing()
    assert "counter packets 7 " in node.listing()


@pytest.mark.slow
@pytest.mark.parametrize("case", LOCKED_OUT)
def test_a_lock_out_is_undone(ssh: SshNode, case: str) -> None:
    node = ssh.node
    before, expiry = state(node)
    file = node.file(FILE).read_text(encoding="utf-8")
    run = ssh.play(declared(LOCKED_OUT[case], SHORT), {"ansible.builtin.ping": {}})
    assert run.returncode == 0, run.stdout + run.stderr
    (event,) = [event for event in run.events if event["action"] == MODULE]
    assert (event["status"], event["result"]["rolled_back"]) == ("failed", True), event
    assert run.results(action="ping") == [{"changed": False, "ping": "pong"}]
    after, left = state(node)
    assert after == before
    assert 0 < left <= expiry
    assert "packets 7 " in after
    assert node.file(FILE).read_text(encoding="utf-8") == file
    assert node.unchanged(PLAIN)


@pytest.mark.slow
def test_the_session_is_killed_at_once(ssh: SshNode) -> None:
    node = ssh.node
    before, _expiry = state(node)
    file = node.file(FILE).read_text(encoding="utf-8")
    killed = []

    def kill() -> None:
        while "{ 1, 22 } drop" not in node.listing():
            time.sleep(0.01)
        killed.append(ssh.kill_sessions())

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    run = ssh.play(declared(LOCKED_OUT["everything"], SHORT), {"ansible.builtin.ping": {}})
    thread.join(1)
    assert killed
    assert killed[0] > 0
    assert run.returncode == 0, run.stdout + run.stderr
    (event,) = [event for event in run.events if event["action"] == MODULE]
    assert (event["status"], event["result"]["rolled_back"]) == ("failed", True), event
    assert run.results(action="ping") == [{"changed": False, "ping": "pong"}]
    assert state(node)[0] == before
    assert node.file(FILE).read_text(encoding="utf-8") == file


@pytest.mark.slow
def test_the_session_of_a_good_change_is_killed(ssh: SshNode) -> None:
    """The result did not arrive, but a new connection does: it is confirmed."""
    node = ssh.node
    killed = []

    def kill() -> None:
        while "{ 1, 2 } drop" not in node.listing():
            time.sleep(0.01)
        killed.append(ssh.kill_sessions())

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    run = ssh.play(declared(GOOD, PATIENT))
    thread.join(1)
    assert killed
    (event,) = [event for event in run.events if event["action"] == MODULE]
    assert (event["status"], event["result"].get("confirmed")) == ("ok", True), event
    assert "tcp dport { 1, 2 } drop" in node.listing()
    assert "tcp dport { 1, 2 } drop" in node.file(FILE).read_text(encoding="utf-8")
