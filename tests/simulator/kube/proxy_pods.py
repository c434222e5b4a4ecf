# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One kube-proxy pod: its life from creation to removal, and its log."""

from __future__ import annotations

import dataclasses
import datetime
import random
import time
import typing as t
import uuid

from ..clock import now
from .proxy_template import Template

State = t.Literal["creating", "running", "crashing"]

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def _name() -> str:
    return "kube-proxy-" + "".join(random.choices(_ALPHABET, k=5))


@dataclasses.dataclass
class Pod:
    """A kube-proxy pod on one node. synced, queued: unix times of the last finished and the last wanted rule update.

    writes: whether it has written rules at all; synced is 0 before.
    """

    node: str
    address: str
    template: Template
    name: str = dataclasses.field(default_factory=_name)
    uid: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime.datetime = dataclasses.field(default_factory=now)
    started: datetime.datetime | None = None
    deleted: datetime.datetime | None = None
    state: State = "creating"
    ready: bool = False
    restarts: int = 0
    synced: float = 0.0
    queued: float = 0.0
    failures: int = 0
    writes: bool = True
    log: list[str] = dataclasses.field(default_factory=list)

    def age(self, days: float) -> None:
        """Make it one that has been running for so long."""
        self.created = now() - datetime.timedelta(days=days)
        self.begin(self.created)
        self.ready = True

    def begin(self, when: datetime.datetime | None = None) -> None:
        """The process starts and writes its rules."""
        self.state, self.writes = "running", True
        self.started = when or now()
        self.queued = time.time() - 1
        self.synced = self.queued + 0.13
        self.log = [*self._head(), self._line("I", "proxier.go:820", '"SyncProxyRules complete" elapsed="131.2ms"')]

    def begin_without_rules(self) -> None:
        """The process starts; its first update of rules is queued, and not done."""
        self.begin()
        self.synced, self.writes = 0.0, False
        self.log = self._head()

    def begin_stale(self) -> None:
        """The process starts, but cannot write its rules."""
        self.begin()
        self.synced, self.queued, self.failures = time.time() - 600, time.time(), 3
        self.log = [*self._head(), self._line("E", "proxier.go:1790", f'"{self.template.mode} sync failed" err="Device or resource busy"')]

    def crash(self) -> None:
        """The process ends with an error; the kubelet will start it again."""
        self.state = "crashing"
        self.ready = False
        self.started = now()
        reason = f"can't use the {self.template.mode} proxier: kernel feature check failed"
        self.log = [
            *self._head(),
            self._line("E", "server.go:558", f'"Error running ProxyServer" err="{reason}"'),
            self._line("E", "run.go:72", f'"command failed" err="{reason}"'),
        ]

    def keep_in_sync(self) -> None:
        """A healthy kube-proxy has updated its rules a moment ago."""
        if self.state == "running" and self.writes and not self.failures:
            self.queued = time.time() - 1
            self.synced = self.queued + 0.13

    def _head(self) -> list[str]:
        return [
            self._line("I", "server.go:677", f'"Version info" version="v{self.template.version}"'),
            self._line("I", "server_linux.go:125", f'"Using {self.template.mode} Proxier"'),
        ]

    def _line(self, level: str, place: str, text: str) -> str:
        return f"{level}{now():%m%d %H:%M:%S.%f}       1 {place}] {text}"
