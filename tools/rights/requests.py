# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which right a request needs, as Kubernetes and Azure decide it."""

from __future__ import annotations

import re

from .catalogue import KubernetesRight

_OBJECT = re.compile(
    r"/api(?:s/(?P<group>[^/]+))?/[^/]+(?:/namespaces/(?P<namespace>[^/]+)(?=/.))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+)(?:/(?P<sub>[^/]+).*)?)?/?$"
)
# Whoever is signed in may ask about his own rights (ClusterRole system:basic-user).
_OF_EVERYBODY = ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
_MADE = ("aks-dataplane-look-", "aks-dataplane-prober-", "aks-dataplane-ruleset-")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_AZURE_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def kubernetes_rights(method: str, path: str) -> frozenset[KubernetesRight]:
    """Of a request to an API server, path without query; none for what everybody may, and for what is no object.

    An object of a list has no name here: the rights to one and to all of a kind differ by verb only.
    """
    found = _OBJECT.match(path)
    if found is None:
        return frozenset()
    if found["plural"] in _OF_EVERYBODY:
        return frozenset()
    name, sub = found["name"] or "", found["sub"] or ""
    resource = f"{found['plural']}/{sub}" if sub else found["plural"]
    verbs = [_VERBS.get(method, "get" if name else "list")]
    if sub == "exec":
        # A WebSocket begins with GET; since Kubernetes 1.35 the right to create is needed for it, too.
        verbs = ["create", "get"]
    # The pods of a DaemonSet have any names, and so has what is created for one look, one probe or a ruleset.
    shown = "" if found["plural"] == "pods" or name.startswith(_MADE) else name
    return frozenset(KubernetesRight(found["namespace"] or "", found["group"] or "", resource, verb, shown) for verb in verbs)


def azure_action(method: str, path: str) -> str:
    """Of a request to Azure Resource Manager, path without query."""
    scope, _providers, resource = path.strip("/").rpartition("/providers/")
    parts = (resource if _providers else path.strip("/")).split("/")
    if "/providers/" in f"/{scope}/":
        # A feature of one resource provider is a resource of another one.
        parts = [scope.rpartition("/providers/")[2].split("/")[0], "providers", parts[0], *parts[1:]]
    if not _providers:
        kinds = ["Microsoft.Resources", *parts[::2]]
        return "/".join([*kinds, _AZURE_VERBS[method]])
    namespace, *rest = parts
    if not rest:
        return "Microsoft.Resources/subscriptions/providers/read"
    action = [rest.pop(), "action"] if method == "POST" else [_AZURE_VERBS[method]]
    return "/".join([namespace, *rest[::2], *action])
