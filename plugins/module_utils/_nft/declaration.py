"""What the user declares: the tables that nft text or structured data holds, and nothing that could touch anything else."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._common.errors import DataplaneError
from .._node.netlink_messages import FAMILIES
from .._node.stamp import STAMP_CHAIN, digest
from .declared import CONTENT, Declaration, DeclaredTable, Segment, plain_text
from .lexer import CHAIN_HEADERS, Malformed, Statement, statements, words
from .places import place_of
from .plain_sets import plain_sets

# How much of a statement a message shows.
_SHOWN = 60
TABLES = "tables"

# Also the name of a file: no slash, and not too long.
_TABLE = re.compile(rf"table(?: ({'|'.join(FAMILIES.values())}))? ([A-Za-z_.][\w.-]{{0,199}})", re.ASCII)
_CHAIN = re.compile(r"chain (\S+)")
_DEFINE = re.compile(r"define ([A-Za-z_.][\w./-]*) ?= ?.+", re.ASCII | re.DOTALL)
_VARIABLE = re.compile(r"\$([A-Za-z_.][\w./-]*)", re.ASCII)
# The elements of a set; in a statement there is one space at most between words.
_ELEMENTS = re.compile(r'elements ?= ?\{[^"}]*(?:"[^"]*"[^"}]*)*\}')
# In a rule that may change a set.
_UPDATES = re.compile(r"\b(?:add|update|delete)\b")
# What files for nft -f often hold besides tables, with what to do instead.
_REPLACED = "remove it, with an empty table line before it: the module replaces its own tables in one transaction"
_IDIOMS = (
    (
        re.compile(r"flush ruleset\b"),
        "remove it: the module replaces only its tables in one transaction, and does not change third-party tables",
    ),
    (re.compile(r"(?:delete|destroy|flush) table\b"), _REPLACED),
    (re.compile(r"(?:add|create|insert|replace) rule\b"), "put the rule into the chain, in the block of its table"),
    (re.compile(r"(?:add|create) element\b"), "put the elements into the set or map, in the block of its table"),
    (re.compile(r"(?:add|create) table\b"), "write table FAMILY NAME { ... } with its whole content"),
    (re.compile(r"(?:add|create) \w+\b"), "put it into the block of its table"),
    (
        re.compile(r"flush (?:set|map)\b"),
        "remove it: elements that packets or programs have added stay, and others are applied as declared",
    ),
    (re.compile(r"(?:delete|destroy|flush|reset) \w+\b"), "remove it: undeclared content is removed"),
)
# Words that nft would act on wherever they stand, with what to say of them.
_ANYWHERE = {
    "include": "include would load an unchecked file of the node; put its text here",
    "define": "a definition has to be a separate statement at the top level, in a table or in a chain",
    "redefine": "a variable keeps its value; define another one instead",
    "undefine": "a variable keeps its value; leave it defined",
}


def from_content(text: str, origin: str = CONTENT, segments: t.Iterable[Segment] = ()) -> Declaration:
    """origin: C(content), C(src PATH), or C(tables); then segments say what the lines are made of. Raises DataplaneError."""
    return _read(Declaration(plain_text(text), tuple(segments), origin=origin))


def _read(given: Declaration) -> Declaration:
    try:
        return _parts(given)
    except Malformed as exc:
        raise DataplaneError(
            f"{place_of(given, exc.line)}: {exc.reason}.",
            remedy="Nothing was changed. A declaration holds table blocks, definitions (define) and comments.",
            code="InvalidDeclaration",
            details={"line": exc.line},
        ) from exc


def _parts(given: Declaration) -> Declaration:
    text = given.text
    found = statements(text, "table", "chain")
    defines = _defines(_flat(found) if "define" in text else ())
    allowed = {statement.start for statement in defines.values()}
    for word, start in words(text, _ANYWHERE):
        if start not in allowed:
            raise Malformed(_ANYWHERE[word], text.count("\n", 0, start) + 1)
    tables: dict[tuple[str, str], DeclaredTable] = {}
    for statement in found:
        if statement.word != "define":
            table = _table(statement, text, defines)
            before = tables.setdefault((table.family, table.name), table)
            if before is not table:
                empty = "; remove the line that only names it" if before.text.endswith(" {\n}") else ""
                raise Malformed(f"table {table.family} {table.name} was declared in line {before.line} already{empty}", statement.line)
    if not tables:
        raise Malformed("no table is declared", 1)
    return dataclasses.replace(given, preamble=_lines(defines.values()), tables=tuple(tables.values()))


def _table(statement: Statement, text: str, defines: t.Mapping[str, Statement]) -> DeclaredTable:
    found = _TABLE.fullmatch(statement.text)
    if not found or found[2] in FAMILIES.values():
        hint = next((f" ({text})" for idiom, text in _IDIOMS if idiom.match(statement.text)), "")
        raise Malformed(f"this is no table block: {_cut(statement.text)}{hint}", statement.line)
    chains: dict[str, tuple[str, ...]] = {}
    for part in statement.body or ():
        if part.body is not None:
            name = _CHAIN.fullmatch(part.text)
            if not name or name[1] == STAMP_CHAIN:
                raise Malformed(f"this is no chain that can be declared: {_cut(part.text)}", part.line)
            rules = tuple(rule.text for rule in part.body if rule.word not in CHAIN_HEADERS)
            chains[name[1]] = chains.get(name[1], ()) + rules
    block = text[statement.start : statement.end]
    if statement.body is None:
        block = f"{statement.text} {{\n}}"
    used = _lines(_used(block, defines))
    plain = {} if any(_UPDATES.search(rule) for rules in chains.values() for rule in rules) else plain_sets(statement.body or (), text)
    frame = digest("\n".join([used, *(_ELEMENTS.sub("", part.text) for part in statement.body or () if part.body is None)]))
    return DeclaredTable(found[1] or "ip", found[2], block, statement.line, used, chains, plain, frame)


def _defines(found: t.Iterable[Statement]) -> dict[str, Statement]:
    """All definitions by name, in order; a name that is defined only once means the same at the top level as inside a block."""
    defines: dict[str, Statement] = {}
    for statement in found:
        if statement.word == "define":
            name = _DEFINE.fullmatch(statement.text)
            if not name or statement.body is not None:
                raise Malformed(f"this is no definition: {_cut(statement.text)}", statement.line)
            before = defines.setdefault(name[1], statement)
            if before is not statement:
                raise Malformed(f"{name[1]} was defined in line {before.line} already; use another name", statement.line)
    return defines


def _flat(found: t.Iterable[Statement]) -> t.Iterator[Statement]:
    for statement in found:
        yield statement
        yield from _flat(statement.body or ())


def _used(text: str, defines: t.Mapping[str, Statement]) -> list[Statement]:
    """The definitions that a text needs, with those that they need, in their order."""
    needed: set[str] = set()
    todo = [text]
    while todo:
        new = {name for name in _VARIABLE.findall(todo.pop()) if name in defines} - needed
        needed |= new
        todo += [defines[name].text for name in new]
    return [statement for name, statement in defines.items() if name in needed]


def _lines(defines: t.Iterable[Statement]) -> str:
    return "".join(f"{statement.text}\n" for statement in defines)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
