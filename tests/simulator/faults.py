# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests inject; the kinds are listed in C(HTTP), C(CONNECTION) and C(DEEP).

HTTP faults answer a matching request themselves (or cut or delay it):
  throttle (429), server_error (a 5xx, any other C(status) too), reset (connection cut), slow (delay, then the true answer), hang (no answer at all),
  forbidden (403), starting (403 in the words of an API server whose RBAC is not there yet, to users who have the right), conflict (409
  OperationNotAllowed), etag_race (409 EtagMismatch), etag (412), unauthorized (401), answer (C(text), 200 unless C(status) says otherwise).
Connection faults happen to connections to the API server of a cluster, before any request; C(path) is searched in C(/k8s/NAME/):
  refused (nobody listens), handshake (TCP is accepted, TLS never begins). Requests over connections that stand already are cut.
Deep faults change what the simulated systems do:
  operation_stuck, operation_failed, crash_loop, stale_rules, no_rollout (a changed eBPF host routing replaces no node either),
  no_sync (kube-proxy is healthy and reports its mode, but has not written its rules yet, and those of another mode are gone where nodes are
  namespaces: for C(seconds) simulated ones, else until the fault is over),
  created_meanwhile (somebody else makes the cluster just before the PUT that would), operation_error (the status has an C(error) while the
  operation goes on, and it ends well);
  run_command_failed (AKS finds no place for the pod of its run command),
  program (in a container of C(cluster/node/program) it is not there, or ends with C(status) at once);
  of clusters with Cilium: node_stuck (a new node never gets ready; with C(seconds) the operation fails after so many simulated ones),
  legacy_fallback (the agent on a node routes through the host's stack although it was configured otherwise), no_label (a node is built without the
  label of eBPF host routing). The last two also happen to the nodes of a cluster that is made.

When: from the C(moment), and C(delay) seconds, on; for as many events as C(times) says, and for C(lasts) seconds from its beginning. With C(skip)
it begins with the event after these. An API server that restarts is refused, then handshake, then starting, each with a delay.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import typing as t

from aiohttp import web

from . import fault_answers

HTTP = (
    *("throttle", "server_error", "reset", "slow", "hang", "forbidden", "starting", "conflict", "etag_race", "etag", "unauthorized"),
    "answer",
)
CONNECTION = ("refused", "handshake")
DEEP = (
    *("operation_stuck", "operation_failed", "operation_error", "crash_loop", "stale_rules", "no_rollout", "no_sync", "created_meanwhile"),
    *("program", "run_command_failed", "node_stuck", "legacy_fallback", "no_label"),
)
# Each once in the life of a fault: a PUT was accepted; the first node gets something new; the last one has it.
MOMENTS = ("accepted", "rollout", "rolled_out")

LOOK_SECONDS = 0.05


