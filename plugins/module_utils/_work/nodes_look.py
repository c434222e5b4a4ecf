"""The look at every node of a cluster, from the parameters of a module."""

from __future__ import annotations

import functools
import typing as t

from .._arm import client as arm
from .._kube.client import KubeClient
from .._nodes.cluster import STATES, Found, find_places, look_at_all
from .._observe.kubernetes import Kubernetes
from .._verify.own_cluster import check_nodes
from . import api_server

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
GRANT = (
    "kubectl --namespace kube-system create role aks-dataplane-exec --verb=get,create --resource=pods/exec && "
    "kubectl --namespace kube-system create rolebinding aks-dataplane-exec --role=aks-dataplane-exec --user=NAME"
)


def may_run_commands(api: Kubernetes) -> bool:
    """Whether the API server would allow it. KubeError."""
    attributes = {"namespace": "kube-system", "resource": "pods", "subresource": "exec"}
    bodies = (
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {**attributes, "verb": verb}},
        }
        for verb in ("create", "get")
    )
    return all(api.post(REVIEWS, body).get("status", {}).get("allowed") is True for body in bodies)


def look(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of M(aks.dataplane.aks_nodes_info), without C(changed). KubeError, ArmError."""
    return look_through(api_server.connect(params, functools.cache(lambda: arm.connect(params))), params)


def look_through(api: KubeClient, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """As C(look), with the options that are about the look alone. KubeError."""
    if params["if_allowed"] and not may_run_commands(api):
        return {**report([], []), "grant": GRANT}
    places = find_places(api)
    check_nodes((place.node for place in places), params["node_resource_group_id"] or "", api.server)
    wanted = params["nodes"]
    chosen = places if wanted is None else [place for place in places if place.node.name in wanted]
    missing = sorted(set(wanted or ()) - {place.node.name for place in places})
    return report(look_at_all(api, chosen, api.deadline(params["timeout"])), missing)


def report(found: t.Sequence[Found], missing: t.Sequence[str]) -> dict[str, t.Any]:
    """missing: names of nodes that were asked for, and that the cluster does not have."""
    states = [one.state for one in found]
    return {
        "grant": "",
        "observations": {one.place.node.name: one.observation for one in found if one.observation is not None},
        "nodes": [one.to_dict() for one in found],
        "missing": [*missing],
        "counts": {state: states.count(state) for state in STATES},
    }
