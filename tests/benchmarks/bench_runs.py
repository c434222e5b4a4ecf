# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of a playbook costs, beside an empty play and a plain script with Azure's library; prints a table.

    python -m tests.benchmarks.bench_runs [--fleet 20] [--audit 1000] [--repeat 3]

CPU seconds of all processes of the run, the least of several; those of the simulator do not count. Forks are processes and threads that the run started:
each run is in a pid namespace of its own, which counts them. Needs root for that.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import typing as t

from tests.support.fleet import Fleet
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

EMPTY = [{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "nothing"}}]}]
# The new processes of a namespace are numbered from 1; the last field is the number of the newest one.
COUNTED = ("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", '"$@"; code=$?; cut -d" " -f5 /proc/loadavg >"$0"; exit $code')

# Given words that go before its command, it returns the number of its tasks, on all hosts.
Run = t.Callable[[t.Sequence[str]], int]


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of one run. forks: processes and threads. sign_ins: answers of the identity service, its discovery included."""

    cpu: float
    tasks: int
    forks: int
    arm: int
    sign_ins: int


def used() -> float:
    """CPU seconds of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(simulator: Simulator, count: pathlib.Path, run: Run) -> Cost:
    """count: a file for the number of forks."""
    simulator.clear_log()
    before = used()
    tasks = run((*COUNTED, str(count)))
    cpu = used() - before
    kinds = [entry["kind"] for entry in simulator.log()]
    sign_ins = sum(kinds.count(kind) for kind in ("token", "discovery", "metadata"))
    # Without the shell, and the last command, of the counter itself.
    return Cost(cpu, tasks, int(count.read_text()) - 2, kinds.count("arm") + kinds.count("operation"), sign_ins)


class Runs:
    """What is measured, on the clusters of a simulator. Each run goes through to its end, or it is an error."""

    def __init__(self, simulator: Simulator, folder: pathlib.Path, clusters: int, nodes: int) -> None:
        self._simulator, self._folder, self._clusters, self._nodes = simulator, folder, clusters, nodes
        self._fleet = Fleet(simulator, folder / "records", [f"aks-{number:0{len(str(clusters))}}" for number in range(1, clusters + 1)])
        self.begin()

    def begin(self) -> None:
        """All clusters anew, with kube-proxy in IPTABLES."""
        self._simulator.reset()
        self._simulator.make_fleet(self._clusters, prefix="aks-", nodes=self._nodes)

    def cost(self, run: Run, repeat: int = 1, *, anew: bool = False) -> Cost:
        """The cheapest of several. anew: each begins with the clusters as they were."""
        costs = []
        for _run in range(repeat):
            if anew:
                self.begin()
            costs.append(measure(self._simulator, self._folder / "forks", run))
        return min(costs, key=lambda cost: cost.cpu)

    def empty(self, words: t.Sequence[str]) -> int:
        return self._play(EMPTY, {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}, words)

    def switch(self, words: t.Sequence[str], *, check: bool = False, node_look: str = "none") -> int:
        variables = {"aks_dataplane_node_look": node_look}
        return self._play(self._fleet.playbook, self._fleet.inventory, words, check=check, extra_vars=variables)

    def audit(self, words: t.Sequence[str]) -> int:
        variables = {"aks_dataplane_kubernetes": False, "aks_dataplane_audit_file": str(self._folder / "audit.json")}
        return self._play("aks.dataplane.audit", {"all": {}}, words, extra_vars=variables)

    def script(self, words: t.Sequence[str], *arguments: str) -> int:
        (name,) = self._fleet.hosts
        command = [sys.executable, "-m", "tests.benchmarks.sdk_script", name, self._simulator.resource_group, "NFTABLES", *arguments]
        subprocess.run([*words, *command], env={**os.environ, **self._simulator.environment()}, check=True)
        return 0

    def _play(self, playbook: t.Any, inventory: t.Any, words: t.Sequence[str], **how: t.Any) -> int:
        # Only what counts tasks is loaded into Ansible besides, for the empty play too.
        environment = {**self._simulator.environment(), "ANSIBLE_CALLBACKS_ENABLED": "record_results"}
        run = run_playbook(playbook, inventory, env=environment, before=words, timeout=3600, **how)
        if run.returncode:
            raise SystemExit(f"{run.stdout[-3000:]}\n{run.stderr[-2000:]}")
        return len(run.events)


@contextlib.contextmanager
def cloud(clusters: int, nodes: int) -> t.Iterator[Runs]:
    with tempfile.TemporaryDirectory() as name, Simulator.started(pathlib.Path(name) / "simulator", clusters=()) as simulator:
        yield Runs(simulator, pathlib.Path(name), clusters, nodes)


def show(name: str, cost: Cost, empty: Cost, clusters: int = 1) -> None:
    """A line, of which all but the first and the last number are of each cluster."""
    each = cost.cpu / clusters
    print(
        f"{name:34} {cost.cpu:8.2f} {each:8.2f} {each / empty.cpu:6.1f} {cost.tasks / clusters:6.0f} {cost.forks / clusters:6.0f}"
        f" {cost.arm / clusters:6.1f} {cost.sign_ins:8}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what runs cost.")
    parser.add_argument("--fleet", type=int, default=20, help="clusters of a pass over many")
    parser.add_argument("--audit", type=int, default=1000, help="clusters of the audit")
    parser.add_argument("--repeat", type=int, default=3, help="runs of one cluster, of which the cheapest counts")
    options = parser.parse_args()
    print(f"{'':34} {'CPU s':>8} {'each':>8} {'ratio':>6} {'tasks':>6} {'forks':>6} {'ARM':>6} {'sign-ins':>8}", flush=True)
    with cloud(1, nodes=3) as runs:
        empty = runs.cost(runs.empty, options.repeat)
        show("empty play", empty, empty)
        show("script with the SDK: GET", runs.cost(runs.script, options.repeat), empty)
        show("script with the SDK: GET and PUT", runs.cost(lambda words: runs.script(words, "put"), options.repeat, anew=True), empty)
        show("check mode, with a change", runs.cost(lambda words: runs.switch(words, check=True), options.repeat, anew=True), empty)
        show("first switch", runs.cost(runs.switch, options.repeat, anew=True), empty)
        show("nothing to change", runs.cost(runs.switch, options.repeat), empty)
        looking = runs.cost(lambda words: runs.switch(words, node_look="exec"), options.repeat)
        show("nothing to change, 3 nodes looked at", looking, empty)
    with cloud(options.fleet, nodes=3) as runs:
        runs.cost(runs.switch)
        show(f"{options.fleet} clusters, nothing to change", runs.cost(runs.switch), empty, options.fleet)
    with cloud(options.audit, nodes=1) as runs:
        show(f"audit of {options.audit}, without Kubernetes", runs.cost(runs.audit), empty, options.audit)


if __name__ == "__main__":
    main()
