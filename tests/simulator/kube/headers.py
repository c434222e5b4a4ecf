# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The headers of an API server, which tests/on_cluster compares with those of a real one."""

from __future__ import annotations

import re
import uuid

from aiohttp import web

# Requests that it answers itself are marked by this key; what a fault answers in its place is not its own.
OURS = "of the API server"
# Priority and fairness does not count requests that take long.
_LONG = re.compile(r"/pods/[^/]+/(?:proxy|log|exec)(?:/|$)")
_FLOW_SCHEMA, _PRIORITY_LEVEL = (str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in ("flow schema", "priority level"))


async def complete(request: web.Request, response: web.StreamResponse) -> None:
    """When all others are known."""
    if not request.get(OURS):
        return
    headers = response.headers
    headers.pop("Server", None)
    headers.setdefault("Audit-Id", str(uuid.uuid4()))
    headers.setdefault("Cache-Control", "no-cache, private")
    if response.status != 401 and not _LONG.search(request.path):
        headers["X-Kubernetes-Pf-Flowschema-Uid"] = _FLOW_SCHEMA
        headers["X-Kubernetes-Pf-Prioritylevel-Uid"] = _PRIORITY_LEVEL
    # Go's own, for texts without a type; kube-proxy's metrics have one.
    if response.content_type == "text/plain" and "version=" not in headers["Content-Type"]:
        headers["X-Content-Type-Options"] = "nosniff"
