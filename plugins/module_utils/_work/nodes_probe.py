"""The look at every node of a cluster by temporary pods: what was left is swept, the pods are made, read and removed, whatever happens."""

from __future__ import annotations

import dataclasses
import functools
import time
import typing as t
import uuid

from .._arm import client as arm
from .._kube.client import KubeClient
from .._node.look_words import LINE_BYTES
from .._nodes import prober_manifest
from .._nodes.cluster import NODES_AT_A_TIME, NOT_SEEN, Found, Place, read_place
from .._nodes.pods_manifest import SELECTOR, Probe, taints_of
from .._nodes.pods_refusal import explain, is_about_priority
from .._nodes.pods_state import ProbePod, give_up, is_refused, judge_log, prepare, read_pod
from .._nodes.program_pod import ARCHITECTURES, config_maps, daemon_sets
from .._observe.answers import reading
from .._observe.cluster import NODES
from .._observe.kubernetes import KubeError, Raw, TimeIsUp, status_message
from .._verify.own_cluster import check_nodes
from . import api_server
from .left_objects import Kinds, abandoned, sweep
from .look_payload import program
from .nodes_look import report
from .process_identity import own_identity

Params = t.Mapping[str, t.Any]
Json = dict[str, t.Any]

NAMESPACE, IMAGE = "aks-dataplane", "mcr.microsoft.com/oss/v2/kubernetes/pause:3.6"

POLL_SECONDS = 1.0
# A list of all pods of a large cluster is no small thing to ask for.
PODS_A_SECOND = 500
# What does not run by then will not: an image that cannot be had, a pod that nobody may make.
TROUBLE_SECONDS = 30.0
# The controller makes so many pods in a second, at least.
MADE_A_SECOND = 25
CLEAN_SECONDS = 90.0
LOG_SECONDS = 20.0


def probe(params: Params, check_mode: bool) -> Json:
    """The result of M(aks.dataplane.aks_nodes_probe). KubeError, ArmError."""
    return probe_through(api_server.connect(params, functools.cache(lambda: arm.connect(params))), params, check_mode)


def probe_through(api: KubeClient, params: Params, check_mode: bool) -> Json:
    """As C(probe), with the options that are about the look alone. KubeError."""
    seen = api.list_objects(NODES, lambda raw: (read_place(raw), taints_of(raw)))
    check_nodes((place.node for place, _taints in seen), params["node_resource_group_id"] or "", api.server)
    wanted = params["nodes"]
    chosen = sorted(
        ((place, taints) for place, taints in seen if wanted is None or place.node.name in wanted), key=lambda one: one[0].node.name
    )
    missing = sorted({*(wanted or ())} - {place.node.name for place, _taints in seen})
    places = [place for place, _taints in chosen]
    known = {place.node.name: found for place in places for found in [prepare(place)] if found}
    taints = tuple(taint for place, some in chosen if place.node.name not in known for taint in some)
    try:
        found, kept = _with_pods(api, params, [place for place in places if place.node.name not in known], taints, check_mode)
    except KubeError as exc:
        raise explain(exc, params["namespace"]) from exc
    every = {**known, **found}
    result = report([every[place.node.name] for place in places], missing)
    # Nothing could be granted that the API server has not refused already.
    del result["grant"]
    return {**result, **kept, "changed": bool(kept["swept"] or kept["left"])}


def _with_pods(
    api: KubeClient, params: Params, places: t.Sequence[Place], taints: tuple[tuple[str, str], ...], check_mode: bool
) -> tuple[dict[str, Found], Json]:
    """What became of each node, by name, and C(swept), C(left) and C(probers_left) of the result. KubeError."""
    swept = [] if check_mode else sweep(api, kinds(params["namespace"]), SELECTOR)
    # Who looks need not have the right to delete pods.
    kept = {"swept": swept, "left": list[str](), "probers_left": _probers_left(api, params["namespace"])}
    if not places:
        return {}, kept
    made = Probe(
        run=uuid.uuid4().hex[:10],
        namespace=params["namespace"],
        image=params["image"],
        owner=own_identity(),
        seconds=params["timeout"],
        program=program(),
        architectures=tuple(one for one in ARCHITECTURES if any(place.machine.architecture == one for place in places)),
        nodes=None if params["nodes"] is None else tuple(place.node.name for place in places),
        taints=taints,
        monitor_lines=params["monitor_lines"],
    )
    made = dry_run(api, made)
    if check_mode:
        return {place.node.name: Found(place, NOT_SEEN, "in check mode no pod is created") for place in places}, kept
    left: list[str] = []
    try:
        for path, item in made.objects():
            api.post(path, item)
        found = Pods(api, made, places).look(api.deadline(params["timeout"]))
    finally:
        left = remove(api, made)
    return found, {**kept, "left": left}


def _probers_left(api: KubeClient, namespace: str) -> list[dict[str, str]]:
    over = abandoned(api, ((config_maps(namespace), "ConfigMap"),), prober_manifest.SELECTOR)
    return [{"name": item.name, "removal": prober_manifest.removal(namespace, item.name)} for item in over]


def kinds(namespace: str) -> Kinds:
    """What a look creates, but for the pods of its DaemonSets."""
    return ((daemon_sets(namespace), "DaemonSet"), (config_maps(namespace), "ConfigMap"))


