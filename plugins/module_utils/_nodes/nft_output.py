"""What the program nft prints, as what the kernel's own language says (C(_node)): names of tables and chains as text, rules as JSON. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._common.json_text import read_json_or_none
from .._node.netlink_chains import NftChain
from .._node.netlink_messages import NftTable
from .._node.netlink_rules import NftRule
from .._node.table_owners import KUBE_PROXY_TABLE

TABLES = ("nft", "list", "tables")
CHAINS = ("nft", "list", "chains")

_TABLE = re.compile(r"table (\S+) (\S+)(?: \{)?")
_CHAIN = re.compile(r"chain (\S+) \{")
_BASE = re.compile(r"type (\S+) hook (\S+) .*priority [^;]*;(?: policy (\w+);)?")
_COMMENT = re.compile(r'comment "(.*)"')


def chain_of(family: str, table: str, name: str) -> tuple[str, ...]:
    """Asks for one chain with its rules, without the elements of sets."""
    return ("nft", "-t", "-j", "list", "chain", family, table, name)


def table_of(family: str, name: str) -> tuple[str, ...]:
    """Asks for a table with its rules, without the elements of sets."""
    return ("nft", "-t", "-j", "list", "table", family, name)


def parse_tables(text: str) -> list[NftTable]:
    """Out of C(list tables)."""
    return [NftTable(found[1], found[2]) for line in text.splitlines() if (found := _TABLE.fullmatch(line.strip()))]


def parse_chains(text: str, cut: bool = False) -> tuple[list[NftTable], list[NftChain]]:
    """Out of C(list chains), in which no table says that it is dormant; cut: its end is missing, and so its last line is none."""
    tables: list[NftTable] = []
    chains: list[NftChain] = []
    lines = text.splitlines()
    for line in (part.strip() for part in (lines[:-1] if cut else lines)):
        if found := _TABLE.fullmatch(line):
            tables.append(NftTable(found[1], found[2]))
        elif not tables:
            continue
        elif found := _CHAIN.fullmatch(line):
            chains.append(NftChain(tables[-1].family, tables[-1].name, found[1]))
        elif chains and (chains[-1].family, chains[-1].table) == (tables[-1].family, tables[-1].name):
            chains[-1] = _with(chains[-1], line)
    return tables, chains


def _with(chain: NftChain, line: str) -> NftChain:
    """The chain with what a line of its block says of it."""
    place = (chain.family, chain.table, chain.name)
    if found := _BASE.match(line):
        translates = found[1] == "nat" and chain.table != KUBE_PROXY_TABLE
        return NftChain(*place, found[2], found[3] or "accept", chain.comment, translates)
    if found := _COMMENT.fullmatch(line):
        return NftChain(*place, chain.hook, chain.policy, found[1], chain.translates)
    return chain


@dataclasses.dataclass(frozen=True)
class Listing:
    """The rules of a table or chain, and whether the table is dormant."""

    rules: tuple[NftRule, ...] = ()
    dormant: bool = False


def parse_listing(text: str) -> Listing | None:
    """Out of a listing as JSON; none when it is no such listing."""
    value = read_json_or_none(text)
    objects = value.get("nftables") if isinstance(value, dict) else None
    if not isinstance(objects, list):
        return None

    def all_of(kind: str) -> list[dict[str, t.Any]]:
        return [item[kind] for item in objects if isinstance(item, dict) and isinstance(item.get(kind), dict)]

    rules = all_of("rule")
    if not all(isinstance(rule.get("expr", []), list) for rule in rules):
        return None
    return Listing(tuple(map(_rule, rules)), any(map(_is_dormant, all_of("table"))))


def _is_dormant(table: t.Mapping[str, t.Any]) -> bool:
    """nft 1.0.6 prints the name of the table in the place of its flag."""
    flags = table.get("flags")
    return flags in ("dormant", table.get("name")) or (isinstance(flags, list) and "dormant" in flags)


def _rule(raw: t.Mapping[str, t.Any]) -> NftRule:
    drops, verdict_map = False, False
    target: str | None = None
    for statement in raw.get("expr", ()):
        for name, value in statement.items() if isinstance(statement, dict) else ():
            drops = drops or name in ("drop", "reject") or (name == "xt" and _is_reject(value))
            verdict_map = verdict_map or name == "vmap"
            if name in ("jump", "goto") and isinstance(value, dict):
                target = str(value.get("target"))
    handle, comment = raw.get("handle"), raw.get("comment")
    return NftRule(str(raw.get("chain")), handle if isinstance(handle, int) else 0, drops, target, verdict_map, str(comment or ""))


def _is_reject(extension: t.Any) -> bool:
    return isinstance(extension, dict) and extension.get("type") == "target" and extension.get("name") == "REJECT"
