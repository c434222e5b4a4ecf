# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules in forks of Ansible's worker end, and what is left of them."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import logging
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import typing as t

import pytest
from ansible.module_utils.common import warnings as ansible_warnings
from ansible.utils.display import Display
from ansible_collections.aks.dataplane.plugins.module_utils._kube import unnamed_file as files
from ansible_collections.aks.dataplane.plugins.module_utils._kube.unnamed_file import unnamed_file
from ansible_collections.aks.dataplane.plugins.plugin_utils._in_process import core

from tests.support.forks import CONTEXT, as_module

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


class TimeIsUp(BaseException):
    """As Ansible's own, which is no C(Exception)."""


@pytest.fixture
def temporary_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def alarm() -> t.Iterator[None]:
    """The handler that Ansible has for the time limit of a task."""

    def time_is_up(_number: int, _frame: object) -> None:
        raise TimeIsUp

    old = signal.signal(signal.SIGALRM, time_is_up)
    yield
    signal.signal(signal.SIGALRM, old)


def content(path: pathlib.Path) -> str:
    """Waits for it."""
    while not path.exists() or not path.read_text():
        time.sleep(0.01)
    return path.read_text()


def lives(pid: int) -> bool:
    """A process that has ended and that nobody has asked for its exit code does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


def wait_for_the_end_of(pid: int) -> None:
    while lives(pid):
        time.sleep(0.01)


def hold_on() -> None:
    """Whatever comes, as far as a module can."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        with contextlib.suppress(Exception):
            time.sleep(1000)


def test_an_unforeseen_failure_is_reported_as_that_of_a_process() -> None:
    """On standard error, or as a result since ansible-core 2.19."""

    def fail() -> None:
        raise ValueError("unforeseen")

    result = as_module(fail)
    assert result["rc"] == 1
    if core._internal is None:
        assert result["stdout"] == ""
        assert "ValueError: unforeseen" in result["stderr"]
    else:
        assert json.loads(result["stdout"])["failed"] is True
        assert "unforeseen" in result["stdout"]


def test_what_a_module_registers_for_its_end_is_done(tmp_path: pathlib.Path) -> None:
    def register() -> None:
        atexit.register((tmp_path / "done").touch)

    as_module(register)
    assert (tmp_path / "done").exists()


@pytest.mark.usefixtures("alarm")
def test_the_time_limit_of_a_task_is_not_swallowed(temporary_folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """It ends the module, too, although that catches whatever it can, and the programs that it has started; its private key is gone."""
    began, program = tmp_path / "began", tmp_path / "program"

    def work() -> None:
        unnamed_file("private key")
        program.write_text(str(subprocess.Popen(["sleep", "1000"]).pid))
        began.write_text(str(os.getpid()))
        hold_on()

    def ring() -> None:
        content(began)
        os.kill(os.getpid(), signal.SIGALRM)

    clock = threading.Thread(target=ring)
    clock.start()
    with pytest.raises(TimeIsUp):
        as_module(work)
    clock.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(content(began)), 0)
    wait_for_the_end_of(int(content(program)))
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.usefixtures("alarm")
def test_a_time_limit_while_the_module_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no moment at which a module is left to itself."""
    fork, started = os.fork, []

    def late_fork() -> int:
        child = fork()
        if child:
            started.append(child)
            # As a worker has it, which is one thread; else another one of the tests' might get it.
            signal.pthread_kill(threading.get_ident(), signal.SIGALRM)
        return child

    monkeypatch.setattr(os, "fork", late_fork)
    with pytest.raises(TimeIsUp):
        as_module(hold_on)
    assert not lives(*started)
    assert signal.SIGALRM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_handler_of_the_worker_never_runs_in_a_module(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Ansible's own one ends the whole group of processes."""
    fork = os.fork

    def early_signal() -> int:
        child = fork()
        if not child:
            os.kill(os.getpid(), signal.SIGTERM)
        return child

    def group_ends(_number: int, _frame: object) -> None:
        (tmp_path / "ended").touch()

    monkeypatch.setattr(os, "fork", early_signal)
    old = signal.signal(signal.SIGTERM, group_ends)
    try:
        result = as_module(hold_on)
    finally:
        signal.signal(signal.SIGTERM, old)
    assert result["rc"] == -signal.SIGTERM
    assert not (tmp_path / "ended").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_module_ends_with_its_worker(tmp_path: pathlib.Path, temporary_folder: pathlib.Path, number: signal.Signals) -> None:
    began = tmp_path / "began"

    def work() -> None:
        unnamed_file("private key")
        began.write_text(str(os.getpid()))
        hold_on()

    worker = CONTEXT.Process(target=as_module, args=(work,), daemon=True)
    worker.start()
    module = int(content(began))
    assert worker.pid is not None
    os.kill(worker.pid, number)
    worker.join()
    wait_for_the_end_of(module)
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_private_key_outlives_a_module_that_is_killed(temporary_folder: pathlib.Path, number: signal.Signals) -> None:
    def be_killed() -> None:
        assert pathlib.Path(unnamed_file("private key")).read_text() == "private key"
        os.kill(os.getpid(), number)

    result = as_module(be_killed)
    assert (result["rc"], result["stderr"]) == (-number, "")
    assert list(temporary_folder.iterdir()) == []


def test_the_path_of_a_private_key_is_read_again_and_again(temporary_folder: pathlib.Path) -> None:
    """As TLS libraries do for each connection."""
    path = unnamed_file(b"certificate and key")
    assert [pathlib.Path(path).read_bytes() for _time in range(2)] == [b"certificate and key"] * 2
    assert os.path.isfile(path)
    assert unnamed_file("certificate and key") == path
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("without", ["files in memory", "descriptors as paths"])
def test_a_private_key_on_other_systems(
    temporary_folder: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    """A kernel that refuses files in memory, and a system that shows no descriptors: there the key has a name until the module ends."""

    def refused(_name: str) -> int:
        raise PermissionError

    def work() -> None:
        path = unnamed_file("private key")
        (tmp_path / "seen").write_text(" ".join(pathlib.Path(path).read_text() for _time in range(2)))
        raise SystemExit(0)

    monkeypatch.setattr(os, "memfd_create", refused)
    if without == "descriptors as paths":
        monkeypatch.setattr(files.os.path, "isdir", lambda _path: False)
    assert as_module(work)["rc"] == 0
    assert (tmp_path / "seen").read_text() == "private key private key"
    assert list(temporary_folder.iterdir()) == []


def test_locks_that_somebody_else_holds_hold_up_no_module() -> None:
    """Those of Ansible's screen and of logging, as a thread of the parent may hold them when workers are forked."""
    handler, held, over = logging.StreamHandler(io.StringIO()), threading.Event(), threading.Event()

    def hold() -> None:
        with Display()._lock, handler.lock:  # type: ignore[union-attr]
            held.set()
            over.wait()

    def work() -> None:
        logging.getLogger().addHandler(handler)
        logging.getLogger().warning("logged")
        ansible_warnings.warn("warned")
        print("done")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        assert as_module(work)["stdout"] == "done\n"
    finally:
        over.set()
        thread.join()
