# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The delta's particular cases in the kernel: the lock, rules that hold chains and sets, every kind of object, many elements."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft import compare, delta, listing, table_model, table_text
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp

from tests.support.nft import versions
from tests.support.nft.node import NftNode

TRICKY = 'comment "a; # handle 9 }"'
STAMP = Stamp("0" * 24, None, "1.0.6")


@pytest.fixture(scope="module", params=sorted(versions.folders()))
def node(request: pytest.FixtureRequest) -> t.Iterator[NftNode]:
    with NftNode(versions.folders()[request.param]) as started:
        yield started


def load(node: NftNode, body: str) -> table_model.Table:
    node.nft(f"flush ruleset\ntable inet ours {{\n{body}\n}}")
    return look(node)


def look(node: NftNode, *flags: str) -> table_model.Table:
    return listing.parse_table(node.listing("inet ours", *(flags or ("-s", "-a"))))


def as_listed(table: table_model.Table) -> table_model.RuleTexts:
    return lambda chain, index: table.chain_named[chain].rules[index].text


def change(node: NftNode, body: str, wanted: str) -> list[str]:
    """From the one body to the other; the statements that did it."""
    form = load(node, wanted)
    live = load(node, body)
    found = compare.compare(live, form)
    assert found.replace_reason is None
    lines = delta.delta_commands(live, form, found, as_listed(form), STAMP)
    node.nft("\n".join(lines))
    assert compare.compare(look(node), form).equal
    return lines


def test_of_two_runs_that_saw_the_same_the_second_changes_nothing(node: NftNode) -> None:
    form = load(node, "chain c { drop; }")
    live = load(node, f"chain c {{ accept; }}\nchain {STAMP_CHAIN} {{ {STAMP.header}; }}")
    text = "\n".join(delta.delta_commands(live, form, compare.compare(live, form), as_listed(form), STAMP))
    node.nft(text)
    after = node.listing("inet ours", "-a")
    with pytest.raises(AssertionError, match="No such file or directory"):
        node.nft(text)
    assert node.listing("inet ours", "-a") == after


def test_a_first_run_dies_where_somebody_was_faster(node: NftNode) -> None:
    wanted = dataclasses.replace(
        load(node, 'comment "x"; flags dormant; chain c { type filter hook input priority 0; drop; }'), handle=None
    )
    text = table_text.creation_text("inet", "ours", table_text.text_with_state(wanted, None, as_listed(wanted), STAMP))
    node.nft("flush ruleset")
    node.nft(text)
    assert compare.compare(look(node), wanted).equal
    assert look(node).stamp == STAMP
    with pytest.raises(AssertionError, match="File exists"):
        node.nft(text)


def test_nothing_comes_back_as_nothing(node: NftNode) -> None:
    load(node, "chain c { drop; }")
    node.nft(table_text.snapshot_text(None, "inet", "ours"))
    assert node.run("nft", "list", "tables") == ""


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        # A meter brings a set of its own, whose name is taken until the rule is gone.
        (
            "chain c { accept; meter m { ip saddr limit rate 5/second } accept; }",
            "chain c { meter m { ip saddr limit rate 9/second } accept; drop; }",
        ),
        # Devices, and chains of another priority at the same hook.
        (
            "chain c { type filter hook ingress device lo priority 0; accept; }",
            "chain c { type filter hook ingress device lo priority 5; policy drop; accept; }\nchain d { type filter hook ingress device lo priority 0; }",
        ),
        # A map whose elements lead from a chain that goes to one that comes, with and without intervals.
        (
            "map m { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump a } }\nchain a { drop; }\nchain c { ip saddr vmap @m; }",
            "map m { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump b } }\nchain b { drop; }\nchain c { ip saddr vmap @m; }",
        ),
        (
            "map m { type ipv4_addr : verdict; flags interval; elements = { 10.0.0.0/8 : jump a } }\nchain a { drop; }\nchain c { ip saddr vmap @m; }",
            "map m { type ipv4_addr : verdict; flags interval; elements = { 10.0.0.0/8 : goto b, 11.0.0.0-11.0.0.9 : drop } }\nchain b {\n}\n"
            "chain c { ip saddr vmap @m; }",
        ),
        # Things of the same name, but of another kind.
        (
            "counter x { }\nchain x { counter name x; }",
            "quota x { over 1 mbytes; }\nset x { type mark; }\nchain x { quota name x drop; mark @x drop; }",
        ),
        # Every other kind of object comes and goes.
        (
            'ct helper a { type "ftp" protocol tcp; }\nct timeout b { protocol tcp; l3proto ip; policy = { established: 100, close: 4 }; }\n'
            "chain c { tcp dport 21 ct helper set a; }\nchain d { ct timeout set b; }",
            f"ct expectation e {{ protocol tcp; dport 9876; timeout 2m; size 12; l3proto ip; }}\nlimit l {{ rate 1/second; {TRICKY}; }}\n"
            "synproxy s { mss 1460; wscale 7; timestamp sack-perm; }\nchain c { ct expectation set e; }\nchain d { limit name l; synproxy name s; }",
        ),
    ],
)
def test_forth_and_back(node: NftNode, body: str, wanted: str) -> None:
    for former, latter in ((body, wanted), (wanted, body)):
        change(node, former, latter)


