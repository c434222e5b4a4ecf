"""The change that a run makes, in words and in questions to the nodes, and what is said of their answers."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json
from .settings import Settings
from .state import Run

# As many crashes, and as many lines of each.
_MOST = 3
_TO_THE_SECOND = len("2026-11-29T01:00:00")
_KEPT = ("changed", "failed", "after")
_KEPT_PLAN = ("changed", "before", "after", "plan", "note", "cluster")


def kept(result: Json) -> dict[str, t.Any]:
    """Of the result of a change, what the run still has to know. unseen: only where it failed without having been seen to fail."""
    found = {name: result[name] for name in _KEPT if name in result}
    return {**found, "unseen": True} if _is_unseen(result) else found


def _is_unseen(result: Json) -> bool:
    """Whether Azure took the change, and could not be asked then what became of it: it refused that, or the answer was not Azure's."""
    operation, error = result.get("operation") or {}, result.get("error") or {}
    waited_for = bool(result.get("failed") and result.get("changed") and operation and not operation.get("done"))
    return waited_for and bool(error.get("status") or error.get("host") or error.get("code") == "BadAnswer")


def kept_plan(result: Json) -> dict[str, t.Any]:
    """Of the result of a change in check mode, what the run still has to know."""
    return {name: result[name] for name in _KEPT_PLAN if name in result}


def of_data_plane(run: Run, status: Json) -> Json:
    """The part of a result of M(aks.dataplane.aks_dataplane_status_info) that the run is about; that of the first data plane is the result itself."""
    return status.get(run.subject) or status


def windows(run: Run, nodes: t.Sequence[Json]) -> list[dict[str, t.Any]]:
    """In which time new connections can have failed on each node, as far as the look after the change shows it: from the start of its agent until
    that had written its rules. Only of agents that the change has started; a later look would show a later time.
    """
    if run.phase != "rollout" or not run.began:
        return []
    started = {node["name"]: str((node.get("pod") or {}).get("started") or "") for node in nodes}
    return [
        {"name": node["name"], "seconds": node["rules_after"]}
        for node in nodes
        # To the second, which is what Kubernetes says.
        if node.get("rules_after") is not None and started[node["name"]][:_TO_THE_SECOND] >= run.began[:_TO_THE_SECOND]
    ]


def all_of(plan: Json, passage: Json | None) -> list[Json]:
    """The changes of a plan in their order, each with C(path), C(before), C(after) and C(disruption). passage: of the run."""
    return [*passage["plan"], *passage["then"]] if passage else [*plan.get("plan", [])]


def lines(plan: Json, settings: Settings, passage: Json | None = None) -> list[dict[str, str]]:
    """What is to be changed, and what else there is to know of it, each with a C(label) for the list and a C(text). passage: of the run."""
    found = [
        {
            "label": f"{change['path']} (disruption: {change['disruption']})",
            "text": f"{settings.cluster}: {_value(change['before'])} becomes {_value(change['after'])}",
        }
        for change in all_of(plan, passage)
    ]
    return [*found, {"label": "note", "text": f"{settings.cluster}: {plan['note']}"}] if plan.get("note") else found


def _value(value: t.Any) -> t.Any:
    return "not set" if value in (None, "") else value


def configuration(run: Run, settings: Settings) -> Json:
    """What every node is to run; V({}) as long as only Azure knows it."""
    if run.phase == "rollback":
        return run.before
    return run.switch.get("after") or run.plan.get("after") or run.data_plane.configuration(settings.declaration(run.data_plane))


def watched_from(run: Run, settings: Settings) -> str:
    """The moment since which what the nodes wrote counts, or nothing."""
    if not run.switch or run.same or not run.data_plane.verification.watched(settings.declaration(run.data_plane)):
        return ""
    return run.began


def proof(run: Run, wanted: Json, settings: Settings) -> str:
    """The verdict of the last look in one sentence."""
    return f"{settings.cluster}: {run.data_plane.in_words(wanted)} is verified on {run.proof['nodes_wanted']} of {run.proof['nodes_total']} nodes."


def disproof(run: Run, wanted: Json, status: Json, settings: Settings) -> str:
    """Why the last look does not verify it. status: its result."""
    lacking = "was not seen" if run.proof.get("seen") == "not_seen" else "is not verified"
    first = (
        f"{settings.cluster}: {run.data_plane.in_words(wanted)} {lacking} on every node "
        f"({run.proof['nodes_wanted']} of {run.proof['nodes_total']})."
    )
    return " ".join([first, *run.proof["reasons"], *_last_words(of_data_plane(run, status).get("crash_loops") or [])])


def _last_words(crashes: t.Sequence[Json]) -> t.Iterator[str]:
    for crash in crashes[:_MOST]:
        if crash["log"]:
            yield f"Last log lines of {crash['pod']} on {crash['node']}: {' / '.join(crash['log'][-_MOST:])}"
