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
import importlib
import io
import os
import signal
import sys
import tempfile
import time
import traceback
import typing as t

from . import core

_MODULES = "ansible_collections.aks.dataplane.plugins.modules"
# Python's own meaning; Ansible's workers have handlers of their own.
_SIGNALS: dict[signal.Signals, t.Any] = {
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGALRM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
}


def run(name: str, encoded: bytes, environment: t.Mapping[str, str]) -> dict[str, t.Any]:
    """The exit code and the output, as C(ActionBase._low_level_execute_command) returns them. name: of the module, without the collection.

    An exception that arrives meanwhile, as that of the task's C(timeout), ends the module and goes on to the caller.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            _become(name, encoded, environment, out.fileno(), err.fileno())
        code = _wait(child)
        stdout, stderr = (_read(file) for file in (out, err))
    return {"rc": code, "stdout": stdout, "stdout_lines": stdout.splitlines(), "stderr": stderr, "stderr_lines": stderr.splitlines()}


def _wait(child: int) -> int:
    """The exit code. Whoever stops waiting stops the child."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        raise


def _read(file: t.IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


def _become(name: str, encoded: bytes, environment: t.Mapping[str, str], out: int, err: int) -> t.NoReturn:
    """The module, to its end. Nothing of the caller's code may run here any more, whatever happens."""
    code: t.Any = 1
    try:
        for number, action in _SIGNALS.items():
            signal.signal(number, action)
        # What the parent wants to do at its end is not for here; what the module registers is.
        atexit._clear()
        _open_streams(out, err)
        os.environ.update(environment)
        time.tzset()
        # The parent's may be another one than the environment says.
        tempfile.tempdir = None
        core.begin(encoded)
        importlib.import_module(f"{_MODULES}.{name}").main()
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


def _open_streams(out: int, err: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, target in ((out, 1), (err, 2)):
        os.dup2(descriptor, target)
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w", closefd=False), encoding="utf-8") for number in (1, 2))
