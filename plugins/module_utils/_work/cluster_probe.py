"""The probe of a run from the nodes of its cluster: prober pods are made and waited for, and later read and removed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
import typing as t
import uuid

from .._arm import client as arm
from .._common.errors import DataplaneError
from .._interruption.judgement import Measured, Times
from .._interruption.places import Judged, at, together, unseen
from .._interruption.summary import judged_all
from .._interruption.target import Target
from .._interruption.targets import read_targets
from .._kube.client import KubeClient
from .._nodes.cluster import NODES_AT_A_TIME, read_place
from .._nodes.pods_manifest import taints_of
from .._nodes.pods_refusal import Purpose, explain
from .._nodes.pods_state import prepare
from .._nodes.prober_manifest import CONTAINER, NETWORKS, SELECTOR, ProberNode, Probers, selector
from .._nodes.prober_state import ProberPod, read_places, read_prober
from .._nodes.program_pod import config_maps, pods
from .._observe.answers import reading
from .._observe.cluster import NODES
from .._observe.kubernetes import KubeError
from .._probing.packed import last_beat, unpack
from .._probing.samples import read
from .._verify.own_cluster import check_nodes
from . import api_server
from .left_objects import Kinds, leftovers, sweep
from .prober_payload import program

Params = t.Mapping[str, t.Any]
Json = dict[str, t.Any]

PURPOSE = Purpose(
    "Probe",
    "prober pods",
    "to measure from",
    "docs/rights/kubernetes/prober.yml of this collection",
    "two pods, each with requests of 50m of cpu and 50Mi of memory, and at most 200Mi of memory",
)
# For all pods to begin, and for them to be gone.
START_SECONDS, CLEAN_SECONDS = 90.0, 90.0
LOG_SECONDS = 60.0
_POLL = 1.0
_MOST_NAMED = 5


def started(params: Params, check_mode: bool) -> Json:
    """What M(aks.dataplane.aks_interruption_probe) returns when the pods measure. KubeError, ArmError."""
    api, namespace = _connect(params), params["namespace"]
    targets = read_targets(params["targets"])
    seen = api.list_objects(NODES, lambda raw: (read_place(raw), taints_of(raw)))
    check_nodes((place.node for place, _taints in seen), params["node_resource_group_id"] or "", api.server)
    usable = [(place, taints) for place, taints in seen if prepare(place) is None]
    nodes = tuple(
        ProberNode(place.node.name, place.machine.architecture, tuple(taints))
        for place, taints in sorted(usable, key=lambda one: one[0].node.name)
    )
    made = Probers(
        run=uuid.uuid4().hex[:10],
        namespace=namespace,
        image=params["image"],
        owner=params["owner"] or "",
        seconds=params["seconds"],
        program=program(),
        targets=[dataclasses.asdict(one) for one in targets],
        nodes=nodes,
    )
    try:
        if not nodes:
            raise _impossible("no node of the cluster can run pods")
        swept = [] if check_mode else sweep(api, kinds(namespace), SELECTOR)
        for path, item in made.objects()[: 1 + len(NETWORKS)]:
            api.post(path, item, {"dryRun": "All"})
        if not check_mode:
            _make(api, made)
    except KubeError as exc:
        raise explain(exc, namespace, PURPOSE) from exc
    left_out = sorted({place.node.name for place, _taints in seen} - {node.name for node in nodes})
    return {
        "changed": True,
        "run": made.run,
        "nodes": [node.name for node in nodes],
        "left_out": left_out,
        "swept": swept,
        "left": [],
        "targets": [],
    }


def ended(params: Params, check_mode: bool) -> Json:
    """What the pods have seen, judged, when they are removed. KubeError, ArmError."""
    api, namespace, run = _connect(params), params["namespace"], params["run"]
    targets = read_targets(params["targets"])
    found: list[Judged] = []
    left: list[str] = []
    try:
        if params["changed_ago"] is not None:
            found = _measured(api, namespace, run, targets, time.monotonic() - params["changed_ago"], params)
    finally:
        if not check_mode:
            left = remove(api, namespace, run)
    return {
        "changed": True,
        "run": run,
        "nodes": [],
        "left_out": [],
        "swept": [],
        "left": left,
        "targets": [one.to_json() for one in found],
    }


def _connect(params: Params) -> KubeClient:
    return api_server.connect(params, functools.cache(lambda: arm.connect(params)))


def _make(api: KubeClient, made: Probers) -> None:
    """All pods measure then; else nothing of them is there, and KubeError says why."""
    try:
        (path, config_map), *others = made.objects()
        api.post(path, config_map)
        api.each(lambda one: api.post(*one), others, NODES_AT_A_TIME)
        _await(api, made, {item["metadata"]["name"] for _path, item in others})
    except BaseException:
        remove(api, made.namespace, made.run)
        raise


def _await(api: KubeClient, made: Probers, waiting: set[str]) -> None:
    """Until all pods of these names measure."""
    over = api.deadline(START_SECONDS)
    while True:
        found = _pods(api, made.namespace, made.run)
        running = [pod for pod in found if pod.runs and pod.name in waiting]
        logs = api.each(lambda pod: (pod, _log(api, made.namespace, pod)), running, NODES_AT_A_TIME)
        for pod, text in logs:
            samples = read(text)
            if samples.failed:
                raise _impossible(f"{pod.node}: {samples.failed}")
            if samples.begun is not None:
                waiting.discard(pod.name)
        troubles = [pod for pod in found if pod.name in waiting and not pod.runs]
        if not waiting:
            return
        if over() or any(pod.final for pod in troubles):
            texts = sorted(f"{pod.node} ({pod.network} network): {pod.trouble}" for pod in troubles)
            why = "; ".join(texts[:_MOST_NAMED])
            raise _impossible(why or f"{len(waiting)} pods did not begin to measure in time")
        time.sleep(_POLL)


def _measured(api: KubeClient, namespace: str, run: str, targets: t.Sequence[Target], changed: float, params: Params) -> list[Judged]:
    times = Times(**{name: params[name] for name in ("baseline", "after", "dead")})

    def judge(pod: ProberPod) -> list[Judged]:
        try:
            text = _log(api, namespace, pod)
        except KubeError as exc:
            return [unseen(one, f"the log of the pod cannot be read: {exc.message.rstrip('.')}") for one in targets]
        beat = last_beat(text)
        if beat is None:
            return [unseen(one, "the pod has printed nothing") for one in targets]
        # Clocks of machines differ. A pod that runs has printed its last line within the last second.
        now = time.monotonic()
        shift, samples = now - beat, read(text)
        seen = [
            Measured(
                tuple(dataclasses.replace(one, began=one.began + shift) for one in samples.tries.get(number, ())),
                tuple(dataclasses.replace(one, at=one.at + shift) for one in samples.moments.get(number, ())),
                changed,
                now if pod.runs else None,
            )
            for number in range(len(targets))
        ]
        return judged_all(targets, seen, times)

    found = sorted(_pods(api, namespace, run), key=lambda pod: (pod.node, pod.network))
    if not found:
        return [unseen(one, "the prober pods are gone") for one in targets]
    there = {(pod.node, pod.network): each for pod, each in zip(found, api.each(judge, found, NODES_AT_A_TIME), strict=True)}
    gone = [unseen(one, "the prober pod is gone") for one in targets]
    places = sorted({*there, *_places(api, namespace, run)})
    return [together([at(there.get(place, gone)[number], *place) for place in places]) for number in range(len(targets))]


def _pods(api: KubeClient, namespace: str, run: str) -> list[ProberPod]:
    path = pods(namespace)
    with reading(path):
        return api.list_objects(path, read_prober, {"labelSelector": selector(run)})


def _places(api: KubeClient, namespace: str, run: str) -> list[tuple[str, str]]:
    """The node and the network of each pod that was made; nothing where that cannot be read, which hides nothing of what the others have seen."""
    path = config_maps(namespace)
    found: list[list[tuple[str, str]]] = []
    with contextlib.suppress(KubeError), reading(path):
        found = api.list_objects(path, read_places, {"labelSelector": selector(run)})
    return [place for places in found for place in places]


def _log(api: KubeClient, namespace: str, pod: ProberPod) -> str:
    """Unpacked; nothing where there is none yet."""
    status, text = api.text(f"{pods(namespace)}/{pod.name}/log", {"container": CONTAINER}, read_seconds=LOG_SECONDS)
    return unpack(text) if status == 200 else ""


def kinds(namespace: str) -> Kinds:
    """What a run creates."""
    return ((pods(namespace), "Pod"), (config_maps(namespace), "ConfigMap"))


def remove(api: KubeClient, namespace: str, run: str) -> list[str]:
    """Removes all of a run, and waits until it is gone; what is still there when the time is up. No failure hides what the pods have seen."""
    over = api.deadline(CLEAN_SECONDS)
    left = [f"the prober pods of the run {run}"]
    while True:
        try:
            found = leftovers(api, kinds(namespace), selector(run))
            for item in found:
                if not item.leaving:
                    api.delete(item.path)
            left = [item.text for item in found]
            if not left:
                return []
        except KubeError as exc:
            if not exc.transient:
                return left
        if over():
            return left
        time.sleep(_POLL)


def _impossible(why: str) -> DataplaneError:
    return DataplaneError(
        f"The interruption cannot be measured from the cluster: {why}.",
        remedy=(
            "Correct the targets in aks_dataplane_probe, or what keeps the pods from running, or leave out from: cluster. "
            "Nothing was changed in the cluster."
        ),
        code="ProbeNotPossible",
    )
