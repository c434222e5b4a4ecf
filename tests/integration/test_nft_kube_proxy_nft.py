# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Own tables next to kube-proxy's, whose nft is older than the node's: either it can still read and change its rules, or the user is warned."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.fragile_text import fragile_by_text
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked
from ansible_collections.aks.dataplane.plugins.plugin_utils._nft_schema import module_arguments

from tests.support.nft.lab import LabNode
from tests.support.nft.versions import folders, version_of
from tools.aside.programs import NEWER

from .test_nft_examples import examples

ROOT = pathlib.Path(__file__).parents[2]
VERSIONS = {tuple(map(int, version.split("."))): folder for version, folder in folders().items()}
OLD, NEW = min(VERSIONS), max(VERSIONS)
# Known of the two programs at hand; with other ones there is nothing to see here.
MEET = OLD <= (1, 0, 6) and NEW >= (1, 1, 2)
KUBE_PROXY = "table ip kube-proxy { set cluster-ips { type ipv4_addr; }; chain c { }; }\n"

HARMFUL = [
    "set s { type ipv4_addr; }",
    "set s { type inet_service; flags interval; elements = { 1-5 }; }",
    "set s { type ifname; }",
    "set s { type ether_addr; flags dynamic,timeout; timeout 1m; }",
    "map m { type mark : verdict; }",
    "map m { type ipv4_addr . inet_service : verdict; }",
    "map m { type ipv4_addr : ipv4_addr . inet_service; }",
    "counter n { }; map m { typeof ip saddr : counter; }",
    "chain c { ct state vmap { established : accept, invalid : drop }; }",
    "chain c { meta mark set tcp dport map { 22 : 1, 23 : 2 }; }",
    'counter n { }; chain c { counter name tcp dport map { 22 : "n" }; }',
]
HARMLESS = [
    "set s { typeof ip saddr; flags interval; auto-merge; elements = { 10.0.0.0/8 }; }",
    "set s { type ipv4_addr . inet_service; }",
    "set s { typeof iifname; }",
    "map m { typeof ip saddr . tcp dport : verdict; }",
    "map m { typeof ct state : verdict; elements = { established : accept }; }; chain c { ct state vmap @m; }",
    "chain c { tcp dport { 22, 80 } accept; tcp dport . ip saddr vmap { 1 . 10.0.0.1 : accept }; }",
]


@pytest.fixture
def node() -> t.Iterator[LabNode]:
    """With the newer nft, and a table that the older one has made for kube-proxy."""
    with LabNode(VERSIONS[NEW]) as made:
        subprocess.run([*made.enter, str(VERSIONS[OLD] / "nft"), "-f", "-"], input=KUBE_PROXY, text=True, check=True)
        yield made


def crashes(node: LabNode) -> bool:
    """Whether the older nft, as kube-proxy has it, dies when it changes its table or lists sets."""
    works = (("-c", "-f", "-"), ("-j", "list", "sets", "ip"))
    codes = [
        subprocess.run(
            [*node.enter, str(VERSIONS[OLD] / "nft"), *words],
            input="add rule ip kube-proxy c accept\n",
            text=True,
            capture_output=True,
            check=False,
        ).returncode
        for words in works
    ]
    return any(code < 0 or code >= 128 for code in codes)


def table(body: str) -> str:
    return f"table inet ours {{\n{body.replace('; }; ', '; }' + chr(10))}\n}}\n"


def warnings(result: t.Mapping[str, t.Any]) -> list[str]:
    return [str(text) for text in result.get("warnings", []) if "kube-proxy" in str(text)]


def start_kube_proxy(node: LabNode, nft: pathlib.Path) -> subprocess.Popen[bytes]:
    """A process of that name on the node, with that program nft on its search path."""
    folder = node.file("/run/kube-proxy")
    folder.mkdir()
    shutil.copy(nft, folder / "nft")
    shutil.copy("/bin/sleep", folder / "kube-proxy")
    return subprocess.Popen(
        [*node.enter, "/run/kube-proxy/kube-proxy", "600"], env={**os.environ, "PATH": "/run/nothing:/run/kube-proxy:/usr/bin"}
    )


def program(nft: tuple[int, ...]) -> pathlib.Path:
    """Not the script around it."""
    return NEWER.folder / "usr/sbin/nft" if VERSIONS[nft].is_relative_to(NEWER.folder) else VERSIONS[nft] / "nft"


