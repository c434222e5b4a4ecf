# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out runs of the campaign, one after the other: numbers in, a line each, and outcomes as JSON out, a line each.

It is started in a mount namespace of its own (C(command)), in which the disk with the run records is as small as it has to be.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback
import typing as t

from .invariants import violations
from .node_invariants import NodeSeen, node_violations
from .plan import IN_PROCESS, NODE, Plan, plan_of
from .plants import PLANTS, nothing
from .seen import Outcome, Seen

# For the records of one run, and no more than fills at once.
DISK_SIZE = "256k"
# As root a plain namespace; without the right to that, inside a user namespace of its own.
WAYS = (("--mount",), ("--user", "--map-root-user", "--mount"))


def command(seed: int, plant: str) -> list[str]:
    """To start one with."""
    way = WAYS[0] if os.geteuid() == 0 else WAYS[1]
    return ["unshare", *way, sys.executable, "-m", "tests.chaos.worker", f"--seed={seed}", f"--plant={plant}"]


class Worker:
    def __init__(self, folder: pathlib.Path, seed: int, plant: str) -> None:
        self._folder, self._seed = folder, seed
        self._plant = PLANTS[plant] if plant else nothing
        self._disk = folder / "disk"
        self._disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE}", "tmpfs", str(self._disk)], check=True)
        self._open = contextlib.ExitStack()
        self._playbooks: t.Any = None

    def close(self) -> None:
        self._open.close()
        subprocess.run(["umount", str(self._disk)], check=True)

    def outcome(self, number: int) -> Outcome:
        plan, began = plan_of(self._seed, number), time.monotonic()
        try:
            seen = self._seen(plan)
            wrong = node_violations(seen) if isinstance(seen, NodeSeen) else violations(seen)
            met = {name for step in seen.everything for name in step.met}
        except Exception:
            seen, wrong, met = None, [f"the campaign itself failed: {traceback.format_exc()}"], set()
        return Outcome(
            number=number,
            sort=plan.sort,
            seconds=time.monotonic() - began,
            planned=tuple(sorted(plan.names)),
            met=tuple(sorted(met)),
            killed_after_put=bool(seen) and any(step.killed and any(put.accepted for put in step.puts) for step in seen.everything),
            violations=tuple(wrong),
        )

    def _seen(self, plan: Plan) -> Seen | NodeSeen:
        if plan.sort == IN_PROCESS:
            from .scene import Scene

            return Scene(plan, self._folder / "run", self._disk, self._plant).run()
        if plan.sort == NODE:
            from .node_scene import NodeScene

            return NodeScene(plan).run()
        from .playbook_scene import PlaybookScenes

        if self._playbooks is None:
            self._playbooks = self._open.enter_context(PlaybookScenes(self._folder / "simulator"))
        return self._playbooks.run(plan, self._folder / "run", self._disk)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--plant", default="")
    chosen = parser.parse_args()
    # What runs may print has no place among the outcomes.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        worker = Worker(pathlib.Path(folder), chosen.seed, chosen.plant)
        try:
            for line in sys.stdin:
                answers.write(json.dumps(dataclasses.asdict(worker.outcome(int(line)))) + "\n")
        finally:
            worker.close()


if __name__ == "__main__":
    main()
