# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look by single commands makes of what real kube-proxy left in a node: the same as the look on the node itself, of less."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import kube_proxy_mode
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.answers import NODE_BYTES, Answer
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.observation import Look, Machine
from ansible_collections.aks.dataplane.plugins.module_utils._run import leftovers

from tests.simulator.nodes.shown import Shown, parse_save
from tests.support.kernel_captures import STATES, captured, ipset_names, state

MACHINE = Machine("6.8.0-1034-azure", "Ubuntu 24.04.3 LTS", "amd64")
# Only the node itself shows them.
UNSEEN = ("interface", "ipvs_service")
NOTHING = Shown({"iptables": {}, "ip6tables": {}})
FOREIGN = """*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:HOSTPORT - [0:0]
:UNREACHED - [0:0]
-A PREROUTING -j HOSTPORT
-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ
-A UNREACHED -s 10.244.2.0/24 -j KUBE-MARK-MASQ
COMMIT
"""


class Node:
    """Answers commands, no more of an answer than is wanted. instead: answers, by the program."""

    def __init__(self, shown: Shown, **instead: Answer) -> None:
        self.shown, self.instead = shown, instead
        self.asked: list[str] = []
        self.bytes = 0

    def __call__(self, command: t.Sequence[str], at_most: int) -> Answer:
        self.asked.append(" ".join(command))
        if command[0] in self.instead:
            return self.instead[command[0]]
        out, err, status = self.shown.run(command)
        cut = len(out) > at_most
        self.bytes += min(len(out), at_most)
        return Answer(out[:at_most], err, 0 if cut else status, err.strip(), cut)


def node_of(folder: str, more: str = "", times: int = 1) -> Node:
    """more: iptables-save of somebody else's chains. times: as many Services."""
    saves = {program: parse_save(_multiplied(captured(folder, f"{program}-save.txt"), times)) for program in ("iptables", "ip6tables")}
    for table, chains in parse_save(more).items():
        for chain, (policy, rules) in chains.items():
            saves["iptables"].setdefault(table, {}).setdefault(chain, (policy, []))[1].extend(rules)
    native = captured(folder, "nft.txt")
    # iptables shows the others.
    native = "".join(re.findall(r"^table \S+ kube-proxy \{\n(?:.+\n|\n)*?\}\n", native, re.MULTILINE))
    sets = ipset_names(captured(folder, "ipset-save.txt"))
    return Node(Shown(saves, native, tuple(sets)))


def _multiplied(save: str, times: int) -> str:
    """Each chain and rule of a Service so many times, under other names."""
    name = re.compile(r"(KUBE-(?:SVC|SEP|EXT|FW|SVL)-\w{14})\w\w")
    lines = []
    for line in save.splitlines():
        lines += [name.sub(rf"\g<1>{number:02d}", line) for number in range(times)] if times > 1 and name.search(line) else [line]
    return "\n".join(lines)


def look(node: Node) -> dict[str, t.Any]:
    return Look(node).kube_proxy(MACHINE)


@pytest.mark.parametrize("folder", STATES)
def test_the_mode_and_what_is_left_are_those_that_the_node_itself_shows(folder: str) -> None:
    seen = look(node_of(folder))
    on_node = kube_proxy_mode.judge(state(folder)).to_dict()
    assert seen["unread"] == []
    assert seen["kube_proxy"]["mode"] == on_node["mode"] == STATES[folder]
    expected = [trace for trace in on_node["leftovers"] if trace["kind"] not in UNSEEN]
    assert [trace for trace in seen["kube_proxy"]["leftovers"] if trace["kind"] not in UNSEEN] == expected


