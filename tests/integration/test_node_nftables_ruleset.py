# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module that declares tables, step by step on a node of its own."""

from __future__ import annotations

import os
import stat
import subprocess
import time
import typing as t

import pytest

from tests.support.nft.node import TABLES, UNITS, NftNode

FILE = f"{TABLES}/inet.ours.nft"
OURS = """\
define ports = { 443, 22 }
table inet ours {
    set blocked {
        type ipv4_addr
        elements = { 192.0.2.2, 192.0.2.1 }
    }
    chain input {
        type filter hook input priority 0; policy accept;
        tcp dport $ports counter accept
        ip saddr @blocked drop
    }
}
"""
CHANGED = OURS.replace("192.0.2.2", "192.0.2.9").replace("drop", "reject")
DATA: list[dict[str, t.Any]] = [
    {
        "family": "inet",
        "name": "ours",
        "chains": [
            {
                "name": "input",
                "type": "filter",
                "hook": "input",
                "priority": "filter",
                "policy": "accept",
                "rules": ["tcp dport ssh accept"],
            }
        ],
    }
]
NEIGHBOUR = 'table ip kube-proxy { comment "rules for kube-proxy"; map m { type inet_service : verdict; elements = { 80 : accept }; }; }'


def methods(result: dict[str, t.Any]) -> list[str]:
    return [table["method"] for table in result["tables"]]


def plan(result: dict[str, t.Any]) -> list[tuple[str, str | None, str | None]]:
    return [(item["path"], item["before"], item["after"]) for item in result["plan"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "one of the following is required: content, src, tables"),
        ({"content": OURS, "tables": DATA}, "mutually exclusive: content|src|tables"),
        ({"content": OURS, "state": "gone"}, "value of state must be one of"),
        ({"content": OURS, "compare": "quick"}, "value of compare must be one of"),
        ({"tables": [{"name": "ours"}]}, "missing required arguments: family found in tables"),
        ({"content": OURS, "confirm_timeout": 5}, "needs the action plugin"),
        ({"src": "node.nft"}, "src needs the action plugin"),
        ({"tables": DATA}, "tables needs the action plugin"),
    ],
)
def test_arguments(nft_node: NftNode, options: dict[str, t.Any], said: str) -> None:
    result = nft_node.module(**options)
    assert result["failed"]
    assert said in result["msg"]


def test_validate_only(nft_node: NftNode) -> None:
    result = nft_node.apply(content=OURS, validate_only=True)
    assert (result["changed"], [item["name"] for item in result["after"]]) == (False, ["ours"])
    assert "tables" not in result
    wrong = nft_node.module(content=OURS.replace("drop", "drip"), validate_only=True)
    assert wrong["failed"]
    assert "content line 10" in wrong["msg"]
    assert nft_node.listing() == ""
    assert not nft_node.file("/etc/aks-dataplane").exists()
    assert not nft_node.file("/run/aks-dataplane").exists()


def test_check_mode_writes_nothing(nft_node: NftNode) -> None:
    result = nft_node.module(check=True, diff=True, content=OURS)
    assert (result["changed"], methods(result)) == (True, ["create"])
    assert result["persisted"]["changed"] == [FILE]
    assert result["diff"][0]["before"] == ""
    assert "tcp dport { 22, 443 } counter accept" in result["diff"][0]["after"]
    assert nft_node.listing() == ""
    assert not nft_node.file("/etc/aks-dataplane").exists()
    assert not nft_node.file("/run/aks-dataplane").exists()


