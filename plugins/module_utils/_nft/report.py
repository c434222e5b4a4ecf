"""The keys of the result about each table. Pure."""

from __future__ import annotations

import itertools
import typing as t

from .compare import PlanItem
from .table_change import DELETE, NONE, STAMP, TableChange
from .table_model import Table
from .table_text import canonical_text

# Rules of one chain, and elements of one set, that are listed one by one.
_SHOWN = 20


def tables(changes: t.Sequence[TableChange]) -> dict[str, t.Any]:
    """The keys of each table."""
    return {
        "tables": [{**_named(change), "method": change.method} for change in changes],
        "before": [{**_named(change), "digest": _digest(change.live, change)} for change in changes],
        "after": [{**_named(change), "digest": _after(change)} for change in changes],
        "plan": plan(item for change in changes for item in _items(change)),
    }


def plan(items: t.Iterable[PlanItem]) -> list[dict[str, t.Any]]:
    """The key C(plan); what one path has too much of is counted under C(more)."""
    found = []
    for path, group in itertools.groupby(items, key=lambda item: item.path):
        members = list(group)
        found += [{"path": path, "before": item.before, "after": item.after, "disruption": "none"} for item in members[:_SHOWN]]
        if len(members) > _SHOWN:
            found.append({"path": path, "before": None, "after": None, "disruption": "none", "more": len(members) - _SHOWN})
    return found


def diff(changes: t.Iterable[TableChange]) -> list[dict[str, str]]:
    """Ansible's diff of the tables that change, as nft lists them."""
    return [difference(change.name, change.live, change.wanted) for change in changes if change.method not in (NONE, STAMP)]


def difference(name: tuple[str, str], before: Table | None, after: Table | None) -> dict[str, str]:
    """An item of Ansible's diff; null: there is no such table."""
    header = "table {} {}".format(*name)
    return {
        "before_header": header,
        "after_header": header,
        "before": canonical_text(before) if before else "",
        "after": canonical_text(after) if after else "",
    }


def _items(change: TableChange) -> t.Iterator[PlanItem]:
    yield from change.difference.items
    if change.method == STAMP and change.live is not None and change.stamp is not None:
        before = change.live.stamp
        yield PlanItem(f"{change.live.path} stamp", before.header if before else None, change.stamp.header)


def _named(change: TableChange) -> dict[str, t.Any]:
    return {"family": change.declared.family, "name": change.declared.name}


def _digest(table: Table | None, change: TableChange) -> str | None:
    if change.method == NONE and change.stamp is not None and (known := change.stamp.listed or change.stamp.seen):
        return known
    return table.fingerprint() if table else None


def _after(change: TableChange) -> str | None:
    if change.method == DELETE:
        return None
    return _digest(change.wanted or change.live, change)