def test_a_rule_that_holds_a_chain_stays_and_goes(node: NftNode) -> None:
    rule = 'tcp dport 22 jump { counter accept; log prefix "a {"; }'
    stays = change(node, f"chain c {{ {rule}; drop; }}", f"chain c {{ accept; {rule}; }}")
    assert [line.split(" inet")[0] for line in stays] == ["delete rule", "insert rule", "add chain"]
    change(node, f"chain c {{ {rule}; drop; }}", "chain c { drop; }")


def test_a_new_rule_that_holds_a_chain_is_no_delta(node: NftNode) -> None:
    live, wanted = "chain c { drop; }", "chain c { accept; drop; tcp dport 23 goto { drop; }; }"
    form = load(node, wanted)
    found = compare.compare(load(node, live), form)
    assert found.replace_reason == "chain c has a new rule that holds an anonymous chain"
    node.nft(table_text.replacement_text("inet", "ours", table_text.text_with_state(form, None, as_listed(form), STAMP)))
    assert compare.compare(look(node), form).equal


def test_a_learned_element_goes_with_the_chain_that_it_leads_to(node: NftNode) -> None:
    sets = "map m { type ipv4_addr : verdict; flags dynamic,timeout; timeout 1h;"
    body = f"{sets} elements = {{ 10.0.0.1 : jump a, 10.0.0.2 : jump b }} }}\nchain a {{ drop; }}\nchain b {{\n}}"
    form = load(node, f"{sets} }}\nchain b {{\n}}")
    live = load(node, body)
    node.nft("\n".join(delta.delta_commands(live, form, compare.compare(live, form), as_listed(form), STAMP)))
    assert look(node).set_named["m"].elements == ("10.0.0.2 : jump b",)


@pytest.mark.parametrize("flags", ["", "flags interval; auto-merge;"])
def test_many_elements(node: NftNode, flags: str) -> None:
    first = [f"10.{index >> 8}.{index & 255}.{index % 7 * 2}" for index in range(10_000)]
    last = [
        *first[:-1],
        "11.1.1.1",
        *(f"12.{index >> 8}.{index & 255}.0/24" if flags else f"12.{index >> 8}.{index & 255}.1" for index in range(9_000)),
    ]

    def body(elements: list[str]) -> str:
        return f"set s {{ type ipv4_addr; {flags} elements = {{ {', '.join(elements)} }} }}"

    lines = change(node, body(first), body(last))
    assert [line.split(" {")[0] for line in lines[:-1]] == ["delete element inet ours s"] + ["add element inet ours s"] * (
        1 if flags else 3
    )


