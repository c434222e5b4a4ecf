# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gap that the demo shows is that of the traffic through the rules of the node."""

from __future__ import annotations

import contextlib
import http.client
import pathlib
import threading
import time

import pytest

from tests.demo import kube_proxy, traffic
from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

INTERVAL = 0.02


class Count:
    """Tries that do not wait for each other: when each began, and whether it was answered."""

    def __init__(self, port: int) -> None:
        self.tries: list[tuple[float, bool]] = []
        self._port, self._ended = port, threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> Count:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join(10)
        time.sleep(1)

    def _go_on(self) -> None:
        while not self._ended.wait(INTERVAL):
            threading.Thread(target=self._try, daemon=True).start()

    def _try(self) -> None:
        began, answered = time.monotonic(), False
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=0.5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("HEAD", "/")
            answered = connection.getresponse().status == 200
        connection.close()
        self.tries.append((began, answered))

    @property
    def longest_gap(self) -> float:
        longest, since = 0.0, None
        for began, answered in sorted(self.tries):
            if answered and since is not None:
                longest, since = max(longest, began - since), None
            elif not answered and since is None:
                since = began
        return longest


def test_the_gap_of_the_demo_is_that_of_an_independent_count(tmp_path: pathlib.Path) -> None:
    with Simulator.started(tmp_path / "simulator", clusters=("aks-a",), nodes=1, node_kind="netns", scale=0.01) as simulator:
        kube_proxy.late_first_rules(simulator, "aks-a")
        fleet = Fleet(simulator, tmp_path / "runs", hosts=("aks-a",))
        with traffic.through(simulator.nodes("aks-a")[0]) as port, Count(port) as count:
            run = fleet.run(**kube_proxy.probed(port))

    assert run.returncode == 0, run.stdout + run.stderr
    (record,) = fleet.records()
    (found,) = record["interruption"]["targets"]
    assert found["longest_gap"] > 0.5
    assert found["longest_gap"] == pytest.approx(count.longest_gap, abs=0.1 + 2 * INTERVAL)
