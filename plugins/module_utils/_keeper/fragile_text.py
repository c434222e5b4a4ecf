"""Which sets and maps of a declaration an older nft cannot read, by the text alone. Pure.

The engine reads that of the kernel, where the declaration is tried out. A pod cannot have a namespace for that.
"""

from __future__ import annotations

import re
import typing as t

from .._nft.declared import DeclaredTable
from .._node.fragile_sets import FragileSet

_COMMENT = re.compile(r"#[^\n]*")
# A block of a set or map, up to its type.
_NAMED = re.compile(r"\b(set|map)\s+(\S+)\s*\{.*?\b(type|typeof)\s+([^;\n}]+)", re.DOTALL)
# A map in a rule, up to where its first element leads.
_IN_RULE = re.compile(r"\b(v?map)\s*\{([^:}]*)")
_OBJECTS = frozenset(("counter", "quota", "limit", "synproxy", "secmark", "ct"))


def fragile_by_text(tables: t.Iterable[DeclaredTable]) -> list[FragileSet]:
    """As _node.fragile_sets.fragile_sets finds them once the tables are there."""
    return [FragileSet(table.family, table.name, name) for table in tables for name in _names(_COMMENT.sub("", table.text))]


def _names(text: str) -> t.Iterator[str]:
    for kind, name, word, types in _NAMED.findall(text):
        key, _colon, data = (part.strip() for part in types.partition(":"))
        maps_to_object = data.partition(" ")[0] in _OBJECTS
        is_plain = kind == "map" or "." not in key.split()
        if maps_to_object if word == "typeof" else is_plain:
            yield name
    for word, key in _IN_RULE.findall(text):
        if word == "map" or "." not in key.split():
            yield "__map"
