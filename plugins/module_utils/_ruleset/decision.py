"""What a run does next to a ruleset of a cluster, by what it sees. Pure."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from .judgement import NOT_READY, UNKNOWN, Standing

# Seconds for a pod to start and to print a line, besides its lock-out window. An image may have to be pulled.
START_SECONDS = 120.0


class Do(enum.Enum):
    """The next action. TRY: have every node check the tables. APPLY: put the DaemonSets. RESTORE: those of before the change. SETTLE: end the change."""

    TRY = "try"
    APPLY = "apply"
    WAIT = "wait"
    RESTORE = "restore"
    SETTLE = "settle"
    CLEAN = "clean"
    DONE = "done"


@dataclasses.dataclass(frozen=True)
class Situation:
    """exists: whether there is a DaemonSet of the keepers. idle: whether its pods wait for their first task.

    matches: whether all are as wanted. tries: whether the nodes have to check the tables first.

    tried: whether they have. verified: whether every node is as wanted. pending: whether a change has not ended. surplus: whether there are objects that
    nobody needs. fails: whether the run is rolling back. restored: whether the DaemonSets are those of before. first: whether there was nothing before.
    absent: whether the ruleset is to go. removing: whether the pods are to remove the tables, or the DaemonSets are being deleted.
    """

    exists: bool = False
    idle: bool = False
    matches: bool = False
    tries: bool = True
    tried: bool = False
    verified: bool = False
    pending: bool = False
    surplus: bool = False
    fails: bool = False
    restored: bool = False
    first: bool = False
    absent: bool = False
    removing: bool = False


def decide(now: Situation) -> Do:
    """The next action."""
    if now.absent or (now.fails and now.first):
        return _remove(now)
    if now.fails:
        if not now.restored:
            return Do.RESTORE
        if not now.verified:
            return Do.WAIT
        return Do.SETTLE if now.pending or now.surplus else Do.DONE
    if not now.matches:
        if now.tries and not now.tried:
            return Do.TRY
        return Do.WAIT if now.idle and not now.verified else Do.APPLY
    if not now.verified:
        return Do.WAIT
    return Do.SETTLE if now.pending or now.surplus else Do.DONE


def _remove(now: Situation) -> Do:
    if not now.exists:
        return Do.CLEAN if now.surplus else Do.DONE
    if not now.removing:
        return Do.APPLY
    return Do.CLEAN if now.verified else Do.WAIT


@dataclasses.dataclass(frozen=True)
class Watched:
    """A node during a change. seconds: since its pod of the change was seen first; null while it has none."""

    standing: Standing
    seconds: float | None = None


def failed_node(watched: t.Iterable[Watched], before: t.Container[str], window: float) -> tuple[str, str] | None:
    """The first node because of which the change has to be rolled back, and why; null when there is none.

    before: nodes that were not ready when the change began, which say nothing. window: seconds for a node to be as wanted.
    """
    for one in watched:
        standing = one.standing
        if one.seconds is None or standing.name in before:
            continue
        if standing.line.is_final:
            return standing.name, standing.line.message or f"the node says {standing.state}"
        if standing.state == UNKNOWN:
            return standing.name, standing.message
        if one.seconds > window:
            reason = standing.message or standing.line.message
            state = "is not ready" if standing.state == NOT_READY else "is not as declared"
            return standing.name, f"it {state} after {one.seconds:.0f} seconds{f': {reason}' if reason else ''}"
    return None
