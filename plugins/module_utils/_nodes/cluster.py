"""Every node of a cluster, each looked at in a pod of AKS's own on it: kube-proxy's, else Cilium's. Nothing is created, and no shell is run."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.json_parts import object_at, objects_at, text_at
from .._observe.agents import PODS
from .._observe.answers import reading
from .._observe.cilium import AGENT, AGENT_LABEL
from .._observe.cluster import KUBE_PROXY, KUBE_PROXY_LABEL, NODES
from .._observe.kubernetes import KubeError, Kubernetes, Raw, TimeIsUp
from .._observe.objects import pods_by_node, read_node, read_pod
from .._verify.model import AgentPod, Node
from .answers import Answer, Ask, NotReached, not_started, read_execution
from .observation import Look, Machine

MONITOR = "azure-iptables-monitor"
# Of one command; a node whose commands need longer is in no good state.
COMMAND_SECONDS = 20.0
# Of all commands on one node.
NODE_SECONDS = 90.0
# Each holds a connection, and what one node has answered.
NODES_AT_A_TIME = 32

SEEN, PARTLY, NOT_SEEN, NOT_APPLICABLE = "seen", "partly_seen", "not_seen", "not_applicable"
STATES = (SEEN, PARTLY, NOT_SEEN, NOT_APPLICABLE)


@dataclasses.dataclass(frozen=True)
class Way:
    """A container on a node that commands can be run in. monitor: it shows what AKS's iptables monitor sees."""

    pod: str
    container: str
    monitor: bool = False

    @property
    def text(self) -> str:
        return f"pod {self.pod}, container {self.container}"


@dataclasses.dataclass(frozen=True)
class Place:
    """A node, and how to look at it; without a way, the reason why there is none."""

    node: Node
    machine: Machine
    way: Way | None = None
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Found:
    """What became of the look at a node. observation: in the shape of M(aks.dataplane.node_dataplane_info), where it was seen."""

    place: Place
    state: str
    reason: str = ""
    observation: dict[str, t.Any] | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """As an item of C(nodes)."""
        node, way = self.place.node, self.place.way
        return {
            "name": node.name,
            "state": self.state,
            "reason": self.reason,
            "pod": way.pod if way else None,
            "container": way.container if way else None,
            "pool": node.pool,
            "ready": node.ready,
            "schedulable": node.schedulable,
        }


def find_places(api: Kubernetes) -> list[Place]:
    """Every node, sorted by name. Raises KubeError."""

    def whole(raw: Raw) -> Raw:
        return raw

    nodes, proxies, agents = api.together(
        lambda: api.list_objects(NODES, _node),
        lambda: api.list_objects(PODS, whole, {"labelSelector": KUBE_PROXY_LABEL}),
        lambda: api.list_objects(PODS, whole, {"labelSelector": AGENT_LABEL}),
    )
    with reading(PODS):
        ways = {node: _cilium(raw) for node, raw in pods_by_node(agents).items()}
        ways |= {node: _kube_proxy(raw) for node, raw in pods_by_node(proxies).items()}
    return sorted((_place(node, machine, ways.get(node.name)) for node, machine in nodes), key=lambda place: place.node.name)


def read_place(raw: Raw) -> Place:
    """A Node, without a way to look at it. Misshapen."""
    return Place(*_node(raw))


def _node(raw: Raw) -> tuple[Node, Machine]:
    node = read_node(raw)
    return node, Machine(node.kernel, node.os_image, text_at(raw, "status", "nodeInfo", "architecture"))


def _kube_proxy(raw: Raw) -> tuple[AgentPod, Way]:
    pod = read_pod(raw, KUBE_PROXY)
    return pod, Way(pod.name, KUBE_PROXY)


def _cilium(raw: Raw) -> tuple[AgentPod, Way]:
    """The monitor's own container where it runs: its iptables is the one that matters."""
    running = [text_at(one, "name") for one in objects_at(raw, "status", "containerStatuses") if object_at(one, "state", "running")]
    container = MONITOR if MONITOR in running else AGENT
    pod = read_pod(raw, container)
    return pod, Way(pod.name, container, monitor=True)


def _place(node: Node, machine: Machine, found: tuple[AgentPod, Way] | None) -> Place:
    if node.not_applicable:
        return Place(node, machine)
    if not node.ready:
        return Place(node, machine, reason="the node is not ready, so that nothing can be run on it")
    if found is None:
        return Place(node, machine, reason="neither a pod of kube-proxy nor one of Cilium runs on it")
    pod, way = found
    if not pod.started:
        return Place(node, machine, reason=f"the {way.text} does not run: {pod.waiting_reason or pod.phase or 'its state is not known'}")
    return Place(node, machine, way)


def look_at_all(api: Kubernetes, places: t.Sequence[Place], time_is_up: TimeIsUp) -> list[Found]:
    """Looks until the time is up; KubeError where commands may not be run at all."""
    return api.each(lambda place: _look(api, place, time_is_up), places, NODES_AT_A_TIME)


def _look(api: Kubernetes, place: Place, time_is_up: TimeIsUp) -> Found:
    if place.node.not_applicable:
        return Found(place, NOT_APPLICABLE, place.node.not_applicable)
    if place.way is None:
        return Found(place, NOT_SEEN, place.reason)
    look = Look(_asking(api, place.way, time_is_up))
    try:
        observation = look.monitor(place.machine) if place.way.monitor else look.kube_proxy(place.machine)
    except NotReached as exc:
        return Found(place, NOT_SEEN, str(exc))
    unread = observation["unread"]
    reason = "; ".join(f"{item['what']}: {item['reason']}" for item in unread)
    return Found(place, PARTLY if unread else SEEN, reason, observation)


def _asking(api: Kubernetes, way: Way, time_is_up: TimeIsUp) -> Ask:
    node_is_late = api.deadline(NODE_SECONDS)

    def ask(command: t.Sequence[str], at_most: int) -> Answer:
        if time_is_up():
            raise NotReached("there was no time left to look at it")
        if node_is_late():
            raise NotReached(f"its answers took longer than {NODE_SECONDS:.0f} seconds")
        try:
            return read_execution(api.execute(f"{PODS}/{way.pod}", way.container, command, COMMAND_SECONDS, at_most))
        except KubeError as exc:
            if exc.status in (401, 403):
                raise
            if "executable file" in exc.message:
                return not_started(exc.message)
            raise NotReached(f"{command[0]} could not be run in {way.text}: {exc.message.rstrip('.')}") from exc

    return ask
