# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: on simulated clusters, a switch of kube-proxy and one of host routing, each with what happens when it must not or cannot be, and what a
switch leaves on the nodes. The nodes are looked at without ssh.

  python -m tests.demo

Only Azure and the Kubernetes API are simulated. The playbooks, their credentials and their inventory are those of a real cloud, and the nodes'
rules are real rules in the kernel, in one network namespace per node.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import typing as t

import yaml

from tests.demo import host_routing, kube_proxy, leftovers
from tests.demo.playing import Stage
from tests.demo.requirements import missing
from tests.demo.telling import RECORDS, Unexpected, first_report, heading
from tests.support.simulator import Simulator, clean_environment

# Real seconds for one second of Azure: an update that takes more than two minutes there takes more than a second here.
SCALE = 0.01


def write_inventory(file: pathlib.Path, simulator: Simulator, groups: t.Mapping[str, t.Any]) -> None:
    variables = {
        "aks_dataplane_resource_group": simulator.resource_group,
        "aks_dataplane_record_dir": str(RECORDS),
        "aks_dataplane_poll_interval": 2,
    }
    file.write_text(yaml.safe_dump({"all": {"vars": variables, "children": dict(groups)}}, sort_keys=False), encoding="utf-8")


def demo(folder: pathlib.Path) -> None:
    heading("Starting four simulated clusters of three nodes")
    with Simulator.started(folder / "simulator", clusters=kube_proxy.CLUSTERS, node_kind="netns", scale=SCALE) as simulator:
        groups = {**kube_proxy.inventory(), **host_routing.prepare(simulator), **leftovers.prepare(simulator)}
        print(f"  Azure Resource Manager: {simulator.arm}")
        ordinary = ", ".join([*kube_proxy.CLUSTERS, leftovers.CLUSTER])
        print(f"  clusters: {ordinary} and, with Cilium, {host_routing.CLUSTER}, in resource group {simulator.resource_group}")
        stage = Stage(folder / "inventory.yml", {"HOME": str(folder), **simulator.environment()})
        write_inventory(stage.inventory, simulator, groups)
        kube_proxy.story(simulator, stage)
        host_routing.story(simulator, stage)
        leftovers.story(simulator, stage)


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
        print(f"\ndemo: stopped, because this did not hold: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            print("\ndemo: stopped; the simulated clusters are gone.", file=sys.stderr)
        return 130
    heading(f"The end, after {time.monotonic() - started:.0f} seconds")
    print("  The simulated clusters are gone. The record (JSON) and the report (HTML and Markdown) of each run stay")
    print(f"  until the next demo or make clean: {RECORDS}")
    print(f"  Report of the first switch: {first_report()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
