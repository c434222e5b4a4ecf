# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several runs at once, of this module and of others: one after the other, or the later one gives way; the rules are always somebody's declaration."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.nft.lab import LabNode
from tests.support.nft.neighbours import load_neighbours, snapshot
from tests.support.nft.node import result_of

RUNS = 4


def declaration(number: int, table: str = "ours") -> str:
    rules = "\n".join(f"tcp dport {{ {port}, {number + 1} }} accept" for port in range(100, 160, number + 1))
    return f"table inet {table} {{\nset s {{ type inet_service; elements = {{ {number + 1}, 99 }}; }}\nchain c {{\n{rules}\n}}\n}}\n"


@pytest.mark.slow
def test_different_declarations_of_one_table(any_nft_node: LabNode) -> None:
    node = any_nft_node
    load_neighbours(node)
    before = snapshot(node)
    forms = []
    for number in range(RUNS):
        assert node.ask(declaration(number), persist=False)["changed"]
        forms.append(node.listing("inet ours", "-s"))
    for _round in range(3):
        started = [node.start(content=declaration(number)) for number in range(RUNS)]
        results = [result_of(process) for process in started]
        assert [result.get("msg") for result in results if result.get("failed")] == []
        form = node.listing("inet ours", "-s")
        assert form in forms
        # The file that is loaded at boot is of the same declaration as the rules.
        node.run("nft", "delete", "table", "inet", "ours")
        node.run("nft", "-f", "/etc/aks-dataplane/nftables.d/inet.ours.nft")
        assert node.listing("inet ours", "-s") == form
        assert snapshot(node, "inet ours") == before
        assert node.unchanged(declaration(forms.index(form)))


def test_tables_of_their_own(nft_node: LabNode) -> None:
    contents = [declaration(number, f"ours{number}") for number in range(RUNS)]
    results = [result_of(process) for process in [nft_node.start(content=content) for content in contents]]
    assert [(result.get("msg"), result.get("changed")) for result in results] == [(None, True)] * RUNS
    assert all(nft_node.unchanged(content) for content in contents)
    assert nft_node.unchanged("".join(contents))


# Right before the module's transaction, which is not that of the scratch namespace, comes one of somebody else.
INTERPOSED = """#!/bin/sh
if [ "$1" = -f ] && [ "$(stat -L -c %i /proc/self/ns/net)" = {inode} ] && [ ! -e /run/in-between ]; then
    : >/run/in-between
    {real} '{command}' || exit 9
fi
exec {real} "$@"
"""


def with_another_in_between(node: LabNode, command: str, content: str) -> t.Any:
    """The result of a run between whose look and whose transaction that nft command runs."""
    folder = node.file("/run/interposed")
    folder.mkdir()
    real = node.run("sh", "-c", "command -v nft").strip()
    (folder / "nft").write_text(INTERPOSED.format(inode=node.inode, real=real, command=command), encoding="utf-8")
    (folder / "nft").chmod(0o755)
    result = node.module(content=content, before=("env", f"PATH=/run/interposed:{node.path}"))
    assert node.file("/run/in-between").exists()
    return result


STAMP = "delete chain inet ours aks-dataplane-stamp; add chain inet ours aks-dataplane-stamp"


@pytest.mark.parametrize("after", [1, 2])
def test_a_run_without_the_lock_in_between(nft_node: LabNode, after: int) -> None:
    """Another run that did not see our lock has changed the table between our look and our transaction: nothing of ours is applied on top."""
    node = nft_node
    assert node.ask(declaration(0))["changed"]
    comment = next(line.strip() for line in node.listing("inet ours").splitlines() if "comment" in line)
    other = f"{STAMP} {{ {comment} ; }} ; add rule inet ours c tcp dport 7 drop"
    result = with_another_in_between(node, other, declaration(after))
    # It looks again, and so ends as declared, or says that it gives way.
    if result.get("failed"):
        assert result["error"]["code"], result
        assert "tcp dport 7 drop" in node.listing("inet ours")
    else:
        assert "tcp dport 7 drop" not in node.listing("inet ours")
    node.ask(declaration(after))
    assert node.unchanged(declaration(after))
    assert "tcp dport 7 drop" not in node.listing("inet ours")


def test_the_table_goes_in_between(nft_node: LabNode) -> None:
    node = nft_node
    assert node.ask(declaration(0))["changed"]
    result = with_another_in_between(node, "delete table inet ours", declaration(1))
    assert result.get("failed") or result["changed"]
    assert not node.ask(declaration(1)).get("failed")
    assert node.unchanged(declaration(1))


def test_somebody_else_makes_the_table_in_between(nft_node: LabNode) -> None:
    """Then it is not ours, and stays as it is."""
    node = nft_node
    result = with_another_in_between(node, "table inet ours { chain theirs { drop; }; }", declaration(1))
    assert result["failed"], result
    assert "chain theirs" in node.listing("inet ours")
    assert "chain c" not in node.listing("inet ours")


# As the kernel does it while it makes more room for a set that was just filled: an element twice, for one that is missing.
TORN = """#!/bin/sh
case "$*" in *"list table"*)
    count=$(cat /run/torn/$$PPID 2>/dev/null || echo 0)
    echo $((count + 1)) >/run/torn/$$PPID
    [ "$count" -ge 2 ] || exec sh -c '{real} "$@" | sed s/10.0.0.9/10.0.0.8/' sh "$@"
esac
exec {real} "$@"
"""


def test_a_set_grows_while_it_is_listed(nft_node: LabNode) -> None:
    node = nft_node
    content = "table inet ours {{ set s {{ type ipv4_addr; elements = {{ {} }}; }}; }}"
    declared = [f"10.0.0.{number}" for number in range(20)]
    assert node.ask(content.format(", ".join(declared)))["changed"]
    folder = node.file("/run/torn")
    folder.mkdir()
    (folder / "nft").write_text(
        TORN.replace("$$PPID", "calls-$PPID").format(real=node.run("sh", "-c", "command -v nft").strip()), encoding="utf-8"
    )
    (folder / "nft").chmod(0o755)
    result = node.module(content=content.format(", ".join(reversed(declared))), before=("env", f"PATH=/run/torn:{node.path}"))
    assert [table["method"] for table in result["tables"]] == ["stamp"], result
    assert len(list(folder.glob("calls-*"))) > 1
