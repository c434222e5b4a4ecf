# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run in this process: the simulator in virtual time, and the product in forks."""

from __future__ import annotations

import collections
import copy
import json
import pathlib
import shutil

from tests.simulator.arm.clusters import Cluster
from tests.simulator.arm.features import KUBE_PROXY as FEATURE
from tests.simulator.faults import CONNECTION
from tests.simulator.kube.cluster import KubeCluster
from tests.support.cloud_in_process import TOKEN, CloudInProcess
from tests.support.product import Product

from . import bodies, client_keys, others
from .conduct import Conduct
from .invariants import leaks
from .plan import CLUSTER, TASKS, Event, Plan, Step
from .remote import Plant
from .seen import Nodes, Seen, StepSeen
from .trouble import HOST_ROUTING, KUBE_PROXY, Json

# Seconds that a run waits for Azure and for its nodes.
WAIT_TIMEOUT = 1200
ROLLOUT_TIMEOUT = 600
# In which Azure and the nodes do whatever they have to do.
SETTLE_SECONDS = 60.0
SETTLE_ROUNDS = 100

MODULES = {KUBE_PROXY: "aks_kube_proxy", HOST_ROUTING: "aks_ebpf_host_routing"}
VARIABLES = {KUBE_PROXY: "aks_dataplane_kube_proxy", HOST_ROUTING: "aks_dataplane_host_routing"}


class Scene:
    """A cluster as the plan has it. folder: of the run; disk: a small one, for the records; both are emptied. plant: see C(plants)."""

    def __init__(self, plan: Plan, folder: pathlib.Path, disk: pathlib.Path, plant: Plant) -> None:
        self.plan, self.folder, self.plant, self.plane = plan, folder, plant, plan.plane
        self._disk, self._records = disk, disk / "runs"
        for top in (folder, disk):
            empty(top)
        self.cloud = CloudInProcess(folder, (), plan.nodes, {FEATURE: "Registered"})
        self.cloud.run(self.cloud.world.add_cluster(CLUSTER, **seeded(plan)))
        self._expected = copy.deepcopy(self.cluster().body)
        self._step = Step("", "", (), ())
        self._earlier = 0

    def cluster(self) -> Cluster:
        return self.cloud.world.clusters[CLUSTER]

    def run(self) -> Seen:
        """All steps, and the clean run after them."""
        with self.cloud:
            steps = tuple(self._seen_of(step) for step in self.plan.steps)
            if any(step.harmed for step in steps):
                self._repair()
            rerun = self._seen_of(Step(steps[-1].step.declared, TASKS, (), ()))
            return Seen(self.plan, steps, rerun, self._lost(), self._leaks(), self._left())

    # A step.

    def _seen_of(self, step: Step) -> StepSeen:
        self._step, self._earlier, begun = step, len(self._read_records()), self._nodes()
        for fault in step.faults:
            self.cloud.fault(**{"cluster": CLUSTER, **fault.details})
        conduct = Conduct(self, step, lambda product: self._work(product, step))
        result, crashed, running = conduct.carry_out()
        ended, met = self._nodes(), collections.Counter(conduct.happened)
        for fault, item in zip(step.faults, self.cloud.world.faults.items, strict=True):
            met[fault.name] += item.hits or int(item.kind in CONNECTION and item.began is not None)
        self.cloud.world.faults.clear()
        others.free(self._disk)
        self._settle()
        return StepSeen(
            step=step,
            result=result,
            begun=begun,
            ended=ended,
            settled=self._nodes(),
            puts=tuple(conduct.puts),
            others=tuple(conduct.set_by_others),
            met={name: count for name, count in met.items() if count},
            records=tuple(self._read_records()),
            earlier=self._earlier,
            running=tuple(running),
            crashed=crashed,
        )

    def _work(self, product: Product, step: Step) -> Json:
        """In the product's process."""
        group = self.cloud.world.settings.resource_group
        if step.way == TASKS:
            run = product.switch(variables(self.plane, step.declared, group, self._records))
            failed = {} if run.green else {"failed": True, "msg": run.story}
            result = {"verdict": run.verdict, "story": run.story, "shown": run.shown, **failed}
        else:
            declared = {"mode" if self.plane == KUBE_PROXY else "state": step.declared}
            options = {"resource_group": group, "name": CLUSTER, "wait_timeout": WAIT_TIMEOUT, **declared}
            result = product.module(MODULES[self.plane], options)
        # As Ansible shows it.
        print(json.dumps(result))
        return result

    def _nodes(self) -> Nodes:
        cluster = self.cluster()
        if self.plane == KUBE_PROXY:
            modes = {pod.template.mode.upper() if pod.state == "running" else "" for pod in cluster.kube.pods}
        else:
            modes = {"enabled" if node.labelled and node.accelerated else "disabled" for node in cluster.kube.linux_nodes()}
        return Nodes(bodies.value_of(cluster.body, self.plane), frozenset(modes))

    def _settle(self) -> None:
        for _round in range(SETTLE_ROUNDS):
            self.cloud.sleep(SETTLE_SECONDS)
            if not self.cluster().busy():
                break
        self.cloud.sleep(10 * SETTLE_SECONDS)

    def _repair(self) -> None:
        """What was wrong is mended by whoever is there for that: the last operation succeeds, and nodes run what the cluster is configured for."""
        cluster = self.cluster()
        cluster.set_state("Succeeded")

        async def anew() -> None:
            await cluster.kube.close()
            cluster.kube = KubeCluster(self.cloud.world, cluster.name, cluster.body)
            await cluster.kube.start()

        self.cloud.run(anew())

    def _read_records(self) -> list[Json]:
        return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(self._records.glob("*/*.json"))]

    # For the step under way.

    def recorded(self) -> bool | None:
        return any(record["before"] for record in self._read_records()[self._earlier :]) if self._step.way == TASKS else None

    def act(self, event: Event) -> bool:
        if event.name == "disk_full":
            others.fill(self._disk)
            return True
        if not self.cloud.run(others.act(self.cloud.world, self.cluster(), event, self.plane)):
            return False
        others.change_outside(self._expected, event)
        return True

    def end(self, _event: Event) -> None:
        others.free(self._disk)

    # At the end.

    def _lost(self) -> tuple[str, ...]:
        return tuple(bodies.differences(bodies.outside(self._expected, self.plane), bodies.outside(self.cluster().body, self.plane)))

    def _leaks(self) -> tuple[str, ...]:
        signatures = [operation.query["s"] for operation in self.cloud.world.operations.items.values()]
        secrets = [TOKEN, *client_keys.secrets(), *self.cluster().kube.tokens.values(), *signatures]
        return tuple(leaks(secrets, {file.name: file.read_text(encoding="utf-8", errors="replace") for file in self._files()}))

    def _left(self) -> tuple[str, ...]:
        """Nothing but the records with their pages, and what it printed."""
        return tuple(file.name for file in self._files() if file.name != "output" and file.suffix != ".json" and not is_page(file))

    def _files(self) -> list[pathlib.Path]:
        return [file for top in (self.folder, self._disk) for file in sorted(top.rglob("*")) if file.is_file()]


