"""The work of aks_dataplane_status_info as steps: observe, judge, report, and again while something is wanted and not yet there."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._common.errors import DataplaneError
from .._common.stepping import State, Step
from .._dataplane.data_plane import DataPlane
from .._dataplane.registry import data_planes
from .._observe.cluster import list_cluster
from .._observe.kubernetes import Kubernetes
from .._observe.questions import OBSERVATION_SECONDS, Questions
from .._verify.earlier import NOTHING_EARLIER, Earlier, read_earlier
from .._verify.kube_proxy import report as kube_proxy_report
from .._verify.memory import remember, set_base
from .._verify.model import Expectation
from .._verify.own_cluster import OtherCluster, check_nodes
from .._verify.report import excuses, progress
from .._verify.verdict import NOT_SEEN, UNKNOWN, WANTED

# What a look is repeated for: until what is wanted is there, or until the nodes were seen at all.
FOR_WANTED = "wanted"
FOR_ANSWER = "answer"

# Before a change, what no waiting mends ends the wait after so many seconds: an API server that starts refuses users with every right for up to 9 s.
SETTLING_SECONDS = 30.0


@dataclasses.dataclass(frozen=True)
class Goal:
    """plane: name of the data plane of which something is wanted."""

    plane: str
    expectation: Expectation


def read_goal(params: t.Mapping[str, t.Any]) -> Goal | None:
    """What a module's parameters want of one data plane; none when they want nothing. DataplaneError for what cannot be wanted."""
    expectations = {plane.name: plane.verification.read_expectation(params) for plane in data_planes()}
    return next((Goal(name, expectation) for name, expectation in expectations.items() if expectation is not None), None)


@dataclasses.dataclass(frozen=True)
class Status:
    """state, phase, detail: of the verdict over what is wanted, else over the first data plane. result: the module's keys.

    look: what it leaves for later looks. seen: whether any node was.
    """

    state: str
    phase: str
    detail: str
    result: t.Mapping[str, t.Any]
    look: Earlier
    seen: bool


def report_status(
    plane: DataPlane, observation: t.Any, expectation: Expectation | None, earlier: Earlier = NOTHING_EARLIER, *, sets_base: bool = False
) -> Status:
    """One data plane's; expectation: none to only describe it. sets_base: whether later looks are to be compared with this one."""
    described = plane.verification.judge(observation, None).nodes if sets_base else ()
    if sets_base:
        earlier = set_base(earlier, described)
    verdict = plane.verification.judge(observation, expectation, earlier)
    result = plane.verification.to_result(verdict, observation)
    if sets_base:
        # Why they cannot be verified, and not that they are not yet as wanted.
        result["verdict"]["not_verifiable"] = excuses(one for one in described if one.node.name in (earlier.not_verifiable or ()))
    seen = earlier.verifiable > 0 if sets_base else any(node.seen != NOT_SEEN for node in verdict.counted)
    phase = plane.verification.phase(verdict)
    return Status(verdict.state, phase, progress(verdict), result, remember(earlier, verdict.nodes), seen)


def read_status(
    api: Kubernetes,
    goal: Goal | None,
    questions: Questions,
    planes: t.Sequence[DataPlane],
    earlier: Earlier = NOTHING_EARLIER,
    sets_base: bool = False,
    home: str = "",
) -> Status:
    """Observed and judged now. Raises KubeError, and OtherCluster where the nodes are not in the resource group C(home).

    The first data plane is always in it: its pods are on the nodes that all others are about. Of these the one of which something is wanted;
    where nothing is wanted of any, each that shows in the cluster.
    """
    first, *others = planes
    time_is_up = api.deadline(OBSERVATION_SECONDS)
    cluster = list_cluster(api)
    check_nodes(cluster.nodes, home, api.server)

    def wanted_of(plane: DataPlane) -> Expectation | None:
        return goal.expectation if goal is not None and goal.plane == plane.name else None

    def report(plane: DataPlane, observation: t.Any) -> Status:
        wanted = wanted_of(plane)
        if wanted is None:
            return report_status(plane, observation, None)
        return report_status(plane, observation, wanted, earlier, sets_base=sets_base)

    status = report(first, first.verification.observe(api, cluster, questions, time_is_up))
    status = dataclasses.replace(status, result={**status.result, **_null_results(others)})
    for plane in others:
        if goal is not None and goal.plane != plane.name:
            continue
        observation = plane.verification.observe(api, cluster, questions, api.deadline(OBSERVATION_SECONDS))
        if goal is None and not plane.verification.is_present(observation):
            continue
        one = report(plane, observation)
        status = dataclasses.replace(status, result={**status.result, plane.name: one.result})
        if goal is not None:
            status = dataclasses.replace(one, result={**status.result, "verdict": one.result["verdict"]})
    return status