@pytest.mark.parametrize(
    ("folder", "text", "removable"),
    [
        ("transition-iptables-to-ipvs-nocleanup-kp1.36.2", "leftovers of IPTABLES on 1 of 1 nodes: n1", True),
        ("transition-ipvs-to-iptables-nocleanup-kp1.36.2", "leftovers of IPVS on 1 of 1 nodes: n1", True),
        ("transition-iptables-to-nftables-nocleanup-kp1.36.2", "leftovers: none on 1 nodes", False),
        ("transition-nftables-to-iptables-nocleanup-kp1.36.2", "leftovers: none on 1 nodes", False),
        (
            "transition-ipvs-to-nftables-nocleanup-kp1.36.2",
            "leftovers: none on 1 nodes, but for ipsets KUBE-6-* of IPVS, which stay until a node is replaced",
            False,
        ),
    ],
)
def test_a_run_names_what_a_switch_has_left_and_knows_what_can_be_removed(folder: str, text: str, removable: bool) -> None:
    seen = {"observations": {"n1": look(node_of(folder))}, "nodes": [{"name": "n1", "state": "seen", "reason": ""}]}
    known = leftovers.less(leftovers.summary(seen), folder.split("-")[3].upper())
    assert leftovers.extent(known) == text
    assert bool(leftovers.removable(known, ("IPTABLES", "IPVS"))) == removable


def test_it_has_all_fields_that_rules_need_and_names_those_it_cannot_see() -> None:
    seen = look(node_of("iptables-12"))
    assert (seen["kernel"], seen["machine"], seen["os"]["pretty_name"]) == ("6.8.0-1034-azure", "x86_64", "Ubuntu 24.04.3 LTS")
    assert seen["tools"]["iptables"] == {"version": "1.8.9", "backend": "nf_tables", "backends": ["nf_tables"]}
    unseen = {item["field"] for item in seen["not_seen"]}
    assert {"os.id", "os.version", "tools.nft", "lsm", "cgroup2", "kube_proxy.leftovers"} == unseen
    assert (seen["lsm"], seen["cgroup2"], seen["tools"]["nft"]) == (None, None, {"version": None})


@pytest.mark.parametrize("folder", ["iptables-12", "iptables-500"])
def test_rules_of_others_that_lead_into_chains_of_kube_proxy(folder: str) -> None:
    jumps = look(node_of(folder, FOREIGN))["foreign_jumps"]
    assert {(jump["table"], jump["chain"], jump["to"]) for jump in jumps} == {
        ("nat", "HOSTPORT", "KUBE-MARK-MASQ"),
        ("nat", "UNREACHED", "KUBE-MARK-MASQ"),
    }


def test_five_thousand_services_are_few_bytes() -> None:
    node = node_of("iptables-500", FOREIGN, times=10)
    seen = look(node)
    assert node.bytes <= 300_000
    assert (seen["kube_proxy"]["mode"], seen["unread"]) == ("iptables", [])
    # What no rule leads to is named as not seen.
    assert [jump["chain"] for jump in seen["foreign_jumps"]] == ["HOSTPORT"]
    assert "foreign_jumps" in {item["field"] for item in seen["not_seen"]}
    assert not [command for command in node.asked if "ruleset" in command]


def test_what_was_read_in_part_is_told_from_what_no_node_shows() -> None:
    def cut_off(seen: dict[str, t.Any]) -> set[str]:
        return {item["field"] for item in seen["not_seen"] if item.get("cut_off")}

    assert cut_off(look(node_of("iptables-500", times=10))) == {"kube_proxy.leftovers", "foreign_jumps"}
    assert cut_off(look(node_of("iptables-12"))) == set()


def test_a_firewall_behind_many_chains_is_read() -> None:
    firewall = "table inet fw {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n"
    node = node_of("iptables-500", times=10)
    seen = look(Node(dataclasses.replace(node.shown, nft=firewall)))
    assert [(drop["table"], drop["chain"], drop["policy"]) for drop in seen["foreign_drops"]] == [("fw", "input", "drop")]


def test_a_firewall_that_cannot_be_read_behind_many_chains_is_named() -> None:
    firewall = "table inet fw {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n"

    class Refusing(Node):
        def __call__(self, command: t.Sequence[str], at_most: int) -> Answer:
            return Answer("", status=1, reason="no") if "table" in command else super().__call__(command, at_most)

    node = node_of("iptables-500", times=10)
    seen = look(Refusing(dataclasses.replace(node.shown, nft=firewall)))
    reason = "the chains of nft table inet fw could not all be read: no"
    assert {"field": "foreign_drops", "reason": reason, "cut_off": True} in seen["not_seen"]


