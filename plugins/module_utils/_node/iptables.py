"""What iptables and ip6tables print: versions, and rules in the form of C(iptables -S)."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from .kube_chains import is_kubernetes_rule
from .table_owners import BUILT_IN

NF_TABLES, LEGACY = "nf_tables", "legacy"

_VERSION = re.compile(r"v(?P<version>\d[\w.]*)(?: \((?P<backend>nf_tables|legacy)\))?")
_COUNTERS = re.compile(r"^\[(\d+):(\d+)\] ")
# A comment may hold anything, even what looks like a jump.
_COMMENT = re.compile(r'--comment (?:"(?:\\.|[^"\\])*"|\S+)')
_TARGET = re.compile(r" -[jg] (\S+)")


@dataclasses.dataclass(frozen=True)
class IptablesTable:
    """A table as one backend has it. family: ipv4 or ipv6. lines: as C(iptables -S) prints them."""

    backend: str
    family: str
    name: str
    lines: tuple[str, ...]

    @functools.cached_property
    def others(self) -> list[str]:
        """The lines but for the rules in the chains of Kubernetes, which are nearly all of them on a node with many services."""
        return [line for line in self.lines if not is_kubernetes_rule(line)]

    @property
    def source(self) -> str:
        """The program that shows it."""
        suffix = "nft" if self.backend == NF_TABLES else "legacy"
        return f"{'iptables' if self.family == 'ipv4' else 'ip6tables'}-{suffix}"


def parse_version(text: str) -> dict[str, str] | None:
    """Version and backend out of C(iptables -V); those before 1.8 have only the legacy backend and do not name it."""
    found = _VERSION.search(text)
    return {"version": found["version"], "backend": found["backend"] or LEGACY} if found else None


def parse_nft_version(text: str) -> str | None:
    """Version out of C(nft --version)."""
    found = _VERSION.search(text)
    return found["version"] if found else None


def absent_table_lines(table: str) -> tuple[str, ...]:
    """What iptables prints of a table that does not exist; asking for it could create it."""
    return tuple(f"-P {chain} ACCEPT" for chain in BUILT_IN[table])


def rule_target(line: str) -> str | None:
    """Where a rule leads: its target, or the chain it jumps or goes to."""
    found = _TARGET.search(_COMMENT.sub("", line))
    return found[1] if found else None


def chain_names(lines: t.Iterable[str]) -> list[str]:
    """Names of the chains that a listing of a whole table has."""
    return [line.split(" ", 2)[1] for line in lines if line.startswith(("-P ", "-N "))]


def monitor_lines(output: str) -> list[str]:
    """The lines that the AKS iptables monitor matches, out of C(iptables -t TABLE -S).

    It takes the names of the chains from the C(-P) and C(-N) lines at the start, up to the first other line (so a warning in front hides the whole
    table), and then lists chain by chain. One listing of the table has the same lines, in another order.
    """
    lines = output.split("\n")
    if lines[-1] == "":
        lines.pop()
    lines = [_COUNTERS.sub("", line) + " -c {} {}".format(*found.groups()) if (found := _COUNTERS.match(line)) else line for line in lines]
    by_chain: dict[str, list[str]] = {}
    start = 0
    for line in lines:
        if not line.startswith(("-P", "-N")) or len(words := line.split()) < 2:
            break
        by_chain[words[1]] = [line]
        start += 1
    for line in lines[start:]:
        words = line.split(" ", 2)
        if words[0] == "-A" and len(words) > 1 and words[1] in by_chain:
            by_chain[words[1]].append(line)
    return [line for chain in by_chain.values() for line in chain]
