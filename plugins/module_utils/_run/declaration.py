"""Declarations that a run cannot bring about, and why; nothing is asked for that."""

from __future__ import annotations

from .._dataplane.registry import by_variable
from . import choices
from .settings import Settings


def objection(settings: Settings) -> str:
    """Why the cluster's variables are refused, or nothing."""
    found = [one.variable for one in settings.data_planes]
    host, demanded = settings.host, settings.demanded
    if len(found) > 1:
        return (
            f"{host} has both {' and '.join(found)}. A cluster has only one of them: with eBPF host routing Cilium replaces kube-proxy, so there "
            "is no kube-proxy to configure. Remove one of them from the variables of this cluster and of its groups, for example "
            "by moving it to a group of the clusters that it is meant for, or remove it from the inventory and pass it with -e."
        )
    if demanded and found and found != [demanded]:
        return (
            f"{host} has {found[0]}, and this playbook sets {demanded}. Run {by_variable()[found[0]].playbook} for this "
            f"cluster, and exclude it here, for example with --limit 'all:!{host}'."
        )
    if not found:
        missing = [demanded] if demanded else list(by_variable())
        examples = " or ".join(by_variable()[variable].example for variable in missing)
        return f"{host} has no {' and no '.join(missing)}. Declare its configuration, for example with {examples}."
    data_plane = settings.data_planes[0]
    values = {choices.PROFILE: settings.profile} if settings.profile else {}
    values |= {
        choices.NODE_LOOK: settings.node_look,
        choices.LEFTOVERS: settings.leftovers,
        choices.KUBERNETES_VIA: settings.kubernetes_via,
    }
    return (
        data_plane.objection(settings.declaration(data_plane))
        or choices.objection({**values, data_plane.variable: settings.declared[data_plane.variable]})
        or _nodes_objection(settings)
        or _leftovers_objection(settings)
    )


def _leftovers_objection(settings: Settings) -> str:
    if settings.leftovers == "report" or settings.kubernetes:
        return ""
    return (
        f"{settings.host} has aks_dataplane_leftovers: {settings.leftovers} and aks_dataplane_kubernetes: false. Leftovers are only removed where every "
        "node is seen: set aks_dataplane_kubernetes to true, or aks_dataplane_leftovers to report."
    )


def _nodes_objection(settings: Settings) -> str:
    group = settings.node_group
    if not group:
        return ""
    if group not in settings.groups:
        return f"aks_dataplane_node_group of {settings.host} is {group}, and the inventory has no such group."
    taken = [host for host in settings.groups[group] if host in settings.play_hosts]
    if taken:
        return (
            f"{', '.join(taken)} of the group {group}, which aks_dataplane_node_group of {settings.host} names, would be taken for clusters. "
            "Put that group under the group aks_nodes, which the playbooks leave out."
        )
    return ""
