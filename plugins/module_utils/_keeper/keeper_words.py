"""Words that the keeper on a node and its controller share: tasks, events, states, files. Constants only."""

from __future__ import annotations

# What a pod is to do. try: check only. keep: apply and repair. pause: leave the tables as they are. remove: take them away.
TRY, KEEP, PAUSE, REMOVE = "try", "keep", "pause", "remove"
TASKS = (TRY, KEEP, PAUSE, REMOVE)

# What a line of the log is about.
STARTED, APPLIED, REPAIRED, PROBLEM = "started", "applied", "repaired", "problem"
# Events that are states, too.
TRIED, AS_DECLARED, UNDONE, REFUSED, PAUSED, REMOVED = "tried", "as declared", "undone", "refused", "paused", "removed"
EVENTS = (STARTED, TRIED, APPLIED, AS_DECLARED, REPAIRED, UNDONE, REFUSED, PAUSED, REMOVED, PROBLEM)
# Nothing is decided yet, or the node could not be looked at.
NOT_YET = "not yet"
STATES = (AS_DECLARED, UNDONE, REFUSED, PAUSED, REMOVED, TRIED, NOT_YET)
# The state in which the container is ready, by task.
READY = {TRY: TRIED, KEEP: AS_DECLARED, PAUSE: PAUSED, REMOVE: REMOVED}

# Codes of what only somebody's action changes; anything else may have passed at the next look.
REFUSALS = frozenset(
    ("CrashesKubeProxy", "EbpfHostRouting", "ForeignTable", "InvalidDeclaration", "NftMissing", "NftTooOld", "NotPermitted", "NoWayBack")
)

# States of single tables, besides AS_DECLARED and REMOVED.
CREATED, CHANGED, FOREIGN = "created", "changed", "foreign"

# A line of the log, without its time, where nothing is known but what it says. digest: of the order. repairs: since the pod was started.
LINE = {
    "event": PROBLEM,
    "state": NOT_YET,
    "ruleset": None,
    "digest": None,
    "repairs": 0,
    "tables": (),
    "code": None,
    "message": "",
    "details": None,
}

# Where the pod has the program and the order, and what it may write.
PROGRAM, ORDER, FOLDER, RUN = "keeper.zip", "order.json", "/prog", "/run"
PYTHON = "/usr/bin/python3"

# Readiness: GET of this path on the loopback address. 200: ready; 503: not.
READY_HOST, READY_PATH = "127.0.0.1", "/ready"

# Seconds between two looks, and between two lines without an event.
LOOK_SECONDS, HEARTBEAT_SECONDS = 30, 600


def command(task: str) -> list[str]:
    """Of the container. -I: nothing of the environment; -B: nothing is written."""
    return [PYTHON, "-IB", f"{FOLDER}/{PROGRAM}", task]
