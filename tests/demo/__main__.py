# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: two simulated clusters switch from iptables to nftables, stay as they are, and one takes a failed switch back.

  python -m tests.demo

Only Azure and the Kubernetes API are simulated. The playbook, its credentials and its inventory are those of a real cloud, and the nodes' rules
are real rules in the kernel, in one network namespace per node.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import typing as t

import yaml

from tests.demo.nodes import NodeView, look, told
from tests.demo.playing import Outcome, play
from tests.demo.requirements import missing
from tests.support.simulator import ROOT, Simulator, clean_environment

CLUSTERS = ("aks-blue", "aks-green")
RECORDS = ROOT / ".cache" / "demo" / "runs"
# Real seconds for one second of Azure: an update that takes more than two minutes there takes more than a second here.
SCALE = 0.01


class Unexpected(Exception):
    """Something was not as the demo tells it."""


def heading(text: str) -> None:
    print(f"\n=== {text} {'=' * max(3, 100 - len(text))}\n", flush=True)


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Unexpected(what)
    print(f"  [as expected] {what}", flush=True)


def views(simulator: Simulator, cluster: str) -> list[NodeView]:
    return [look(node["name"], node["pid"]) for node in simulator.nodes(cluster)]


def show_nodes(simulator: Simulator, clusters: t.Sequence[str] = CLUSTERS) -> list[NodeView]:
    seen = []
    for cluster in clusters:
        print(f"  {cluster}")
        for view in views(simulator, cluster):
            print("\n".join(f"  {line}" for line in told(view)))
            seen.append(view)
    print(flush=True)
    return seen


def write_inventory(folder: pathlib.Path, simulator: Simulator) -> pathlib.Path:
    inventory = {
        "aks_clusters": {
            "hosts": {cluster: {} for cluster in CLUSTERS},
            "vars": {
                "aks_dataplane_resource_group": simulator.resource_group,
                "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
                "aks_dataplane_record_dir": str(RECORDS),
                "aks_dataplane_poll_interval": 2,
                "aks_dataplane_rollout_timeout": 5,
            },
        }
    }
    file = folder / "inventory.yml"
    file.write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    return file


def show_record(cluster: str) -> dict[str, t.Any]:
    """The newest record of a cluster, and where it is."""
    path = max(RECORDS.glob(f"*.{cluster}/*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    print(f"  {path}")
    phases = ", ".join(f"{phase['name']} {phase['status']}" for phase in record["phases"])
    print(f"    verdict {record['verdict']}; phases: {phases}", flush=True)
    return record


def switch(simulator: Simulator, inventory: pathlib.Path, environment: t.Mapping[str, str]) -> None:
    heading("Before: what each node's namespace says")
    expect(all(view.runs_iptables for view in show_nodes(simulator)), "every node has the KUBE-SVC chains of kube-proxy in mode iptables")

    heading("First run: iptables becomes nftables on both clusters")
    outcome = play(inventory, environment)
    print()
    expect(outcome.returncode == 0, "the playbook ended well")

    heading("After: what each node's namespace says")
    expect(
        all(view.runs_nftables for view in show_nodes(simulator)),
        "every node has the tables of kube-proxy in mode nftables, and no KUBE-SVC chain",
    )

    heading("The run records")
    expect([show_record(cluster)["verdict"] for cluster in CLUSTERS] == ["switched"] * 2, "both records say that the cluster was switched")


def again(inventory: pathlib.Path, environment: t.Mapping[str, str]) -> None:
    heading("Second run: nothing is left to change")
    outcome = play(inventory, environment)
    print()
    expect(outcome.returncode == 0, "the playbook ended well")
    expect(outcome.changed == dict.fromkeys(CLUSTERS, 0), "changed=0 for both clusters")


def failure(simulator: Simulator, inventory: pathlib.Path, environment: t.Mapping[str, str]) -> None:
    heading("Third run: aks-green is to go back to iptables, and kube-proxy crashes on one of its nodes")
    simulator.fault("crash_loop", path="aks-green/.*1$", mode="iptables", times=None)
    wanted = json.dumps({"aks_dataplane_kube_proxy": {"mode": "IPTABLES"}})
    outcome = play(inventory, environment, "--limit", "aks-green", "--extra-vars", wanted)
    print()
    check_failure(outcome)

    heading("After the failed switch: what each node's namespace says")
    expect(
        all(view.runs_nftables for view in show_nodes(simulator, ["aks-green"])), "every node of aks-green has the nftables tables again"
    )
    expect(show_record("aks-green")["verdict"] == "rolled_back", "the record says that the former configuration was restored")


def check_failure(outcome: Outcome) -> None:
    text = " ".join(outcome.output.split())
    expect(outcome.returncode == 2 and outcome.failed == {"aks-green": 1}, "the playbook failed for aks-green")
    expect("IPTABLES is not proved on every node" in text, "it told what failed")
    expect("The configuration from before (NFTABLES) was restored, and is proved on 3 of 3 nodes." in text, "it told how the way back went")


def demo(folder: pathlib.Path) -> None:
    heading("Starting two simulated clusters of three nodes")
    with Simulator.started(folder / "simulator", clusters=CLUSTERS, node_kind="netns", scale=SCALE) as simulator:
        print(f"  Azure Resource Manager: {simulator.arm}")
        print(f"  clusters: {', '.join(CLUSTERS)}, in resource group {simulator.resource_group}", flush=True)
        inventory = write_inventory(folder, simulator)
        environment = {"HOME": str(folder), **simulator.environment()}
        switch(simulator, inventory, environment)
        again(inventory, environment)
        failure(simulator, inventory, environment)


def end_on_signal(number: int, _frame: t.Any) -> t.NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    problems = missing()
    if problems:
        print("\n".join(f"demo: {problem}" for problem in problems), file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_on_signal)
    for name in set(os.environ) - set(clean_environment()):
        del os.environ[name]
    shutil.rmtree(RECORDS, ignore_errors=True)
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="aks-dataplane-demo-") as folder:
            demo(pathlib.Path(folder))
    except Unexpected as exc:
        print(f"\ndemo: this is not as it should be: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            print("\ndemo: stopped; the simulated clusters are gone.", file=sys.stderr)
        return 130
    heading(f"All as it should be, after {time.monotonic() - started:.0f} seconds")
    print(f"  The simulated clusters are gone. The run records stay in {RECORDS} until the next demo or make clean.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
