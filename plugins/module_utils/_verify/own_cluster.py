"""Whether nodes are those of a cluster in Azure: an API server that is given for a play answers for one cluster only."""

from __future__ import annotations

import re
import typing as t

from .._common.errors import DataplaneError
from .model import Node

# What the cloud provider of Azure begins the id of a machine with.
_MACHINE = re.compile(r"azure:///subscriptions/([^/]+)/resourcegroups/([^/]+)/", re.IGNORECASE)
_GROUP = re.compile(r"/subscriptions/([^/]+)/resourcegroups/([^/]+)/?", re.IGNORECASE)


class OtherCluster(DataplaneError):
    """The API server is not that of the cluster."""


def check_nodes(nodes: t.Iterable[Node], home: str, server: str) -> None:
    """OtherCluster where the nodes are those of another cluster.

    home: id of the cluster's node resource group, V('') where it is not known. server: the API server that has listed the nodes.
    Nodes that do not say which machines they are say nothing of this. One in the right group is enough: others may have been joined by hand.
    """
    wanted = _GROUP.fullmatch(home)
    machines = [found for node in nodes if (found := _MACHINE.match(node.provider_id))]
    if wanted is None or not machines or _key(wanted) in map(_key, machines):
        return
    raise OtherCluster(
        f"The API server {server} is that of another cluster: its nodes are in {_in_words(machines[0])}, and those of this cluster are in "
        f"{_in_words(wanted)}.",
        remedy=(
            "Remove what names that API server: the variable aks_dataplane_kubeconfig, the options kubeconfig, context and host, or the environment "
            "variables K8S_AUTH_KUBECONFIG, K8S_AUTH_CONTEXT and K8S_AUTH_HOST, which hold for all clusters of a play. Without them, the "
            "credentials of each cluster are fetched from Azure."
        ),
        code="OtherCluster",
    )


def _key(group: re.Match[str]) -> tuple[str, str]:
    """Subscription and name. Azure does not keep to one case."""
    return group[1].lower(), group[2].lower()


def _in_words(group: re.Match[str]) -> str:
    return f"the resource group {group[2]} of the subscription {group[1]}"
