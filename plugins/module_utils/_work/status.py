"""The work of aks_dataplane_status as steps: observe, judge, report, and again while something is wanted and not yet there."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.stepping import State, Step
from .._dataplane.data_plane import DataPlane
from .._dataplane.registry import data_planes
from .._observe.cluster import list_cluster
from .._observe.kubernetes import KubeError, Kubernetes
from .._observe.questions import OBSERVATION_SECONDS, Questions
from .._verify.kube_proxy import report as kube_proxy_report
from .._verify.model import Expectation
from .._verify.report import progress
from .._verify.verdict import UNKNOWN, WANTED

# Steps in a row that may end without an answer once the API server has answered: its own upgrade takes it away for a minute or so.
HICCUPS = 10


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
    """state, phase, detail: of the verdict over what is wanted, else over the first data plane. result: the module's keys."""

    state: str
    phase: str
    detail: str
    result: t.Mapping[str, t.Any]


def report_status(plane: DataPlane, observation: t.Any, expectation: Expectation | None) -> Status:
    """One data plane's; expectation: none to only describe it."""
    verdict = plane.verification.judge(observation, expectation)
    return Status(verdict.state, plane.verification.phase(verdict), progress(verdict), plane.verification.to_result(verdict, observation))


def read_status(api: Kubernetes, goal: Goal | None, questions: Questions, planes: t.Sequence[DataPlane]) -> Status:
    """Observed and judged now. Raises KubeError.

    The first data plane is always in it: its pods are on the nodes that all others are about. Of these the one of which something is wanted;
    where nothing is wanted of any, each that shows in the cluster.
    """
    first, *others = planes
    time_is_up = api.deadline(OBSERVATION_SECONDS)
    cluster = list_cluster(api)

    def wanted_of(plane: DataPlane) -> Expectation | None:
        return goal.expectation if goal is not None and goal.plane == plane.name else None

    status = report_status(first, first.verification.observe(api, cluster, questions, time_is_up), wanted_of(first))
    status = dataclasses.replace(status, result={**status.result, **_null_results(others)})
    for plane in others:
        if goal is not None and goal.plane != plane.name:
            continue
        observation = plane.verification.observe(api, cluster, questions, api.deadline(OBSERVATION_SECONDS))
        if goal is None and not plane.verification.is_present(observation):
            continue
        one = report_status(plane, observation, wanted_of(plane))
        status = dataclasses.replace(status, result={**status.result, plane.name: one.result})
        if goal is not None:
            status = dataclasses.replace(one, result={**status.result, "verdict": one.result["verdict"]})
    return status


def _null_results(planes: t.Sequence[DataPlane]) -> dict[str, None]:
    return dict.fromkeys(plane.name for plane in planes)


@dataclasses.dataclass
class StatusWork:
    """connect and read may raise KubeError; goal: none to only describe. result: what every result of the module begins with."""

    connect: t.Callable[[], Kubernetes]
    goal: Goal | None
    questions: Questions
    result: t.Mapping[str, t.Any]
    planes: t.Sequence[DataPlane] = dataclasses.field(default_factory=data_planes)
    read: t.Callable[[Kubernetes, Goal | None, Questions, t.Sequence[DataPlane]], Status] = read_status
    _api: Kubernetes | None = None

    def advance(self, state: State) -> Step:
        """The status now. A first one that fails is an error; a later one is bridged, a bounded number of times in a row."""
        try:
            if self._api is None:
                self._api = self.connect()
            status = self.read(self._api, self.goal, self.questions, self.planes)
        except KubeError as exc:
            hiccups = int(state.get("hiccups", 0)) + 1
            if not exc.transient or not state.get("answered") or hiccups > HICCUPS:
                raise
            return self._hiccup(exc, hiccups)
        return Step(
            done=self.goal is None or status.state == WANTED,
            phase=status.phase,
            detail=status.detail,
            result={**self.result, **status.result},
            state={"answered": True, "hiccups": 0},
        )

    def _hiccup(self, exc: KubeError, hiccups: int) -> Step:
        wanted = self.goal.expectation.text if self.goal is not None else None
        verdict = {"state": UNKNOWN, "wanted": wanted, "nodes_wanted": 0, "nodes_total": 0, "reasons": [exc.message]}
        nothing = {**kube_proxy_report.NOTHING_OBSERVED, **_null_results(self.planes[1:])}
        return Step(
            done=False,
            phase="API server does not answer",
            result={**self.result, **nothing, "verdict": verdict},
            state={"answered": True, "hiccups": hiccups},
        )
