# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes forked from this one, as Ansible forks its workers."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import sys
import types
import typing as t
from unittest import mock

from ansible_collections.aks.dataplane.plugins.plugin_utils._in_process import child

CONTEXT = multiprocessing.get_context("fork")


def in_fork(work: t.Callable[[], t.Any]) -> t.Any:
    """What a fork returns that does it; as C(in_forks)."""
    return in_forks([work])[0]


def in_forks(works: t.Sequence[t.Callable[[], t.Any]]) -> list[t.Any]:
    """What as many forks return, all at the same time; for an exception its class and text. To be sent back, it must be picklable."""
    started = [_start(work) for work in works]
    results = [receiver.recv() for _process, receiver in started]
    for process, receiver in started:
        process.join(timeout=60)
        receiver.close()
    return results


def _start(work: t.Callable[[], t.Any]) -> tuple[t.Any, multiprocessing.connection.Connection]:
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_report, args=(work, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def _report(work: t.Callable[[], t.Any], sender: multiprocessing.connection.Connection) -> None:
    try:
        sender.send(work())
    except Exception as exc:
        sender.send(f"{type(exc).__name__}: {exc}")


def as_module(main: t.Callable[[], None], *, folder: str | None = None, **environment: str) -> dict[str, t.Any]:
    """What Ansible gets of a module in a fork of its worker that does this. folder: what relative paths start from, else the current one."""
    name = "ansible_collections.aks.dataplane.plugins.modules.made_up"
    with mock.patch.dict(sys.modules, {name: types.SimpleNamespace(main=main)}):
        return child.run(child.Call("made_up", b"{}", environment, folder or os.getcwd()))
