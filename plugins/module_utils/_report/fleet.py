"""The clusters of many run records, by the state in which their last run left them."""

from __future__ import annotations

import dataclasses
import typing as t

from .page import RunPage

_LEVELS = ("bad", "doubtful", "good")


@dataclasses.dataclass(frozen=True)
class Row:
    """The last run of a cluster. link: of its page, relative to that of the fleet. runs: how many records the cluster has."""

    page: RunPage
    link: str
    runs: int


@dataclasses.dataclass(frozen=True)
class FleetPage:
    """counts: verdict and number of clusters, the most frequent first. rows: the clusters, those that need a look first. skipped: files that are no records."""

    counts: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    skipped: tuple[tuple[str, str], ...]


def fleet_page(newest_first: t.Iterable[tuple[RunPage, str]], skipped: t.Sequence[tuple[str, str]]) -> FleetPage:
    """newest_first: pages with the paths of their files relative to the fleet's. skipped: path and reason."""
    last: dict[tuple[str, str], Row] = {}
    for page, link in newest_first:
        # Azure ignores case in names.
        key = (page.resource_group.lower(), page.cluster.lower())
        last[key] = dataclasses.replace(last[key], runs=last[key].runs + 1) if key in last else Row(page, link, 1)
    rows = sorted(last.values(), key=lambda row: (_LEVELS.index(row.page.level), row.page.cluster, row.page.resource_group))
    verdicts = [row.page.verdict for row in rows]
    counts = sorted({(verdict, verdicts.count(verdict)) for verdict in verdicts}, key=lambda one: (-one[1], one[0]))
    return FleetPage(tuple(counts), tuple(rows), tuple(skipped))
