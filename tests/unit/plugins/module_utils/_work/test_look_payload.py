# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that pods run: whole by itself, small, the same each time, and of one line."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import look_program, run_command
from ansible_collections.aks.dataplane.plugins.module_utils._node.look_words import ANSWER, PROBLEM
from ansible_collections.aks.dataplane.plugins.module_utils._work import keeper_payload
from ansible_collections.aks.dataplane.plugins.module_utils._work.look_payload import program
from ansible_collections.aks.dataplane.plugins.module_utils._work.node_program import node_program
from ansible_collections.aks.dataplane.plugins.module_utils._work.process_identity import is_alive, own_identity


def test_it_needs_nothing_but_python_prints_one_line_and_ends_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "look.zip"
    path.write_bytes(program())
    with subprocess.Popen([sys.executable, "-IB", str(path), "--monitor-lines"], stdout=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        seen = json.loads(process.stdout.readline())
        assert process.poll() is None, "it waits to be ended"
        process.terminate()
        assert process.stdout.read() == b""
    assert process.returncode == 0
    # Without the rights that a pod has, it says so.
    assert {*seen} in ({ANSWER}, {PROBLEM})


def test_a_program_has_all_that_it_imports_and_nothing_for_the_type_checker(tmp_path: Path) -> None:
    path = tmp_path / "keeper.zip"
    path.write_bytes(keeper_payload.program())
    # Without a task it only says which there are.
    done = subprocess.run([sys.executable, "-IB", str(path)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (1, "usage: try | keep | pause | remove\n")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in names:
            ast.parse(archive.read(name), feature_version=(3, 9))
    assert not [name for name in names if name.rpartition("/")[2].startswith("port")]
    assert {name.split("/")[1] for name in names[1:]} == {"__init__.py", "_common", "_files", "_keeper", "_nft", "_nft_node", "_node"}
    assert keeper_payload.digest_of(path.read_bytes()) == keeper_payload.digest_of(keeper_payload.program())
    assert path.stat().st_size < 100_000


def test_a_python_that_is_too_old_says_so_in_a_line() -> None:
    line = {"event": "problem", "code": None}
    text = node_program(look_program.__name__, "look", line)
    with zipfile.ZipFile(io.BytesIO(text)) as archive:
        start = archive.read("__main__.py").decode()
    printed = [ast.literal_eval(found) for found in re.findall(r"json.dumps\((.*)\), flush", start)]
    assert printed == [line]


def test_it_is_the_same_each_time_and_fits_into_a_config_map() -> None:
    assert program() == program()
    assert len(program()) < 100_000


def test_what_the_monitor_reads_is_left_out_where_it_is_too_long() -> None:
    look = {"kernel": "6.8", "monitor_lines": {"ipv4": {"nat": ["x" * 400_000], "raw": []}}, "monitor_errors": []}
    seen = json.loads(look_program.line_of({ANSWER: look}))[ANSWER]
    assert (seen["kernel"], seen["monitor_lines"]) == ("6.8", {"ipv4": {"nat": None, "raw": None}})
    assert {error["table"] for error in seen["monitor_errors"]} == {"nat", "raw"}


def test_a_program_that_hangs_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_command, "PROGRAM_SECONDS", 0.1)
    with pytest.raises(OSError, match="did not end"):
        run_command.run_command(["sleep", "60"], None, {}, False)
    assert run_command.run_command(["cat"], "x", {}, False) == (0, "x", "")


def test_a_process_is_known_by_more_than_its_number() -> None:
    own = own_identity()
    boot, namespace, number, started = own.split(":")
    assert is_alive(own) is True
    assert is_alive(f"{boot}:{namespace}:{number}:{int(started) + 1}") is False
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert is_alive(f"{boot}:{namespace}:{process.pid}:{started}") is False
    # Of another machine, or another container of it, nothing is known.
    assert is_alive(f"{boot}:0:{number}:{started}") is None
    assert is_alive(f"x:{namespace}:{number}:{started}") is None
    assert is_alive("") is None
