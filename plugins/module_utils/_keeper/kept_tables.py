"""Which tables of a node a ruleset may touch, and what became of them. Pure."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError
from .._nft.declared import Declaration, DeclaredTable
from .._nft.table_change import CREATE, DELETE, NONE
from .._nft.table_model import Name
from .._node.stamp import Stamp
from .keeper_words import AS_DECLARED, CHANGED, CREATED, FOREIGN, REMOVED

Tables = list[dict[str, str]]
_STATES = {NONE: AS_DECLARED, CREATE: CREATED, DELETE: REMOVED}


def refuse_owned_by_others(ruleset: str, declaration: Declaration, stamps: t.Mapping[Name, Stamp]) -> None:
    """DataplaneError for declared tables that another ruleset keeps: two keepers would overwrite each other. stamps: of all tables."""
    found = {name: stamps[name].owner for name in declaration.named if name in stamps and stamps[name].owner not in ("", ruleset)}
    if not found:
        return
    named = "; ".join(f"{family} {name} (ruleset {owner})" for (family, name), owner in found.items())
    raise DataplaneError(
        f"Another ruleset of this cluster keeps tables that ruleset {ruleset} declares: {named}.",
        remedy="Declare each table in one ruleset only, or remove the other ruleset from these nodes first.",
        code="ForeignTable",
        details={"tables": [{"family": family, "name": name, "owner": owner} for (family, name), owner in found.items()]},
    )


def left_over(ruleset: str, declaration: Declaration, stamps: t.Mapping[Name, Stamp]) -> list[DeclaredTable]:
    """The tables of the ruleset that it does not declare any more, as what is to be absent."""
    names = [name for name, stamp in stamps.items() if stamp.owner == ruleset and name not in declaration.named]
    return [DeclaredTable(family, name, "", 1, "", {}, owner=ruleset) for family, name in sorted(names)]


def states(result: t.Mapping[str, t.Any]) -> Tables:
    """What was done to each table (or would be), by the result of the engine."""
    return [_table(item["family"], item["name"], _STATES.get(item["method"], CHANGED)) for item in result["tables"]]


def all_in_state(names: t.Iterable[Name], state: str) -> Tables:
    """The tables, each in the same state."""
    return [_table(family, name, state) for family, name in names]


def states_after_undo(names: t.Iterable[Name], there: t.Container[Name]) -> Tables:
    """there: all tables of the node."""
    return [_table(*name, CHANGED if name in there else REMOVED) for name in names]


def states_after_refusal(details: t.Mapping[str, t.Any]) -> Tables:
    """The tables that somebody else made, by the details of the error."""
    named = details.get("tables") or ([details] if {"family", "name"} <= details.keys() else [])
    return [_table(item["family"], item["name"], FOREIGN) for item in named]


def merged(first: Tables, then: Tables) -> Tables:
    """Of two looks, the second of which repaired what the first one had left: what happened in all."""
    before = {(item["family"], item["name"]): item for item in first if item["state"] != AS_DECLARED}
    after = {(item["family"], item["name"]): item for item in then}
    changed = {name: item for name, item in after.items() if item["state"] == AS_DECLARED and name in before}
    return [before[name] if name in changed else item for name, item in {**before, **after}.items()]


def _table(family: str, name: str, state: str) -> dict[str, str]:
    return {"family": family, "name": name, "state": state}
