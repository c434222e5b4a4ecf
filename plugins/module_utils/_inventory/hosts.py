"""The clusters of a fleet as inventory hosts: how each is called, what is known of it, and which groups it is in."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks.view import ClusterView
from .._common.json_parts import object_of
from . import groups
from .host_names import distinct_names

Variables = dict[str, t.Any]

# Ansible gives these names a special meaning, and the playbooks do not take localhost for a cluster.
_TAKEN = frozenset({"all", "localhost", "ungrouped", *groups.ALWAYS})


@dataclasses.dataclass(frozen=True)
class Host:
    """variables: plain JSON values. groups: those that it is in without being asked for."""

    name: str
    variables: Variables
    groups: tuple[str, ...]


def host_variables(raw: t.Mapping[str, t.Any], api_version: str) -> Variables:
    """The host variables of a cluster: what the playbooks ask for, and the values of C(ClusterView), each after C(aks_).

    raw: its ARM body. api_version: the one that it was read with.
    """
    view = ClusterView.from_raw(raw, api_version)
    # It changes with every change of the cluster, and nothing here is done with it.
    plain = {name: value for name, value in view.to_dict().items() if name != "etag"}
    return {
        "aks_dataplane_cluster": view.name,
        "aks_dataplane_resource_group": view.resource_group,
        "aks_dataplane_subscription_id": view.subscription_id,
        **{f"aks_{name}": value for name, value in plain.items()},
        "aks_private_cluster": _private(raw),
        "aks_tags": dict(object_of(raw, "tags")),
    }


def remove_duplicates(clusters: t.Iterable[Variables]) -> list[Variables]:
    """Each cluster once: resource groups and subscriptions may have been named twice, and Azure does not keep to one case in ids."""
    return list({str(cluster["aks_id"]).casefold(): cluster for cluster in clusters}.values())


def make_hosts(clusters: t.Sequence[Variables]) -> list[Host]:
    """A host for each of these different clusters, in the order of their names.

    A cluster is called by its name; several of one name are all called C(name.resource_group), and where that is no help
    C(name.resource_group.subscription). No name of a cluster has a dot in it, so no two hosts are called the same.
    """
    names = distinct_names(
        [[".".join(str(cluster[key]) for key in keys) for keys in (_KEYS[:1], _KEYS[:2], _KEYS)] for cluster in clusters], _TAKEN
    )
    found = [Host(name, cluster, groups.of_cluster(cluster)) for name, cluster in zip(names, clusters, strict=True)]
    return sorted(found, key=lambda host: host.name)


_KEYS = ("aks_name", "aks_resource_group", "aks_subscription_id")


def _private(raw: t.Mapping[str, t.Any]) -> bool:
    return object_of(raw, "properties", "apiServerAccessProfile").get("enablePrivateCluster") is True
