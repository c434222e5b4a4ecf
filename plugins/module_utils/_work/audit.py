"""The audit of one cluster: its network, the state of its nodes, and the blockers of each data plane. Changes nothing.

Failures are results here: missing answers are reported, and the audit continues with the rest. Each thing is asked once for all questions, and what a list
of clusters has shown is not asked at all. That is for reports: what is to be changed is read right before.
"""

from __future__ import annotations

import collections
import functools
import typing as t

from .._aks.api_versions import DEFAULT_KUBE_PROXY
from .._aks.packed_body import pack, unpack
from .._aks.secrets import without_secrets
from .._aks.view import ClusterView
from .._arm.client import ArmClient, connect
from .._arm.clusters import Clusters, cluster_not_found
from .._arm.features import Features
from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError
from .._dataplane.data_plane import DataPlane
from .._dataplane.preflight import Readable, Sources
from .._dataplane.registry import data_planes, options
from .._files.json_file import read_json_object
from .._kube.client import KubeClient
from .._observe.questions import Questions
from .._preflight.node_observation import NodeObservation, read_observations
from .._preflight.retirements import support_ends
from . import api_server, audit_look
from .foresight import audit as foresee
from .left_objects import left_by_runs
from .preflight import check
from .preflight_sources import NOT_ASKED, readable, today
from .status import StatusWork

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]

NO_CONSENT = "AKS's run command creates a pod, and this is check mode. To allow it, set aks_dataplane_command_in_check_mode to true"
# It shows all that any data plane asks of a cluster.
READ_WITH = DEFAULT_KUBE_PROXY


def list_clusters(params: Params) -> dict[str, Result]:
    """All clusters of the resource group or subscription, by C(key); ArmError. Each has name, resource_group, host and body, which C(audit) takes."""
    listed = Clusters(connect(params), READ_WITH).list(params["resource_group"])
    views = [ClusterView.from_raw(raw, READ_WITH) for raw in listed]
    names = collections.Counter(view.name for view in views)
    return {
        key(view.resource_group, view.name): {
            "name": view.name,
            "resource_group": view.resource_group,
            # No name of a cluster has a dot in it.
            "host": f"{view.name}.{view.resource_group}" if view.name == "localhost" or names[view.name] > 1 else view.name,
            "body": pack(without_secrets(raw)),
        }
        for view, raw in zip(views, listed, strict=True)
    }


def key(resource_group: str | None, name: str) -> str:
    """Azure takes names that differ in case only for the same."""
    return f"{resource_group}/{name}".lower()


class AuditSources:
    """The C(Sources) of all questions about one cluster, from the parameters of the module; asks nobody for the same thing twice."""

    def __init__(self, params: Params, *, check_mode: bool = False) -> None:
        self._params = params
        self._check_mode = check_mode
        self.kubernetes_asked = False
        self._observed: tuple[NodeObservation, ...] = ()

    @functools.cached_property
    def body(self) -> Result | None:
        """The cluster as a list has shown it, else as Azure shows it now; None when there is no such cluster. DataplaneError."""
        group, name, packed = self._params["resource_group"], self._params["name"], self._params["body"]
        if not packed:
            return Clusters(self._arm, READ_WITH).get(group, name)
        raw = unpack(packed)
        view = ClusterView.from_raw(raw, READ_WITH)
        if key(view.resource_group, view.name) != key(group, name):
            raise DataplaneError(
                f"body is that of the cluster {view.name} in {view.resource_group}, and not of {name} in {group}.",
                remedy="Remove it: the module then reads the cluster from Azure.",
            )
        return raw

    @functools.cached_property
    def api(self) -> KubeClient:
        """The API server, with one kubeconfig for all questions; DataplaneError."""
        foresight = foresee(self._params["node_look_namespace"])
        # The option of that name is the name of the cluster in the report.
        return api_server.connect_to_read({**self._params, "host": None}, lambda: self._arm, foresight, check_mode=self._check_mode)

    def look(self, view: ClusterView) -> Result:
        """At the nodes, for all questions; see C(audit_look.look)."""
        looked = audit_look.look(
            self._params,
            lambda: self.api,
            view.node_resource_group_id or "",
            # Only of such nodes does anybody ask for them.
            monitor_lines=view.network_dataplane == "cilium",
            check_mode=self._check_mode,
        )
        self._observed = read_observations(looked.get("observations") or {})
        return looked

    @property
    def unasked(self) -> str:
        """Why its API server must not be asked, empty when it may be."""
        return NO_CONSENT if api_server.lacks_consent(self._params, check_mode=self._check_mode) else ""

    def cluster(self, api_version: str) -> Result:
        """With the version of the list, whatever is asked for: it shows what the others show."""
        if self.body is None:
            raise cluster_not_found(self._params["resource_group"], self._params["name"])
        return self.body

    def feature_state(self, feature: str) -> Readable:
        features = Features(self._arm)
        state = functools.partial(features.state, feature)
        return readable(lambda: self._arm.ask_once(features.id(feature), state), f"the state of the feature {feature}")

    def provider_state(self) -> Readable:
        features = Features(self._arm)
        return readable(lambda: self._arm.ask_once(features.provider_id, features.provider_state), "the state of the resource provider")

    def kubernetes(self) -> tuple[KubeClient | None, str]:
        return (self.api, "") if self.kubernetes_asked else (None, NOT_ASKED)

    def json_object(self, path: str, option: str) -> Result:
        return read_json_object(path, option)

    def day(self) -> str:
        return today()

    def observations(self) -> tuple[NodeObservation, ...]:
        return self._observed

    @functools.cached_property
    def _arm(self) -> ArmClient:
        return connect(self._params)


