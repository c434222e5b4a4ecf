# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which the engine asks and changes a node, without a kernel: whatever goes wrong, the tables are as declared or as they were."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.plan import Order
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Set, Table
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.engine import Engine
from ansible_collections.aks.dataplane.plugins.module_utils._node.fragile_sets import FragileSet
from ansible_collections.aks.dataplane.plugins.module_utils._node.program_result import Ran
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp

from tests.support.nft.made_up_node import BAD, GOOD, OURS, MadeUpNode, MadeUpWindow, declaration, stamped, table

FILE = "/etc/aks-dataplane/nftables.d/inet.ours.nft"
OLD, NEW = declaration("tcp dport ssh accept"), declaration("tcp dport 23 accept")
OLD_FORM, NEW_FORM = table("tcp dport 22 accept"), table("tcp dport 23 accept")
BEFORE, AFTER = stamped(OLD_FORM, OLD), stamped(NEW_FORM, NEW)
OTHER = stamped(table("drop"), NEW)


def run(node: MadeUpNode, window: MadeUpWindow | None = None, warn: t.Callable[[str], None] | None = None, **changes: t.Any) -> t.Any:
    options = {"present": True, "seconds": 30 if window else None, **changes}
    return Engine(Order(options.pop("declaration", NEW), **options), node, warn or pytest.fail, window).run()


def failure(node: MadeUpNode, window: MadeUpWindow | None = None, **changes: t.Any) -> DataplaneError:
    with pytest.raises(DataplaneError) as caught:
        run(node, window, **changes)
    return caught.value


def changing(*effects: t.Mapping[tuple[str, str], Table | None]) -> MadeUpNode:
    """A node with the old table; the new one comes with the first transaction, if nothing else is said."""
    return MadeUpNode({OURS: BEFORE}, {OURS: NEW_FORM}, effects or [{OURS: AFTER}])


def method(result: t.Any) -> str:
    (reported,) = result["tables"]
    return str(reported["method"])


def test_as_declared_already() -> None:
    node = MadeUpNode({OURS: AFTER})
    result = run(node)
    assert (method(result), node.steps) == ("none", ["persist"])
    assert result["before"] == result["after"] == [{"family": "inet", "name": "ours", "digest": NEW_FORM.fingerprint()}]
    assert result["persisted"] == {"files": [FILE], "changed": [FILE], "loaded_at_boot": True}


def silent(live: Table) -> Table:
    """Stamped, but with elements that may go by themselves."""
    known = Stamp(NEW.named[OURS].digest, None, "1.0.6", "5" * 24)
    return live.with_stamp(known)


def test_as_declared_with_elements_that_go_by_themselves() -> None:
    """How it is listed has to be found out: the stamp alone does not say that all of them are there."""
    form = dataclasses.replace(NEW_FORM, sets=(Set("set", "s", ("type ipv4_addr", "flags timeout"), ("10.0.0.1 timeout 1h",)),))
    node = MadeUpNode({OURS: silent(form)}, {OURS: form})
    result = run(node)
    assert (method(result), node.steps, node.learned[0]) == ("none", ["persist"], ["ours"])
    assert result["before"] == result["after"] == [{"family": "inet", "name": "ours", "digest": form.fingerprint()}]


def test_not_as_declared_with_elements_that_go_by_themselves() -> None:
    node = MadeUpNode({OURS: silent(OLD_FORM)}, {OURS: NEW_FORM}, [{OURS: AFTER}])
    assert method(run(node)) == "delta"


def test_a_change_is_remembered_for_the_next_one() -> None:
    node = changing({OURS: AFTER}, {OURS: None})
    run(node)
    assert node.remembered == [("ours", True)]
    run(node)
    assert node.remembered == [("ours", True)]
    run(node, present=False)
    assert node.remembered == [("ours", True), ("ours", False)]


def test_a_dry_run_is_not_remembered() -> None:
    node = changing()
    run(node, dry=True)
    assert node.remembered == []


@pytest.mark.parametrize("dry", [False, True])
def test_what_is_refused_is_tried_out_as_a_whole(dry: bool) -> None:
    """Before anything else is tried: what is wrong with it is known best then. A replacement can pass a check without being accepted."""
    node = changing()
    node.follows, node.applies, node.checks = True, [BAD], [BAD]
    assert method(run(node, dry=dry)) == "delta"
    attempt = "check" if dry else "apply"
    assert [step for step in node.steps if step == attempt] == [attempt] * 2
    assert node.learned.count(["ours"]) == 4