def _null_results(planes: t.Sequence[DataPlane]) -> dict[str, None]:
    return dict.fromkeys(plane.name for plane in planes)


@dataclasses.dataclass
class StatusWork:
    """connect and read may raise DataplaneError; goal: none to only describe. result: what every result of the module begins with.

    earlier: what an earlier call in the same run has left. wait_for: C(wanted) or C(answer). confirm: seconds for which what may pass by itself
    has to be seen bad before it counts. clock: Unix seconds, so that they hold in every process that takes a step.
    """

    connect: t.Callable[[], Kubernetes]
    goal: Goal | None
    questions: Questions
    result: t.Mapping[str, t.Any]
    planes: t.Sequence[DataPlane] = dataclasses.field(default_factory=data_planes)
    read: t.Callable[[Kubernetes, Goal | None, Questions, t.Sequence[DataPlane], Earlier, bool], Status] = read_status
    earlier: Earlier = NOTHING_EARLIER
    wait_for: str = FOR_WANTED
    confirm: float = 0.0
    clock: t.Callable[[], float] = time.time
    _api: Kubernetes | None = None

    def advance(self, state: State) -> Step:
        """The status now. A failure is an error until the API server has answered in this run; from then on, it is waited for."""
        earlier = read_earlier(state["look"]) if state else self.earlier
        earlier = dataclasses.replace(earlier, now=self.clock(), confirm=self.confirm)
        sets_base = earlier.not_verifiable is None and (earlier.ready_only or self.wait_for == FOR_ANSWER)
        questions = dataclasses.replace(self.questions, first=frozenset(earlier.unseen))
        try:
            if self._api is None:
                self._api = self.connect()
            status = self.read(self._api, self.goal, questions, self.planes, earlier, sets_base)
        except DataplaneError as exc:
            # No waiting makes it the right one.
            if not earlier.answered or isinstance(exc, OtherCluster):
                raise
            return self._unanswered(exc, earlier, state)
        settling = self._settling(state, earlier, hopeless=not status.seen)
        done = status.seen or settling["over"] if self.wait_for == FOR_ANSWER else status.state == WANTED
        look = status.look.to_json()
        # Without a base, the next look sets it: nothing could be verified at this one.
        again = {**look, "not_verifiable": None} if sets_base and not status.seen else look
        return Step(
            done=self.goal is None or bool(done),
            phase=status.phase,
            detail=status.detail,
            result={**self.result, **status.result, "look": look},
            state={"look": again, "settling": settling["since"]},
        )

    def _settling(self, state: State, earlier: Earlier, *, hopeless: bool) -> dict[str, t.Any]:
        """Since when, before a change, there is something that no waiting mends, and whether that is long enough."""
        if not (hopeless and self.wait_for == FOR_ANSWER and earlier.not_verifiable is None):
            return {"since": None, "over": False}
        now = earlier.now or 0.0
        since = state.get("settling")
        since = now if since is None else float(since)
        return {"since": since, "over": now - since >= SETTLING_SECONDS}

    def _unanswered(self, exc: DataplaneError, earlier: Earlier, state: State) -> Step:
        if getattr(exc, "status", None) == 401:
            # The credentials may have been replaced: fetch those of now.
            self._api = None
        settling = self._settling(state, earlier, hopeless=not getattr(exc, "transient", False))
        if settling["over"]:
            raise exc
        # What was seen before an interruption of the API server says nothing of what it finds afterwards.
        look = dataclasses.replace(earlier, bad_since={}).to_json()
        return Step(
            done=False,
            phase="API server does not answer",
            result={**self.result, **self._nothing_seen(exc), "look": look},
            state={"look": look, "settling": settling["since"]},
        )

    def _nothing_seen(self, exc: DataplaneError) -> dict[str, t.Any]:
        verdict = {
            "state": UNKNOWN,
            "wanted": self.goal.expectation.text if self.goal is not None else None,
            "nodes_wanted": 0,
            "nodes_total": 0,
            "reasons": [exc.message],
            "seen": NOT_SEEN if self.goal is not None else None,
            "not_verifiable": [],
        }
        return {**kube_proxy_report.NOTHING_OBSERVED, **_null_results(self.planes[1:]), "verdict": verdict}
