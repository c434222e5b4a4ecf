"""What a declaration holds, for a node: places in its text, so that rules are not sent twice. Only the controller needs this. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .declaration import from_content
from .declaration_checks import boot_warnings, check_names
from .declared import CONTENT, Declaration, Segment

# How far from the one before a rule is looked for: only where its lines are joined, or comments taken out, it is not in the text as it is.
_REACH = 4096


def read_and_check(text: str, origin: str | None = None, segments: t.Iterable[t.Sequence[t.Any]] | None = None) -> str:
    """The text, read and packed for C(declared.unpack). DataplaneError as of C(checked)."""
    return pack(checked(text, origin, segments))


def checked(text: str, origin: str | None = None, segments: t.Iterable[t.Sequence[t.Any]] | None = None) -> Declaration:
    """DataplaneError when nothing can be made of it, or a table may not be declared."""
    declaration = from_content(text, origin or CONTENT, [Segment(*item) for item in segments or ()])
    check_names(declaration.tables)
    return dataclasses.replace(declaration, boot_warnings=tuple(boot_warnings(declaration)))


def pack(declaration: Declaration) -> str:
    """As C(declared.unpack) takes it."""
    text = declaration.text
    at = 0

    def place(part: str, reach: int) -> t.Any:
        nonlocal at
        found = text.find(part, at, at + reach + len(part))
        if found < 0:
            return part
        at = found + len(part)
        return [found, len(part)]

    tables = []
    for table in declaration.tables:
        block = place(table.text, len(text))
        at = block[0] if isinstance(block, list) else at
        chains = {name: [place(rule, _REACH) for rule in rules] for name, rules in table.chains.items()}
        tables.append([table.family, table.name, block, table.line, table.preamble, chains, table.plain, table.frame])
    rest = {"preamble": declaration.preamble, "boot_warnings": declaration.boot_warnings}
    return json.dumps({"tables": tables, **rest}, separators=(",", ":"))