def test_made_anew() -> None:
    node = MadeUpNode(forms={OURS: NEW_FORM}, effects=[{OURS: AFTER}])
    result = run(node, show_diff=True)
    assert (method(result), result["changed"]) == ("create", True)
    assert node.steps == ["require", "apply", "persist"]
    assert node.text("apply").startswith("create table inet ours\n")
    assert "tcp dport 23 accept" in (node.files[FILE] or "")
    assert "tcp dport 23 accept" in result["diff"][0]["after"]


def test_check_mode_changes_nothing() -> None:
    node = changing()
    result = run(node, dry=True, backup=True)
    assert (method(result), result["changed"]) == ("delta", True)
    assert node.steps == ["require", "check", "look at the files"]
    assert node.live == {OURS: BEFORE}


def test_removed() -> None:
    node = changing({OURS: None})
    result = run(node, present=False)
    assert (method(result), node.files) == ("delete", {FILE: None})
    assert node.text("apply").endswith("delete table inet ours\n")
    assert node.learned == [[], []]


def test_not_to_outlive_a_reboot() -> None:
    node = changing()
    assert run(node, persist=False)["persisted"]["files"] == []
    assert node.files == {FILE: None}


def test_without_systemd_the_user_is_reported() -> None:
    said: list[str] = []
    node = changing()
    node.systemd = False
    assert run(node, warn=said.append)["persisted"]["loaded_at_boot"] is False
    assert f"nft -f {FILE}" in said[0]


def test_a_delta_that_the_kernel_does_not_take_becomes_a_replacement() -> None:
    node = changing()
    node.applies = [BAD]
    result = run(node)
    assert method(result) == "replace"
    assert node.steps == ["require", "apply", "apply", "persist"]
    assert "delete table inet ours" in node.text("apply", 1)


def test_a_delta_that_the_kernel_does_not_take_is_known_before_the_way_back_is_armed() -> None:
    node = changing()
    node.checks = [BAD]
    result = run(node, MadeUpWindow(node))
    assert method(result) == "replace"
    assert node.steps == ["require", "check", "check", "check", "arm", "apply"]
    assert "delete table inet ours" in node.text("apply")


def test_somebody_else_was_faster() -> None:
    node = changing()
    node.applies = [BAD] * 2
    assert run(node)["changed"]
    assert node.steps == ["require", "apply", "apply", "require", "apply", "persist"]


@pytest.mark.parametrize("others", [0, 1, 2])
def test_what_came_out_is_looked_at_again_when_somebody_else_changed_something(others: int) -> None:
    """A foreign change to our table, in the moment of ours: it is noticed by the number of the kernel's transactions."""
    node = changing({OURS: OTHER if others else AFTER}, {OURS: AFTER})
    node.others = others
    assert run(node)["changed"]
    assert node.live == {OURS: AFTER}
    assert node.steps == ["require", *["apply"] * (2 if others else 1), "persist"]


def test_what_does_not_follow_from_what_was_there_is_always_looked_at() -> None:
    node = changing({OURS: OTHER}, {OURS: AFTER})
    node.live[OURS] = stamped(table("tcp dport 22 accept", header=("type filter hook input priority raw;",)), OLD)
    node.others = 0
    assert run(node)["changed"]
    assert node.live == {OURS: AFTER}


@pytest.mark.parametrize(
    ("dry", "checks", "applies", "tried"),
    [
        (False, [], [BAD] * 4, ["apply"] * 4),
        (True, [BAD] * 4, [], ["check"] * 4),
    ],
)
def test_a_change_that_is_refused_twice(dry: bool, checks: list[Ran], applies: list[Ran], tried: list[str]) -> None:
    node = changing()
    node.checks, node.applies = list(checks), list(applies)
    refused = failure(node, dry=dry)
    assert (refused.code, "Error: no" in refused.message) == ("Refused", True)
    assert [step for step in node.steps if step != "require"] == tried
    assert node.live == {OURS: BEFORE}


def test_a_change_that_is_refused_twice_after_the_kernel_said_yes() -> None:
    node = changing()
    node.applies = [BAD] * 2
    refused = failure(node, MadeUpWindow(node))
    assert (refused.code, "Error: no" in refused.message) == ("Refused", True)
    assert [step for step in node.steps if step in ("check", "apply")] == ["check", "check", "apply"] * 2
    assert node.live == {OURS: BEFORE}


def test_a_copy_of_what_was_comes_before_the_change() -> None:
    node = changing()
    assert run(node, backup=True)["backup_file"] == "/backup.nft"
    assert node.steps == ["require", "check", "check", "write_backup", "apply", "persist"]
    assert "tcp dport 22 accept" in node.text("write_backup")


def test_of_nothing_there_is_no_copy() -> None:
    node = MadeUpNode(forms={OURS: NEW_FORM}, effects=[{OURS: AFTER}])
    assert "backup_file" not in run(node, backup=True)
    assert "write_backup" not in node.steps