def is_page(file: pathlib.Path) -> bool:
    """Of a record that is next to it."""
    return file.suffix in (".html", ".md") and file.with_suffix(".json").exists()


def seeded(plan: Plan) -> Json:
    """How the simulator makes the cluster."""
    if plan.plane == KUBE_PROXY:
        patch = {"kubeProxyConfig": {"enabled": True, "mode": plan.before} if plan.before else None}
        return {"seed": "overlay", "patch": {"properties": {"networkProfile": patch}}, "nodes": plan.nodes}
    mode = {"performance": {"accelerationMode": "BpfVeth" if plan.before == "enabled" else "None"}}
    properties = {"currentKubernetesVersion": "1.34.2", "networkProfile": {"advancedNetworking": mode}}
    return {"seed": "cilium-acns", "patch": {"properties": properties}, "nodes": plan.nodes}


def variables(plane: str, declared: str, group: str, records: pathlib.Path) -> Json:
    """Of the host that stands for the cluster."""
    return {
        "inventory_hostname": CLUSTER,
        "aks_dataplane_resource_group": group,
        "aks_dataplane_record_dir": str(records),
        "aks_dataplane_rollout_timeout": ROLLOUT_TIMEOUT,
        "aks_dataplane_wait_timeout": WAIT_TIMEOUT,
        # There are no channels to pods here.
        "aks_dataplane_exec": False,
        VARIABLES[plane]: {"mode": declared} if plane == KUBE_PROXY else declared,
        "__aks_dataplane_demanded": VARIABLES[plane],
    }


def empty(folder: pathlib.Path) -> None:
    """Also when it was not there."""
    folder.mkdir(exist_ok=True, parents=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
