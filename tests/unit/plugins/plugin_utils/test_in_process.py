# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in forks of Ansible's worker: which tasks may, and that nothing of a module stays behind."""

from __future__ import annotations

import atexit
import contextlib
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
from ansible_collections.aks.dataplane.plugins.module_utils._kube.unnamed_file import unnamed_file
from ansible_collections.aks.dataplane.plugins.plugin_utils._in_process import child
from ansible_collections.aks.dataplane.plugins.plugin_utils._in_process.decision import Asked, why_ordinary

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

MODULE = "ansible_collections.aks.dataplane.plugins.modules.made_up"
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


class TimeIsUp(BaseException):
    """As Ansible's own, which is no C(Exception)."""


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
        ({"environment": frozenset({"OPENSSL_CONF"})}, "the environment sets OPENSSL_CONF"),
    ],
)
def test_what_needs_a_process_of_its_own(asked: dict[str, t.Any], reason: str) -> None:
    assert why_ordinary(Asked(**{**PLAIN, **asked})) == reason


Run = t.Callable[[t.Callable[[], None]], dict[str, t.Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a function as a module."""

    def run_as_module(main: t.Callable[[], None]) -> dict[str, t.Any]:
        monkeypatch.setitem(sys.modules, MODULE, types.SimpleNamespace(main=main))
        return child.run("made_up", b"{}", {"OF_THE_TASK": "here"})

    return run_as_module


@pytest.fixture
def temporary_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


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
def test_nothing_leaks_into_the_next_module(name: str, run: Run) -> None:
    look, change = LEAKS[name]
    before = look()

    def leak() -> None:
        seen = look()
        change()
        print(look() != seen)
        raise SystemExit(0)

    for _turn in range(2):
        result = run(leak)
        assert (result["rc"], result["stdout"], result["stderr"]) == (0, "True\n", "")
        assert look() == before


def test_the_environment_of_the_task_is_that_of_the_module_only(run: Run) -> None:
    assert run(lambda: print(os.environ["OF_THE_TASK"]))["stdout"] == "here\n"
    assert "OF_THE_TASK" not in os.environ


def test_an_unforeseen_failure_is_told_as_that_of_a_process(run: Run) -> None:
    def fail() -> None:
        raise ValueError("unforeseen")

    result = run(fail)
    assert result["rc"] == 1
    assert "ValueError: unforeseen" in result["stderr"]
    assert result["stdout"] == ""


def test_what_a_module_registers_for_its_end_is_done(run: Run, tmp_path: pathlib.Path) -> None:
    def register() -> None:
        atexit.register((tmp_path / "done").touch)

    run(register)
    assert (tmp_path / "done").exists()


def test_the_time_limit_of_a_task_is_not_swallowed(run: Run, temporary_folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """It ends the module, too, although that catches whatever it can; its private key is gone."""
    began = tmp_path / "began"

    def hold_on() -> None:
        unnamed_file("private key")
        began.write_text(str(os.getpid()))
        while True:
            with contextlib.suppress(Exception):
                time.sleep(1000)

    def time_is_up(_number: int, _frame: object) -> None:
        raise TimeIsUp

    def ring() -> None:
        while not began.exists() or not began.read_text():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGALRM)

    old = signal.signal(signal.SIGALRM, time_is_up)
    clock = threading.Thread(target=ring)
    clock.start()
    try:
        with pytest.raises(TimeIsUp):
            run(hold_on)
    finally:
        clock.join()
        signal.signal(signal.SIGALRM, old)
    with pytest.raises(ProcessLookupError):
        os.kill(int(began.read_text()), 0)
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_private_key_outlives_a_module_that_is_killed(run: Run, temporary_folder: pathlib.Path, number: signal.Signals) -> None:
    def be_killed() -> None:
        assert pathlib.Path(unnamed_file("private key")).read_text() == "private key"
        os.kill(os.getpid(), number)

    result = run(be_killed)
    assert (result["rc"], result["stderr"]) == (-number, "")
    assert list(temporary_folder.iterdir()) == []


def test_the_path_of_a_private_key_is_read_again_and_again(temporary_folder: pathlib.Path) -> None:
    """As TLS libraries do for each connection."""
    path = unnamed_file(b"certificate and key")
    assert [pathlib.Path(path).read_bytes() for _time in range(2)] == [b"certificate and key"] * 2
    assert os.path.isfile(path)
    assert unnamed_file("certificate and key") == path
    assert list(temporary_folder.iterdir()) == []
