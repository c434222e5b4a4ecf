# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What watches over a change that is to be confirmed is killed, or its folder is removed: no unconfirmed rules stay, and no late confirmation is taken."""

from __future__ import annotations

import pathlib
import time
import typing as t

import pytest

from tests.support.nft.node import NftNode

from .test_node_nftables_ruleset_confirm import FILE, NEW, OLD, TOKEN, Controller, arm, state_of, step, wait_for

RUN = "/run/aks-dataplane"


def watchers(node: NftNode) -> list[str]:
    return node.run("pgrep", "-f", f"confirm.{node.inode}/{TOKEN}/watch").split()


def set_deadline(node: NftNode, seconds: int) -> None:
    """From now on, in seconds."""
    now = int(time.clock_gettime(time.CLOCK_BOOTTIME))
    node.file(f"{RUN}/confirm.{node.inode}/{TOKEN}/deadline").write_text(str(now + seconds))


def test_a_late_confirmation_is_refused(nft_node: NftNode) -> None:
    """The watcher was killed, so nobody has undone the change at the end of the time."""
    nft_node.apply(content=OLD)
    before = nft_node.listing()
    arm(nft_node, 60)
    nft_node.run("kill", "-9", *watchers(nft_node))
    set_deadline(nft_node, -2)
    late = step(nft_node, "confirm")
    assert (late["confirmation"]["state"], late.get("confirmed")) == ("pending", None)
    assert not late["changed"]
    # A watcher would still have a moment for it; without one the next question does its work.
    set_deadline(nft_node, -30)
    assert step(nft_node, "confirm")["confirmation"]["state"] == "rolled-back"
    assert nft_node.listing() == before
    assert nft_node.apply(content=OLD)["changed"] is False


@pytest.mark.parametrize(
    ("signal", "who"), [("-KILL", slice(1)), ("-KILL", slice(1, None)), ("-TERM", slice(None)), ("-PIPE", slice(None))]
)
def test_those_that_watch_are_killed(nft_node: NftNode, who: slice, signal: str) -> None:
    """One of them by what nobody can catch, or both by something else."""
    nft_node.apply(content=OLD)
    before = nft_node.listing()
    arm(nft_node, 6)
    nft_node.run("kill", signal, *sorted(watchers(nft_node), key=int)[who])
    wait_for(nft_node, "rolled-back")
    assert nft_node.listing() == before


@pytest.mark.parametrize("removed", [RUN, f"{RUN}/confirm.*", f"{RUN}/confirm.*/*", f"{RUN}/confirm.*/*/state.pending"])
def test_the_folder_is_removed_while_a_change_waits(nft_node: NftNode, removed: str) -> None:
    nft_node.apply(content=OLD)
    before = nft_node.listing()
    arm(nft_node, 60)
    assert nft_node.listing() != before
    nft_node.run("sh", "-c", f"rm -rf {removed}")
    wait_for(nft_node, "rolled-back")
    assert nft_node.listing() == before
    assert nft_node.apply(content=OLD)["changed"] is False


def test_what_was_confirmed_stays_when_the_folder_is_removed(nft_node: NftNode) -> None:
    arm(nft_node, 60)
    assert step(nft_node, "confirm")["confirmed"] is True
    after = nft_node.listing()
    nft_node.run("rm", "-rf", RUN)
    until = time.monotonic() + 60
    while nft_node.run("pgrep", "-f", f"confirm.{nft_node.inode}/{TOKEN}/watch", check=False):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert nft_node.listing() == after


def test_the_task_fails_when_the_folder_is_removed(nft_node: NftNode, tmp_path: pathlib.Path) -> None:
    nft_node.apply(content=OLD)
    before, persisted = nft_node.listing(), nft_node.file(FILE).read_text()
    controller = Controller(nft_node, tmp_path)
    # Not in the first run on the node, which makes it.
    controller.guard(f'if nft list table inet ours | grep -q "dport 22"; then rm -rf {RUN}/confirm.*; fi')
    result = controller.result(content=NEW, confirm_timeout=60)
    assert (result["rolled_back"], result["error"]["code"], result["changed"]) == (True, "RolledBack", False)
    assert nft_node.listing() == before
    assert nft_node.file(FILE).read_text() == persisted


def test_nothing_to_watch_with(nft_node: NftNode) -> None:
    """What was prepared for the change does not keep later runs off."""
    options: dict[str, t.Any] = {"content": NEW, "persist": False}
    hidden = ("unshare", "--mount", "sh", "-c", 'mount --bind /dev/null "$(command -v setsid)"; exec "$@"', "sh")
    refused = nft_node.module(before=hidden, confirm_timeout=30, wire_confirm={"token": TOKEN, "step": "arm"}, **options)
    assert (refused["failed"], refused["error"]["code"]) == (True, "NotArmed")
    assert "Nothing was changed" in refused["msg"]
    assert nft_node.listing() == ""
    assert state_of(nft_node) is None
    assert nft_node.apply(**options)["changed"] is True