@dataclasses.dataclass
class Fault:
    """One injected fault.

    path: regular expression searched in the request's path (HTTP faults) or in C(cluster/node) (deep faults); case does not matter.
    method: HTTP method, empty for any.
    times: how often it happens, None for ever; 1 unless C(lasts) is given.
    skip: how many matching events pass unharmed first. Requests are the events of connection faults, as far as this goes.
    moment: when it begins, one of C(MOMENTS) of the C(cluster) (empty for any); empty: when it is added.
    delay, lasts: real seconds from the moment to its beginning, and from there to its end (None: there is none).
    after: HTTP faults: do the true work, then give the faulty answer (a lost response).
    seconds: real ones that slow and hang take; hang and handshake take for ever with 0, which is until the fault is over.
    status, retry_after, code, message, mode, text, content_type: details of the kind.
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int | None = 1
    skip: int = 0
    moment: str = ""
    cluster: str = ""
    delay: float = 0.0
    lasts: float | None = None
    after: bool = False
    status: int = 0
    retry_after: str | None = None
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    mode: str = ""
    text: str = ""
    content_type: str = "application/json"
    hits: int = 0
    # Times of the loop: from when on it can begin, and when it began.
    earliest: float | None = None
    began: float | None = None

    def come(self, now: float) -> None:
        """Its moment is there."""
        if self.earliest is None:
            self.earliest = now + self.delay
            if not self.skip:
                self.began = self.earliest

    def over(self, now: float) -> bool:
        """Whether it will not happen any more."""
        return self.times == 0 or (self.lasts is not None and self.began is not None and now >= self.began + self.lasts)

    def is_open(self, now: float) -> bool:
        """Whether it has begun and is not over."""
        return self.began is not None and now >= self.began and not self.over(now)

    def matches(self, subject: str, method: str = "") -> bool:
        return re.search(self.path, subject, re.IGNORECASE) is not None and self.method.upper() in ("", method.upper())

    def take(self, subject: str, method: str, now: float) -> bool:
        """Whether it happens to this event; counts when it does."""
        if self.earliest is None or now < self.earliest or self.over(now) or not self.matches(subject, method):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.began = now if self.began is None else self.began
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True


Handler = t.Callable[[web.Request], t.Awaitable[web.StreamResponse]]


class Cut(Exception):
    """The connection was cut instead of an answer."""


class Faults:
    """now: seconds, those of the loop that everything runs in. added: called with each connection fault that is added."""

    def __init__(self, now: t.Callable[[], float]) -> None:
        self.items: list[Fault] = []
        self.added: t.Callable[[Fault], None] = lambda fault: None
        self._now = now

    def add(self, **fields: t.Any) -> Fault:
        """ValueError for a kind or a moment that there is not."""
        # What is for a time is not for one event.
        fault = Fault(**{"times": None if fields.get("lasts") is not None or fields.get("kind") == "refused" else 1, **fields})
        if fault.kind not in HTTP + CONNECTION + DEEP:
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {', '.join(HTTP + CONNECTION + DEEP)}")
        if fault.moment not in ("", *MOMENTS):
            raise ValueError(f"unknown moment {fault.moment!r}; known: {', '.join(MOMENTS)}")
        if not fault.moment:
            fault.come(self._now())
        self.items.append(fault)
        if fault.kind in CONNECTION:
            self.added(fault)
        return fault

    def clear(self) -> None:
        self.items.clear()

    def come(self, moment: str, cluster: str) -> None:
        """A moment in the life of a cluster is there."""
        for fault in self.items:
            if fault.moment == moment and fault.cluster.lower() in ("", cluster.lower()):
                fault.come(self._now())

    def deep(self, kind: str, subject: str, mode: str = "") -> Fault | None:
        """The fault of this kind that happens to C(subject) now."""
        now = self._now()
        return next((f for f in self.items if f.kind == kind and (not f.mode or f.mode == mode) and f.take(subject, "", now)), None)

    def holds(self, fault: Fault) -> bool:
        """Whether a lasting fault is still there; it ends with its time, and when the faults are cleared."""
        lasting = fault.lasts is None or not fault.over(self._now())
        return lasting and any(item is fault for item in self.items)

    def at_door(self, path: str) -> Fault | None:
        """The connection fault that happens to a connection to the API server under C(path) now; counts when it does."""
        now = self._now()
        open_now = (fault for fault in self.items if fault.kind in CONNECTION and fault.is_open(now))
        return next((fault for fault in open_now if fault.take(path, "", now)), None)

    async def wait_out(self, fault: Fault) -> None:
        """Until what hangs in it goes on: after its C(seconds), or when it is over."""
        end = self._now() + fault.seconds if fault.seconds else float("inf")
        while self.holds(fault) and self._now() < end:
            await asyncio.sleep(LOOK_SECONDS)

    def _cuts(self, request: web.Request) -> bool:
        """Whether a request is cut, because its connection is from before the trouble at the door."""
        now, found = self._now(), False
        for fault in self.items:
            if fault.kind in CONNECTION and request.path.startswith("/k8s/") and fault.matches(request.path, request.method):
                if fault.began is None:
                    # Counts what is to be skipped, and begins after that.
                    fault.take(request.path, request.method, now)
                found = found or fault.is_open(now)
        return found

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The true answer, or that of the first fault that matches."""
        if self._cuts(request):
            raise _cut(request)
        now = self._now()
        fault = next((f for f in self.items if f.kind in HTTP and f.take(request.path, request.method, now)), None)
        if fault is None:
            return await handler(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.after:
            await handler(request)
        if fault.kind == "hang":
            await self.wait_out(fault)
        if fault.kind in ("reset", "hang"):
            raise _cut(request)
        if fault.kind == "answer":
            return fault_answers.instead(fault)
        raise fault_answers.error(fault, request.method, request.path)


def _cut(request: web.Request) -> Cut:
    if request.transport is not None:
        request.transport.abort()
    return Cut()