EVERYTHING = f"""
    {TRICKY}
    counter c1 {{ {TRICKY}; packets 3 bytes 400 }}
    quota q1 {{ over 10 mbytes used 5 bytes; }}
    limit l1 {{ rate over 10/second burst 20 packets; comment "hey {{ "; }}
    ct helper ftp-h {{ type "ftp" protocol tcp; }}
    ct timeout to1 {{ protocol tcp; l3proto ip; policy = {{ established: 100, close: 4 }}; }}
    ct expectation e1 {{ protocol tcp; dport 9876; timeout 2m; size 12; l3proto ip; }}
    synproxy sp {{ mss 1460; wscale 7; timestamp sack-perm; }}
    set s1 {{ type ipv4_addr; comment "foo {{ a"; flags interval; auto-merge; elements = {{ 10.0.0.1 {TRICKY}, 10.0.1.0/24, 10.2.0.0-10.2.0.5 }} }}
    set s2 {{ type ipv4_addr . inet_service; size 1000; flags dynamic,timeout; timeout 1h; gc-interval 60s;
        elements = {{ 10.0.0.1 . 22, 10.0.0.2 . 33 timeout 5m, 10.0.0.3 . 44 timeout 10m expires 5m comment "q" }} }}
    set s3 {{ type ipv4_addr; counter; elements = {{ 1.2.3.4 counter packets 4 bytes 5, 1.2.3.5 }} }}
    set s4 {{ type ipv4_addr; flags timeout; elements = {{ 1.2.3.4, 1.2.3.5 timeout 1h }} }}
    set s5 {{ typeof ip saddr . tcp dport; elements = {{ 1.1.1.1 . 22 }} }}
    set s6 {{ type ipv4_addr; size 65535; flags dynamic; }}
    set s7 {{ type tcp_flag; elements = {{ syn, syn | ack }} }}
    set ni {{ type ifname; flags interval; elements = {{ "wg*", "eth0" }} }}
    map m1 {{ type ipv4_addr : verdict; elements = {{ 1.1.1.1 : drop, 2.2.2.2 comment "e" : jump c2, 3.3.3.3 : goto c2 }} }}
    map m2 {{ type inet_service : ipv4_addr . inet_service; flags interval; elements = {{ 1-10 : 1.1.1.1 . 33, 50 : 2.2.2.2 . 44 }} }}
    map m3 {{ type ipv4_addr : counter; elements = {{ 1.1.1.1 : "c1" }} }}
    map m4 {{ type ipv4_addr : mark; flags timeout; timeout 30m; elements = {{ 1.1.1.1 timeout 20m : 5, 1.1.1.2 : 6 }} }}
    chain c2 {{ {TRICKY}; }}
    chain input {{
        type filter hook input priority filter - 5; policy drop; {TRICKY};
        tcp dport {{ 22, 80 }} ct state new counter packets 7 bytes 700 accept {TRICKY}
        ip saddr vmap {{ 1.1.1.1 : jump c2, 2.2.2.2 : drop }}
        ip saddr vmap @m1
        limit rate 10/minute accept
        meta mark set 5 counter name c1 quota name "q1"
        quota over 5 mbytes used 4 bytes drop
        ip saddr @s1 add @s6 {{ ip saddr }}
        tcp dport 22 jump {{ counter packets 9 bytes 900 accept; }}
        meter mm {{ ip saddr limit rate 5/second }} accept
    }}
    chain ing {{ type filter hook ingress device lo priority 0; }}
"""


def test_a_snapshot_of_everything_brings_everything_back(node: NftNode) -> None:
    load(node, EVERYTHING)
    before = look(node, "-a")
    node.nft(table_text.snapshot_text(before, "inet", "ours"))
    after = look(node, "-a")
    assert [without_time(line) for line in table_text.canonical_text(after).splitlines()] == [
        without_time(line) for line in table_text.canonical_text(before).splitlines()
    ]


def without_time(line: str) -> str:
    return line.partition(" expires ")[0]


def test_a_replacement_of_everything_keeps_its_state(node: NftNode) -> None:
    wanted = load(node, EVERYTHING)
    state = look(node, "-a")
    text = table_text.text_with_state(wanted, state, as_listed(wanted), STAMP)
    node.nft(table_text.replacement_text("inet", "ours", text))
    assert compare.compare(look(node), wanted).equal
    after = table_text.canonical_text(look(node, "-a"))
    for kept in ("packets 3 bytes 400", "used 5 bytes", "counter packets 4 bytes 5", "counter packets 7 bytes 700", "used 4 bytes"):
        assert kept in after