def audit(params: Params, sources: AuditSources) -> Result:
    """What was read, and found, of the cluster, for C(_audit.entry)."""
    seen = {"cluster": params["name"], "resource_group": params["resource_group"], "rule_set": params["rule_set"], "host": params["host"]}
    try:
        raw = sources.body
    except DataplaneError as exc:
        return {**seen, "error": exc.text}
    if raw is None:
        return seen
    view = ClusterView.from_raw(raw, READ_WITH)
    unasked = _unasked(params, view) or sources.unasked
    status = {} if unasked else _result(lambda: _status(params, sources))
    # A permission that is missing for the one question need not be missing for the others.
    asks = not unasked and ("verdict" in status or status["error"]["code"] == "KubeForbidden")
    node_look = sources.look(view) if asks else {"asked": params["node_look"], "reason": audit_look.NOT_ASKED}
    checks = _check_all(params, sources, data_planes(), asks=asks)
    failed = [one for one in data_planes() if asks and "passed" not in checks[one.audit.key]]
    rechecks = _check_all(params, sources, failed, asks=False)
    return {
        **seen,
        "network": view.to_dict(),
        "support_ends": [one.to_dict(sources.day()) for one in support_ends(view)],
        "status": status,
        "unasked": unasked,
        "node_look": node_look,
        "probe_leftovers": left_by_runs(sources.api, params["node_look_namespace"]) if asks else [],
        "kubernetes": asks,
        "checks": list(checks.values()),
        "rechecks": list(rechecks.values()),
    }


def _unasked(params: Params, view: ClusterView) -> str:
    """Why Kubernetes is not to be asked; empty when it is."""
    if not params["kubernetes"]:
        return "aks_dataplane_kubernetes is false"
    return "" if view.power_state == "Running" else f"the power state of the cluster is {view.power_state}"


def _status(params: Params, sources: AuditSources) -> Result:
    return dict(StatusWork(lambda: sources.api, goal=None, questions=Questions(), result={}).advance({}).result)


def _check_all(params: Params, sources: AuditSources, planes: t.Iterable[DataPlane], *, asks: bool) -> dict[str, Result]:
    """By key of the audit's question. asks: whether Kubernetes is asked."""
    sources.kubernetes_asked = asks
    return {
        one.audit.key: {**_result(functools.partial(_check, one, params, sources)), "question": {"subject": one.audit.key}}
        for one in planes
    }


def _check(plane: DataPlane, params: Params, sources: Sources) -> Result:
    # What the playbook that switches would see to by itself is no obstacle.
    rule = plane.preflight.feature_rule
    excused = [rule] if rule and params["register_feature"] else []
    asked = {**_unset(options().merge(plane.preflight.options)), **plane.audit.options, "api_version": None}
    return check(plane, {**asked, "rule_set": params["rule_set"], "ignore": [*params["ignore"], *excused]}, sources)


def _unset(spec: ArgumentSpec) -> Result:
    return {name: option.get("default") for name, option in spec.options.items()}


def _result(work: t.Callable[[], Result]) -> Result:
    """As a module has it: what failed says so."""
    try:
        return work()
    except DataplaneError as exc:
        return {"failed": True, "msg": exc.text, "error": exc.to_error(), **exc.result}
