# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin and the module together, over a local connection to a node: what the controller does, and changes that want a confirmation.

A node that lets nobody in is one on which Python does not start; that goes by what the rules say.
"""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest

from tests.support.nft.node import TABLES, NftNode
from tests.support.playbooks import PlaybookRun, run_playbook

FILE = f"{TABLES}/inet.ours.nft"
OLD = "table inet ours { chain input { type filter hook input priority 0; policy accept; counter packets 5 bytes 50 comment old; }; }"
NEW = "table inet ours { chain input { type filter hook input priority 0; policy accept; tcp dport 22 accept; }; }"
LOCKED = NEW.replace("accept; }", 'drop comment "locked"; }')
TOKEN = "ab" * 16


class Controller:
    """Plays one task against a node."""

    def __init__(self, node: NftNode, folder: pathlib.Path) -> None:
        self.node = node
        self.folder = folder
        self.interpreter = node.interpreter(folder)

    def guard(self, condition: str) -> None:
        """Let Python start on the node only under a condition of the shell."""
        script = self.folder / "guarded"
        inside = " ".join(self.node.enter)
        script.write_text(f'#!/bin/sh\nif {inside} sh -c {condition!r}; then exec {self.interpreter} "$@"; fi\nexit 3\n')
        script.chmod(0o755)
        self.interpreter = str(script)

    def play(self, check: bool = False, keywords: t.Mapping[str, t.Any] | None = None, **options: t.Any) -> PlaybookRun:
        task = {"name": "Rules", "aks.dataplane.node_nftables_ruleset": options, **(keywords or {})}
        plays = [{"name": "Node", "hosts": "all", "gather_facts": False, "tasks": [task]}]
        host = {"ansible_connection": "local", "ansible_python_interpreter": self.interpreter}
        return run_playbook(plays, {"all": {"hosts": {"node": host}}}, check=check)

    def result(self, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        (result,) = self.play(check, **options).results("Rules")
        return result


@pytest.fixture
def controller(nft_node: NftNode, tmp_path: pathlib.Path) -> Controller:
    return Controller(nft_node, tmp_path)


def test_confirmed(controller: Controller) -> None:
    result = controller.result(content=NEW, confirm_timeout=60)
    assert (result["changed"], result["confirmed"]) == (True, True)
    assert result["persisted"]["files"] == [FILE]
    assert "tcp dport 22 accept" in controller.node.listing()
    assert controller.node.file(FILE).exists()
    assert "confirmation" not in result
    again = controller.result(content=NEW, confirm_timeout=60)
    assert (again["changed"], again.get("confirmed")) == (False, None)


def test_rolled_back(controller: Controller) -> None:
    node = controller.node
    node.apply(content=OLD)
    before, persisted = node.listing(), node.file(FILE).read_text()
    controller.guard("! nft list table inet ours | grep -q locked")
    result = controller.result(content=LOCKED, confirm_timeout=8)
    assert (result["rolled_back"], result["changed"]) == (True, False)
    assert result["error"]["code"] == "RolledBack"
    assert node.listing() == before
    assert node.file(FILE).read_text() == persisted
    assert node.apply(content=OLD)["changed"] is False


def test_rolled_back_to_nothing(controller: Controller) -> None:
    controller.guard("! nft list table inet ours 2>/dev/null | grep -q locked")
    result = controller.result(content=LOCKED, confirm_timeout=8)
    assert result["rolled_back"] is True
    assert controller.node.listing() == ""
    assert not controller.node.file(FILE).exists()


def test_the_result_never_arrives(controller: Controller) -> None:
    """It is on the node, beside what waits for the confirmation."""
    script = controller.folder / "deaf"
    done = controller.folder / "done"
    script.write_text(
        f'#!/bin/sh\nif mkdir {done} 2>/dev/null; then {controller.interpreter} "$@" >/dev/null; exit 3; fi\nexec {controller.interpreter} "$@"\n'
    )
    script.chmod(0o755)
    controller.interpreter = str(script)
    result = controller.result(content=NEW, confirm_timeout=60)
    assert (result["changed"], result["confirmed"]) == (True, True)
    assert [table["method"] for table in result["tables"]] == ["create"]


def test_check_mode_and_no_timeout(controller: Controller) -> None:
    checked = controller.result(check=True, content=NEW, confirm_timeout=60)
    assert (checked["changed"], checked.get("confirmed")) == (True, None)
    assert controller.node.listing() == ""
    plain = controller.result(content=NEW, confirm_timeout=0)
    assert (plain["changed"], plain.get("confirmed")) == (True, None)


def test_file_of_the_controller(controller: Controller) -> None:
    file = controller.folder / "node.nft"
    file.write_text(NEW)
    assert controller.result(src=str(file))["changed"] is True
    file.write_text("\n\n" + NEW.replace("accept; }", "acept; }"))
    wrong = controller.result(src=str(file))
    assert wrong["error"]["code"] == "InvalidDeclaration"
    assert f"src {file} line 3" in wrong["msg"]
    missing = controller.result(src="not-there.nft")
    assert missing["error"]["code"] == "InvalidFile"


def test_elements_that_overlap_are_named(controller: Controller) -> None:
    content = "table inet ours { set s { typeof ip saddr; flags interval; elements = { 10.0.0.0/8,\n 192.0.2.1,\n 10.1.0.0/16 }; }; }"
    refused = controller.result(content=content)
    assert "These overlap: 10.0.0.0/8 and 10.1.0.0/16." in refused["msg"]
    assert refused["error"]["conflicts"] == [["10.0.0.0/8", "10.1.0.0/16"]]
    assert refused["error"]["code"] == "InvalidDeclaration"


def test_data_is_checked_on_the_controller(controller: Controller) -> None:
    controller.guard("false")
    result = controller.result(tables=[{"family": "inet", "name": "ours", "chains": [{"name": "c", "hook": "inptu"}]}])
    assert result["error"]["code"] == "InvalidDeclaration"
    assert "inptu" in result["msg"]


def test_data_becomes_text_on_the_controller(controller: Controller) -> None:
    chain = {"name": "c", "rules": ["tcp dport 22 accept"]}
    tables = [{"family": "inet", "name": "ours", "chains": [chain]}]
    result = controller.result(tables=tables)
    assert result["changed"] is True
    assert "tcp dport 22 accept" in controller.node.listing()
    assert controller.result(tables=tables)["changed"] is False
    chain["rules"] = ["accept", "tcp dport nosuch accept"]
    assert "tables[0].chains[0].rules[1]" in controller.result(tables=tables)["msg"]
    both = controller.result(tables=tables, content=NEW)
    assert "mutually exclusive: content|src|tables" in both["msg"]
    assert controller.result(tables=tables[:1], state="absent")["changed"] is True


def test_async(controller: Controller) -> None:
    (result,) = controller.play(content=NEW, keywords={"async": 60, "poll": 1}).results("Rules")
    assert result["changed"] is True
    refused = controller.play(content=NEW, confirm_timeout=5, keywords={"async": 60, "poll": 1}).results("Rules")
    assert "async" in refused[0]["msg"]


def arm(node: NftNode, seconds: int, content: str = NEW, token: str = TOKEN) -> dict[str, t.Any]:
    return node.apply(content=content, confirm_timeout=seconds, wire_confirm={"token": token, "step": "arm"})


def step(node: NftNode, word: str, content: str = NEW) -> dict[str, t.Any]:
    return node.apply(content=content, wire_confirm={"token": TOKEN, "step": word})


def state_of(node: NftNode) -> str | None:
    return step(node, "ask")["confirmation"]["state"]


def test_another_change_has_to_wait(nft_node: NftNode) -> None:
    armed = arm(nft_node, 60)
    assert armed["confirmation"] == {"state": "pending", "seconds": 60}
    assert not nft_node.file(FILE).exists()
    for check in (False, True):
        refused = nft_node.module(check=check, content=OLD)
        assert (refused["failed"], refused["error"]["code"]) == (True, "ConfirmationPending")
        assert 0 < refused["error"]["seconds"] <= 60
    confirmed = step(nft_node, "confirm")
    assert (confirmed["confirmed"], confirmed["changed"], confirmed["tables"]) == (True, True, armed["tables"])
    assert nft_node.file(FILE).exists()
    assert nft_node.apply(content=OLD)["changed"] is True


def test_too_late(nft_node: NftNode) -> None:
    nft_node.apply(content=OLD, persist=False)
    before = nft_node.listing()
    arm(nft_node, 6)
    wait_for(nft_node, "rolled-back")
    assert nft_node.listing() == before
    assert step(nft_node, "confirm")["confirmation"]["state"] == "rolled-back"
    assert nft_node.listing() == before
    assert nft_node.apply(content=OLD, persist=False)["changed"] is False


def wait_for(node: NftNode, state: str) -> None:
    until = time.monotonic() + 60
    while state_of(node) != state:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_removal_is_rolled_back(nft_node: NftNode) -> None:
    nft_node.apply(content=OLD)
    before = nft_node.listing()
    nft_node.apply(content=OLD, state="absent", confirm_timeout=6, wire_confirm={"token": TOKEN, "step": "arm"})
    assert nft_node.listing() == ""
    wait_for(nft_node, "rolled-back")
    assert nft_node.listing() == before
    assert nft_node.file(FILE).exists()


def test_a_watcher_that_was_killed(nft_node: NftNode) -> None:
    """The next run does its work, once the time is over for long."""
    nft_node.apply(content=OLD)
    before = nft_node.listing()
    arm(nft_node, 6)
    nft_node.run("pkill", "-9", "-f", f"confirm.{nft_node.inode}/{TOKEN}/watch")
    (folder,) = nft_node.file(f"/run/aks-dataplane/confirm.{nft_node.inode}").iterdir()
    (folder / "deadline").write_text("1")
    assert state_of(nft_node) == "pending"
    assert nft_node.apply(content=OLD)["changed"] is False
    assert nft_node.listing() == before
    assert state_of(nft_node) == "rolled-back"


def test_nothing_known_of_the_token(nft_node: NftNode) -> None:
    assert state_of(nft_node) is None
    assert step(nft_node, "confirm")["confirmation"]["state"] is None
    wrong = nft_node.module(content=NEW, confirm_timeout=5, wire_confirm={"token": "../x", "step": "arm"})
    assert wrong["failed"]


def test_the_watcher_is_no_child_of_the_session(nft_node: NftNode) -> None:
    """It has a session of its own, nothing open that the module's was, and ignores that the terminal goes."""
    arm(nft_node, 60)
    pid = nft_node.run("pgrep", "-f", f"confirm.{nft_node.inode}/{TOKEN}/watch").split()[0]
    proc = pathlib.Path("/proc") / pid
    assert {str((proc / "fd" / number).readlink()) for number in "012"} == {"/dev/null"}
    assert proc.joinpath("stat").read_text().split()[5] == pid
    ignored = next(line for line in proc.joinpath("status").read_text().splitlines() if line.startswith("SigIgn"))
    assert int(ignored.split()[1], 16) & 1
    held = json.dumps([str(link.readlink()) for link in (proc / "fd").iterdir()])
    assert "lock" not in held
