"""The look at the nodes in an audit, as far as it is asked for and can be had. What cannot be had is reported, and is no failure."""

from __future__ import annotations

import typing as t

from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError
from .._kube.client import KubeClient
from .api_server import COMMAND
from .nodes_look import look_through
from .nodes_probe import IMAGE, NAMESPACE, probe_through

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]

AUTO, EXEC, PODS, SSH, NONE = "auto", "exec", "pods", "ssh", "none"
LOOK = ArgumentSpec(
    options={
        "node_look": {"type": "str", "choices": [AUTO, EXEC, PODS, SSH, NONE], "default": NONE},
        "node_look_namespace": {"type": "str", "default": NAMESPACE},
        "node_look_image": {"type": "str", "default": IMAGE},
        "exec": {"type": "bool", "default": True},
    }
)
# Seconds after which nodes that were not looked at yet are left out.
TIMEOUT = 300
NOT_ASKED = "the Kubernetes API server could not be asked"
_NO_RIGHT = "the account may not run commands in the pods of AKS. To allow it: "


def look(params: Params, api: t.Callable[[], KubeClient], home: str, *, monitor_lines: bool, check_mode: bool) -> Result:
    """The result of the module that looks, with C(asked), the way, and C(reason), why no node was looked at.

    params: with the options C(LOOK). home: id of the node resource group, V('') where it is not known. monitor_lines: as for M(aks.dataplane.aks_nodes_probe).
    """
    asked = params["node_look"]
    reason = refusal(params, check_mode=check_mode)
    if reason or asked == NONE:
        return {"asked": asked, "reason": reason}
    options = {"nodes": None, "timeout": TIMEOUT, "node_resource_group_id": home}
    try:
        if asked == PODS:
            where = {"namespace": params["node_look_namespace"], "image": params["node_look_image"]}
            result = probe_through(api(), {**options, **where, "monitor_lines": monitor_lines}, check_mode)
        else:
            result = look_through(api(), {**options, "if_allowed": asked == AUTO})
    except DataplaneError as exc:
        return {"asked": asked, "reason": exc.text}
    # Who may not run commands is one thing to say, not one of each node.
    grant = result.pop("grant", "")
    return {**result, "asked": asked, "reason": f"{_NO_RIGHT}{grant}" if grant else ""}


def refusal(params: Params, *, check_mode: bool) -> str:
    """Why no node is looked at, though somebody has asked for it; else empty."""
    asked = params["node_look"]
    if asked == NONE:
        return ""
    if asked == SSH:
        return "an audit looks at nodes through Kubernetes only, and aks_dataplane_node_look is ssh"
    if params["kubernetes_via"] == COMMAND:
        return "the output of AKS's run command is too small for a look at the nodes, and aks_dataplane_kubernetes_via is command"
    if asked == AUTO and not params["exec"]:
        return "aks_dataplane_exec is false"
    return "in check mode no pod is created" if asked == PODS and check_mode else ""
