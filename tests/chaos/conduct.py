# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step with the product's process: each of its interactions is carried out, and whatever the plan has at that point happens first."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import typing as t
import urllib.parse

from tests.simulator.arm import schema
from tests.support.cloud_in_process import CloudInProcess
from tests.support.product import Reply

from . import bodies, client_keys
from .plan import ACCEPTED, FILE, INTERACTION, PUT, Event, Step
from .remote import Conversation, Plant, Work, started
from .seen import Put
from .trouble import CLUSTER_PATH, Json

# More of one step is a run that does not end.
MOST_INTERACTIONS = 60_000

_CREDENTIAL = re.compile(r"/listCluster\w+Credential$")


class Surroundings(t.Protocol):
    """What a step happens in."""

    plane: str
    cloud: CloudInProcess
    folder: pathlib.Path
    plant: Plant

    def cluster(self) -> t.Any:
        """The simulator's."""

    def recorded(self) -> bool | None:
        """Whether the step's record on disk has a configuration to roll back to; none where there is no record to be kept."""

    def act(self, event: Event) -> bool:
        """Whether it could happen now."""

    def end(self, event: Event) -> None:
        """Of what lasts for a while."""


class Conduct:
    """happened: names of events, each once. puts: of the product. set_by_others: values of the leaf."""

    def __init__(self, around: Surroundings, step: Step, work: Work) -> None:
        self.happened: list[str] = []
        self.puts: list[Put] = []
        self.set_by_others: list[str] = []
        self._around, self._work = around, work
        self._waiting = list(step.events)
        self._lasting: dict[Event, int] = {}
        self._interactions = self._files = self._requests = 0
        self._accepted_at: int | None = None

    def carry_out(self) -> tuple[Json | None, str, list[str]]:
        """The result (none without one), the traceback of a crash, and the processes that still run."""
        around = self._around
        where = (around.cloud.url, around.cloud.subscription_id, around.cloud.token)
        with started(self._work, where, around.folder, around.plant) as (pid, conversation):
            result, trouble = self._converse(pid, conversation)
        return result, trouble, [] if "kill" in self.happened else processes_of(pid)

    def _converse(self, pid: int, conversation: Conversation) -> tuple[Json | None, str]:
        while self._interactions < MOST_INTERACTIONS:
            try:
                order = conversation.recv()
            except (EOFError, ConnectionResetError):
                return None, "the process has ended without a result"
            if order[0] == "end":
                return order[1], order[2]
            if order[0] == "clock":
                conversation.send(self._around.cloud.clock())
                continue
            self._count(order)
            if self._let_happen(order):
                os.kill(pid, signal.SIGKILL)
                return None, ""
            value = self._value(order)
            if self._let_happen(None):
                os.kill(pid, signal.SIGKILL)
                return None, ""
            conversation.send(value)
        return None, f"it does not end: {MOST_INTERACTIONS} interactions"

    def _count(self, order: tuple[t.Any, ...]) -> None:
        self._interactions += 1
        self._files += order[0] == "file"
        self._requests += _is_put(order)

    # What happens.

    def _let_happen(self, order: tuple[t.Any, ...] | None) -> bool:
        """Whether the process is to be killed. order: what is about to be carried out; none after it."""
        for event, end in list(self._lasting.items()):
            if self._interactions >= end:
                self._around.end(event)
                del self._lasting[event]
        for event in [event for event in self._waiting if self._is_due(event, order)]:
            if event.name == "kill":
                self.happened.append(event.name)
                return True
            if self._around.act(event):
                self._waiting.remove(event)
                self._note(event)
        return False

    def _note(self, event: Event) -> None:
        self.happened.append(event.name)
        if event.name == "other_leaf":
            self.set_by_others.append(event.value)
        if event.lasts:
            self._lasting[event] = self._interactions + event.lasts

    def _is_due(self, event: Event, order: tuple[t.Any, ...] | None) -> bool:
        if event.point == ACCEPTED:
            return self._accepted_at is not None and self._interactions >= self._accepted_at + event.number
        if order is None:
            return False
        reached = {INTERACTION: self._interactions, FILE: self._files, PUT: self._requests}[event.point]
        return reached >= event.number and (event.point != PUT or _is_put(order))

    # What is carried out.

    def _value(self, order: tuple[t.Any, ...]) -> t.Any:
        what, *arguments = order
        cloud = self._around.cloud
        try:
            if what == "ask":
                return self._put(arguments) if _is_put(order) else self._reply(arguments)
            if what == "reach":
                return cloud.reach(*arguments)
            if what == "sleep":
                return cloud.sleep(*arguments)
        except (OSError, TimeoutError) as exc:
            return exc
        return None

    def _reply(self, arguments: list[t.Any]) -> Reply:
        reply = self._around.cloud.ask(*arguments)
        path = arguments[1].partition("?")[0]
        if reply.status == 200 and _CREDENTIAL.search(path):
            with contextlib.suppress(KeyError, ValueError):
                return Reply(reply.status, reply.headers, client_keys.with_key(reply.body))
        return reply

    def _put(self, arguments: list[t.Any]) -> Reply:
        """Noted with what was there before it."""
        cluster, plane = self._around.cluster(), self._around.plane
        version = urllib.parse.parse_qs(arguments[1].partition("?")[2])["api-version"][0]
        stored, operation, sent = schema.visible(cluster.body, version), cluster.operation, json.loads(arguments[3])
        recorded, answered = self._around.recorded(), False
        try:
            reply = self._reply(arguments)
            answered = reply.status < 500 and reply.status != 408
        finally:
            accepted = cluster.operation is not operation
            outside = bodies.not_sent_back(stored, sent, plane) if accepted else []
            self.puts.append(
                Put(bodies.value_of(sent, plane), tuple(outside), accepted, unsure=not answered and not accepted, recorded=recorded)
            )
            if accepted and self._accepted_at is None:
                self._accepted_at = self._interactions
        return reply


def _is_put(order: tuple[t.Any, ...] | None) -> bool:
    """Whether it is one of the cluster."""
    return bool(order and order[0] == "ask" and order[1] == "PUT" and re.search(CLUSTER_PATH, order[2].partition("?")[0]))


def processes_of(session: int) -> list[str]:
    """The commands of those that still run in it."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _parent, _group, its_session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state not in "ZX":
                found.append((folder / "cmdline").read_text().replace("\0", " ").strip())
    return found
