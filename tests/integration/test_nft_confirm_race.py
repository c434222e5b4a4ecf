# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A confirmation that races the deadline is in time or too late, and the rules and files are of that outcome: never both, never neither."""

from __future__ import annotations

import concurrent.futures
import os
import time

import pytest

from tests.support.nft.killing import AFTER, BEFORE, WITHIN, killed_at_nft, late_at_nft, leftovers
from tests.support.nft.lab import LabNode

FILE = "/etc/aks-dataplane/nftables.d/inet.ours.nft"
OLD = "table inet ours { set learned { type ipv4_addr; flags timeout, dynamic; }; chain c { counter; tcp dport 1 drop; }; }\n"
NEW = OLD.replace("dport 1 ", "dport 2 ").replace("learned", "learned2")
# Seconds from the deadline: long before, around the moment at which the node looks at its clock, and long after.
OFFSETS = [-1.5, *(number / 20 for number in range(-10, 12)), 2.5]
NODES = 4


def uptime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def folder(node: LabNode, token: str) -> str:
    return f"/run/aks-dataplane/confirm.{node.inode}/{token}"


def raced(node: LabNode, offset: float) -> str:
    """The state in which it ended; AssertionError when the rules or the file are of another."""
    for state in ("absent", "present"):
        assert not node.ask(OLD, state=state).get("failed")
    before = (node.listing(), node.file(FILE).read_text(encoding="utf-8"))
    token = os.urandom(16).hex()
    armed = node.ask(NEW, confirm_timeout=3, wire_confirm={"token": token, "step": "arm"})
    assert armed["changed"], armed
    assert node.file(FILE).read_text(encoding="utf-8") == before[1]
    deadline = int(node.file(f"{folder(node, token)}/deadline").read_text(encoding="ascii"))
    time.sleep(max(0.0, deadline + offset - uptime()))
    reported = node.ask(NEW, confirm_timeout=3, wire_confirm={"token": token, "step": "confirm"})
    while reported["confirmation"]["state"] not in ("confirmed", "rolled-back", "failed"):
        assert uptime() < deadline + 60, reported
        reported = node.ask(NEW, wire_confirm={"token": token, "step": "ask"})
    # Whatever could still happen has happened then.
    time.sleep(max(0.0, deadline + 1.5 - uptime()))
    state = str(reported["confirmation"]["state"])
    states = {name for name in leftovers(node) if f"{token}/state." in name}
    assert states == {f"{folder(node, token)}/state.{state}"}
    after = (node.listing(), node.file(FILE).read_text(encoding="utf-8"))
    if state == "confirmed":
        assert "tcp dport 2 drop" in after[0]
        assert "tcp dport 2 drop" in after[1]
        assert node.unchanged(NEW)
    else:
        assert after == before
        assert node.unchanged(OLD)
    return state


def many(offsets: list[float]) -> list[str]:
    with LabNode() as node:
        return [raced(node, offset) for offset in offsets]


def wait_for_end(node: LabNode, token: str) -> None:
    """Until the change neither waits nor is being undone. The file of the one state becomes that of the other, so none is missed in this order."""
    until = uptime() + 60
    while any(node.file(f"{folder(node, token)}/state.{state}").exists() for state in ("pending", "rolling-back")):
        assert uptime() < until
        time.sleep(0.1)


@pytest.mark.slow
def test_race() -> None:
    with concurrent.futures.ThreadPoolExecutor(NODES) as pool:
        found = list(pool.map(many, [OFFSETS[number::NODES] for number in range(NODES)]))
    states = [state for group in found for state in group]
    assert len(states) == len(OFFSETS)
    assert set(states) == {"confirmed", "rolled-back"}


@pytest.mark.slow
@pytest.mark.parametrize("moment", [WITHIN, AFTER])
def test_killed_before_it_could_be_confirmed(nft_node: LabNode, moment: str) -> None:
    """The node rolls back, wherever the run was ended."""
    assert nft_node.ask(OLD)["changed"]
    before = (nft_node.listing("inet ours", "-s"), nft_node.file(FILE).read_text(encoding="utf-8"))
    number = 1
    token = os.urandom(16).hex()
    while killed_at_nft(nft_node, number, moment, content=NEW, confirm_timeout=1, wire_confirm={"token": token, "step": "arm"}):
        wait_for_end(nft_node, token)
        assert (nft_node.listing("inet ours", "-s"), nft_node.file(FILE).read_text(encoding="utf-8")) == before
        number += 1
        token = os.urandom(16).hex()
    assert number > 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "seconds", "killed"),
    [("-f -", 2, AFTER), ("-f -", 2, BEFORE), ("-s -a list table inet ours", 7, "")],
    ids=["killed", "alone", "looked-at"],
)
def test_rules_that_come_after_the_deadline(nft_node: LabNode, call: str, seconds: float, killed: str) -> None:
    """Loaded when they would have been undone already: by an nft that outlives its run, or once more by a run that finds the old ones."""
    assert nft_node.ask(OLD)["changed"]
    before = nft_node.listing("inet ours", "-s")
    token = os.urandom(16).hex()
    options = {"content": NEW, "confirm_timeout": 2, "wire_confirm": {"token": token, "step": "arm"}}
    late_at_nft(nft_node, call, folder(nft_node, token), seconds, killed, **options)
    # An nft that outlives its run.
    time.sleep(seconds + 1)
    wait_for_end(nft_node, token)
    assert nft_node.listing("inet ours", "-s") == before
    assert nft_node.file(f"{folder(nft_node, token)}/state.rolled-back").exists()
    assert nft_node.unchanged(OLD)


def test_a_second_change_is_refused_while_one_waits(nft_node: LabNode) -> None:
    node = nft_node
    assert node.ask(OLD)["changed"]
    token = os.urandom(16).hex()
    assert node.ask(NEW, confirm_timeout=60, wire_confirm={"token": token, "step": "arm"})["changed"]
    for content in (OLD, NEW, NEW.replace("ours", "other")):
        refused = node.ask(content)
        assert refused["failed"]
        assert refused["error"]["code"] == "ConfirmationPending"
        assert 0 < refused["error"]["seconds"] <= 60
    assert node.ask(NEW, confirm_timeout=60, wire_confirm={"token": token, "step": "confirm"})["confirmed"]
    assert node.unchanged(NEW)
