"""What C(nft -a list table) prints, with C(-s) or without, taken apart.

Written for speed: a listing can have 100,000 elements. nft prints a quote nowhere but around text, and never one inside it.
"""

from __future__ import annotations

import re

from .._common.errors import DataplaneError
from .table_model import Chain, Object, Rule, Set, Table, key_of

_TABLE = re.compile(r"table (\S+) (\S+) \{(?: #(?: handle (\d+))?.*)?")
_BLOCK = re.compile(r"\t([a-z][a-z ]*) (\S+) \{(?: # handle (\d+))?")
_POLICY = re.compile(r" ?policy (\w+);")
_COUNT = re.compile(r"\s+# count \d+$")
_HANDLE = " # handle "
_DIGITS = 20
_ELEMENTS = "\t\telements = { "


def parse_table(text: str) -> Table:
    """The first table of a listing; DataplaneError when it is none."""
    lines = _lines(text)
    at = next((index for index, line in enumerate(lines) if line.startswith("table ")), len(lines))
    head = _TABLE.fullmatch(lines[at]) if at < len(lines) else None
    if head is None:
        raise _strange("no table")
    header: list[str] = []
    objects: list[Object] = []
    sets: list[Set] = []
    chains: list[Chain] = []
    last = _index(lines, "}", at)
    at += 1
    while at < last:
        block = _BLOCK.fullmatch(lines[at])
        if block is None:
            if lines[at]:
                header.append(lines[at].strip())
            at += 1
        else:
            end = _index(lines, "\t}", at)
            kind, name, handle = block[1], block[2], _number(block[3])
            body = lines[at + 1 : end]
            if kind == "chain":
                chains.append(_chain(name, handle, body))
            elif kind in ("set", "map"):
                sets.append(_set(kind, name, handle, body))
            else:
                objects.append(Object(kind, name, tuple(line.strip() for line in body), handle))
            at = end + 1
    return Table(head[1], head[2], tuple(header), tuple(objects), tuple(sets), tuple(chains), _number(head[3]))


def _lines(text: str) -> list[str]:
    """Lines, but one with a line break inside quotes stays in one piece."""
    lines = text.split("\n")
    if not any("\n" in quoted for quoted in text.split('"')[1::2]):
        return lines
    whole: list[str] = []
    is_open = False
    for line in lines:
        if is_open:
            whole[-1] += "\n" + line
        else:
            whole.append(line)
        is_open ^= line.count('"') % 2 == 1
    return whole


def _index(lines: list[str], line: str, start: int) -> int:
    try:
        return lines.index(line, start)
    except ValueError:
        raise _strange(f"no end of the block in {lines[start].strip()!r}") from None


def _strange(what: str) -> DataplaneError:
    return DataplaneError(
        f"The listing of a table by nft is not in the form that this module knows: {what}.",
        remedy="Report it, with the output of nft --version and of nft -a list table.",
        code="StrangeListing",
    )


def _number(digits: str | None) -> int | None:
    return int(digits) if digits and _is_number(digits) else None


def _is_number(text: str) -> bool:
    """Whether it can be a handle, which has 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _chain(name: str, handle: int | None, body: list[str]) -> Chain:
    header: list[str] = []
    rules: list[Rule] = []
    policy = None
    inner: list[str] = []
    for line in body:
        text, mark, number = line.rpartition(_HANDLE)
        listed = bool(mark) and _is_number(number)
        if inner or line.endswith(" {"):
            # A rule that holds an anonymous chain: its handle is on its last line.
            inner.append((text if listed else line)[2:])
            if inner[-1].startswith("}"):
                rules.append(Rule("\n".join(inner), int(number) if listed else None))
                inner = []
        elif listed:
            rules.append(Rule(text[2:], int(number)))
        else:
            found = _POLICY.search(line) if line.startswith("\t\ttype ") else None
            policy = found[1] if found else policy
            header.append(_POLICY.sub("", line, count=1).strip() if found else line.strip())
    return Chain(name, tuple(header), policy, tuple(rules), handle)


def _set(kind: str, name: str, handle: int | None, body: list[str]) -> Set:
    at = next((index for index, line in enumerate(body) if line.startswith(_ELEMENTS)), len(body))
    header = (_COUNT.sub("", line.strip()) if line.startswith("\t\tsize ") else line.strip() for line in body[:at])
    elements = "\n".join(body[at:])[len(_ELEMENTS) :].rstrip()
    return Set(kind, name, tuple(header), tuple(_elements(elements[:-1].rstrip())) if elements else (), handle)


def _elements(text: str) -> list[str]:
    """Commas part elements, but not those inside quotes, nor those with nothing after them (as in a list of flags)."""
    parts = text.split('"')
    parts[::2] = [part.replace(",\n\t\t\t     ", "\0").replace(", ", "\0") for part in parts[::2]]
    return '"'.join(parts).split("\0")


def is_torn(table: Table) -> bool:
    """Whether a set grew while it was listed: the kernel then returns some elements twice, and as many others not at all."""
    return any(len(frozenset(map(key_of, group.elements)) if group.timed else group.members) < len(group.elements) for group in table.sets)
