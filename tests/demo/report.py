# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record behind the report in the documentation: a switch on a simulated cluster, with traffic through a Service of a node.

  python -m tests.demo.report

It writes docs/reports/switch.json. The report itself, and its picture, are made of that: python -m tools.pages.report.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.demo import kube_proxy, traffic
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator
from tools.pages.report import RECORD

CLUSTER = "aks-prod-1"
WAIVER = {"id": "KP20", "reason": "No client uses node ports through localhost", "until": "2027-01-31", "ticket": "CHG-7"}


def make(target: Path) -> None:
    """Switch a cluster, and keep the record of the run."""
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-report-") as folder:
        records = Path(folder) / "runs"
        work = Path(folder) / "simulator"
        with Simulator.started(work, clusters=(CLUSTER,), node_kind="netns", scale=0.01, resource_group="rg-production") as simulator:
            kube_proxy.late_first_rules(simulator, CLUSTER)
            with traffic.through(simulator.nodes(CLUSTER)[0]) as port:
                variables = {
                    "aks_dataplane_resource_group": simulator.resource_group,
                    "aks_dataplane_record_dir": str(records),
                    "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
                    "aks_dataplane_ignore": [WAIVER],
                    **kube_proxy.probed(port),
                }
                inventory = {"all": {"hosts": {CLUSTER: {}}, "vars": variables}}
                done = run_playbook("aks.dataplane.kube_proxy", inventory, env=simulator.environment())
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        (record,) = records.rglob("*.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(record, target)


if __name__ == "__main__":
    make(RECORD)
