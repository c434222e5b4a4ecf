"""What a person reads while a run goes on and when it is over, as plain lines that begin with the name of the cluster."""

from __future__ import annotations

import json
import typing as t

from .._dataplane.declaration import Json
from . import changes, outcome
from . import passage as passing
from .settings import Settings
from .state import Run

# As many findings are shown, and all errors; with -v all.
MOST = 12
_SEVERITIES = ("error", "warning", "info")


def phase(settings: Settings, name: str, text: str, seconds: float | None = None) -> str:
    """The one line of a phase. seconds: that it took, where that is worth knowing."""
    return " | ".join([settings.cluster, name, text, *([] if seconds is None else [f"{seconds:.0f} s"])])


def table(rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """The rows in columns of equal width, but for the last one."""
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip() for row in rows]


def findings(found: t.Sequence[Json], settings: Settings, most: int = MOST, name: str = "preflight") -> list[str]:
    """What a preflight has found: a line for all, then a table, the worst first. most: of those that are no errors, which all count. name: its own.

    The texts of errors are those that the task or the run fails with, and are not shown a second time here.
    """
    counted = [one for one in found if not one["not_checked"]]
    numbers = [(sum(one["severity"] == severity for one in counted), severity) for severity in _SEVERITIES]
    summary = ", ".join(f"{number} {severity}{'s' if number > 1 and severity != 'info' else ''}" for number, severity in numbers if number)
    passed = all(one["severity"] != "error" for one in counted)
    first = phase(settings, name, f"{'passed' if passed else 'refused'} ({summary or 'nothing found'})")
    ordered = sorted(counted, key=lambda one: _SEVERITIES.index(one["severity"]))
    shown = ordered[: max(most, numbers[0][0])]
    rows = table([_row(one) for one in shown]) if shown else []
    more = [f"... and {len(ordered) - len(shown)} more, which -v shows"] if len(ordered) > len(shown) else []
    return [first, *(f"{settings.cluster} |   {row}" for row in [*rows, *more])]


def _row(finding: Json) -> tuple[str, str, str, str]:
    texts = {
        "error": "stops the run; the reason follows at its end",
        "warning": f"{finding['message']} {finding['remedy']}",
        "info": finding["message"],
    }
    return finding["severity"], finding["id"], finding["subject"], texts[finding["severity"]]


def unchecked(found: t.Sequence[Json], settings: Settings) -> list[str]:
    """The rules that could not be checked, in one line."""
    ids = [one["id"] for one in found if one["not_checked"]]
    return [f"{settings.cluster}: not checked: {', '.join(ids)}"] if ids else []


def plan(planned: Json, settings: Settings, passage: Json | None = None) -> list[str]:
    """What is to be changed, as a diff of the leaves, and what else there is to know of it. passage: of the run."""
    changes = planned["plan"]
    if not changes and not passage:
        return [phase(settings, "plan", "nothing is to be changed")]
    title = "would change (check mode: nothing is changed)" if settings.check_mode else "is going to change"
    found = [phase(settings, "plan", f"{title}{' in two steps' if passage else ''}")]
    if passage:
        found += _diff(passage["plan"], settings, "1 of 2: ") + _diff(passage["then"], settings, "2 of 2: ")
        found.append(f"{settings.cluster}: {passing.note(passage)}")
    else:
        found += _diff(changes, settings)
    return [*found, *([f"{settings.cluster}: {planned['note']}"] if planned.get("note") else [])]


def _diff(changes: t.Sequence[Json], settings: Settings, step: str = "") -> list[str]:
    return [
        f"{settings.cluster} |   {line}"
        for change in changes
        for line in (
            f"{step}{change['path']} (disruption: {change['disruption']})",
            f"- {value(change['before'])}",
            f"+ {value(change['after'])}",
        )
    ]


def value(value: t.Any) -> str:
    if value in (None, ""):
        return "not set"
    return value if isinstance(value, str) else json.dumps(value)


def begun(name: str, run: Run, settings: Settings) -> list[str]:
    """Before a module is called that may take long."""
    usual = run.data_plane.change.usual
    if name == "passage" and not settings.check_mode:
        text = f"1 of 2: AKS is asked for {run.passage['words']}, to remove leftovers; this usually takes {usual}"
        return [phase(settings, "switch", text)]
    if name == "switch" and run.passage and not settings.check_mode:
        text = f"2 of 2: AKS is asked for {run.data_plane.in_words(run.plan['after'])}; this usually takes {usual}"
        return [phase(settings, "switch", text)]
    if name == "switch" and run.plan.get("plan") and not settings.check_mode:
        return [phase(settings, "switch", f"AKS is asked to change the cluster; this usually takes {usual}")]
    if name == "restore" and settings.rollback:
        words = run.data_plane.in_words(run.before)
        return [phase(settings, "rollback", f"the previous configuration ({words}) is restored; this usually takes {usual}")]
    return []


def ended(name: str, run: Run, settings: Settings, result: Json, seconds: float) -> list[str]:
    """What came of a module that may have taken long. result: of it; seconds: that it took."""
    failed = bool(result.get("failed"))
    if name == "register":
        done = "failed" if failed else "would be registered" if settings.check_mode else "registered"
        return [phase(settings, "feature registration", f"{run.data_plane.preflight.feature} {done}", seconds)]
    if name in ("switch", "passage", "restore") and (failed or (result.get("changed") and not settings.check_mode)):
        return [phase(settings, "rollback" if name == "restore" else "switch", "failed" if failed else "accepted and done by AKS", seconds)]
    if name in ("status", "passage_status") and run.phase in ("rollout", "rollback"):
        verdict = result.get("verdict") or {}
        seen = f"{verdict['nodes_wanted']} of {verdict['nodes_total']} nodes are as wanted" if verdict.get("nodes_total") else "not seen"
        longest = max((one["seconds"] for one in changes.windows(run, changes.of_data_plane(run, result).get("nodes") or [])), default=None)
        if longest is not None:
            seen = f"{seen}, rules complete at most {longest:.0f} s after the start of kube-proxy"
        return [phase(settings, run.phase, f"{'ended: ' if failed else ''}{seen}", seconds)]
    return []


def end(run: Run, settings: Settings) -> list[str]:
    """How the run ended. What a verification by itself has to say, it has said by then."""
    if not run.open and not settings.only_checks:
        return []
    advice = passing.advice(run, settings, outcome.left(run)) if run.verdict in ("switched", "unchanged") else []
    return [*(line["text"] for line in outcome.lines(run, settings)), *advice, *next_step(run, settings)]


def next_step(run: Run, settings: Settings) -> list[str]:
    """What the operator does next, with the command. A run that failed has it in its message."""
    if run.story:
        return []
    if not run.open:
        playbooks = [one.playbook for one in settings.data_planes]
        return [f"{settings.cluster}: To switch: {settings.typed.command(name, settings.host, {})}" for name in playbooks[:1]]
    texts = {
        "planned": "To carry it out, run the same command without --check.",
        "switched": outcome.to_roll_back(run, settings) if run.former else "",
        "unverified": outcome.later(run, settings),
    }
    text = texts.get(run.verdict, "")
    return [f"{settings.cluster}: {text}"] if text else []


def summary(rows: t.Sequence[tuple[str, str, str]]) -> list[str]:
    """How the clusters of a play ended, where there are several. rows: name, verdict and run record of each."""
    return ["", *table([("cluster", "verdict", "run record"), *rows])] if len(rows) > 1 else []
