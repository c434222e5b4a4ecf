# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests inject; the kinds are listed in C(HTTP) and C(DEEP).

HTTP faults answer a matching request themselves (or cut or delay it):
  throttle (429), server_error (5xx), reset (connection cut), slow (delay, then the true answer), forbidden (403), conflict (409
  OperationNotAllowed), etag_race (409 EtagMismatch), etag (412), unauthorized (401).
Deep faults change what the simulated systems do:
  operation_stuck, operation_failed, crash_loop, stale_rules, no_rollout (a changed eBPF host routing replaces no node either);
  of clusters with Cilium: node_stuck (a new node never gets ready; with C(seconds) the operation fails after so many simulated ones),
  legacy_fallback (the agent on a node routes through the host's stack although it was told otherwise), no_label (a node is built without the
  label of eBPF host routing). The last two also happen to the nodes of a cluster that is made.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import typing as t

from aiohttp import web

from . import errors
from .clock import Clock

HTTP = ("throttle", "server_error", "reset", "slow", "forbidden", "conflict", "etag_race", "etag", "unauthorized")
DEEP = ("operation_stuck", "operation_failed", "crash_loop", "stale_rules", "no_rollout", "node_stuck", "legacy_fallback", "no_label")


@dataclasses.dataclass
class Fault:
    """One injected fault.

    path: regular expression searched in the request's path (HTTP faults) or in C(cluster/node) (deep faults); case does not matter.
    method: HTTP method, empty for any.
    times: how often it happens, None for ever.
    skip: how many matching events pass unharmed first.
    after: HTTP faults: do the true work, then give the faulty answer (a lost response).
    status, retry_after, seconds, code, message, mode: details of the kind.
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int | None = 1
    skip: int = 0
    after: bool = False
    status: int = 503
    retry_after: str | None = None
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    mode: str = ""
    hits: int = 0

    def take(self, subject: str, method: str = "") -> bool:
        """Whether it happens to this event; counts when it does."""
        if self.times == 0 or not re.search(self.path, subject, re.IGNORECASE):
            return False
        if self.method and self.method.upper() != method.upper():
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True


Handler = t.Callable[[web.Request], t.Awaitable[web.StreamResponse]]


class Cut(Exception):
    """The connection was cut instead of an answer."""


class Faults:
    def __init__(self) -> None:
        self.items: list[Fault] = []

    def add(self, **fields: t.Any) -> Fault:
        fault = Fault(**fields)
        if fault.kind not in HTTP + DEEP:
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {', '.join(HTTP + DEEP)}")
        self.items.append(fault)
        return fault

    def clear(self) -> None:
        self.items.clear()

    def deep(self, kind: str, subject: str, mode: str = "") -> Fault | None:
        """The fault of this kind that happens to C(subject) now."""
        return next((f for f in self.items if f.kind == kind and (not f.mode or f.mode == mode) and f.take(subject)), None)

    def holds(self, fault: Fault) -> bool:
        """Whether a lasting fault is still there; it ends when the faults are cleared."""
        return any(item is fault for item in self.items)

    async def answer(self, request: web.Request, handler: Handler, clock: Clock) -> web.StreamResponse:
        """The true answer, or that of the first fault that matches."""
        fault = next((f for f in self.items if f.kind in HTTP and f.take(request.path, request.method)), None)
        if fault is None:
            return await handler(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.after:
            await handler(request)
        if fault.kind == "reset":
            if request.transport is not None:
                request.transport.abort()
            raise Cut
        raise _error(fault, request.method, request.path)


def _error(fault: Fault, method: str, path: str) -> errors.ApiError:
    error = _kubernetes_error(fault, path) if path.startswith("/k8s/") else _azure_error(fault, path, _action(method, path))
    if fault.retry_after is not None:
        error.headers["Retry-After"] = fault.retry_after
    return error


def _kubernetes_error(fault: Fault, path: str) -> errors.ApiError:
    if fault.kind == "throttle":
        return errors.kubernetes(429, "TooManyRequests", "Too many requests, please try again later.")
    if fault.kind == "forbidden":
        message = fault.message or f'forbidden: User "clusterUser" cannot get path "{path}"'
        return errors.kubernetes(403, "Forbidden", message)
    if fault.kind == "unauthorized":
        return errors.kubernetes(401, "Unauthorized", "Unauthorized")
    return errors.kubernetes(
        fault.status, fault.code or "ServiceUnavailable", fault.message or "the server is currently unable to handle the request"
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
    return errors.gateway(fault.status, fault.code or "ServiceUnavailable", fault.message or "The service is temporarily unavailable.")
