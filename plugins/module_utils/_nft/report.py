"""What a run tells of its work. Pure."""

from __future__ import annotations

import itertools
import typing as t

from .compare import PlanItem
from .listing import canonical_text
from .model import Table
from .stamp import fingerprint, stamp_of
from .work import DELETE, NONE, STAMP, Work

# Rules of one chain, and elements of one set, that are told of one by one.
_TOLD = 20


def tables(works: t.Sequence[Work]) -> dict[str, t.Any]:
    """The keys that tell of each table."""
    return {
        "tables": [{**_named(work), "method": work.method} for work in works],
        "before": [{**_named(work), "digest": _digest(work.live, work)} for work in works],
        "after": [{**_named(work), "digest": _after(work)} for work in works],
        "plan": plan(item for work in works for item in _items(work)),
    }


def plan(items: t.Iterable[PlanItem]) -> list[dict[str, t.Any]]:
    found = []
    for path, group in itertools.groupby(items, key=lambda item: item.path):
        members = list(group)
        found += [{"path": path, "before": item.before, "after": item.after, "disruption": "none"} for item in members[:_TOLD]]
        if len(members) > _TOLD:
            found.append({"path": path, "before": None, "after": None, "disruption": "none", "more": len(members) - _TOLD})
    return found


def diff(works: t.Iterable[Work]) -> list[dict[str, str]]:
    """Ansible's diff of the tables that change, as nft lists them."""
    return [difference(work.name, work.live, work.wanted) for work in works if work.method not in (NONE, STAMP)]


def difference(name: tuple[str, str], before: Table | None, after: Table | None) -> dict[str, str]:
    header = "table {} {}".format(*name)
    return {
        "before_header": header,
        "after_header": header,
        "before": canonical_text(before) if before else "",
        "after": canonical_text(after) if after else "",
    }


def _items(work: Work) -> t.Iterator[PlanItem]:
    yield from work.difference.items
    if work.method == STAMP and work.live is not None and work.stamp is not None:
        before = stamp_of(work.live)
        yield PlanItem(f"{work.live.path} stamp", before.header if before else None, work.stamp.header)


def _named(work: Work) -> dict[str, t.Any]:
    return {"family": work.declared.family, "name": work.declared.name}


def _digest(table: Table | None, work: Work) -> str | None:
    if work.method == NONE and work.stamp is not None and work.stamp.listed is not None:
        return work.stamp.listed
    return fingerprint(table) if table else None


def _after(work: Work) -> str | None:
    if work.method == DELETE:
        return None
    return _digest(work.wanted or work.live, work)
