"""What is read of rulesets in a cluster: nodes, objects, pods, and the last lines of their logs."""

from __future__ import annotations

import dataclasses
import functools
import time
import typing as t

from .._common.json_parts import text_at
from .._kube.client import KubeClient
from .._kube.errors import BrokenConnection
from .._nodes.cluster import NODES_AT_A_TIME
from .._nodes.pods_state import is_refused
from .._nodes.program_pod import config_maps, daemon_sets, pods
from .._observe.answers import reading
from .._observe.cluster import NODES
from .._observe.kubernetes import KubeError, NoAnswer, status_message
from .._observe.objects import read_node
from .._ruleset.judgement import LINE_BYTES, Line, Standing, read_line, stand
from .._ruleset.live import LiveMap, LivePod, LiveSet, read_map, read_pod, read_set
from .._ruleset.objects import CONTAINER, SELECTOR, selector
from .._ruleset.selection import SeenNode, read_seen
from .._verify.model import Node
from .ruleset_refusal import explained

V = t.TypeVar("V")

# A kubelet that is cut off does not answer at all. The rollout goes on to the next node meanwhile, so that this has to be short.
LOG_SECONDS = 6.0
# Between the first and the second try, from the beginning of the first one: a kubelet that restarts is back by then.
AGAIN_SECONDS = 8.0


@dataclasses.dataclass(frozen=True)
class Look:
    """One moment. sets: of all rulesets in the namespace. maps, pods: of this ruleset."""

    nodes: tuple[SeenNode, ...]
    sets: tuple[LiveSet, ...]
    maps: tuple[LiveMap, ...]
    pods: tuple[LivePod, ...]


@dataclasses.dataclass(frozen=True)
class Read:
    """The log of a pod. line: null without one. trouble: why it cannot be read, the end of a sentence."""

    line: Line | None = None
    trouble: str = ""


class RulesetReader:
    """The requests that change nothing."""

    def __init__(self, api: KubeClient, ruleset: str, namespace: str, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self._api, self._namespace, self._sleep = api, namespace, sleep
        self._selector = selector(ruleset)

    def nodes(self) -> list[tuple[Node, SeenNode]]:
        """All of the cluster, sorted by name. KubeError."""
        found = self._api.list_objects(NODES, lambda raw: (read_node(raw), read_seen(raw)))
        return sorted(found, key=lambda one: one[1].name)

    def look(self) -> Look:
        """KubeError."""
        where = self._namespace
        nodes, sets, maps, found = self._api.together(
            self.nodes,
            functools.partial(self._list, daemon_sets(where), read_set, SELECTOR),
            functools.partial(self._list, config_maps(where), read_map, self._selector),
            functools.partial(self._list, pods(where), read_pod, self._selector),
        )
        return Look(tuple(seen for _node, seen in nodes), tuple(sets), tuple(maps), tuple(found))

    def _list(self, path: str, keep: t.Callable[[t.Any], V], labels: str) -> list[V]:
        with explained(self._namespace), reading(path):
            return self._api.list_objects(path, keep, {"labelSelector": labels})

    def standings(self, wanted: t.Sequence[tuple[SeenNode, LivePod | None]], control: LivePod | None) -> list[Standing]:
        """How nodes with these pods stand. A log that cannot be read is tried twice.

        control: a pod of another node, whose log can be read. Where that cannot be read either, the trouble is not that of the nodes. KubeError.
        """
        asked = [(node, pod) for node, pod in wanted if node.ready and pod is not None and pod.runs]
        begun = time.monotonic()
        reads = dict(zip((node.name for node, _pod in asked), self._each([pod for _node, pod in asked if pod]), strict=True))
        failed = [(node, pod) for node, pod in asked if reads[node.name].trouble and pod]
        if failed:
            self._sleep(max(0.0, begun + AGAIN_SECONDS - time.monotonic()))
            again = self._each([pod for _node, pod in failed])
            excused = control is not None and bool(self._log(control).trouble)
            for (node, _pod), read in zip(failed, again, strict=True):
                reads[node.name] = Read() if excused and read.trouble else read
        nothing = Read()
        return [stand(node, pod, reads.get(node.name, nothing).line, reads.get(node.name, nothing).trouble) for node, pod in wanted]

    def _each(self, some: t.Sequence[LivePod]) -> list[Read]:
        return self._api.each(self._log, some, NODES_AT_A_TIME)

    def _log(self, pod: LivePod) -> Read:
        query = {"container": CONTAINER, "tailLines": 1, "limitBytes": LINE_BYTES}
        try:
            with explained(self._namespace):
                status, text = self._api.text(f"{pods(self._namespace)}/{pod.name}/log", query, read_seconds=LOG_SECONDS)
        except NoAnswer as exc:
            if isinstance(exc, BrokenConnection):
                raise
            return Read(trouble="the log of its pod cannot be read through the API server: there is no answer in time")
        if status == 200:
            return Read(read_line(text))
        # A pod that is gone, or that has not started, says nothing of its node.
        return Read() if status < 500 else Read(trouble=f"the log of its pod cannot be read through the API server: {status_message(text)}")

    def refused_pods(self) -> str:
        """Why the controller cannot make pods, or V('')."""
        path = f"/api/v1/namespaces/{self._namespace}/events"
        query = {"fieldSelector": "involvedObject.kind=DaemonSet,reason=FailedCreate"}
        try:
            messages = self._api.list_objects(path, lambda raw: (text_at(raw, "involvedObject", "name"), is_refused(raw)), query)
        except KubeError as exc:
            return f"why, cannot be read: {exc.message.rstrip('.')}"
        return next((text for name, text in reversed(messages) if text and name.startswith("aks-dataplane-ruleset-")), "")
