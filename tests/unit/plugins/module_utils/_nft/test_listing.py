# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings are taken apart as they were printed, whatever stands inside quotes."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.listing import is_torn, parse_table
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import (
    Chain,
    Element,
    Object,
    Rule,
    Set,
    Table,
    key_of,
    split_element,
)
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_text import canonical_text
from hypothesis import given
from hypothesis import strategies as st

TRICKY = '"a, b; # handle 9 }"'


def with_tabs(text: str) -> str:
    """As nft indents."""
    return re.sub(r"^(?:    )+", lambda found: "\t" * (len(found[0]) // 4), text, flags=re.MULTILINE)


# A new line among elements.
MORE = ",\n\t\t\t     "

# nft -a list table, versions 1.0.6 and (where they differ) 1.1.3.
LISTING = with_tabs(f"""\
# Warning: something that nft remarks
table inet ours {{ # handle 1
    flags dormant
    comment {TRICKY}

    counter hits {{ # handle 5
        comment "x"
        packets 3 bytes 400
    }}

    ct helper ftp {{ # handle 8
        type "ftp" protocol tcp
        l3proto inet
    }}

    flowtable fast {{
        hook ingress priority filter
        devices = {{ eth0, eth1 }}
    }}

    set plain {{ # handle 12
        type ipv4_addr
        size 100\t# count 3
        flags interval
        auto-merge
        comment "foo {{ a"
        elements = {{ 1.1.1.1, 2.2.2.2{MORE}10.0.0.1 comment {TRICKY}, 10.0.1.0/24{MORE}10.2.0.0-10.2.0.5 }}
    }}

    set flagged {{ # handle 13
        typeof tcp flags
        elements = {{ syn,ack, "a b"{MORE}fin }}
    }}

    set empty {{ # handle 18
        type ifname
    }}

    map ways {{ # handle 24
        type ipv4_addr : verdict
        elements = {{ 1.1.1.1 timeout 20s expires 19s996ms : drop, 2.2.2.2 comment "}}" : jump side }}
    }}

    chain side {{ # handle 2
        comment {TRICKY}
    }}

    chain input {{ # handle 3
        comment "policy drop;"
        type filter hook input priority filter - 5; policy drop;
        tcp dport {{ 22, 80 }} counter packets 7 bytes 700 accept comment {TRICKY} # handle 28
        tcp dport 22 jump {{
            counter packets 0 bytes 0 accept
            log prefix "a {{"
        }} # handle 30
        counter packets 0 bytes 0 drop comment "x
    }}
y {{" # handle 31
        ip saddr vmap {{ 1.1.1.1 : jump side, 2.2.2.2 : drop }} # handle 32
    }}

    chain early {{ # handle 4
        type filter hook ingress devices = {{ "eth0", "eth1" }} priority filter; policy accept; flags offload;
    }}
}}
""")
PARSED = Table(
    "inet",
    "ours",
    ("flags dormant", f"comment {TRICKY}"),
    (
        Object("counter", "hits", ('comment "x"', "packets 3 bytes 400"), 5),
        Object("ct helper", "ftp", ('type "ftp" protocol tcp', "l3proto inet"), 8),
        Object("flowtable", "fast", ("hook ingress priority filter", "devices = { eth0, eth1 }")),
    ),
    (
        Set(
            "set",
            "plain",
            ("type ipv4_addr", "size 100", "flags interval", "auto-merge", 'comment "foo { a"'),
            ("1.1.1.1", "2.2.2.2", f"10.0.0.1 comment {TRICKY}", "10.0.1.0/24", "10.2.0.0-10.2.0.5"),
            12,
        ),
        Set("set", "flagged", ("typeof tcp flags",), ("syn,ack", '"a b"', "fin"), 13),
        Set("set", "empty", ("type ifname",), (), 18),
        Set(
            "map",
            "ways",
            ("type ipv4_addr : verdict",),
            ("1.1.1.1 timeout 20s expires 19s996ms : drop", '2.2.2.2 comment "}" : jump side'),
            24,
        ),
    ),
    (
        Chain("side", (f"comment {TRICKY}",), handle=2),
        Chain(
            "input",
            ('comment "policy drop;"', "type filter hook input priority filter - 5;"),
            "drop",
            (
                Rule(f"tcp dport {{ 22, 80 }} counter packets 7 bytes 700 accept comment {TRICKY}", 28),
                Rule('tcp dport 22 jump {\n\tcounter packets 0 bytes 0 accept\n\tlog prefix "a {"\n}', 30),
                Rule('counter packets 0 bytes 0 drop comment "x\n\t}\ny {"', 31),
                Rule("ip saddr vmap { 1.1.1.1 : jump side, 2.2.2.2 : drop }", 32),
            ),
            3,
        ),
        Chain("early", ('type filter hook ingress devices = { "eth0", "eth1" } priority filter; flags offload;',), "accept", (), 4),
    ),
    1,
)


def test_a_listing() -> None:
    assert parse_table(LISTING) == PARSED


def test_only_the_first_table_is_read() -> None:
    assert parse_table(LISTING + "table ip other { # handle 2\n}\n") == PARSED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error: No such file or directory\n",
        "table inet ours {",
        "table inet ours {\n\tchain x { # handle 1\n",
        "table inet ours {\n\tchain x { # handle 1\n\t}\n",
        "table inet {\n}\n",
    ],
)
def test_what_is_no_listing(text: str) -> None:
    with pytest.raises(DataplaneError) as raised:
        parse_table(text)
    assert raised.value.code == "StrangeListing"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("table ip x {\n}\n", Table("ip", "x")),
        ("table ip x { # progname nft\n\tflags owner\n}\n", Table("ip", "x", ("flags owner",))),
        ("table ip x { # handle 7 progname nft\n}\n", Table("ip", "x", handle=7)),
    ],
)
def test_heads(text: str, table: Table) -> None:
    assert parse_table(text) == table