def test_a_way_back_that_does_not_work_stops_the_change() -> None:
    node = changing()
    node.checks = [GOOD, BAD]
    assert failure(node, backup=True).code == "NoWayBack"
    assert "apply" not in node.steps


def test_a_change_that_waits_for_its_confirmation() -> None:
    """The rollback is armed before the change, and nothing brings the new rules back at boot before they are confirmed."""
    node = changing()
    window = MadeUpWindow(node)
    result = run(node, window)
    assert node.steps == ["require", "check", "check", "arm", "apply"]
    assert node.text("arm") == node.text("check", 1)
    assert "tcp dport 22 accept" in node.text("arm")
    assert result["confirmation"] == {"state": "pending", "seconds": 30}
    assert window.kept == result


def test_nothing_to_confirm() -> None:
    node = MadeUpNode({OURS: AFTER})
    assert "confirmation" not in run(node, MadeUpWindow(node))
    assert node.steps == ["persist"]


def test_a_change_that_comes_after_its_own_rollback_is_undone() -> None:
    node = changing({OURS: AFTER}, {OURS: BEFORE})
    slow = failure(node, MadeUpWindow(node, state="rolled-back"))
    assert (slow.code, slow.result) == ("RolledBack", {"rolled_back": True})
    assert node.text("apply", 1) == node.text("arm")


def test_a_change_that_failed_needs_no_rollback() -> None:
    node = changing()
    node.applies = [BAD]
    run(node, MadeUpWindow(node))
    assert node.steps[3:6] == ["arm", "apply", "disarm"]


def test_rules_that_came_out_otherwise_are_replaced_once() -> None:
    node = changing({OURS: OTHER}, {OURS: AFTER})
    assert run(node)["changed"]
    assert node.steps == ["require", "apply", "apply", "persist"]
    assert node.text("apply", 1).startswith("table inet ours\ndelete table inet ours\n")


@pytest.mark.parametrize(
    ("second", "undo", "said"),
    [
        (GOOD, GOOD, "The previous tables are restored."),
        (BAD, GOOD, "nft said: Error: no"),
        (GOOD, BAD, "could not be restored: Error: no"),
    ],
)
def test_rules_that_never_come_out_are_undone(second: Ran, undo: Ran, said: str) -> None:
    node = changing({OURS: OTHER}, {OURS: OTHER} if second is GOOD else {OURS: BEFORE}, {OURS: BEFORE})
    node.applies = [GOOD, second, undo]
    wrong = failure(node, MadeUpWindow(node))
    is_undone = undo is GOOD
    assert (wrong.code, said in wrong.message) == ("NotAsDeclared", True)
    assert wrong.result["rolled_back"] is is_undone
    assert wrong.result["changed"] is not is_undone
    assert [item["after"] for item in wrong.details["plan"]] == ["tcp dport 23 accept"]
    assert "tcp dport 22 accept" in node.text("apply", 2)
    # What is back already needs no watcher any more.
    assert ("disarm" in node.steps) is is_undone
    assert "persist" not in node.steps


def test_a_form_that_cannot_be_had_is_stamped_after_the_change() -> None:
    node = MadeUpNode(effects=[{OURS: stamped(NEW_FORM, NEW, reported=False)}, {OURS: AFTER}])
    result = run(node)
    assert node.steps == ["require", "apply", "apply", "persist"]
    assert f"listed={NEW_FORM.fingerprint()}" in node.text("apply", 1)
    assert result["after"][0]["digest"] == NEW_FORM.fingerprint()
    assert f"listed={NEW_FORM.fingerprint()}" in (node.files[FILE] or "")


def test_a_stamp_that_does_not_come_is_no_failure() -> None:
    node = MadeUpNode(effects=[{OURS: stamped(NEW_FORM, NEW, reported=False)}])
    node.applies = [GOOD, BAD]
    assert run(node)["changed"]
    assert "listed=-" in (node.files[FILE] or "")


def test_ebpf_host_routing_takes_no_rules_but_lets_them_go() -> None:
    node = changing({OURS: None})
    node.routing = True
    assert failure(node).code == "EbpfHostRouting"
    assert node.asked == []
    assert run(node, present=False)["changed"]


@pytest.mark.parametrize("present", [True, False])
def test_a_table_of_others_is_left_alone_until_adopted(present: bool) -> None:
    node = MadeUpNode({OURS: OLD_FORM}, {OURS: NEW_FORM}, [{OURS: AFTER if present else None}])
    refused = failure(node, present=present)
    assert (refused.code, refused.details) == ("ForeignTable", {"family": "inet", "name": "ours"})
    assert node.asked == []
    assert run(node, present=present, adopt=True)["changed"]


