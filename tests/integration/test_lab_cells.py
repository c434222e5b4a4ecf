# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test node runs in: nothing of it is left when it ends, however many processes it has become."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time
import typing as t

import pytest

from tools.lab.cells import Cell, cells

PREFIX = f"aks-dataplane-test-{os.getpid()}-"


@pytest.fixture
def cell() -> t.Iterator[Cell]:
    one = Cell(f"{PREFIX}one")
    yield one
    one.stop()


def until(condition: t.Callable[[], bool]) -> None:
    for _attempt in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("never so")


def test_all_processes_end_with_it(cell: Cell, tmp_path: pathlib.Path) -> None:
    mounts = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8")
    script = f"mount -t tmpfs tmpfs {tmp_path}; ip link add lab0 type bridge; (setsid sleep 600 &); ip -o link; echo ready; exec sleep 600"
    process = cell.start(["sh", "-c", script], tmp_path.with_suffix(".log"), {})
    until(lambda: "ready" in tmp_path.with_suffix(".log").read_text(encoding="utf-8"))
    assert "lab0" in tmp_path.with_suffix(".log").read_text(encoding="utf-8")
    assert cell.is_alive
    assert cells(PREFIX) == [cell.folder.name]
    # It is in a network of its own, which a visitor can enter.
    visit = subprocess.run(["sh", "-c", cell.visit(process, "ip -o link show lab0")], capture_output=True, text=True, check=True)
    assert "lab0" in visit.stdout
    assert not pathlib.Path("/sys/class/net/lab0").exists()
    cell.stop()
    assert not cell.is_alive
    assert cells(PREFIX) == []
    assert pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8") == mounts


def test_visitors_end_with_it(cell: Cell, tmp_path: pathlib.Path) -> None:
    process = cell.start(["sleep", "600"], tmp_path / "log", {})
    assert cell.is_alive, "it is from the start"
    with subprocess.Popen(["sh", "-c", f"exec {cell.visit(process, 'sleep 600')}"]) as visitor:
        until(lambda: str(visitor.pid) in (cell.folder / "visitors" / "cgroup.procs").read_text(encoding="utf-8"))
        cell.stop()
        assert visitor.wait() < 0


def test_one_that_is_not_there_can_be_stopped(cell: Cell) -> None:
    cell.stop()
    assert not cell.is_alive
