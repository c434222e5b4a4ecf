# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a probe with real connections: what it measures is what is there, and it outlives nobody."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.judgement import Measured, Times
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.summary import interruption
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.targets import read_targets
from ansible_collections.aks.dataplane.plugins.module_utils._prober import supervised

from tests.support.coming_and_going import Server, Watch
from tests.support.probe_process import PATIENCE, gone, probers

INTERVAL = 0.05


@pytest.fixture
def server() -> t.Iterator[Server]:
    found = Server()
    yield found
    found.go_away()


def answer_with(head: bytes) -> t.Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        if connection.recv(4096):
            connection.sendall(head)
            connection.close()

    return answer


def test_the_gap_is_that_of_an_independent_count(server: Server, tmp_path: pathlib.Path) -> None:
    targets = read_targets([{"name": "web", "tcp": f"127.0.0.1:{server.port}", "interval": INTERVAL, "max_gap": 0.5}])
    path = tmp_path / "r1.probe"

    supervised.begin(str(path), targets, 120)
    with Watch(server.port, INTERVAL / 2) as watch:
        time.sleep(2)
        changed = time.monotonic()
        server.go_away()
        time.sleep(1.5)
        server.come_back()
        time.sleep(1.5)
    seen = supervised.end(str(path))

    found = interruption(targets, [Measured(seen.tries[0], seen.moments[0], changed, seen.ended)], Times(), "stop", "")["targets"][0]
    assert found["longest_gap"] == pytest.approx(watch.longest_gap, abs=INTERVAL + 0.03)
    assert found["failures"] == {"refused": found["gaps"][0]["tries"], "no_answer": 0, "late": 0, "error": 0}
    assert (found["verdict"], found["kept_connections_broken"]) == ("exceeded", 1)
    assert len(server.ports) == len(set(server.ports)), "each try has a port of its own"
    assert gone(path)


def test_what_a_url_answers_counts_and_server_errors_are_failures(tmp_path: pathlib.Path) -> None:
    well, unwell = (Server(answer_with(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())) for status in ("404 None", "503 None"))
    urls = [f"http://me:secret@127.0.0.1:{one.port}/a?token=secret" for one in (well, unwell)]
    targets = read_targets([{"name": f"n{number}", "url": url} for number, url in enumerate(urls)])
    path = tmp_path / "r1.probe"

    supervised.begin(str(path), targets, 120)
    time.sleep(1)
    assert b"secret" not in path.read_bytes()
    (process,) = probers(path)
    assert b"secret" not in pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
    seen = supervised.end(str(path))

    assert {one.outcome for one in seen.tries[0]} == {"ok"}
    assert {one.outcome for one in seen.tries[1]} == {"error"}
    assert {one.what for one in seen.moments[0]} == {"open", "closes"}
    well.go_away()
    unwell.go_away()


def test_a_name_that_is_none_is_refused_before_anything_is_changed(tmp_path: pathlib.Path) -> None:
    targets = read_targets([{"name": "web", "url": "https://me:secret@no-such-host.invalid/?token=secret"}])
    with pytest.raises(DataplaneError) as caught:
        supervised.begin(str(tmp_path / "r1.probe"), targets, 120)
    assert caught.value.code == "ProbeNotPossible"
    assert "web: the host of https://[hidden]@no-such-host.invalid/?[hidden] cannot be resolved" in caught.value.message
    assert "secret" not in caught.value.text
    assert gone(tmp_path / "r1.probe")


def test_it_ends_at_its_time_whatever_the_run_does(server: Server, tmp_path: pathlib.Path) -> None:
    targets = read_targets([{"name": "web", "tcp": f"127.0.0.1:{server.port}"}])
    supervised.begin(str(tmp_path / "r1.probe"), targets, 0.5)
    assert gone(tmp_path / "r1.probe")


# The worker of a run, which begins the probe of that run. An owner that is named is somebody who cannot be seen from here.
RUN = """
import os, sys, time
plugins, path, address, seconds, owner = sys.argv[1:]
sys.path.append(plugins)
from module_utils._interruption.targets import read_targets
from module_utils._prober import supervised
if owner:
    supervised.parent_identity = lambda: owner
if not os.fork():
    print(supervised.begin(path, read_targets([{"name": "web", "tcp": address}]), float(seconds)), flush=True)
    time.sleep(600)
os.wait()
"""
# The same program, on a machine whose name server does not answer.
NAMELESS = """
import socket, sys, time
sys.path.append(sys.argv[1])
socket.getaddrinfo = lambda *asked, **further: time.sleep(600)
from module_utils._prober.program import main
main()
"""
PLUGINS = str(pathlib.Path(supervised.__file__).resolve().parents[2])


@pytest.mark.parametrize(("seconds", "owner"), [(600, ""), (3, "another-boot:1:2:3")], ids=["it sees that", "only its deadline ends it"])
def test_it_ends_when_the_run_and_its_worker_are_killed(server: Server, tmp_path: pathlib.Path, seconds: int, owner: str) -> None:
    """Nobody is left who could end it: it belongs to the parent of the worker that begins it, and has a deadline."""
    path = tmp_path / "r1.probe"
    arguments = [PLUGINS, str(path), f"127.0.0.1:{server.port}", str(seconds), owner]
    with subprocess.Popen([sys.executable, "-c", RUN, *arguments], stdout=subprocess.PIPE, start_new_session=True) as run:
        try:
            assert run.stdout is not None
            began = float(run.stdout.readline())
            assert probers(path)
        finally:
            os.killpg(run.pid, signal.SIGKILL)
    assert gone(path)
    assert not owner or time.monotonic() > began + seconds - 1


def test_it_ends_at_its_time_where_it_cannot_end_by_itself(tmp_path: pathlib.Path) -> None:
    targets = [dataclasses.asdict(one) for one in read_targets([{"name": "web", "url": "https://web.example/"}])]
    given = {"path": str(tmp_path / "r1.probe"), "targets": targets, "owner": "", "seconds": 0.5}
    ended = subprocess.run([sys.executable, "-c", NAMELESS, PLUGINS], input=json.dumps(given), text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == -signal.SIGALRM
