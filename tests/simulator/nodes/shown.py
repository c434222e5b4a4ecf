# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nft, iptables and ipset print on a node, made of what iptables-save, nft and ipset save printed on a real one."""

from __future__ import annotations

import copy
import dataclasses
import functools
import re
import shlex
import typing as t

from . import rules

# Standard output, standard error, exit status: none for a program that there is not.
Printed = tuple[str, str, "int | None"]

BASE = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
VERSION = "v1.8.9 (nf_tables)"
_FAMILIES = {"iptables": "ip", "ip6tables": "ip6"}
_PROGRAM = re.compile(r"(ip6?tables)(-nft)?$")

# Chain to its policy, V('-') for none, and rules, by table.
Tables = dict[str, dict[str, tuple[str, list[str]]]]


def parse_save(save: str) -> Tables:
    found: Tables = {}
    table = ""
    for line in save.splitlines():
        if line.startswith("*"):
            table = line[1:]
            found[table] = {}
        elif line.startswith(":"):
            chain, policy = line[1:].split(" ")[:2]
            found[table][chain] = (policy, [])
        elif line.startswith("-A "):
            found[table][line.split(" ", 2)[1]][1].append(line)
    return found


@dataclasses.dataclass(frozen=True)
class Shown:
    """saves: by program, iptables and ip6tables. nft: a ruleset in nft's words, of tables that iptables does not show. ipsets: names."""

    saves: t.Mapping[str, Tables]
    nft: str = ""
    ipsets: tuple[str, ...] = ()

    def run(self, command: t.Sequence[str]) -> Printed:
        program, *words = command
        found = _PROGRAM.match(program)
        if program.endswith("-legacy-save"):
            return "", "", 0
        if found and words == ["-V"]:
            return f"{found[1]} {VERSION}\n", "", 0
        if found:
            return self._listed(found[1], [word for word in words if word not in ("-w", "5")])
        if program == "ipset" and words == ["list", "-n"]:
            return "".join(f"{name}\n" for name in self.ipsets), "", 0
        if program == "nft":
            return self._nft(words)
        return "", "", None

    def _listed(self, program: str, words: t.Sequence[str]) -> Printed:
        """words: C(-t TABLE -S [CHAIN [NUMBER]])."""
        _t, table, _s, *where = words
        chains = self.saves.get(program, {}).get(table, {name: ("ACCEPT", []) for name in BASE[:2]})
        if where and where[0] not in chains:
            return "", f"{program} {VERSION}: chain `{where[0]}' in table `{table}' is incompatible, use 'nft' tool.\n", 1
        wanted = {where[0]: chains[where[0]]} if where else chains
        if len(where) == 2:
            lines = chains[where[0]][1][int(where[1]) - 1 : int(where[1])]
        else:
            heads = [f"-N {name}" if policy == "-" else f"-P {name} {policy}" for name, (policy, _rules) in wanted.items()]
            lines = [*heads, *(rule for _policy, rules in wanted.values() for rule in rules)]
        return "".join(f"{line}\n" for line in lines), "", 0

    def _nft(self, words: t.Sequence[str]) -> Printed:
        if words == ["list", "tables"]:
            blocks = re.findall(r"^table \S+ \S+", self._chains(), re.MULTILINE)
            return "".join(f"{line}\n" for line in blocks), "", 0
        if words == ["list", "chains"]:
            return self._chains(), "", 0
        if words[:3] == ["-t", "list", "table"]:
            table = re.search(rf"^table {words[3]} {re.escape(words[4])} {{\n(?:\t.*\n)*}}\n", self._chains(), re.MULTILINE)
            return (table[0], "", 0) if table else ("", "Error: No such file or directory\n", 1)
        if words[:2] == ["list", "chain"]:
            _list, _chain, family, of, name = words
            chain = re.search(
                rf"^table {family} {of} {{\n(?:.*\n)*?\tchain {re.escape(name)} {{\n((?:\t\t.*\n)*)", self._chains(), re.MULTILINE
            )
            if chain:
                return f"table {family} {of} {{\n\tchain {name} {{\n{chain[1]}\t}}\n}}\n", "", 0
        return "", "Error: No such file or directory\n", 1

    def _chains(self) -> str:
        lines = []
        for program, family in _FAMILIES.items():
            for table, chains in self.saves.get(program, {}).items():
                lines.append(f"table {family} {table} {{")
                for name, (policy, _rules) in chains.items():
                    base = f"\t\ttype {'nat' if table == 'nat' else 'filter'} hook {name.lower()} priority filter; policy {policy.lower()};"
                    lines += [f"\tchain {name} {{", *([base] if policy != "-" else []), "\t}"]
                lines.append("}")
        kept = [line for line in self.nft.splitlines() if re.match(r"table |\tchain |\t\ttype \w+ hook |\}", line)]
        for line in kept:
            if line.startswith(("\tchain", "}")) and lines and lines[-1].startswith(("\tchain", "\t\ttype")):
                lines.append("\t}")
            lines.append(line)
        return "".join(f"{line}\n" for line in lines)


@functools.lru_cache(maxsize=256)
def of_modes(modes: tuple[str, ...], user: tuple[str, ...]) -> Shown:
    """Of a node whose kube-proxy was in these modes one after the other and has not cleaned up in between; user: rules, each C([-t TABLE] -A CHAIN ...)."""
    saves: dict[str, Tables] = {program: {} for program in _FAMILIES}
    for program, tables in saves.items():
        for mode in modes:
            for table, chains in parse_save(rules.captured(mode, f"{program}-save.txt")).items():
                tables.setdefault(table, {}).update(chains)
    mine = saves["iptables"] = copy.deepcopy(saves["iptables"])
    for rule in user:
        words = shlex.split(rule)
        table, text = (words[1], rule.partition(words[1])[2].strip()) if words[0] == "-t" else ("filter", rule)
        chains = mine.setdefault(table, {name: ("ACCEPT", []) for name in BASE})
        chains.setdefault(text.split(" ")[1], ("-", []))[1].append(text)
    sets = [
        line.split(" ")[1] for mode in modes for line in rules.captured(mode, "ipset-save.txt").splitlines() if line.startswith("create ")
    ]
    return Shown(saves, rules.captured("nftables", "nft.txt") if modes[-1:] == ("nftables",) else "", tuple(sets))
