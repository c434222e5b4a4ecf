# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at a node that is made up: what is asked, in which case it is not asked, and what cannot be read."""

from __future__ import annotations

import errno
import struct
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._node.kernel_state import (
    count_ipvs_services,
    parse_interfaces,
    parse_os_release,
)
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_chains import NftChain
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_messages import (
    NftTable,
    pack_attribute,
    pack_request,
)
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_rules import NftRule
from ansible_collections.aks.dataplane.plugins.module_utils._node.node_reader import NodeReader
from ansible_collections.aks.dataplane.plugins.module_utils._node.program_result import Ran

from tests.support.kernel_captures import STATES, captured, ipset_names, nft_chains, proc_net_dev, proc_net_ip_vs, saved_tables

KERNEL = "6.8.0-1034-azure"
VERSIONS = {"nft --version": "nftables v1.0.9 (Old Doc Yak #3)\n", "iptables -V": "iptables v1.8.10 (nf_tables)\n"}
POLICIES = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n"


class MadeUp:
    """Files and what commands print, by what they are called with; remembers the commands."""

    def __init__(self, files: t.Mapping[str, str] | None = None, commands: t.Mapping[str, str | Ran] | None = None) -> None:
        self.files = dict(files or {})
        self.commands = {**VERSIONS, "ip6tables -V": "ip6tables v1.8.10 (nf_tables)\n", "ipset list -n": "", **(commands or {})}
        self.asked: list[str] = []
        self.kube_proxy: tuple[int, ...] | None = None

    def kube_proxy_nft(self) -> tuple[int, ...] | None:
        return self.kube_proxy

    def run(self, *command: str) -> Ran | None:
        self.asked.append(" ".join(command))
        answer = self.commands.get(self.asked[-1])
        return Ran(0, answer, "") if isinstance(answer, str) else answer

    def has(self, program: str) -> bool:
        return any(command.split()[0] == program for command in self.commands)

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        return path in self.files

    def uname(self) -> tuple[str, str]:
        return KERNEL, "x86_64"


class Kernel:
    def __init__(self, found: t.Iterable[NftTable | NftChain] = (), error: OSError | None = None) -> None:
        self.found, self.error = list(found), error
        self.asked: list[str] = []
        self.sets: list[bytes] | OSError = []

    def ask(self, _request: bytes) -> list[bytes]:
        if isinstance(self.sets, OSError):
            raise self.sets
        return self.sets

    def tables(self) -> list[NftTable]:
        if self.error:
            raise self.error
        return [item for item in self.found if isinstance(item, NftTable)]

    def chains(self) -> list[NftChain]:
        return [item for item in self.found if isinstance(item, NftChain)]

    def rules(self, of: NftChain) -> list[NftRule]:
        self.asked.append(of.name)
        return []


def look(host: MadeUp, kernel: Kernel | None = None, monitor_lines: bool = False) -> dict[str, t.Any]:
    return NodeReader(host, kernel or Kernel()).read(monitor_lines)  # type: ignore[arg-type]


def captured_node(folder: str) -> tuple[MadeUp, Kernel]:
    """A node in a captured state, with everything that a namespace on this machine cannot have: IPVS."""
    commands = {"ipset list -n": "".join(f"{name}\n" for name in ipset_names(captured(folder, "ipset-save.txt")))}
    for program in ("iptables", "ip6tables"):
        for table, lines in saved_tables(captured(folder, f"{program}-save.txt")).items():
            commands[f"{program} -w 5 -t {table} -S"] = "\n".join([*lines, ""])
    files = {"/sys/module/ip_set": "", "/proc/net/dev": proc_net_dev(captured(folder, "ip-link.json"))}
    if servers := proc_net_ip_vs(captured(folder, "ipvsadm-save.txt")):
        files["/proc/net/ip_vs"] = servers
    return MadeUp(files, commands), Kernel(nft_chains(captured(folder, "nft.txt")))


