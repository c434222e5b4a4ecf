# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""A module in a fork of Ansible's worker: it starts with all that is imported, and nothing that it does outlives it.

Loop items, retries and steps share a worker. Whatever a module changes in its process (environment, folder, umask, locale, warnings, loggers, time
limits, threads) ends with the fork, as it ends with an ordinary process.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import importlib
import io
import logging
import os
import pathlib
import signal
import sys
import tempfile
import time
import traceback
import typing as t

from . import core

_MODULES = "ansible_collections.aks.dataplane.plugins.modules"
# Python's own meaning; Ansible's workers have other handlers.
_SIGNALS: dict[signal.Signals, t.Any] = {
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGALRM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
}
# Of prctl(2): which signal a process gets when the one that forked it has ended.
_PR_SET_PDEATHSIG = 1


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of a module.

    name: without the collection. arguments: as C(core.encode) makes them. environment: of the task. folder: what relative paths start from.
    """

    name: str
    arguments: bytes
    environment: t.Mapping[str, str]
    folder: str


def run(call: Call) -> dict[str, t.Any]:
    """The exit code and the output, as C(ActionBase._low_level_execute_command) returns them.

    An exception that arrives meanwhile, as that of the task's C(timeout), ends the module and goes on to the caller.
    """
    worker = os.getpid()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = _in_fork(lambda mask: _become(call, worker, mask, out.fileno(), err.fileno()))
        stdout, stderr = (_read(file) for file in (out, err))
    return {"rc": code, "stdout": stdout, "stdout_lines": stdout.splitlines(), "stderr": stderr, "stderr_lines": stderr.splitlines()}


def _in_fork(become: t.Callable[[t.Iterable[int]], t.NoReturn]) -> int:
    """The exit code. become: gets the signals that the fork is to hold back, which are those that this process holds back."""
    child = 0
    # Until both sides are ready: a signal must neither leave a fork that nobody waits for, nor run the worker's handlers in the fork.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        child = os.fork()
        if not child:
            become(mask)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        if child:
            _end(child)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _end(child: int) -> None:
    """End a fork and the programs that it has started. No process can hold up this signal, and a module has nothing to tidy up at its end."""
    for process in (*_started_by(child), child):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def _started_by(process: int) -> t.Iterator[int]:
    """As far as the system shows them."""
    for listed in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, listed.read_text(encoding="ascii").split()):
                yield from _started_by(child)
                yield child


def _read(file: t.IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


def _become(call: Call, worker: int, mask: t.Iterable[int], out: int, err: int) -> t.NoReturn:
    """The module, to its end. Nothing of the caller's code may run here any more, whatever happens."""
    code: t.Any = 1
    try:
        for number, action in _SIGNALS.items():
            signal.signal(number, action)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _end_with(worker)
        # What the parent wants to do at its end is not for here; what the module registers is.
        atexit._clear()
        _open_streams(out, err)
        os.environ.update(call.environment)
        time.tzset()
        # The parent's may be another one than the environment says.
        tempfile.tempdir = None
        _forget_log()
        os.chdir(call.folder)
        core.begin(call.arguments)
        try:
            importlib.import_module(f"{_MODULES}.{call.name}").main()
        except Exception as exc:
            core.report(exc)
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code if isinstance(code, int) else 1)


def _end_with(worker: int) -> None:
    """Whatever ends the worker ends its module, where the system can do that; elsewhere a module ends by the timeouts of its requests."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    # It may have ended before that.
    if os.getppid() != worker:
        os._exit(1)


def _forget_log() -> None:
    """Ansible's own log, which has no place for each request of an SDK."""
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(logging.WARNING)


def _open_streams(out: int, err: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, target in ((out, 1), (err, 2)):
        os.dup2(descriptor, target)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w", closefd=False), encoding="utf-8", errors=errors)
        for number, errors in ((1, "strict"), (2, "backslashreplace"))
    )