def test_what_is_worth_a_warning_is_said_before_anything_changes() -> None:
    steps: list[list[str]] = []
    node = changing()
    run(node, declaration=declaration("iif lo accept"), adopt=True, warn=lambda text: steps.append(list(node.steps)))
    assert steps == [[]]


def test_nothing_is_said_of_the_boot_where_nothing_is_loaded_then() -> None:
    assert run(changing(), declaration=declaration("iif lo accept"), adopt=True, persist=False)["changed"]


FRAGILE = FragileSet("inet", "ours", "office")
BESIDE = ("ip", "kube-proxy")


def beside_kube_proxy(numbers: tuple[int, ...] = (1, 1, 3), proxy: tuple[int, ...] | None = (1, 0, 6)) -> MadeUpNode:
    """A node with the old table and kube-proxy's, whose nft is another one than the node's."""
    node = changing()
    node.live[BESIDE] = Table(*BESIDE)
    node.found, node.numbers, node.proxy = [FRAGILE], numbers, proxy
    return node


@pytest.mark.parametrize("dry", [True, False])
def test_what_crashes_kube_proxy_is_refused(dry: bool) -> None:
    node = beside_kube_proxy()
    refused = failure(node, dry=dry)
    assert (refused.code, "office of inet ours" in refused.message) == ("CrashesKubeProxy", True)
    assert node.asked == []


@pytest.mark.parametrize("live", [BEFORE, AFTER])
def test_what_may_crash_kube_proxy_is_warned_of_once(live: Table) -> None:
    node = beside_kube_proxy(proxy=None)
    node.live[OURS], node.applies = live, [BAD, BAD]
    said: list[str] = []
    run(node, warn=said.append)
    assert ["office of inet ours" in text for text in said] == [True]


@pytest.mark.parametrize(
    ("numbers", "proxy"), [((1, 1, 1), (1, 0, 6)), ((1, 0, 6), None), ((1, 1, 3), (1, 0, 6, 1)), ((1, 1, 3), (1, 1, 3))]
)
def test_what_does_not_crash_kube_proxy_is_not_spoken_of(numbers: tuple[int, ...], proxy: tuple[int, ...] | None) -> None:
    assert run(beside_kube_proxy(numbers, proxy))["changed"]


def test_harmless_tables_and_nodes_without_kube_proxy_are_not_spoken_of() -> None:
    harmless, alone = beside_kube_proxy(), beside_kube_proxy()
    harmless.found = []
    del alone.live[BESIDE]
    assert run(harmless)["changed"]
    assert run(alone)["changed"]


def test_what_crashes_kube_proxy_may_be_removed() -> None:
    node = beside_kube_proxy()
    node.effects = [{OURS: None}]
    assert run(node, present=False)["changed"]


def test_what_could_be_seen_only_afterwards_is_undone() -> None:
    """In a container without a namespace to try the declaration out."""
    node = beside_kube_proxy()
    node.found, node.can_try_out, node.forms = [], False, {}
    node.effects = [{OURS: stamped(NEW_FORM, NEW, reported=False)}, {OURS: BEFORE}]
    apply = node.apply

    def applied(text: str) -> Ran:
        ran = apply(text)
        node.found = [FRAGILE]
        return ran

    node.apply = applied  # type: ignore[method-assign]
    assert failure(node).code == "CrashesKubeProxy"
    assert node.live[OURS] == BEFORE


def test_a_crash_of_nft_is_distinguished_from_a_refusal() -> None:
    node = changing()
    node.applies = [Ran(-11, "", "")] * 4
    crashed = failure(node)
    assert (crashed.code, "ended by signal 11" in crashed.message, "inet other" in crashed.message) == ("NftCrashed", True, True)
    assert node.live == {OURS: BEFORE}


@pytest.mark.parametrize(("undo", "is_undone"), [(GOOD, True), (BAD, False)])
def test_a_change_that_cannot_be_confirmed_is_undone(undo: Ran, is_undone: bool) -> None:
    """The disk is full: what the confirmation needs cannot be written."""
    node = changing({OURS: AFTER}, {OURS: BEFORE})
    node.applies = [GOOD, undo]
    window = MadeUpWindow(node)
    window.trouble = OSError(28, "No space left on device", "/run/aks-dataplane/result")
    lost = failure(node, window)
    assert (lost.code, lost.result) == ("RolledBack", {"rolled_back": is_undone})
    assert "/run/aks-dataplane/result: No space left on device" in lost.message
    assert (node.live[OURS] == BEFORE, "disarm" in node.steps) == (is_undone, is_undone)
