# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to a table, and what a run reports of it."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft import report
from ansible_collections.aks.dataplane.plugins.module_utils._nft.compare import PlanItem
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import DeclaredTable
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_change import (
    CREATE,
    DELETE,
    DELTA,
    NONE,
    REPLACE,
    STAMP,
    TableChange,
    change_to_absent,
    change_to_present,
    no_change_by_stamp,
)
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Rule, Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp

HEADER = ("type filter hook input priority filter;",)


def declared(*rules: str) -> DeclaredTable:
    lines = "\n".join(rules)
    return from_content(f"table inet ours {{\nchain c {{\ntype filter hook input priority 0;\n{lines}\n}}\n}}").tables[0]


def table(*rules: str, header: tuple[str, ...] = HEADER) -> Table:
    found = tuple(Rule(text, number) for number, text in enumerate(rules, 10))
    return Table("inet", "ours", chains=(Chain("c", header, "accept", found, 2),), handle=1)


def stamped(live: Table, wanted: DeclaredTable, version: str = "1.0.6") -> Table:
    marked = live.with_stamp(Stamp(wanted.digest, live.lasting_fingerprint(), version))
    *chains, stamp = marked.chains
    return Table("inet", "ours", chains=(*chains, Chain(STAMP_CHAIN, stamp.header, handle=9)), handle=1)


WANTED = declared("tcp dport ssh accept")
LIVE = stamped(table("tcp dport 22 accept"), WANTED)


@pytest.mark.parametrize("version", ["1.0.6", "1.1.3"])
def test_the_stamp_is_enough(version: str) -> None:
    """Whichever nft wrote it."""
    change = no_change_by_stamp(WANTED, stamped(table("tcp dport 22 accept"), WANTED, version))
    assert change is not None
    assert (change.method, change.wanted) == (NONE, None)
    assert report.tables([change])["before"] == report.tables([change])["after"]


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        (LIVE, declared("tcp dport 23 accept")),
        (table("tcp dport 22 accept"), WANTED),
        (stamped(table("drop"), WANTED), declared("drop")),
    ],
)
def test_the_stamp_is_not_enough(live: Table, wanted: DeclaredTable) -> None:
    assert no_change_by_stamp(wanted, live) is None


@pytest.mark.parametrize(
    ("live", "wanted", "method", "begins"),
    [
        (None, table("accept"), CREATE, "create table inet ours\n"),
        (LIVE, table("tcp dport 22 accept"), NONE, ""),
        (table("tcp dport 22 accept"), table("tcp dport 22 accept"), STAMP, "add chain inet ours aks-dataplane-stamp"),
        (LIVE, table("drop"), DELTA, "delete chain inet ours handle 9\n"),
        (LIVE, table("tcp dport 22 accept", header=('comment "new"', *HEADER)), DELTA, "delete chain inet ours handle 9\n"),
        (
            LIVE,
            table("tcp dport 22 accept", header=()),
            REPLACE,
            "delete chain inet ours handle 9\ntable inet ours\ndelete table inet ours\n",
        ),
    ],
)
def test_methods(live: Table | None, wanted: Table, method: str, begins: str) -> None:
    change = change_to_present(WANTED, live, wanted, "1.0.6")
    assert change.method == method
    if method != NONE:
        assert change.text(None).startswith(begins)


def test_declared_texts_are_applied() -> None:
    assert "tcp dport ssh accept" in change_to_present(WANTED, None, table("tcp dport 22 accept"), "1.0.6").text(None)
    # Should a rule be listed as two, the listing is what there is.
    assert "ssh" not in change_to_present(WANTED, None, table("tcp dport 22", "accept"), "1.0.6").text(None)


def test_a_delta_that_is_refused() -> None:
    change = change_to_present(WANTED, LIVE, table("drop"), "1.0.6")
    assert change.as_replacement().method == REPLACE
    assert change_to_present(WANTED, None, table("drop"), "1.0.6").as_replacement().method == CREATE


def test_what_is_made_anew_counts_and_learns() -> None:
    assert not change_to_present(WANTED, LIVE, table("drop"), "1.0.6").makes_anew
    assert change_to_present(WANTED, LIVE, table("drop", header=("type filter hook input priority 5;",)), "1.0.6").makes_anew
    assert change_to_present(WANTED, LIVE, table("drop"), "1.0.6").as_replacement().makes_anew


def test_absent() -> None:
    assert change_to_absent(WANTED, None).method == NONE
    change = change_to_absent(WANTED, LIVE)
    assert change.method == DELETE
    assert change.text(None) == "delete chain inet ours handle 9\ndelete table inet ours\n"
    assert report.tables([change])["after"] == [{"family": "inet", "name": "ours", "digest": None}]


def test_undone() -> None:
    assert change_to_present(WANTED, None, table("drop"), "1.0.6").undo_text(None) == "table inet ours\ndelete table inet ours\n"
    assert LIVE.chain_named[STAMP_CHAIN].header[0] in change_to_present(WANTED, LIVE, table("drop"), "1.0.6").undo_text(None)
    foreign = change_to_present(WANTED, table("reject"), table("drop"), "1.0.6").undo_text(None)
    assert "reject" in foreign
    assert STAMP_CHAIN not in foreign


def test_not_enough_known() -> None:
    with pytest.raises(ValueError, match="not enough is known"):
        TableChange(WANTED, None, DELTA).text(None)


def test_long_plans_are_cut() -> None:
    items = [PlanItem("inet ours set s element", None, str(number)) for number in range(50)]
    *reported, rest = report.plan([*items, PlanItem("inet ours chain c", None, "{ }")])[:21]
    assert [item["after"] for item in reported] == [str(number) for number in range(20)]
    assert rest == {"path": "inet ours set s element", "before": None, "after": None, "disruption": "none", "more": 30}


def test_diff_of_what_changes() -> None:
    assert report.diff([change_to_present(WANTED, LIVE, table("tcp dport 22 accept"), "1.0.6")]) == []
    (difference,) = report.diff([change_to_present(WANTED, LIVE, table("drop"), "1.0.6")])
    assert "\t\ttcp dport 22 accept\n" in difference["before"]
    assert "\t\tdrop\n" in difference["after"]
    assert STAMP_CHAIN not in difference["before"]
