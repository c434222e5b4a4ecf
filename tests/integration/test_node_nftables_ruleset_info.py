# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module that lists declared tables, on a separate node."""

from __future__ import annotations

import typing as t

from tests.support.nft.node import INFO, TABLES, NftNode

OURS = "table inet ours { set s { type ipv4_addr; elements = { 192.0.2.1 }; }; chain c { ip saddr @s drop; }; }"
TIMED = "table ip timed { set s { type ipv4_addr; flags timeout; elements = { 192.0.2.1 timeout 1h }; }; }"


def look(node: NftNode) -> dict[str, t.Any]:
    before = node.run("nft", "-s", "-a", "list", "ruleset")
    result = node.module(INFO)
    assert result.get("msg") is None
    assert result["changed"] is False
    assert node.run("nft", "-s", "-a", "list", "ruleset") == before
    return result


def test_nothing(nft_node: NftNode) -> None:
    nft_node.nft("table inet theirs { set s { type ipv4_addr; }; }")
    result = look(nft_node)
    assert (result["tables"], result["confirmation"]) == ([], None)
    assert result["persistence"] == {"systemd": False, "enabled": False, "active": False}
    assert not nft_node.file("/run/aks-dataplane").exists()


def test_as_declared_then_changed(nft_node: NftNode) -> None:
    made = nft_node.apply(content=OURS)
    (table,) = look(nft_node)["tables"]
    digest = made["after"][0]["digest"]
    assert (table["family"], table["name"], table["present"]) == ("inet", "ours", True)
    assert (table["listed"], table["live"], table["drift"]) == (digest, digest, False)
    assert (table["file"], table["persisted"]) == (f"{TABLES}/inet.ours.nft", True)
    nft_node.nft("add element inet ours s { 192.0.2.7 }")
    (table,) = look(nft_node)["tables"]
    assert (table["listed"], table["drift"]) == (digest, True)
    assert table["live"] != digest
    nft_node.apply(content=OURS.replace("drop", "accept"), persist=False)
    (table,) = look(nft_node)["tables"]
    assert (table["drift"], table["file"], table["persisted"]) == (False, None, False)


def test_what_a_digest_cannot_tell(nft_node: NftNode) -> None:
    nft_node.apply(content=TIMED)
    (table,) = look(nft_node)["tables"]
    assert (table["listed"], table["drift"]) == (None, None)


def test_a_file_whose_table_is_gone(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    nft_node.nft("delete table inet ours")
    (table,) = look(nft_node)["tables"]
    assert (table["present"], table["declared"], table["live"], table["drift"], table["persisted"]) == (False, None, None, None, False)
    assert table["file"] == f"{TABLES}/inet.ours.nft"


def test_units(nft_node: NftNode) -> None:
    nft_node.pretend_systemd()
    nft_node.apply(content=OURS)
    assert look(nft_node)["persistence"] == {"systemd": True, "enabled": True, "active": True}
    nft_node.run("rm", "/etc/systemd/system/sysinit.target.wants/aks-dataplane-nftables.target")
    assert look(nft_node)["persistence"]["enabled"] is False


def test_waiting_for_a_confirmation(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS, confirm_timeout=60, wire_confirm={"token": "0" * 32, "step": "arm"})
    result = look(nft_node)
    assert result["confirmation"]["state"] == "pending"
    assert 0 < result["confirmation"]["seconds"] <= 60
    assert result["tables"][0]["persisted"] is False


def test_without_the_right(nft_node: NftNode) -> None:
    result = nft_node.module(INFO, before=("setpriv", "--reuid", "65534"))
    assert (result["failed"], result["error"]["code"]) == (True, "NotPermitted")
