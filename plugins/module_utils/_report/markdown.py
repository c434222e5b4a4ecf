"""The pages as Markdown, which AWX, pull requests and tickets show."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .fleet import FleetPage
from .interruption import NODES, TARGETS, Interruption
from .page import RunPage
from .text import in_markdown

# Characters, without the path.
_LAST_LINE = 60


def run_in_markdown(page: RunPage) -> str:
    """The same facts as the HTML page, in the same order."""
    lines = [f"# {in_markdown(page.cluster)}: {in_markdown(page.verdict)}", "", f"**{in_markdown(page.headline)}**", ""]
    lines += [*(f"- {label}: {in_markdown(value)}" for label, value in page.facts), ""]
    lines += [in_markdown(page.message), ""] if page.message else []
    lines += [
        "## Change",
        "",
        *_table(("Setting", "Before", "After"), page.changes, "No difference between before and after was recorded."),
    ]
    lines += ["## Findings", "", *_findings(page)]
    lines += ["## Waivers", "", *_table(("Rule", "Reason", "Until", "Ticket", "State"), page.waivers, "No rule was waived.")]
    heads = ("Node", "Before", "After", "Verified", "Leftovers", "Reasons")
    lines += ["## Nodes", "", *_table(heads, page.nodes, "No look at the nodes was recorded.")]
    lines += ["## Timeline", "", *_table(("Phase", "Status", "Started", "Seconds", "Message"), page.phases, "No phase was recorded.")]
    lines += ["## Interruption", "", *_interruption(page.interruption)] if page.interruption else []
    lines += ["## Rollback", "", *(text for sentence in page.rollback for text in (in_markdown(sentence), ""))]
    lines += [*_code(page.command), ""] if page.command else []
    lines += ["## Source", "", *(f"- {in_markdown(label)}: {in_markdown(value)}" for label, value in page.source)]
    return "\n".join(lines) + "\n"


def fleet_in_markdown(page: FleetPage) -> str:
    """The clusters by state."""
    counts = "".join(f", {number} {in_markdown(verdict)}" for verdict, number in page.counts)
    rows = [
        (row.page.cluster, row.page.resource_group, row.page.verdict, row.page.configuration, row.page.started, str(row.runs))
        for row in page.rows
    ]
    heads = ("Cluster", "Resource group", "Verdict", "Configuration", "Last run", "Runs")
    lines = ["# Clusters by state", "", f"{len(page.rows)} clusters{counts}.", "", *_rows(heads, rows)]
    lines += ["## Files that are no run records", "", *_rows(("File", "Reason"), page.skipped)] if page.skipped else []
    return "\n".join(lines)


def excerpt(markdown: str, path: str, most: int = 3500) -> str:
    """The first whole lines of a page. most: characters that they take as JSON. path: of the whole page, which the last line names; none is empty."""
    if len(json.dumps(markdown)) <= most:
        return markdown
    lines, kept, room = markdown.splitlines(), list[str](), most - len(json.dumps(path)) - _LAST_LINE
    for line in lines:
        room -= len(json.dumps(line))
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "", f"... and {len(lines) - len(kept)} more lines{f' in {in_markdown(path)}' if path else ''}", ""])


def _interruption(measured: Interruption) -> list[str]:
    lines = _table(TARGETS, measured.targets, "") if measured.targets else []
    lines += _table(NODES, measured.nodes, "") if measured.nodes else []
    return [*lines, in_markdown(measured.raw), ""] if measured.raw else lines


def _findings(page: RunPage) -> list[str]:
    if not page.findings:
        return ["No findings were recorded.", ""]
    lines = ["| Severity | Rule | Finding | Remedy |", "| --- | --- | --- | --- |"]
    for one in page.findings:
        rule = in_markdown(f"{one.id}: {one.title}")
        cells = (
            in_markdown(f"{one.severity} ({one.note})" if one.note else one.severity),
            f"[{rule}](<{one.link}>)" if one.link else rule,
            in_markdown(f"{one.subject}: {one.message}"),
            in_markdown(one.remedy),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _table(heads: t.Sequence[str], items: t.Sequence[t.Any], nothing: str) -> list[str]:
    return _rows(heads, [dataclasses.astuple(one) for one in items]) if items else [nothing, ""]


def _rows(heads: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(map(in_markdown, row))} |" for row in rows), ""]


def _code(command: str) -> list[str]:
    """In a fence that is longer than any in it, in one line."""
    fence = "```"
    while fence in command:
        fence += "`"
    return [fence, " ".join(command.split("\n")), fence]