@pytest.mark.parametrize("folder", STATES)
def test_captured_state(folder: str) -> None:
    host, kernel = captured_node(folder)
    result = look(host, kernel)
    assert result["kube_proxy"]["mode"] == STATES[folder]
    assert (result["foreign_jumps"], result["foreign_drops"], result["unread"]) == ([], [], [])
    assert {table["owner"] for table in result["nft_tables"]} <= {"kube-proxy", "iptables-nft"}
    assert kernel.asked == []


@pytest.mark.parametrize(
    ("comment", "table", "reported"),
    [
        (f"declared={'0' * 24} listed={'f' * 24} nft=1.1.3", ("inet", "node-firewall"), {"owner": "aks-dataplane", "nft": "1.1.3"}),
        (f"declared={'0' * 24} listed=- nft=1.0.6", ("netdev", "early"), {"owner": "aks-dataplane", "nft": "1.0.6"}),
        ("somebody else's", ("inet", "node-firewall"), {"owner": "unknown"}),
        ("", ("inet", "node-firewall"), {"owner": "unknown"}),
        (f"declared={'0' * 24} listed=- nft=1.0.6", ("ip", "kube-proxy"), {"owner": "kube-proxy"}),
        (f"declared={'0' * 24} listed=- nft=1.0.6", ("ip", "filter"), {"owner": "iptables-nft"}),
        (f"declared={'0' * 24} listed=- nft=1.0.6", ("ip6", "azureSLBProbe"), {"owner": "aks"}),
    ],
)
def test_a_table_with_a_stamp(comment: str, table: tuple[str, str], reported: dict[str, str]) -> None:
    """Only a stamp that can be read counts, and only where the name is nobody else's."""
    other, stamp = NftChain(*table, "other"), NftChain(*table, "aks-dataplane-stamp", comment=comment)
    neighbour = NftTable("inet", "mesh")
    result = look(MadeUp(), Kernel([NftTable(*table), other, stamp, neighbour]))
    family, name = table
    assert result["nft_tables"] == [{"family": family, "name": name, **reported}, {"family": "inet", "name": "mesh", "owner": "unknown"}]


def a_set(name: str, kind: int) -> bytes:
    """As nft 1.1.2 makes it in C(inet fw). kind: of the expression that it notes down for the type, from nft's expression.h."""
    typeof = struct.pack("=BBIBB", 0, 4, kind, 1, 0)
    noted = bytes([3, len(typeof)]) + typeof
    attributes = pack_attribute(1, b"fw\0") + pack_attribute(2, name.encode() + b"\0") + pack_attribute(13, noted)
    # Without the header of the message.
    return pack_request(9, "inet", attributes)[16:]


PLAIN, TYPEOF = 2, 7


@pytest.mark.parametrize("noted", [b"", b"\0", b"\0\1\2\1\0", b"\0\0\1\0", b"\0\xff\1", bytes(range(40)), b"\1\0\0\2\2\0"])
def test_sets_on_which_somebody_has_noted_down_anything(noted: bytes) -> None:
    kernel = Kernel([NftTable("inet", "theirs")])
    attributes = pack_attribute(1, b"theirs\0") + pack_attribute(2, b"s\0") + pack_attribute(13, bytes([3, len(noted)]) + noted)
    kernel.sets = [pack_request(9, "inet", attributes)[16:]]
    assert [one["name"] for one in look(MadeUp(), kernel)["crashing_sets"]] in ([], ["s"])


@pytest.mark.parametrize(
    "out", ["-P", "-P INPUT", "-P INPUT ACCEPT\n-P FORWARD", "-P INPUT ACCEPT\n-N", "-N \n-A", "-P INPUT DROP\n-A INPUT -j KUBE-X\n-A "]
)
def test_a_listing_that_ends_in_the_middle_of_a_line(out: str) -> None:
    host = MadeUp(commands={"iptables -w 5 -t filter -S": out})
    result = look(host, Kernel([NftTable("ip", "filter")]), monitor_lines=True)
    assert {"what": "rules of table filter (ipv4, nf_tables)", "reason": "iptables stopped in the middle of a line"} in result["unread"]
    assert result["kube_proxy"]["mode"] == "unknown"