def test_canonical_text() -> None:
    table = Table(
        "inet",
        "ours",
        ("flags dormant",),
        (Object("quota", "q", ("over 10 mbytes",)), Object("counter", "c")),
        (Set("set", "s", ("type ipv4_addr",), ("10.0.0.2", "10.0.0.1")), Set("map", "m", ("type mark : verdict",))),
        (
            Chain("b", ("type filter hook input priority filter;",), "drop", (Rule("jump {\n\taccept\n}", 4), Rule("drop", 5))),
            Chain("aks-dataplane-stamp", ('comment "x"',), handle=9),
            Chain("a"),
        ),
        3,
    )
    assert canonical_text(table) == (
        "table inet ours {\n\tflags dormant\n\tcounter c {\n\t}\n\tquota q {\n\t\tover 10 mbytes\n\t}\n"
        "\tmap m {\n\t\ttype mark : verdict\n\t}\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = {\n\t\t\t10.0.0.1,\n\t\t\t10.0.0.2,\n\t\t}\n\t}\n"
        "\tchain a {\n\t}\n\tchain b {\n\t\ttype filter hook input priority filter;\n\t\tpolicy drop;\n"
        "\t\tjump {\n\t\t\taccept\n\t\t}\n\t\tdrop\n\t}\n}\n"
    )


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("10.0.0.1", Element("10.0.0.1")),
        ("10.0.0.1 . 22", Element("10.0.0.1 . 22")),
        ("10.0.0.1 . 22 timeout 5m expires 4m59s", Element("10.0.0.1 . 22", timeout="5m", expires="4m59s")),
        ('"wg timeout 5m" . 1 comment "x : drop"', Element('"wg timeout 5m" . 1', comment='"x : drop"')),
        ("1.2.3.4 counter packets 4 bytes 5 timeout 1h", Element("1.2.3.4", "counter packets 4 bytes 5", timeout="1h")),
        ("1.2.3.4 limit rate 10/second burst 5 packets", Element("1.2.3.4", "limit rate 10/second burst 5 packets")),
        ("1.2.3.4 ct count over 5", Element("1.2.3.4", "ct count over 5")),
        ("1.2.3.4 last", Element("1.2.3.4", "last")),
        ("fe80::1 : 0x00000005", Element("fe80::1", data="0x00000005")),
        ('1-10 comment "e" : 1.1.1.1 . 33', Element("1-10", comment='"e"', data="1.1.1.1 . 33")),
        ('1.1.1.1 timeout 20s : "hits"', Element("1.1.1.1", timeout="20s", data='"hits"')),
        ("syn | ack : goto side", Element("syn | ack", data="goto side")),
    ],
)
def test_parts_of_an_element(text: str, element: Element) -> None:
    assert split_element(text) == element
    assert key_of(text) == element.key
    assert element.text == text


