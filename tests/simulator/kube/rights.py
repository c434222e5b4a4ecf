# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The paths of the Kubernetes API, and how the API server refuses one to a user without the right."""

from __future__ import annotations

import re

from ..errors import ApiError, kubernetes

PROXY = re.compile(r"/api/v1/(?:namespaces/(?P<namespace>[^/]+)/)?(?P<kind>pods|nodes|services)/(?P<target>[^/]+)/proxy(?:/(?P<path>.*))?$")
RESOURCE = re.compile(
    r"/(?P<api>api/v1|apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>.*))?$"
)


def forbidden(path: str, method: str, user: str) -> ApiError:
    """The API server's words for a path without C(/k8s/NAME); for a proxied pod it names the resource as C(NAME:PORT)."""
    found = PROXY.match(path) or RESOURCE.match(path)
    if found is None:
        return kubernetes(403, "Forbidden", f'forbidden: User "{user}" cannot {method.lower()} path "{path}"', {})
    names = found.groupdict()
    plural, name = names.get("kind") or names.get("plural") or "", names.get("target") or names.get("name")
    sub = "proxy" if PROXY.match(path) else names.get("sub")
    resource = f"{plural}/{sub}" if sub else plural
    verb = {"POST": "create", "PUT": "update", "DELETE": "delete"}.get(method) or ("get" if name else "list")
    api = names.get("api") or "api/v1"
    group = api.split("/")[1] if api.startswith("apis/") else ""
    # A namespace is in itself.
    namespace = name if plural == "namespaces" else names.get("namespace")
    scope = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
    of = f"{plural}.{group}" if group else plural
    what = f'{of} "{name}"' if name else of
    message = f'{what} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group "{group}"{scope}'
    return kubernetes(403, "Forbidden", message, {"name": name, "group": group, "kind": plural})
