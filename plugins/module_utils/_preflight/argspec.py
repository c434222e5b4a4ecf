"""The options that say what a preflight check is for: a kube-proxy configuration, or eBPF host routing."""

from __future__ import annotations

import typing as t

from .._aks.host_routing.configuration import Wanted
from .._aks.kube_proxy.options import DECLARING, KUBE_PROXY
from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError

HOST_ROUTING_ONLY = ("enable_acns", "ruleset_nodes")

SUBJECT = KUBE_PROXY.merge(
    ArgumentSpec(
        options={
            "state": {"type": "str", "choices": ["present", "default"], "default": "present"},
            "host_routing": {"type": "str", "choices": ["enabled", "disabled"]},
            "enable_acns": {"type": "bool"},
            "ruleset_nodes": {"type": "list", "elements": "str"},
            "node_observations": {"type": "dict"},
        },
        mutually_exclusive=tuple(("host_routing", name) for name in DECLARING),
        required_if=(("state", "present", (*DECLARING, "host_routing"), True),),
        required_by=dict.fromkeys(HOST_ROUTING_ONLY, ("host_routing",)),
    )
)


def wanted_host_routing(params: t.Mapping[str, t.Any]) -> Wanted | None:
    """What is wanted of eBPF host routing; none when the check is for a kube-proxy configuration."""
    if params["host_routing"] is None:
        return None
    if params["state"] == "default":
        raise DataplaneError(
            "state is default, which is about kube-proxy, but host_routing is set.",
            remedy="Leave out one of the two: one check is for one subject.",
        )
    return Wanted(enabled=params["host_routing"] == "enabled", enable_acns=bool(params["enable_acns"]))
