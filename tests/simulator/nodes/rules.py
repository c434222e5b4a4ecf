# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real kube-proxy wrote into a node, as captured, and how it cleans up behind another mode (observed on 1.36.2).

Starting in nftables mode removes all iptables and IPVS rules but chain KUBE-FIREWALL and the C(KUBE-6-*) ipsets; starting in iptables or ipvs
mode removes the nftables tables; iptables and ipvs do not clean each other. Stopping leaves everything.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ..settings import FIXTURES

TABLES = ("ip kube-proxy", "ip6 kube-proxy")
KEPT_CHAIN = "KUBE-FIREWALL"

_CAPTURES = {"iptables": "iptables-12", "ipvs": "ipvs-12", "nftables": "nftables-12"}
_RULE = re.compile(r"^-A (?P<chain>\S+) .*(?:-j|-g) (?P<target>\S+)")


@functools.cache
def captured(mode: str, file: str) -> str:
    """A captured file of a mode; empty where the command printed nothing."""
    path = FIXTURES / "kube-proxy" / _CAPTURES[mode] / file
    return path.read_text(encoding="utf-8") if path.exists() else ""


def without_ipvs_match(save: str) -> str:
    """Rules for C(iptables-restore), less those with C(-m ipvs): not every kernel has ip_vs."""
    return "".join(line + "\n" for line in save.splitlines() if " -m ipvs " not in line)


def _tables(save: str) -> t.Iterator[tuple[str, list[str]]]:
    table = ""
    lines: list[str] = []
    for line in save.splitlines():
        if line.startswith("*"):
            table, lines = line[1:], []
        elif line == "COMMIT":
            yield table, lines
        elif table and not line.startswith("#"):
            lines.append(line)


def detached(save: str, new: str) -> str:
    """Input for C(iptables-restore --noflush): takes out the jumps into KUBE-* chains that C(new) is going to add again."""
    again = set(new.splitlines())
    return _script(save, lambda lines: [line.replace("-A ", "-D ", 1) for line in lines if _jumps_in(line) and line in again])


def cleaned(save: str) -> str:
    """Input for C(iptables-restore --noflush): takes away every KUBE-* chain and the jumps into them, but KUBE-FIREWALL."""

    def clean(lines: list[str]) -> list[str]:
        chains = [line[1:].split(" ")[0] for line in lines if line.startswith(":KUBE-")]
        chains = [chain for chain in chains if chain != KEPT_CHAIN]
        jumps = [line.replace("-A ", "-D ", 1) for line in lines if _jumps_in(line) and not line.endswith(KEPT_CHAIN)]
        return [f":{chain} - [0:0]" for chain in chains] + jumps + [f"-X {chain}" for chain in chains]

    return _script(save, clean)


def _jumps_in(line: str) -> bool:
    found = _RULE.match(line)
    return found is not None and found["target"].startswith("KUBE-") and not found["chain"].startswith("KUBE-")


def _script(save: str, change: t.Callable[[list[str]], list[str]]) -> str:
    parts = [(table, change(lines)) for table, lines in _tables(save)]
    return "".join("\n".join([f"*{table}", *lines, "COMMIT", ""]) for table, lines in parts if lines)


def chains_of(save: str) -> list[str]:
    """Names of the KUBE-* chains in C(iptables-save) output."""
    return sorted({line[1:].split(" ")[0] for line in save.splitlines() if line.startswith(":KUBE-")})
