# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without the rights of root: a clear error, or, where only namespaces are denied, another way."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.nft import node as nft_node
from tests.support.nft.lab import LabNode
from tests.support.nft.node import INFO

CONTENT = """
table inet ours {
    set blocked { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.1 }; }
    set learned { type ipv4_addr; flags dynamic, timeout; timeout 1h; size 100; }
    map verdicts { type inet_service : verdict; elements = { 23 : drop, 22 : accept }; }
    counter named { }
    chain input {
        type filter hook input priority 0; policy accept;
        ct state related,established accept
        tcp dport { 80, 443, 22 } counter accept comment "web; { }"
        ip saddr @blocked counter name named drop
        tcp dport vmap @verdicts
        iifname lo accept
        log prefix "dropped: " level warn
    }
}
"""
NO_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
# Without the right to make a namespace; the node's user namespace may not have another one below it.
NO_NAMESPACES = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")


@pytest.mark.parametrize("options", [{}, {"check": True}, {"state": "absent"}], ids=["run", "check", "absent"])
@pytest.mark.parametrize("name", [None, INFO], ids=["ruleset", "info"])
def test_without_rights(any_nft_node: LabNode, name: str | None, options: dict[str, t.Any]) -> None:
    node = any_nft_node
    assert node.ask(CONTENT)["changed"]
    before = (node.ruleset(), node.generation())
    arguments = {"content": CONTENT.replace("23 : drop, ", ""), **options} if name is None else {}
    result = node.module(*([name] if name else []), before=NO_RIGHTS, **arguments)
    assert result["failed"], result
    assert "become" in result["msg"], result
    assert "exception" not in result
    assert (node.ruleset(), node.generation()) == before


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[LabNode]:
    """A node in a user namespace of its own, whose limit is then no other's."""
    monkeypatch.setattr(nft_node, "_WAYS", (("--user", "--map-root-user", "--net", "--mount"),))
    with LabNode() as node:
        assert node.run("cat", "/proc/self/uid_map").split()[2] == "1"
        node.run("sh", "-c", "echo 0 >/proc/sys/user/max_user_namespaces")
        yield node


def test_without_namespaces(sealed: LabNode) -> None:
    """The declaration is compared by its bytecode then."""

    def run(content: str, **options: t.Any) -> dict[str, t.Any]:
        result = sealed.module(content=content, before=NO_NAMESPACES, **options)
        assert not result.get("failed"), result
        return result

    assert run(CONTENT)["changed"]
    assert not run(CONTENT)["changed"]
    assert run(CONTENT.replace("443, ", ""), check=True)["changed"]
    assert run(CONTENT.replace("443, ", ""))["changed"]
    assert "{ 22, 80 }" in sealed.listing()
    assert not run(CONTENT.replace("443, ", ""))["changed"]
    sealed.nft("add rule inet ours input tcp dport 7 drop")
    assert run(CONTENT.replace("443, ", ""))["changed"]
    assert "dport 7 " not in sealed.listing()
    sealed.nft("add element inet ours blocked { 198.51.100.1 }")
    assert run(CONTENT.replace("443, ", ""))["changed"]
    assert "198.51.100.1" not in sealed.listing()
    assert run(CONTENT, state="absent")["changed"]
    assert sealed.ruleset() == ""


def test_syntax_errors_without_namespaces(sealed: LabNode) -> None:
    result = sealed.module(content=CONTENT.replace("drop\n", "dorp\n", 1), before=NO_NAMESPACES)
    assert result["failed"]
    assert "dorp" in result["msg"]
    assert sealed.ruleset() == ""
