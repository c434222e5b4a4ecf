# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The product in a process of its own, forked with everything imported, so that SIGKILL ends it and nothing else.

All that it does to the outside is an interaction that this process carries out: requests, waiting, asking for the time, and what it does to
files is announced. So each is a point at which something can happen, the same in each run of a plan.
"""

from __future__ import annotations

import contextlib
import multiprocessing.connection
import os
import pathlib
import signal
import sys
import tempfile
import traceback
import typing as t

from tests.support.product import Product, Reply
from tests.support.simulator import clean_environment

from .trouble import Json

Conversation = multiprocessing.connection.Connection
Work = t.Callable[[Product], Json]
Plant = t.Callable[[], None]

# What Python announces of work on files, with the arguments that hold paths.
_FILE_WORK = {"open": 1, "os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1, "os.link": 2, "os.symlink": 2}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class RemoteNetwork:
    """A C(product.Network) that asks the other end of a pipe."""

    def __init__(self, conversation: Conversation, url: str, subscription_id: str, token: str) -> None:
        self.url, self.subscription_id, self.token = url, subscription_id, token
        self._conversation = conversation

    def ask(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None, seconds: float) -> Reply:
        return t.cast(Reply, self._ask("ask", method, target, dict(headers), body, seconds))

    def reach(self, target: str, seconds: float) -> None:
        self._ask("reach", target, seconds)

    def clock(self) -> float:
        return float(self._ask("clock"))

    def sleep(self, seconds: float) -> None:
        self._ask("sleep", seconds)

    def announce(self, work: str) -> None:
        """That a file is about to be worked on."""
        self._ask("file", work)

    def _ask(self, *order: t.Any) -> t.Any:
        self._conversation.send(order)
        value = self._conversation.recv()
        if isinstance(value, BaseException):
            raise value
        return value


@contextlib.contextmanager
def started(work: Work, where: tuple[str, str, str], folder: pathlib.Path, plant: Plant) -> t.Iterator[tuple[int, Conversation]]:
    """The process and the pipe to it, over which it sends C((what, arguments...)) and at last C(("end", result, traceback)).

    where: url, subscription and token. folder: of the run; what it prints is in C(output) there. plant: called in the process first.
    """
    ours, theirs = multiprocessing.Pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            _carry_out(work, RemoteNetwork(theirs, *where), theirs, folder, plant)
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    try:
        yield pid, ours
    finally:
        ours.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _carry_out(work: Work, network: RemoteNetwork, conversation: Conversation, folder: pathlib.Path, plant: Plant) -> None:
    # So that whatever it leaves running is known by its session.
    os.setsid()
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    os.environ.clear()
    os.environ.update({**clean_environment(), "HOME": str(scratch), "TMPDIR": str(scratch), "PATH": os.defpath})
    tempfile.tempdir = str(scratch)
    plant()
    _announce_files(network, folder)
    product, trouble, result = Product(network), "", None
    try:
        with product.in_place():
            result = work(product)
    except Exception:
        trouble = traceback.format_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    conversation.send(("end", result, trouble))


def _announce_files(network: RemoteNetwork, folder: pathlib.Path) -> None:
    """Nothing can be done to a file below the folder without being announced, whoever does it."""
    top, output = f"{folder}/", str(folder / "output")

    def hear(event: str, arguments: tuple[t.Any, ...]) -> None:
        count = _FILE_WORK.get(event)
        if count is None or (event == "open" and not (isinstance(arguments[2], int) and arguments[2] & _WRITING)):
            return
        for path in arguments[:count]:
            if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(top) and os.fspath(path) != output:
                network.announce(event)
                return

    sys.addaudithook(hear)
