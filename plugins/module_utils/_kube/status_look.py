"""One look of aks_dataplane_status: observe what matters for what is wanted, judge it, and tell it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._verify import report
from .._verify.host_routing import report as host_routing_report
from .._verify.host_routing.judge import judge as judge_host_routing
from .._verify.kube_proxy.expectation import Expectation
from .._verify.kube_proxy.judge import judge as judge_kube_proxy
from .._verify.model import KubeProxyObservation
from .client import KubeClient
from .host_routing.observation import Questions
from .host_routing.observation import observe as observe_host_routing
from .kube_proxy.observation import observe as observe_kube_proxy


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is wanted: of kube-proxy or of host routing (V(enabled), V(disabled)), or nothing; and how closely to look."""

    kube_proxy: Expectation | None = None
    host_routing: str | None = None
    questions: Questions = dataclasses.field(default_factory=Questions)

    @property
    def text(self) -> str | None:
        return self.kube_proxy.text if self.kube_proxy else self.host_routing


@dataclasses.dataclass(frozen=True)
class Look:
    """state: of the verdict over what is wanted. result: the module's keys."""

    state: str
    phase: str
    detail: str
    result: t.Mapping[str, t.Any]


def look(client: KubeClient, wanted: Wanted) -> Look:
    """Raises KubeError. Host routing is left out where kube-proxy is wanted, and where there is no Cilium and nothing is wanted."""
    observation = observe_kube_proxy(client)
    seen = look_at_kube_proxy(observation, wanted.kube_proxy)
    return seen if wanted.kube_proxy else _with_host_routing(client, wanted, observation, seen)


def look_at_kube_proxy(observation: KubeProxyObservation, wanted: Expectation | None) -> Look:
    """The verdict over what was observed and the keys of the module's result, C(host_routing) null. wanted: none to only describe it."""
    verdict = judge_kube_proxy(observation, wanted)
    told = report.to_result(verdict, observation.daemonset)
    return Look(verdict.state, report.phase(verdict), report.progress(verdict), {**told, "host_routing": None})


def _with_host_routing(client: KubeClient, wanted: Wanted, seen: KubeProxyObservation, look: Look) -> Look:
    pods = sorted([*(node.pod.name for node in seen.nodes if node.pod), *seen.stray_pods])
    observation = observe_host_routing(client, seen.nodes, pods, wanted.questions)
    if not observation.has_cilium and wanted.host_routing is None:
        return look
    verdict = judge_host_routing(observation, wanted.host_routing)
    told = host_routing_report.to_result(verdict, observation)
    result = {**look.result, "host_routing": told}
    if wanted.host_routing is None:
        return dataclasses.replace(look, result=result)
    return Look(verdict.state, host_routing_report.phase(verdict), report.progress(verdict), {**result, "verdict": told["verdict"]})
