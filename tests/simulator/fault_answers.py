# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the systems say in each fault's answer: an error in the shape of Azure or of Kubernetes, or whatever else a test wants instead."""

from __future__ import annotations

import typing as t

from aiohttp import web

from . import errors
from .kube.rights import forbidden

if t.TYPE_CHECKING:
    from .faults import Fault


def instead(fault: Fault) -> web.Response:
    """The answer that the fault's C(text) is, with its C(status)."""
    return web.Response(body=fault.text.encode(), status=fault.status or 200, headers={"Content-Type": fault.content_type})


def error(fault: Fault, method: str, path: str) -> errors.ApiError:
    """The refusal of a fault of the other kinds, for a request to this path."""
    found = _kubernetes_error(fault, method, path) if path.startswith("/k8s/") else _azure_error(fault, path, _action(method, path))
    if fault.retry_after is not None:
        found.headers["Retry-After"] = fault.retry_after
    return found


def _kubernetes_error(fault: Fault, method: str, path: str) -> errors.ApiError:
    if fault.kind == "throttle":
        # Not a Status: who is refused here is not looked at any further.
        return errors.ApiError(429, "Too many requests, please try again later.\n", {"Retry-After": "1"})
    if fault.kind == "forbidden":
        message = fault.message or f'forbidden: User "clusterUser" cannot get path "{path}"'
        return errors.kubernetes(403, "Forbidden", message)
    if fault.kind == "starting":
        return forbidden("/" + path.split("/", 3)[3], method, "clusterUser")
    if fault.kind == "unauthorized":
        return errors.kubernetes(401, "Unauthorized", "Unauthorized")
    return errors.kubernetes(
        fault.status or 503, fault.code or "ServiceUnavailable", fault.message or "the server is currently unable to handle the request"
    )


def _action(method: str, path: str) -> str:
    """The action that a request needs, as role definitions name it."""
    if "/providers/microsoft.features/" in path.lower():
        verb = path.rpartition("/")[2]
        return f"Microsoft.Features/providers/features/{verb}/action" if method == "POST" else "Microsoft.Features/features/read"
    if path.lower().endswith("/providers/microsoft.containerservice/register"):
        return "Microsoft.ContainerService/register/action"
    verbs = {"GET": "read", "PUT": "write", "POST": f"{path.rpartition('/')[2]}/action"}
    return f"Microsoft.ContainerService/managedClusters/{verbs.get(method, 'read')}"


def _azure_error(fault: Fault, path: str, action: str) -> errors.ApiError:
    if fault.kind == "throttle":
        message = (
            fault.message
            or "The request is being throttled as the limit has been reached for operation type - Write. "
            "For more information, see https://aka.ms/arm-throttling"
        )
        return errors.gateway(429, fault.code or "SubscriptionRequestsThrottled", message)
    if fault.kind == "forbidden":
        message = fault.message or (
            "The client 'simulator' with object id '00000000-0000-0000-0000-000000000002' does not have authorization to perform action "
            f"'{action}' over scope '{path}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        )
        return errors.gateway(403, fault.code or "AuthorizationFailed", message)
    if fault.kind == "unauthorized":
        return errors.gateway(
            401,
            fault.code or "ExpiredAuthenticationToken",
            fault.message or "The access token expiry UTC time is earlier than current UTC time.",
        )
    if fault.kind == "conflict":
        message = fault.message or (
            "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new "
            "operation. See https://aka.ms/aks-pending-operation for more details"
        )
        return errors.aks(409, fault.code or "OperationNotAllowed", message)
    if fault.kind == "etag_race":
        details = "rpc error: code = FailedPrecondition desc = Etag mismatched"
        message = fault.message or "Operation is not allowed: Another operation is in progress"
        return errors.aks(409, "EtagMismatch", message, subcode="PutManagedClusterAndComponents_FailedPrecondition", details=details)
    if fault.kind == "etag":
        return errors.aks(
            412, "PreconditionFailed", fault.message or "Etag of the managed cluster does not match the one in the If-Match header."
        )
    if fault.status == 502 and not fault.code:
        message = "The network connectivity issue encountered for 'Microsoft.ContainerService'; cannot fulfill the request."
        return errors.gateway(502, "BadGatewayConnection", fault.message or message)
    return errors.gateway(
        fault.status or 503, fault.code or "ServiceUnavailable", fault.message or "The service is temporarily unavailable."
    )
