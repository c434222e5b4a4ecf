# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in forks of Ansible's worker: which tasks may, and that nothing of a module stays behind."""

from __future__ import annotations

import locale
import logging
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time
import types
import typing as t
import warnings

import pytest
import websocket
from ansible.module_utils.common import warnings as ansible_warnings
from ansible_collections.aks.dataplane.plugins.plugin_utils._in_process.decision import Asked, why_ordinary

from tests.support.forks import as_module

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

PYTHON = "/venv/bin/python"
PLAIN: dict[str, t.Any] = {
    "transport": "local",
    "interpreter": PYTHON,
    "running": PYTHON,
    "become": False,
    "background": False,
    "keep_files": False,
    "environment": frozenset({"AZURE_SECRET", "HTTPS_PROXY"}),
}


def test_a_plain_local_task_needs_no_process() -> None:
    assert why_ordinary(Asked(**PLAIN)) is None


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"transport": "ssh"}, "the connection is ssh"),
        ({"become": True}, "it becomes another user"),
        ({"background": True}, "it is asynchronous"),
        ({"keep_files": True}, "remote files are kept"),
        ({"interpreter": "/usr/bin/python3"}, "the interpreter is /usr/bin/python3"),
        ({"interpreter": f"{PYTHON}3"}, f"the interpreter is {PYTHON}3"),
        ({"interpreter": ""}, "the interpreter is not known yet"),
        ({"environment": frozenset({"PYTHONPATH"})}, "the environment sets PYTHONPATH"),
        ({"environment": frozenset({"LD_PRELOAD", "A"})}, "the environment sets LD_PRELOAD"),
        *(
            ({"environment": frozenset({name})}, f"the environment sets {name}")
            for name in ("OPENSSL_CONF", "OPENSSL_MODULES", "DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE")
        ),
    ],
)
def test_what_needs_a_process_of_its_own(asked: dict[str, t.Any], reason: str) -> None:
    assert why_ordinary(Asked(**{**PLAIN, **asked})) == reason


def umask() -> int:
    old = os.umask(0)
    os.umask(old)
    return old


def wait_for_ever() -> None:
    time.sleep(1000)


# By the name of what leaks: how to look at it, and what a module does to it.
LEAKS: dict[str, tuple[t.Callable[[], t.Any], t.Callable[[], t.Any]]] = {
    "environment": (lambda: dict(os.environ), lambda: os.environ.update(LEAKED="yes")),
    "current folder": (os.getcwd, lambda: os.chdir("/")),
    "umask": (umask, lambda: os.umask(0o002 if umask() != 0o002 else 0o077)),
    "locale": (
        lambda: locale.setlocale(locale.LC_ALL),
        lambda: locale.setlocale(locale.LC_ALL, "C" if locale.setlocale(locale.LC_CTYPE) != "C" else "C.UTF-8"),
    ),
    "warning filters": (lambda: list(warnings.filters), lambda: warnings.simplefilter("error", ResourceWarning)),
    "warnings of Ansible": (lambda: list(ansible_warnings._global_warnings), lambda: ansible_warnings.warn("leaked")),
    "deprecations of Ansible": (
        lambda: list(ansible_warnings._global_deprecations),
        lambda: ansible_warnings.deprecate("leaked", version="9.0.0", collection_name="aks.dataplane"),
    ),
    "time limit of websockets": (websocket.getdefaulttimeout, lambda: websocket.setdefaulttimeout(123)),
    "handlers of the root logger": (lambda: list(logging.getLogger().handlers), lambda: logging.getLogger().addHandler(logging.Handler())),
    "level of the root logger": (lambda: logging.getLogger().level, lambda: logging.getLogger().setLevel(7)),
    "threads": (threading.active_count, lambda: threading.Thread(target=wait_for_ever).start()),
    "signal handlers": (lambda: signal.getsignal(signal.SIGUSR1), lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN)),
    "folder for temporary files": (tempfile.gettempdir, lambda: setattr(tempfile, "tempdir", "/leaked")),
    "imported packages": (lambda: "leaked" in sys.modules, lambda: sys.modules.update(leaked=types.ModuleType("leaked"))),
}


@pytest.mark.parametrize("name", LEAKS)
def test_nothing_leaks_into_the_next_module(name: str) -> None:
    look, change = LEAKS[name]
    before = look()

    def leak() -> None:
        seen = look()
        change()
        print(look() != seen)
        raise SystemExit(0)

    for _turn in range(2):
        result = as_module(leak)
        assert (result["rc"], result["stdout"], result["stderr"]) == (0, "True\n", "")
        assert look() == before


def test_the_environment_of_the_task_is_that_of_the_module_only() -> None:
    assert as_module(lambda: print(os.environ["OF_THE_TASK"]), OF_THE_TASK="here")["stdout"] == "here\n"
    assert "OF_THE_TASK" not in os.environ


def test_relative_paths_start_from_the_folder_of_the_playbook(tmp_path: pathlib.Path) -> None:
    here = os.getcwd()
    assert as_module(lambda: print(os.getcwd()), folder=str(tmp_path))["stdout"] == f"{tmp_path}\n"
    assert os.getcwd() == here


def test_what_packages_log_is_not_in_the_log_of_ansible(tmp_path: pathlib.Path) -> None:
    """A packages' warning is on standard error, as in a process of its own."""
    root, log = logging.getLogger(), logging.FileHandler(tmp_path / "log")
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)

    def work() -> None:
        logging.getLogger("a_package").info("Request URL")
        logging.getLogger("a_package").warning("refused")

    try:
        result = as_module(work)
    finally:
        root.removeHandler(log)
        root.setLevel(level)
        log.close()
    assert (result["stderr"], (tmp_path / "log").read_text()) == ("refused\n", "")