def test_no_node_makes_it_read_more_than_its_share() -> None:
    chains = "".join(
        f":OWN-{number:03d} - [0:0]\n-A OWN-{number:03d} -m comment --comment {'x' * 50_000} -j KUBE-MARK-MASQ\n" for number in range(30)
    )
    node = node_of("iptables-500", f"*nat\n{chains}COMMIT\n")
    seen = look(node)
    assert node.bytes <= NODE_BYTES
    assert any("more than 280 kB" in item["reason"] for item in seen["unread"])


@pytest.mark.parametrize(
    ("answer", "crash"),
    [
        (Answer("", status=139, reason="it was ended by signal 11"), "nft list chains: it was ended by signal 11"),
        (Answer("", status=1, reason="Operation not permitted"), None),
        (Answer("", status=None, reason="there is no such program in the container"), None),
    ],
)
def test_without_nft_the_mode_is_seen_by_iptables(answer: Answer, crash: str | None) -> None:
    node = node_of("ipvs-12")
    node.instead["nft"] = answer
    seen = look(node)
    assert seen["nft_crash"] == crash
    assert seen["unread"] == [{"what": "tables of nf_tables", "reason": answer.reason}]
    assert (seen["kube_proxy"]["mode"], seen["nft_tables"], seen["nat_chains"]) == ("ipvs", [], None)


def test_programs_that_fail_are_named() -> None:
    node = node_of("nftables-12")
    node.instead = {"iptables": Answer("", status=None, reason="gone"), "ipset": Answer("", status=1, reason="Kernel error")}
    seen = look(node)
    assert seen["unread"] == [{"what": "tables of iptables", "reason": "gone"}, {"what": "names of ipsets", "reason": "Kernel error"}]
    assert seen["kube_proxy"]["mode"] == "nftables"


def test_nothing_is_asked_of_tables_that_there_are_not() -> None:
    node = Node(NOTHING)
    assert look(node)["kube_proxy"]["mode"] == "none"
    assert node.asked == ["nft list chains", "iptables -V", "ipset list -n"]


def test_rules_of_the_other_backend_are_read_where_iptables_warns_of_them() -> None:
    class Warned(Node):
        def __call__(self, command: t.Sequence[str], at_most: int) -> Answer:
            if command[0] == "iptables-legacy-save":
                return Answer(FOREIGN)
            answer = super().__call__(command, at_most)
            warning = "# Warning: iptables-legacy tables present, use iptables-legacy to see them"
            return Answer(answer.out, warning if command[0] == "iptables" else "", answer.status, answer.reason, answer.cut)

    jumps = look(Warned(node_of("iptables-12").shown))["foreign_jumps"]
    assert {(jump["source"], jump["chain"]) for jump in jumps} == {("iptables-legacy", "HOSTPORT"), ("iptables-legacy", "UNREACHED")}


def test_tables_of_others_are_listed_once_with_their_rules() -> None:
    native = "table inet fw {\n\tchain in {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n\tchain x {\n\t}\n}\n"
    rules = [
        {"rule": {"chain": "in", "handle": 4, "expr": [{"jump": {"target": "x"}}]}},
        {"rule": {"chain": "x", "handle": 5, "comment": "closed", "expr": [{"counter": None}, {"drop": None}]}},
        {"rule": {"chain": "x", "handle": 6, "expr": [{"vmap": {"key": "k", "data": "@m"}}]}},
    ]

    def listed(*flags: t.Any) -> list[dict[str, t.Any]]:
        class Listed(Node):
            def __call__(self, command: t.Sequence[str], at_most: int) -> Answer:
                if command[-4:-2] == ("list", "table"):
                    self.asked.append(" ".join(command))
                    table = {"family": "inet", "name": "fw", **({"flags": flags[0]} if flags else {})}
                    return Answer(json.dumps({"nftables": [{"table": table}, *rules]}))
                return super().__call__(command, at_most)

        node = Listed(Shown(NOTHING.saves, native))
        found = look(node)["foreign_drops"]
        assert node.asked.count("nft -t -j list table inet fw") == 1
        return t.cast("list[dict[str, t.Any]]", found)

    (drops,) = listed()
    assert (drops["rules"], drops["verdict_maps"], drops["samples"]) == (1, 1, ['inet fw x handle 5 comment "closed": drops'])
    # nft 1.0.6 prints the name of the table for the flag.
    for dormant in ("fw", "dormant", ["dormant"]):
        assert listed(dormant) == []
