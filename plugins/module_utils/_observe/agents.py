"""The pods of a DaemonSet, one on each node of a large cluster: which one counts, and what their logs say."""

from __future__ import annotations

import dataclasses
import typing as t

from .._verify.model import AgentPod
from .answers import reading
from .kubernetes import KubeError, Kubernetes, Raw, status_message
from .objects import pods_by_node, read_pod

PODS = "/api/v1/namespaces/kube-system/pods"

# One pod's answer; one that needs longer is in no good state.
QUESTION_SECONDS = 10.0
LOGS = 5
LOG_LINES = 20
LOG_LINE_LENGTH = 300
LOG_BYTES = 16384


def list_pods(api: Kubernetes, label: str, container: str) -> dict[str, AgentPod]:
    """The pod that counts, by the name of its node; V('') for one that is on no node yet. Raises KubeError.

    label: selects the pods. container: the one that matters in them.
    """

    def whole(raw: Raw) -> Raw:
        return raw

    raws = api.list_objects(PODS, whole, {"labelSelector": label})
    with reading(PODS):
        return {node: read_pod(raw, container) for node, raw in pods_by_node(raws).items()}


@dataclasses.dataclass(frozen=True)
class Log:
    """A log to read. restarted: it was started again, so that the log of the run before says why, as far as it is still there."""

    pod: str
    container: str
    restarted: bool
    lines: int = LOG_LINES


def read_logs(api: Kubernetes, logs: t.Sequence[Log], at_most: int | None = None) -> dict[str, tuple[str, ...]]:
    """The last lines of each log, by pod; a log that cannot be read says so in its only line. at_most: how many at the same time."""
    return dict(zip((log.pod for log in logs), api.each(lambda log: _read_log(api, log), logs, at_most), strict=True))


def _read_log(api: Kubernetes, log: Log) -> tuple[str, ...]:
    query = {"container": log.container, "tailLines": log.lines, "limitBytes": LOG_BYTES * max(1, log.lines // LOG_LINES)}
    attempts = [{**query, "previous": "true"}, query] if log.restarted else [query]
    reason = ""
    for attempt in attempts:
        try:
            status, text = api.text(f"{PODS}/{log.pod}/log", attempt, read_seconds=QUESTION_SECONDS)
        except KubeError as exc:
            return (f"The log cannot be read: {exc.message}",)
        if status == 200:
            return tuple(line[:LOG_LINE_LENGTH] for line in text.splitlines()[-log.lines :])
        reason = status_message(text)
    return (f"The log cannot be read: {reason}.",)
