# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of large tables, of which only new rules are tried out: the outcome is that of trying out everything."""

from __future__ import annotations

import os
import stat
import typing as t

import hypothesis
import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft import declared, listing, table_model
from ansible_collections.aks.dataplane.plugins.module_utils._nft.compare import compare
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import read_and_check
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import Declaration, unpack
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp

from tests.support.nft.lab import LabNode
from tests.support.nft.rulesets import TABLE, pairs

PAIRS = int(os.environ.get("NFT_PAIRS", "60"))
RULES = [f'ip saddr 10.0.{number >> 8}.{number & 255} tcp dport ssh counter accept comment "rule {number}"' for number in range(1100)]
# Listed in other words than these.
NEW = 'tcp dport { 20, 1-30, https } ct state related,established log prefix "a; }" accept'


def table(rules: t.Iterable[str] = RULES, more: str = "") -> str:
    lines = "\n".join(rules)
    return (
        "table inet ours {\nset s { type ipv4_addr; flags timeout; elements = { 192.0.2.1 timeout 1d } }\n"
        f"chain c {{\ntype filter hook input priority 0; policy accept;\n{lines}\n}}\n{more}}}\n"
    )


def method(result: t.Mapping[str, t.Any]) -> str:
    assert not result.get("failed"), str(result)[:2000]
    return str(result["tables"][0]["method"])


def digest(node: LabNode) -> str:
    return listing.parse_table(node.listing("inet ours", "-s", "-a")).fingerprint()


def digest_if_new(node: LabNode, content: str) -> str:
    """Of the declaration where nothing was before."""
    with LabNode() as fresh:
        fresh.path = node.path
        fresh.nft(content)
        return digest(fresh)


CHANGES: dict[str, list[str]] = {
    "changed": [*RULES[:500], NEW, *RULES[501:]],
    "first": [NEW, *RULES],
    "last": [*RULES, NEW],
    "removed": [*RULES[:500], *RULES[503:]],
    "moved": [*RULES[:10], RULES[900], *RULES[10:900], *RULES[901:]],
    "twice": [*RULES, *RULES[40:50]],
    "commented": [*RULES[:500], f"# about it\n{RULES[500]} # here; and there }}", *RULES[501:]],
    "packets add to a set": [*RULES[:500], "add @s { ip saddr timeout 1h }", *RULES[501:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes(nft_node: LabNode, change: str) -> None:
    node, content = nft_node, table(CHANGES[change])
    node.ask(table(), persist=False)
    counted = 'ip saddr 10.0.0.7 tcp dport ssh counter packets 7 bytes 70 accept comment "rule 7"'
    node.nft(f"replace rule inet ours c handle {handle(node)} {counted}")
    result = node.ask(content, persist=False, diff=True)
    assert method(result) in ("delta", "replace", "stamp")
    assert digest(node) == digest_if_new(node, content)
    assert "counter packets 7 bytes 70 accept" in node.listing()
    assert node.unchanged(content, persist=False)
    # And back.
    assert method(node.ask(table(), persist=False)) in ("delta", "replace", "stamp")
    assert node.unchanged(table(), persist=False)


def handle(node: LabNode) -> str:
    return next(line for line in node.listing("inet ours", "-a").split("\n") if '"rule 7"' in line).rpartition(" ")[2]


def test_what_is_reported(nft_node: LabNode) -> None:
    node = nft_node
    first = node.ask(table(), persist=False)
    again = node.ask(table([*RULES[:500], "tcp dport ssh drop", *RULES[501:]]), persist=False)
    listed = RULES[500].replace("ssh", "22")
    assert [(item["path"], item["before"], item["after"]) for item in again["plan"]] == [
        ("inet ours chain c rule", listed, "tcp dport 22 drop")
    ]
    assert again["before"] == first["after"]


@pytest.mark.parametrize("drift", ["add rule inet ours c tcp dport 9 drop", "flush chain inet ours c", "add chain inet ours other"])
def test_what_others_have_changed_meanwhile(nft_node: LabNode, drift: str) -> None:
    node, content = nft_node, table([*RULES[:500], NEW, *RULES[501:]])
    node.ask(table(), persist=False)
    node.nft(drift)
    assert node.ask(content, persist=False)["changed"]
    assert digest(node) == digest_if_new(node, content)
    assert node.unchanged(content, persist=False)


def test_errors_are_those_of_the_whole(nft_node: LabNode) -> None:
    """Only together with a rule that stays, a jump makes a loop."""
    node, more = nft_node, "chain a {\njump b\n}\nchain b {\nreturn\n}\nchain o {\ntype filter hook output priority 0;\njump a\n}\n"
    node.ask(table(more=more), persist=False)
    loop = table(more=more.replace("return", "jump a"))
    said = [node.ask(loop, persist=False, check=check) for check in (True, False)]
    with LabNode() as fresh:
        wanted = fresh.ask(loop, persist=False)
    assert [(item["failed"], item["error"]) for item in said] == [(True, wanted["error"])] * 2
    wrong = node.ask(table([*RULES, "tcp dport nosuch drop"]), persist=False)
    assert wrong["msg"].startswith(f"content line {len(RULES) + 5}: ")
    assert node.unchanged(table(more=more), persist=False)


def test_what_is_kept_on_the_node(nft_node: LabNode) -> None:
    """For its root alone, until the next boot or until the table goes; and nothing of a small table."""
    node = nft_node

    def notes() -> list[int]:
        return [stat.S_IMODE(path.stat().st_mode) for path in node.file("/run/aks-dataplane").glob("declared.*")]

    node.ask("table inet ours { chain c { accept; }; }", persist=False)
    assert notes() == []
    node.ask(table(), persist=False)
    assert notes() == [0o600]
    node.ask(table(), persist=False, state="absent")
    assert notes() == []


@pytest.mark.parametrize("damage", ["", "{", "no note\n[]", "\0"])
def test_a_damaged_note(nft_node: LabNode, damage: str) -> None:
    node = nft_node
    node.ask(table(), persist=False)
    (note,) = node.file("/run/aks-dataplane").glob("declared.*")
    note.write_text(damage)
    assert method(node.ask(table([*RULES, NEW]), persist=False)) == "delta"
    assert node.unchanged(table([*RULES, NEW]), persist=False)


def read(text: str) -> Declaration:
    return unpack(text, read_and_check(text), "content", ())


def listed(node: LabNode, text: str) -> table_model.Table:
    return listing.parse_table(node.run("sh", "-e", "-c", f"nft -f -; nft -s -a list table {TABLE}", stdin=f"flush ruleset\n{text}"))


def test_listings_of_random_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put together out of two listings is what nft lists of the whole."""
    monkeypatch.setattr(declared, "_LARGE", 0)
    with LabNode() as node:

        @hypothesis.settings(max_examples=PAIRS, print_blob=True)
        @hypothesis.given(pair=pairs())
        def check(pair: t.Any) -> None:
            old, new = (read(ruleset.text()) for ruleset in pair)
            live, wanted = listed(node, old.text), listed(node, new.text)
            stamp = Stamp(old.tables[0].digest, live.lasting_fingerprint(), "1.0.6", live.fingerprint())
            known = declared.previous(new.tables[0], stamp, declared.note_of(old.tables[0]))
            if known is not None:
                part = listed(node, new.without(known.places(new.tables[0])))
                found = known.whole_listing(part, live.with_stamp(stamp), new.tables[0])
                assert found is not None
                assert compare(found, wanted).equal
                assert found.fingerprint() == wanted.fingerprint()

        check()