if MEET:

    @pytest.mark.parametrize("body", HARMFUL)
    def test_unknown_kube_proxy_is_a_warning(node: LabNode, body: str) -> None:
        for content in (table(body), table(body)):
            result = node.ask(content)
            assert not result.get("failed"), result
            (said,) = warnings(result)
            assert "inet ours" in said
            assert "typeof" in said
        # It is right to warn.
        assert crashes(node)
        assert {item.table for item in fragile_by_text(checked(table(body)).tables)} == {"ours"}
        assert {item["table"] for item in node.ask(name="node_dataplane_info")["crashing_sets"]} == {"ours"}

    def test_large_table(node: LabNode) -> None:
        """Of which rules that stay are not tried out again, and yet are what the older nft dies of."""
        many = "; ".join(f"tcp dport {number} accept" for number in range(1, 1101))
        harmful = "ct state vmap { established : accept, invalid : drop }; "
        contents = [
            f"table inet ours {{\nchain c {{ {more}{many}; {last}; }}\n}}\n" for more in (harmful, "") for last in ("accept", "drop")
        ]
        said = [warnings(node.ask(content, persist=False)) for content in contents]
        assert [len(texts) for texts in said] == [1, 1, 0, 0]
        assert not crashes(node)

    @pytest.mark.parametrize("body", HARMLESS)
    def test_harmless_forms(node: LabNode, body: str) -> None:
        result = node.ask(table(body))
        assert not result.get("failed"), result
        assert warnings(result) == []
        assert node.unchanged(table(body))
        assert not crashes(node)
        assert node.ask(name="node_dataplane_info")["crashing_sets"] == []
        assert fragile_by_text(checked(table(body)).tables) == []

    @pytest.mark.parametrize("body", HARMFUL[::4])
    @pytest.mark.parametrize("check", [True, False])
    def test_known_to_crash_is_refused(node: LabNode, body: str, check: bool) -> None:
        process = start_kube_proxy(node, program(OLD))
        try:
            before = node.ruleset()
            refused = node.ask(table(body), check=check)
            assert (refused["failed"], refused["error"]["code"]) == (True, "CrashesKubeProxy")
            assert "typeof" in refused["msg"]
            assert node.ruleset() == before
            assert not crashes(node)
            # What is there already can be taken away.
            node.nft("table inet ours { set s { type ipv4_addr; }; chain aks-dataplane-stamp { }; }")
            assert node.ask(table(body), state="absent", adopt=True)["changed"]
        finally:
            process.kill()
            process.wait()

    def test_kube_proxy_with_a_newer_nft(node: LabNode) -> None:
        process = start_kube_proxy(node, program(NEW))
        try:
            result = node.ask(table(HARMFUL[0]))
            assert not result.get("failed"), result
            assert warnings(result) == []
            assert node.ask(name="node_dataplane_info")["crashing_sets"] == []
        finally:
            process.kill()
            process.wait()

    def test_a_table_that_is_there_already_is_not_forgotten(node: LabNode) -> None:
        """Made while nothing was known of kube-proxy."""
        node.ask(table(HARMFUL[0]))
        process = start_kube_proxy(node, program(OLD))
        try:
            for compare in ("full", "hash"):
                refused = node.ask(table(HARMFUL[0]), compare=compare)
                assert refused["error"]["code"] == "CrashesKubeProxy", refused
        finally:
            process.kill()
            process.wait()

    def documented() -> list[t.Any]:
        """Everything that the documentation declares."""
        guide = (ROOT / "docs/docsite/rst/guide_node_firewall.rst").read_text(encoding="utf-8")
        start = guide.index("   aks_dataplane_ruleset_tables:")
        block = guide[start : guide.index("\n\nThe options", start)]
        found = [pytest.param({"tables": yaml.safe_load(block)["aks_dataplane_ruleset_tables"]}, id="guide")]
        variables = yaml.safe_load((ROOT / "examples/node-firewall/group_vars/aks_nodes.yml").read_text(encoding="utf-8"))
        tables = variables["aks_dataplane_ruleset_tables"]
        for item in tables[0]["sets"]:
            item["elements"] = variables[str(item["elements"]).strip("{} ")]
        found.append(pytest.param({"tables": tables}, id="example"))
        module = "aks.dataplane.node_nftables_ruleset"
        for number, task in enumerate(examples("modules/node_nftables_ruleset.yml")):
            if {"content", "tables"} & task[module].keys() and task[module].get("state") != "absent":
                found.append(
                    pytest.param({key: task[module][key] for key in ("content", "tables") if key in task[module]}, id=f"module-{number}")
                )
        return found

    @pytest.mark.parametrize("version", [OLD, NEW])
    @pytest.mark.parametrize("given", documented())
    def test_what_is_documented_is_harmless(version: tuple[int, ...], given: dict[str, t.Any]) -> None:
        options = module_arguments(given["tables"]) if "tables" in given else given
        with LabNode(VERSIONS[version]) as node:
            subprocess.run([*node.enter, str(VERSIONS[OLD] / "nft"), "-f", "-"], input=KUBE_PROXY, text=True, check=True)
            result = node.ask(**options)
            assert result.get("changed"), result
            assert warnings(result) == []
            assert not crashes(node)
            assert not node.ask(**options)["changed"]

    def test_another_program_made_a_table_that_this_nft_cannot_read() -> None:
        """The case of Istio's CNI or firewalld in a container: nft of the node crashes, whatever is declared."""
        with LabNode(VERSIONS[OLD]) as node:
            newer = [*node.enter, str(VERSIONS[NEW] / "nft"), "-f", "-"]
            subprocess.run(newer, input="table inet other { set addresses { type ipv4_addr; }; }\n", text=True, check=True)
            crashed = node.ask("table inet ours {\nchain c {\ncounter\n}\n}")
            assert crashed["error"]["code"] == "NftCrashed", crashed
            assert "inet other" in crashed["msg"]
            assert "Upgrade the package nftables" in crashed["msg"]
            assert version_of(VERSIONS[OLD] / "nft") in crashed["msg"]
            assert "kernel refuses" not in crashed["msg"]