@pytest.mark.parametrize(
    ("sets", "nft", "found"),
    [
        ([a_set("blocked", PLAIN), a_set("allowed", TYPEOF)], (1, 0, 6), [{"family": "inet", "table": "fw", "name": "blocked"}]),
        ([a_set("blocked", PLAIN)], None, [{"family": "inet", "table": "fw", "name": "blocked"}]),
        ([a_set("blocked", PLAIN)], (1, 0, 6, 1), []),
        ([a_set("blocked", PLAIN)], (1, 1, 3), []),
        ([a_set("allowed", TYPEOF)], (1, 0, 6), []),
        ([], None, []),
        (OSError(5, "no"), None, None),
    ],
)
def test_sets_that_kube_proxy_crashes_on(
    sets: list[bytes] | OSError, nft: tuple[int, ...] | None, found: list[dict[str, str]] | None
) -> None:
    host, kernel = MadeUp(), Kernel([NftTable("inet", "fw")])
    host.kube_proxy, kernel.sets = nft, sets
    result = look(host, kernel)
    assert result["crashing_sets"] == found
    assert [item["what"] for item in result["unread"]] == (["sets of nf_tables"] if found is None else [])


def test_chains_that_translate_addresses_are_listed() -> None:
    ours, theirs = (
        NftChain("ip", "kube-proxy", "nat-output", "output", "accept"),
        NftChain("ip", "nat", "OUTPUT", "output", "accept", translates=True),
    )
    assert look(MadeUp(), Kernel([NftTable("ip", "kube-proxy"), ours]))["nat_chains"] == {"ipv4": [], "ipv6": []}
    assert look(MadeUp(), Kernel([NftTable("ip", "nat"), theirs]))["nat_chains"]["ipv4"] == ["ip nat OUTPUT"]


def test_system() -> None:
    files = {
        "/etc/os-release": 'NAME="Microsoft Azure Linux"\nVERSION_ID="3.0"\nID=azurelinux\nPRETTY_NAME="Microsoft Azure Linux 3.0"\n# x=1\n',
        "/sys/kernel/security/lsm": "lockdown,capability,bpf\n",
        "/sys/fs/cgroup/cgroup.controllers": "cpu\n",
    }
    result = look(MadeUp(files, {"iptables-legacy -V": ""}))
    assert result["os"] == {"id": "azurelinux", "version": "3.0", "pretty_name": "Microsoft Azure Linux 3.0"}
    assert (result["kernel"], result["machine"]) == (KERNEL, "x86_64")
    assert result["lsm"] == ["lockdown", "capability", "bpf"]
    assert result["cgroup2"] is True
    assert result["tools"] == {
        "nft": {"version": "1.0.9"},
        "iptables": {"version": "1.8.10", "backend": "nf_tables", "backends": ["legacy", "nf_tables"]},
        "ip6tables": {"version": "1.8.10", "backend": "nf_tables", "backends": ["nf_tables"]},
    }


def test_bare_node() -> None:
    host = MadeUp()
    host.commands = {}
    result = look(host, monitor_lines=True)
    assert result["tools"] == {"nft": None, "iptables": None, "ip6tables": None}
    assert (result["os"], result["lsm"], result["cgroup2"]) == ({"id": None, "version": None, "pretty_name": None}, None, False)
    assert result["kube_proxy"]["mode"] == "none"
    assert set(result["monitor_lines"]["ipv6"].values()) == {None}
    assert {"family": "ipv4", "table": "raw", "error": "iptables is not installed"} in result["monitor_errors"]


def test_only_tables_that_exist_are_listed() -> None:
    commands = {"iptables -w 5 -t nat -S": "-P PREROUTING ACCEPT\n", "ip6tables-legacy -w 5 -t filter -S": POLICIES}
    host = MadeUp({"/proc/net/ip6_tables_names": "filter\n"}, commands)
    result = look(host, Kernel([NftTable("ip", "nat"), NftTable("inet", "filter"), NftTable("ip6", "mine")]), monitor_lines=True)
    assert [command for command in host.asked if "-S" in command] == list(commands)
    assert result["monitor_lines"]["ipv4"]["nat"] == ["-P PREROUTING ACCEPT"]
    assert result["monitor_lines"]["ipv4"]["raw"] == ["-P PREROUTING ACCEPT", "-P OUTPUT ACCEPT"]
    assert result["monitor_lines"]["ipv6"]["filter"] == POLICIES.splitlines()
    assert list(result["monitor_lines"]["ipv4"]) == ["nat", "mangle", "filter", "raw", "security"]
    assert result["monitor_errors"] == []