def dry_run(api: KubeClient, made: Probe) -> Probe:
    """What will be created; KubeError where the API server refuses it. Nothing is created."""

    def ask(some: Probe) -> Probe:
        for path, item in [*some.objects(), (some.pods, some.pod())]:
            api.post(path, item, {"dryRun": "All"})
        return some

    try:
        return ask(made)
    except KubeError as exc:
        if not is_about_priority(exc):
            raise
    return ask(dataclasses.replace(made, priority=False))


def remove(api: KubeClient, made: Probe) -> list[str]:
    """Removes all of a run, and waits until no pod of it is there; what is still there when the time is up."""
    over = api.deadline(CLEAN_SECONDS)
    waiting = {f"{path}/{item['metadata']['name']}": f"{item['kind']} {item['metadata']['name']}" for path, item in made.objects()}
    pods: list[str] = []
    while True:
        try:
            # One that is there is being removed: it goes when its pods are gone.
            for path in [*waiting]:
                if not api.delete(path):
                    del waiting[path]
            pods = [f"Pod {pod.name}" for pod in _list(api, made.pods, read_pod, made.selector)]
            if not pods and not waiting:
                return []
        except KubeError as exc:
            if not exc.transient:
                return [*waiting.values(), *pods]
        if over():
            return [*waiting.values(), *pods]
        time.sleep(_pause(len(pods)))


class Pods:
    """The pods of a run, one on each of the places."""

    def __init__(self, api: KubeClient, made: Probe, places: t.Sequence[Place]) -> None:
        self._api, self._made = api, made
        self._waiting = {place.node.name: place for place in places}
        self._pods: dict[str, ProbePod] = {}
        self._troubles: dict[str, str] = {}
        self._found: dict[str, Found] = {}

    def look(self, time_is_up: TimeIsUp) -> dict[str, Found]:
        """By node, until each is known or the time is up. KubeError."""
        patience = TROUBLE_SECONDS + len(self._waiting) / MADE_A_SECOND
        patience_is_over = self._api.deadline(patience)
        while self._waiting:
            if self._see_pods(time_is_up) and self._read(time_is_up):
                patience_is_over = self._api.deadline(patience)
            hopeless = [name for name in self._waiting if name in self._pods and self._pods[name].final]
            # As long as one of them begins, all of them may.
            stuck = all(self._is_stuck(name) for name in self._waiting)
            if time_is_up() or (stuck and patience_is_over()):
                self._end()
            for name in hopeless:
                if name in self._waiting:
                    self._found[name] = give_up(self._waiting.pop(name), self._pods[name], "")
            if self._waiting:
                time.sleep(_pause(len(self._waiting)))
        return self._found

    def _see_pods(self, time_is_up: TimeIsUp) -> bool:
        """Whether the API server has answered: one that restarts is waited for."""
        try:
            pods = _list(self._api, self._made.pods, read_pod, self._made.selector)
        except KubeError as exc:
            if not exc.transient or time_is_up():
                raise
            return False
        self._pods = {pod.node: pod for pod in pods if pod.node}
        return True

    def _is_stuck(self, name: str) -> bool:
        pod = self._pods.get(name)
        return pod is None or bool(pod.trouble) or name in self._troubles

    def _read(self, time_is_up: TimeIsUp) -> int:
        """Reads what has been printed; of how many nodes that is known now."""
        running = [(place, self._pods[name].name) for name, place in self._waiting.items() if name in self._pods and self._pods[name].runs]

        def log(one: tuple[Place, str]) -> Found | None:
            # Nodes that hang are many, perhaps.
            return None if time_is_up() else self._log(*one)

        found = [one for one in self._api.each(log, running, NODES_AT_A_TIME) if one]
        for one in found:
            name = one.place.node.name
            del self._waiting[name]
            self._found[name] = one
        return len(found)

    def _log(self, place: Place, pod: str) -> Found | None:
        query = {"container": "look", "limitBytes": LINE_BYTES + 1}
        name = place.node.name
        try:
            status, text = self._api.text(f"{self._made.pods}/{pod}/log", query, read_seconds=LOG_SECONDS)
        except KubeError as exc:
            if exc.status in (401, 403):
                raise
            self._troubles[name] = f"the log of its pod cannot be read: {exc.message.rstrip('.')}"
            return None
        if status != 200:
            self._troubles[name] = f"the log of its pod cannot be read: {status_message(text)}"
            return None
        self._troubles.pop(name, None)
        return judge_log(place, pod, text)

    def _end(self) -> None:
        """What is not known by now is not seen."""
        refused = self._refused() if any(name not in self._pods for name in self._waiting) else ""
        for name in [*self._waiting]:
            pod = self._pods.get(name)
            if pod is None:
                reason = f"no pod was made on it: {refused}" if refused else "no pod was made on it in time"
            elif pod.runs:
                reason = "it has not answered in time"
            else:
                reason = "its pod did not start in time"
            self._found[name] = give_up(self._waiting.pop(name), pod, self._troubles.get(name) or reason)

    def _refused(self) -> str:
        path = f"/api/v1/namespaces/{self._made.namespace}/events"
        try:
            messages = self._api.list_objects(path, is_refused, {"fieldSelector": "involvedObject.kind=DaemonSet,reason=FailedCreate"})
        except KubeError as exc:
            return f"why, cannot be read: {exc.message.rstrip('.')}"
        return next((text for text in reversed(messages) if text), "")


V = t.TypeVar("V")


def _list(api: KubeClient, path: str, keep: t.Callable[[Raw], V], selector: str = SELECTOR) -> list[V]:
    with reading(path):
        return api.list_objects(path, keep, {"labelSelector": selector})


def _pause(pods: int) -> float:
    return max(POLL_SECONDS, pods / PODS_A_SECOND)