@pytest.mark.parametrize(
    ("header", "element", "protected"),
    [
        (("type ipv4_addr",), "10.0.0.1", False),
        (("type ipv4_addr", 'comment "flags dynamic"'), "10.0.0.1", False),
        (("type ipv4_addr", "flags timeout"), "10.0.0.1", False),
        (("type ipv4_addr", "flags timeout"), "10.0.0.1 timeout 5m", True),
        (("type ipv4_addr", "flags timeout"), '10.0.0.1 comment "for timeout 5m"', False),
        (("type ipv4_addr", "flags timeout"), '10.0.0.1 timeout 5m comment "x"', True),
        (("type ipv4_addr", "timeout 1h"), "10.0.0.1", True),
        (("type ipv4_addr", "flags dynamic"), "10.0.0.1", True),
        (("type ipv4_addr", "flags interval,dynamic"), "10.0.0.1", True),
    ],
)
def test_protected_elements(header: tuple[str, ...], element: str, protected: bool) -> None:
    assert Set("set", "s", header).protected(element) is protected


WORDS = st.sampled_from(("10.0.0.1", "10.0.0.0/24", "1-10 : drop", "syn,ack", '"eth0"', "fe80::1 . 22"))
QUOTED = st.text("ab;,#{}:\n\t 9", max_size=12).map('"{}"'.format) | st.sampled_from(('" # handle 9"', '"elements = { "', '"\n\t}\n}\n"'))
TEXTS = st.tuples(WORDS, QUOTED).map(" comment ".join) | WORDS


@given(elements=st.lists(TEXTS, max_size=9), rules=st.lists(TEXTS, max_size=9), columns=st.integers(1, 3), data=st.data())
def test_everything_comes_back(elements: list[str], rules: list[str], columns: int, data: t.Any) -> None:
    rows = [", ".join(elements[at : at + columns]) for at in range(0, len(elements), columns)]
    listed = [f"\t\telements = {{ {MORE.join(rows)} }}"] if rows else []
    comment = f"comment {data.draw(QUOTED)}"
    lines = [
        "table inet ours { # handle 1",
        "\tset s { # handle 2",
        "\t\ttype x",
        f"\t\t{comment}",
        *listed,
        "\t}",
        "",
        "\tchain c { # handle 3",
    ]
    lines += [f"\t\t{comment}", *(f"\t\t{text} # handle {number}" for number, text in enumerate(rules)), "\t}", "}", ""]
    table = parse_table("\n".join(lines))
    assert table.sets == (Set("set", "s", ("type x", comment), tuple(elements), 2),)
    assert table.chains == (Chain("c", (comment,), None, tuple(Rule(text, number) for number, text in enumerate(rules)), 3),)


@pytest.mark.parametrize(
    ("header", "elements", "torn"),
    [
        ("type ipv4_addr", ("1.1.1.1", "2.2.2.2"), False),
        ("type ipv4_addr", ("1.1.1.1", "2.2.2.2", "1.1.1.1"), True),
        # Between the two looks at it, time went by.
        ("flags timeout", ("1.1.1.1 timeout 20s expires 19s996ms", "1.1.1.1 timeout 20s expires 19s992ms"), True),
        ("flags timeout", ("1.1.1.1 timeout 20s expires 19s996ms", "1.1.1.2 timeout 20s expires 19s996ms"), False),
    ],
)
def test_a_set_that_grew_while_it_was_listed(header: str, elements: tuple[str, ...], torn: bool) -> None:
    sets = (Set("set", "other", ("type ipv4_addr",)), Set("set", "grown", (header,), elements))
    assert is_torn(Table("inet", "ours", sets=sets)) == torn


@pytest.mark.parametrize("handle", ["9" * 5000, "\u00b2", "-1", ""])
def test_what_is_no_handle(handle: str) -> None:
    table = parse_table(f"table inet ours {{ # handle 1\n\tchain c {{ # handle 2\n\t\tcounter # handle {handle}\n\t}}\n}}\n")
    assert [rule.handle for chain in table.chains for rule in chain.rules] == []