def test_check_mode_asks_the_kernel(nft_node: NftNode) -> None:
    """A table with the flag owner can only be changed by the process that made it, and is there as long as that process."""
    command = [*nft_node.enter, "nft", "--interactive"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as owner:
        assert owner.stdin is not None
        owner.stdin.write("add table inet ours { flags owner; }\n")
        owner.stdin.flush()
        while not nft_node.listing():
            time.sleep(0.01)
        result = nft_node.module(check=True, content=OURS, adopt=True)
        assert (result["failed"], result["error"]["code"]) == (True, "Refused")
        assert "Operation not permitted" in result["msg"]
        owner.stdin.close()


def test_create_then_nothing_to_do(nft_node: NftNode) -> None:
    nft_node.nft(NEIGHBOUR)
    before = nft_node.listing("ip kube-proxy", "-a")
    first = nft_node.apply(content=OURS)
    assert (first["changed"], methods(first)) == (True, ["create"])
    assert first["before"] == [{"family": "inet", "name": "ours", "digest": None}]
    assert ("inet ours set blocked element", None, "192.0.2.1") in plan(first)
    listed = nft_node.listing("inet ours", "-a")
    again = nft_node.apply(content=OURS)
    assert (again["changed"], methods(again), again["plan"], again["persisted"]["changed"]) == (False, ["none"], [], [])
    assert again["before"] == again["after"] == first["after"]
    assert nft_node.listing("inet ours", "-a") == listed
    assert nft_node.listing("ip kube-proxy", "-a") == before
    checked = nft_node.module(check=True, diff=True, content=OURS)
    assert (checked["changed"], checked["diff"]) == (False, [])


def test_tables_as_data(nft_node: NftNode) -> None:
    assert methods(nft_node.apply(tables=DATA)) == ["create"]
    assert "tcp dport 22 accept" in nft_node.listing()
    assert nft_node.apply(tables=DATA)["changed"] is False


def test_only_what_differs_is_changed(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    handle = rule_handle(nft_node)
    result = nft_node.apply(diff=True, content=CHANGED)
    assert (result["changed"], methods(result)) == (True, ["delta"])
    assert plan(result) == [
        ("inet ours set blocked element", "192.0.2.2", "192.0.2.9"),
        ("inet ours chain input rule", "ip saddr @blocked drop", "ip saddr @blocked reject with icmp port-unreachable"),
    ]
    assert result["before"] != result["after"]
    assert rule_handle(nft_node) == handle
    assert nft_node.apply(content=CHANGED)["changed"] is False


def rule_handle(node: NftNode) -> str:
    """Of the rule that stays."""
    (line,) = (line for line in node.listing("inet ours", "-a").splitlines() if "tcp dport { 22, 443 }" in line)
    return line.rpartition("handle ")[2]


def test_drift_is_repaired(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    nft_node.nft("insert rule inet ours input tcp dport 1 drop\ndelete element inet ours blocked { 192.0.2.1 }")
    checked = nft_node.module(check=True, content=OURS)
    assert plan(checked) == [
        ("inet ours set blocked element", None, "192.0.2.1"),
        ("inet ours chain input rule", "tcp dport 1 drop", None),
    ]
    repaired = nft_node.apply(content=OURS)
    assert (repaired["plan"], methods(repaired), repaired["persisted"]["changed"]) == (checked["plan"], ["delta"], [])
    assert nft_node.apply(content=OURS)["changed"] is False


def test_what_a_delta_cannot_say(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    wanted = OURS.replace("type ipv4_addr", "type ipv4_addr; flags interval")
    result = nft_node.apply(content=wanted)
    assert methods(result) == ["replace"]
    assert "flags interval" in nft_node.listing()
    assert nft_node.apply(content=wanted)["changed"] is False


def test_same_rules_from_another_text(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS, persist=False)
    handle = rule_handle(nft_node)
    result = nft_node.apply(content=OURS.replace("{ 443, 22 }", "{ ssh, https }"), persist=False)
    assert (methods(result), [path for path, _before, _after in plan(result)]) == (["stamp"], ["inet ours stamp"])
    assert rule_handle(nft_node) == handle


def test_several_tables_at_once(nft_node: NftNode) -> None:
    other = "table ip other {\n    chain c {\n        counter\n    }\n}\n"
    assert methods(nft_node.apply(content=OURS + other)) == ["create", "create"]
    assert methods(nft_node.apply(content=OURS + other.replace("counter", "accept"))) == ["none", "delta"]
    broken = nft_node.module(content=CHANGED + other.replace("counter", "jump nowhere"))
    assert broken["failed"]
    assert "192.0.2.9" not in nft_node.listing()


def test_absent(nft_node: NftNode) -> None:
    nft_node.nft(NEIGHBOUR)
    nft_node.apply(content=OURS)
    checked = nft_node.module(check=True, content=OURS, state="absent")
    assert (checked["changed"], methods(checked), checked["persisted"]["changed"]) == (True, ["delete"], [FILE])
    assert nft_node.file(FILE).exists()
    result = nft_node.apply(tables=[{"family": "inet", "name": "ours"}], state="absent")
    assert (result["changed"], methods(result), result["after"][0]["digest"]) == (True, ["delete"], None)
    assert nft_node.listing() == ""
    assert not nft_node.file(FILE).exists()
    assert nft_node.apply(content=OURS, state="absent")["changed"] is False
    assert nft_node.listing("ip kube-proxy") != ""


def test_absent_removes_a_file_without_its_table(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    nft_node.nft("delete table inet ours")
    result = nft_node.apply(content=OURS, state="absent")
    assert (result["changed"], methods(result), result["persisted"]["changed"]) == (True, ["none"], [FILE])


@pytest.mark.parametrize("state", ["present", "absent"])
def test_tables_of_others(nft_node: NftNode, state: str) -> None:
    nft_node.nft("table inet ours { chain theirs { counter; }; }")
    before = nft_node.listing("inet ours", "-a")
    refused = nft_node.module(content=OURS, state=state)
    assert (refused["failed"], refused["error"]["code"]) == (True, "ForeignTable")
    assert "adopt" in refused["msg"]
    assert nft_node.listing("inet ours", "-a") == before
    assert methods(nft_node.apply(content=OURS, state=state, adopt=True)) == ["delta" if state == "present" else "delete"]
    assert "theirs" not in nft_node.listing()


def test_backup(nft_node: NftNode) -> None:
    assert "backup_file" not in nft_node.apply(content=OURS, backup=True)
    nft_node.nft("insert rule inet ours input counter packets 7 bytes 70 comment extra")
    before = nft_node.listing()
    result = nft_node.apply(content=CHANGED, backup=True)
    file = nft_node.file(result["backup_file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert nft_node.listing() != before
    nft_node.nft(file.read_text())
    assert nft_node.listing() == before
    assert "backup_file" not in nft_node.apply(content=OURS.replace("443", "444"), backup=True, check=True)


def test_by_stamp_only(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    nft_node.nft("add rule inet ours input tcp dport 9 drop")
    trusting = nft_node.apply(content=OURS, compare="hash")
    assert (trusting["changed"], methods(trusting)) == (False, ["none"])
    assert methods(nft_node.apply(content=CHANGED, compare="hash")) == ["delta"]
    assert "tcp dport 9" not in nft_node.listing()
    nft_node.nft("delete table inet ours")
    assert methods(nft_node.apply(content=CHANGED, compare="hash")) == ["create"]


def test_persisted_without_systemd(nft_node: NftNode) -> None:
    result = nft_node.apply(content=OURS)
    assert result["persisted"] == {"files": [FILE], "changed": [FILE], "loaded_at_boot": False}
    assert any(f"nft -f {FILE}" in str(warning) for warning in result["warnings"])
    assert stat.S_IMODE(nft_node.file(FILE).stat().st_mode) == 0o600
    listed = nft_node.listing()
    # What a boot does; and once more.
    nft_node.nft("flush ruleset")
    for _time in range(2):
        nft_node.run("nft", "-f", FILE)
        assert nft_node.listing() == listed
    assert nft_node.apply(content=OURS)["changed"] is False
    nft_node.file(FILE).chmod(0o644)
    assert nft_node.apply(content=OURS)["persisted"]["changed"] == [FILE]
    nft_node.file(FILE).write_text("something else")
    assert nft_node.module(check=True, content=OURS)["changed"] is True
    assert nft_node.apply(content=OURS)["persisted"]["changed"] == [FILE]
    gone = nft_node.apply(content=OURS, persist=False)
    assert (gone["changed"], methods(gone), gone["persisted"]["files"]) == (True, ["none"], [])
    assert not nft_node.file(FILE).exists()


def test_persisted_with_systemd(nft_node: NftNode) -> None:
    nft_node.pretend_systemd()
    result = nft_node.apply(content=OURS)
    service, again, target = (f"{UNITS}/aks-dataplane-nftables{end}" for end in (".service", "-again.service", ".target"))
    links = [
        f"{UNITS}/nftables.service.wants/aks-dataplane-nftables-again.service",
        f"{UNITS}/sysinit.target.wants/aks-dataplane-nftables.target",
    ]
    assert result["persisted"] == {"files": [FILE], "changed": [FILE, service, again, target, *links], "loaded_at_boot": True}
    assert nft_node.calls() == [
        "systemctl daemon-reload",
        "systemctl start --no-block aks-dataplane-nftables.target aks-dataplane-nftables.service",
    ]
    assert [os.readlink(nft_node.file(link)) for link in links] == [
        "../aks-dataplane-nftables-again.service",
        "../aks-dataplane-nftables.target",
    ]
    assert nft_node.apply(content=OURS)["changed"] is False
    assert nft_node.calls() == []
    nft_node.file(service).write_text("[Unit]\n")
    assert nft_node.apply(content=OURS)["persisted"]["changed"] == [service]
    assert nft_node.calls()[0] == "systemctl daemon-reload"
    nft_node.apply(content="table ip second { }")
    assert nft_node.apply(content=OURS, state="absent")["persisted"]["changed"] == [FILE]
    last = nft_node.apply(content="table ip second { }", state="absent")
    assert {service, again, target, *links} < set(last["persisted"]["changed"])
    assert nft_node.calls()[-2:] == [
        "systemctl stop aks-dataplane-nftables.target aks-dataplane-nftables.service",
        "systemctl daemon-reload",
    ]
    assert list(nft_node.file(UNITS).rglob("*aks-dataplane*")) == []
    assert nft_node.apply(content="table ip second { }", state="absent")["changed"] is False


def test_the_unit_loads_what_is_missing(nft_node: NftNode) -> None:
    nft_node.pretend_systemd()
    other = OURS.replace("table inet ours", "table ip other")
    nft_node.apply(content=OURS)
    nft_node.apply(content=other)
    command = load_command(nft_node)
    ours, theirs = nft_node.listing("inet ours", "-a"), nft_node.listing("ip other")
    nft_node.nft("delete table ip other")
    nft_node.run("/bin/sh", "-c", command)
    assert nft_node.listing("inet ours", "-a") == ours
    assert nft_node.listing("ip other") == theirs
    nft_node.file(FILE).write_text("nonsense")
    nft_node.nft("flush ruleset")
    nft_node.run("/bin/sh", "-c", f"{command.removesuffix('exit $bad')}test $bad = 1")
    assert (nft_node.listing("inet ours"), nft_node.listing("ip other")) == ("", theirs)


def load_command(node: NftNode) -> str:
    """What systemd hands to the shell."""
    text = node.file(f"{UNITS}/aks-dataplane-nftables.service").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("ExecStart="))
    return line.removeprefix("ExecStart=/bin/sh -c '").removesuffix("'").replace("$$", "$")


def test_a_file_that_cannot_be_written(nft_node: NftNode) -> None:
    nft_node.run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", UNITS)
    nft_node.pretend_systemd()
    result = nft_node.module(content=OURS)
    assert (result["failed"], result["error"]["code"]) == (True, "NotPersisted")
    assert "persist: false" in result["msg"]
    assert nft_node.listing() != ""


def test_leftovers_of_killed_runs(nft_node: NftNode) -> None:
    nft_node.apply(content=OURS)
    part = nft_node.file(f"{TABLES}/.inet.ours.nft.part")
    part.write_text("half")
    assert nft_node.apply(content=CHANGED)["changed"] is True
    assert not part.exists()


def test_interfaces_by_index(nft_node: NftNode) -> None:
    nft_node.run("ip", "link", "add", "up0", "index", "77", "type", "bridge")
    wanted = OURS.replace("ip saddr @blocked", 'iif "up0" oif != 77 ip saddr @blocked')
    result = nft_node.apply(content=wanted)
    assert any("iifname" in str(warning) for warning in result["warnings"])
    assert 'iif "up0" oif != "up0"' in nft_node.listing()
    assert nft_node.apply(content=wanted)["changed"] is False
    missing = nft_node.module(content=wanted.replace("up0", "up1"))
    assert (missing["failed"], missing["error"]["code"]) == (True, "UnknownInterface")


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("table ip kube-proxy { }", "DeniedTable", "kube-proxy"),
        ("table ip filter { }", "DeniedTable", "iptables-nft"),
        ("table inet firewalld { }", "DeniedTable", "firewalld"),
        (OURS + "flush ruleset\n", "InvalidDeclaration", "line 13"),
        (OURS.replace("drop", "drop; delete table ip kube-proxy"), "InvalidDeclaration", "line 10"),
        (OURS.replace("drop", "dorp"), "InvalidDeclaration", "line 10"),
        (OURS.replace("ip saddr @blocked", "iif nosuch0"), "UnknownInterface", "nosuch0"),
    ],
)
def test_refused_declarations(nft_node: NftNode, content: str, code: str, said: str) -> None:
    nft_node.nft(NEIGHBOUR)
    before = nft_node.run("nft", "-a", "list", "ruleset")
    result = nft_node.module(content=content)
    assert (result["failed"], result["error"]["code"]) == (True, code)
    assert said in result["msg"]
    assert nft_node.run("nft", "-a", "list", "ruleset") == before
    assert not nft_node.file("/etc/aks-dataplane").exists()


def test_refused_with_host_routing(nft_node: NftNode) -> None:
    nft_node.run("mount", "-t", "tmpfs", "tmpfs", "/sys/fs/bpf")
    nft_node.run("mkdir", "/sys/fs/bpf/azure-block-iptables")
    result = nft_node.module(content=OURS)
    assert (result["failed"], result["error"]["code"]) == (True, "EbpfHostRouting")
    assert nft_node.apply(content=OURS, state="absent")["changed"] is False


@pytest.mark.parametrize(("version", "code"), [("nftables v0.9.8 (E.D.S.)", "NftTooOld"), (None, "NftMissing")])
def test_refused_without_a_fit_nft(nft_node: NftNode, version: str | None, code: str) -> None:
    nft_node.run("mount", "-t", "tmpfs", "tmpfs", "/usr/sbin")
    nft_node.path = "/usr/bin:/bin"
    if version:
        nft_node.file("/usr/sbin/nft").write_text(f"#!/bin/sh\necho '{version}'\n")
        nft_node.file("/usr/sbin/nft").chmod(0o755)
    result = nft_node.module(content=OURS)
    assert (result["failed"], result["error"]["code"]) == (True, code)


@pytest.mark.parametrize(
    "before", [("setpriv", "--reuid", "65534"), ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin")]
)
def test_refused_without_the_right(nft_node: NftNode, before: tuple[str, ...]) -> None:
    result = nft_node.module(before=before, content=OURS)
    assert (result["failed"], result["error"]["code"]) == (True, "NotPermitted")
    assert "become: true" in result["msg"]
    assert "CAP_NET_ADMIN" in result["msg"]


def test_no_namespace_to_try_out_in() -> None:
    """Then the bytecode says whether the table is still what was made of the same declaration."""
    with NftNode(user=True) as node:
        node.run("sh", "-c", "echo 0 >/proc/sys/user/max_net_namespaces")
        assert methods(node.apply(content=OURS)) == ["create"]
        assert "tcp dport { 22, 443 } counter" in node.listing()
        assert node.apply(content=OURS)["changed"] is False
        node.nft("add rule inet ours input tcp dport 9 drop")
        assert methods(node.apply(content=OURS)) == ["replace"]
        assert "tcp dport 9" not in node.listing()
        assert methods(node.apply(content=CHANGED)) == ["replace"]
        timed = CHANGED.replace("type ipv4_addr", "type ipv4_addr; flags timeout").replace("192.0.2.9", "192.0.2.9 timeout 1h")
        assert methods(node.apply(content=timed)) == ["replace"]
        assert node.apply(content=timed)["changed"] is False
        node.nft("delete element inet ours blocked { 192.0.2.1 }; add rule inet ours input tcp dport { 7, 8 } accept")
        assert methods(node.apply(content=timed)) == ["replace"]
        assert node.apply(content=timed)["changed"] is False
        wrong = node.module(content=OURS.replace("drop", "drip"))
        assert (wrong["failed"], wrong["error"]["code"]) == (True, "InvalidDeclaration")
