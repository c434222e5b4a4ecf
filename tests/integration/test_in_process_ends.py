# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are cut in the middle of a change, in Ansible's own process and as ordinary processes: what is left of them."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import typing as t

import pytest

from tests.support.marked import TemporaryFolder
from tests.support.playbooks import RunningPlaybook, run_playbook, start_playbook
from tests.support.simulator import Simulator

pytestmark = pytest.mark.timeout(600)

INVENTORY = {"all": {"hosts": {"one": {"ansible_connection": "local"}}}}
TIME_IS_UP = r"timed out after 5 second|expected time frame \(5\) and was terminated"


@pytest.fixture
def cluster(simulator: Simulator) -> t.Iterator[dict[str, t.Any]]:
    simulator.reset()
    simulator.clear_log()
    yield {"resource_group": simulator.resource_group, "name": "aks-a"}
    simulator.clear_faults()


@pytest.fixture
def folder() -> t.Iterator[TemporaryFolder]:
    """Of a short path: ansible-core has a socket in it, whose address may have 107 characters."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="dp-") as parent:
        yield TemporaryFolder(pathlib.Path(parent, "t"))


def play(*tasks: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return [{"hosts": "one", "gather_facts": False, "tasks": list(tasks)}]


@pytest.mark.parametrize("payloads", [False, True])
def test_the_time_limit_of_a_task_in_the_middle_of_a_change(
    simulator: Simulator, cluster: dict[str, t.Any], folder: TemporaryFolder, payloads: bool
) -> None:
    """And a task after it in the same run works; no client certificate of the kubeconfig is left."""
    simulator.fault("hang", method="PUT", path="/managedClusters/aks-a$")
    tasks: list[dict[str, t.Any]] = [
        {"aks.dataplane.aks_dataplane_status_info": cluster},
        {"name": "cut", "aks.dataplane.aks_kube_proxy": {**cluster, "mode": "NFTABLES"}, "timeout": 5, "ignore_errors": True},
        {"name": "after", "aks.dataplane.aks_dataplane_status_info": {**cluster, "name": "aks-b"}},
        {"name": "wrong", "aks.dataplane.aks_dataplane_status_info": {**cluster, "name": "none"}, "ignore_errors": True},
    ]
    env = {**simulator.environment(), **folder.environment}
    run = run_playbook(play(*tasks), INVENTORY, env=env, payloads=payloads)
    (cut,) = run.results("cut")
    assert re.search(TIME_IS_UP, str(cut), re.IGNORECASE)
    assert [event["status"] for event in run.events] == ["ok", "failed", "ok", "failed"]
    assert payloads or folder.processes() == set()
    # Ansible leaves an ordinary module to itself, which tidies up at its end.
    simulator.clear_faults()
    folder.wait_for_the_end()
    assert folder.files() == []


def in_the_middle_of_a_change(simulator: Simulator, cluster: dict[str, t.Any], folder: TemporaryFolder, payloads: bool) -> RunningPlaybook:
    simulator.fault("hang", method="PUT", path="/managedClusters/aks-a$")
    tasks: list[dict[str, t.Any]] = [
        {"aks.dataplane.aks_dataplane_status_info": cluster},
        {"aks.dataplane.aks_kube_proxy": {**cluster, "mode": "NFTABLES"}},
    ]
    running = start_playbook(play(*tasks), INVENTORY, env={**simulator.environment(), **folder.environment}, payloads=payloads)
    while not simulator.log(method="PUT"):
        assert running.process.poll() is None, running.wait()
        time.sleep(0.5)
    return running


def worker_of(running: RunningPlaybook) -> int:
    listed = pathlib.Path(f"/proc/{running.process.pid}/task").glob("*/children")
    (worker,) = (int(pid) for children in listed for pid in children.read_text().split())
    return worker


@pytest.mark.parametrize("payloads", [False, True])
@pytest.mark.parametrize("whom", ["ansible-playbook", "its worker"])
def test_a_run_that_is_ended_leaves_nothing(
    simulator: Simulator, cluster: dict[str, t.Any], folder: TemporaryFolder, payloads: bool, whom: str
) -> None:
    running = in_the_middle_of_a_change(simulator, cluster, folder, payloads)
    os.kill(running.process.pid if whom == "ansible-playbook" else worker_of(running), signal.SIGTERM)
    # Where nobody has ended it, a request has its answer at last, and the run waits for that.
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.process.wait(timeout=10)
    simulator.clear_faults()
    run = running.wait()
    assert run.returncode != 0
    folder.wait_for_the_end()
    # The others are those of Python's multiprocessing, which the parent of ansible-core 2.21 leaves behind.
    assert [name for name in folder.files() if not name.startswith("pymp-")] == []
    assert len(simulator.log(method="PUT")) <= 2


@pytest.mark.parametrize("payloads", [False, True])
def test_a_run_that_is_killed_leaves_no_secret_on_disk(
    simulator: Simulator, cluster: dict[str, t.Any], folder: TemporaryFolder, payloads: bool
) -> None:
    running = in_the_middle_of_a_change(simulator, cluster, folder, payloads)
    running.kill()
    simulator.clear_faults()
    folder.wait_for_the_end()
    left = [path for where in (folder.path, pathlib.Path(running._scratch.name)) for path in where.rglob("*") if path.is_file()]
    found = b"".join(path.read_bytes() for path in left)
    running.wait()
    assert b"PRIVATE KEY" not in found
    assert simulator.environment()["AZURE_SECRET"].encode() not in found
    # As tokens look.
    assert not re.search(rb"eyJ[\w-]+\.eyJ", found)
