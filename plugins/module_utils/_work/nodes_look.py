"""The look at every node of a cluster, from the parameters of a module."""

from __future__ import annotations

import typing as t

from .._aks.api_versions import DEFAULT_STABLE
from .._arm import client as arm
from .._arm.clusters import Clusters
from .._kube import client as kube
from .._nodes.cluster import STATES, Found, find_places, look_at_all


def look(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of M(aks.dataplane.aks_nodes_info), without C(changed). KubeError, ArmError."""

    def fetch(admin: bool) -> str:
        return Clusters(arm.connect(params), DEFAULT_STABLE).user_kubeconfig(params["resource_group"], params["name"], admin)

    api = kube.connect(params, fetch)
    places = find_places(api)
    wanted = params["nodes"]
    chosen = places if wanted is None else [place for place in places if place.node.name in wanted]
    missing = sorted(set(wanted or ()) - {place.node.name for place in places})
    return report(look_at_all(api, chosen, api.deadline(params["timeout"])), missing)


def report(found: t.Sequence[Found], missing: t.Sequence[str]) -> dict[str, t.Any]:
    """missing: names of nodes that were asked for, and that the cluster does not have."""
    states = [one.state for one in found]
    return {
        "observations": {one.place.node.name: one.observation for one in found if one.observation is not None},
        "nodes": [one.to_dict() for one in found],
        "missing": [*missing],
        "counts": {state: states.count(state) for state in STATES},
    }