def test_a_table_that_cannot_be_listed() -> None:
    why = "iptables v1.8.10 (nf_tables): table `filter' is incompatible, use 'nft' tool."
    host = MadeUp(commands={"iptables -w 5 -t filter -S": Ran(1, "", f"{why}\n")})
    result = look(host, Kernel([NftTable("ip", "filter")]), monitor_lines=True)
    assert result["monitor_lines"]["ipv4"]["filter"] is None
    assert result["monitor_errors"] == [{"family": "ipv4", "table": "filter", "error": why}]
    assert result["unread"] == [{"what": "rules of table filter (ipv4, nf_tables)", "reason": why}]
    assert result["kube_proxy"]["mode"] == "unknown"


def test_the_other_backend_has_no_program() -> None:
    result = look(MadeUp({"/proc/net/ip_tables_names": "nat\n"}))
    assert result["unread"] == [{"what": "rules of table nat (ipv4, legacy)", "reason": "iptables-legacy is not installed"}]


def test_no_module_is_loaded() -> None:
    """Asking the kernel for what it has in a module would load it."""
    builtin = {f"/lib/modules/{KERNEL}/modules.builtin": "kernel/fs/ext4/ext4.ko\n"}
    host, kernel = MadeUp(builtin), Kernel(error=OSError(errno.EIO, "asked"))
    assert look(host, kernel)["unread"] == []
    assert "ipset list -n" not in host.asked
    loaded = MadeUp({**builtin, "/sys/module/ip_set": "", "/sys/module/nf_tables": ""}, {"ipset list -n": "KUBE-CLUSTER-IP\n"})
    result = look(loaded, kernel)
    assert [item["what"] for item in result["unread"]] == ["tables of nf_tables"]
    assert [item["name"] for item in result["kube_proxy"]["leftovers"]] == ["KUBE-CLUSTER-IP"]


def test_a_kernel_without_nf_tables() -> None:
    assert look(MadeUp(), Kernel(error=OSError(errno.EINVAL, "no such subsystem")))["unread"] == []


def test_without_root() -> None:
    with pytest.raises(DataplaneError) as caught:
        look(MadeUp(), Kernel(error=PermissionError(errno.EPERM, "Operation not permitted")))
    assert "become" in caught.value.remedy


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            Ran(1, "", "ipset v7.17: Kernel error received: Operation not permitted\n"),
            "ipset v7.17: Kernel error received: Operation not permitted",
        ),
        (Ran(1, "", ""), "exit status 1"),
        (None, "ipset is not installed"),
    ],
)
def test_ipsets_that_cannot_be_read(answer: Ran | None, reason: str) -> None:
    host = MadeUp({"/sys/module/ip_set": ""})
    host.commands.pop("ipset list -n")
    if answer:
        host.commands["ipset list -n"] = answer
    assert [item["reason"] for item in look(host)["unread"]] == [reason]


def test_interfaces_and_ipvs() -> None:
    assert parse_interfaces(proc_net_dev(captured("ipvs-12", "ip-link.json"))) == {"lo", "eth0", "eth1", "kube-ipvs0"}
    text = proc_net_ip_vs(captured("ipvs-12", "ipvsadm-save.txt"))
    assert set(count_ipvs_services(text)) == {("ipv4", "tcp"), ("ipv4", "udp"), ("ipv4", "sctp")}
    more = f"{text}TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:01BB rr \n"
    assert count_ipvs_services(more)["ipv6", "tcp"] == 1


def test_os_release_with_a_broken_line() -> None:
    assert parse_os_release('ID="ubuntu\nVERSION_ID=24.04')["id"] == '"ubuntu'
