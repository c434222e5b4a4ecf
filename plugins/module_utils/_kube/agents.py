"""How the pods of a DaemonSet are asked, one on each node of a large cluster, and what their logs tell."""

from __future__ import annotations

import threading
import typing as t

from .._verify.model import Node
from .client import KubeClient
from .errors import KubeError, status_message

PODS = "/api/v1/namespaces/kube-system/pods"

# One pod's answer; one that needs longer is in no good state.
QUESTION_SECONDS = 10.0
# After this time the pods that were not asked yet are left unknown, so that a look ends.
LOOK_SECONDS = 120.0
LOGS = 5
LOG_LINES = 20
LOG_LINE_LENGTH = 300
LOG_BYTES = 16384

Clock = t.Callable[[], float]
N = t.TypeVar("N", bound=Node)


def until_failure(observe_node: t.Callable[[N], N]) -> t.Callable[[N], N]:
    """The same, but after one failure the other threads ask nothing more: it concerns them all, and the look is lost."""
    failed = threading.Event()

    def guarded(node: N) -> N:
        if failed.is_set():
            return node
        try:
            return observe_node(node)
        except KubeError:
            failed.set()
            raise

    return guarded


def read_log(client: KubeClient, pod: str, container: str, restarted: bool, lines: int = LOG_LINES) -> tuple[str, ...]:
    """The last lines of a pod's container; a log that cannot be read says so in its only line.

    restarted: it was started again, so the run before is the one to tell why, as far as its log is still there.
    """
    query = {"container": container, "tailLines": lines, "limitBytes": LOG_BYTES * max(1, lines // LOG_LINES)}
    attempts = [{**query, "previous": "true"}, query] if restarted else [query]
    told = ""
    for attempt in attempts:
        try:
            status, text = client.text(f"{PODS}/{pod}/log", attempt, read_seconds=QUESTION_SECONDS)
        except KubeError as exc:
            return (f"The log cannot be read: {exc.message}",)
        if status == 200:
            return tuple(line[:LOG_LINE_LENGTH] for line in text.splitlines()[-lines:])
        told = status_message(text)
    return (f"The log cannot be read: {told}.",)
