# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller has read of a declaration arrives on the node as it was read."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked, pack, read_and_check
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import unpack
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import from_tables

from tests.support.nft.tables import COMPLETE

TEXTS = [
    "table inet ours",
    "table x {\r\n}\r\n",
    "\ufefftable ip6 x { chain c { accept; drop; accept; }; chain d { accept; }; }",
    "table x { chain c { tcp dport 22    accept # twice\n tcp dport 22 accept; tcp dport \\\n 23 accept\n}\n}",
    "define a = 1\ndefine b = $a\ntable x { chain c { tcp dport $b accept; }; }\ntable y { chain c { jump { accept; drop; }; }; }",
    'table x { chain c { accept comment "a; # b"; }; }\n# accept\ntable inet x { chain c { type filter hook input priority 0; iif lo accept; }; }',
    "table x { chain c { accept; }; chain c { drop; }; }",
]


@pytest.mark.parametrize("text", TEXTS)
def test_there_and_back(text: str) -> None:
    read = checked(text, "src x.nft")
    assert unpack(text, pack(read), "src x.nft", ()) == read


def test_data_there_and_back() -> None:
    read = from_tables(COMPLETE)
    segments = [list(segment) for segment in read.segments]
    assert unpack(read.text, read_and_check(read.text, read.origin, segments), read.origin, segments) == checked(
        read.text, read.origin, segments
    )
    assert [table.digest for table in checked(read.text).tables] == [table.digest for table in read.tables]


def test_rules_are_not_sent_twice() -> None:
    rules = "\n".join(f"ip saddr 192.0.2.{number} counter accept" for number in range(200))
    text = f"table x {{\nchain c {{\n{rules}\n}}\n}}\n"
    assert len(pack(checked(text))) < len(text) / 2


@pytest.mark.parametrize(("text", "code"), [("flush ruleset", "InvalidDeclaration"), ("table ip kube-proxy { }", "DeniedTable")])
def test_what_may_not_be_declared_does_not_get_to_a_node(text: str, code: str) -> None:
    with pytest.raises(DataplaneError) as refused:
        read_and_check(text)
    assert refused.value.code == code
