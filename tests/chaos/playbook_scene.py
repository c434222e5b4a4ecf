# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs by ansible-playbook against a simulator that is a process of its own: what is only there with Ansible itself, such as its workers.

Time is real here, so that the same plan does not always meet the same moments.
"""

from __future__ import annotations

import collections
import contextlib
import json
import pathlib
import re
import time
import typing as t
import uuid

import yaml

from tests.simulator.arm import schema
from tests.support.playbooks import RunningPlaybook, start_playbook
from tests.support.simulator import Simulator

from . import bodies, others
from .invariants import leaks
from .plan import ACCEPTED, CLUSTER, FILE, INTERACTION, PUT, TASKS, Event, Plan, Step
from .scene import VARIABLES, empty, is_page, seeded
from .seen import Nodes, Put, Seen, StepSeen
from .trouble import CLUSTER_PATH, KUBE_PROXY, Json

# Real seconds per simulated one, and per second of a plan.
SCALE = 0.01
LONGEST = 25.0
TIMEOUT = 20
LOOK_SECONDS = 0.05
SETTLE_SECONDS = 30.0
# Of one playbook, on a machine that has much else to do.
LONGEST_RUN = 900

PLAYBOOKS = {KUBE_PROXY: "aks.dataplane.kube_proxy"}
# Tokens of Azure, and the signature of an operation's URL.
_SECRETS = re.compile(r"eyJ[\w-]{30,}\.|[?&]s=[\w-]{60,}")


class PlaybookScenes:
    """One simulator for many runs, each of which finds it as new."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._open = contextlib.ExitStack()

    def __enter__(self) -> PlaybookScenes:
        self._simulator = self._open.enter_context(Simulator.started(self._folder, clusters=(CLUSTER,), scale=SCALE))
        return self

    def __exit__(self, *_failure: object) -> None:
        self._open.close()

    def run(self, plan: Plan, folder: pathlib.Path, disk: pathlib.Path) -> Seen:
        return PlaybookScene(plan, self._simulator, folder, disk).run()


class PlaybookScene:
    """folder, disk: as C(scene.Scene) has them."""

    def __init__(self, plan: Plan, simulator: Simulator, folder: pathlib.Path, disk: pathlib.Path) -> None:
        self._plan, self._simulator, self._folder, self._disk = plan, simulator, folder, disk
        for top in (folder, disk):
            empty(top)
        simulator.reset()
        simulator.make_cluster(CLUSTER, **seeded(plan))
        self._expected = simulator.cluster(CLUSTER)
        self._outputs: dict[str, str] = {}

    def run(self) -> Seen:
        plan = self._plan
        steps = tuple(self._seen_of(step) for step in plan.steps)
        rerun = self._seen_of(Step(steps[-1].step.declared, TASKS, (), ()))
        now = bodies.outside(self._simulator.cluster(CLUSTER), plan.plane)
        lost = tuple(bodies.differences(bodies.outside(self._expected, plan.plane), now))
        left = (
            ()
            if any(step.killed for step in steps)
            else tuple(file.name for file in self._files() if file.suffix != ".json" and not is_page(file))
        )
        return Seen(plan, steps, rerun, lost, self._leaks(), left)

    def _seen_of(self, step: Step) -> StepSeen:
        simulator, begun, earlier = self._simulator, self._nodes(), len(self._records())
        simulator.clear_log()
        initial = simulator.cluster(CLUSTER)
        for fault in step.faults:
            simulator.fault(**{"cluster": CLUSTER, **in_real_time(fault.details)})
        mark = f"{self._plan.seed}/{self._plan.number}/{uuid.uuid4()}"
        running = self._started(step, mark)
        happened = self._attend(running, step)
        # Of a run that goes on, the record is looked at too late.
        recorded = any(record["before"] for record in self._records()[earlier:]) if "kill" in happened else None
        run = running.wait(timeout=LONGEST_RUN)
        stuck = run.returncode < 0 and "kill" not in happened
        ended, met = self._nodes(), collections.Counter(happened)
        for fault, item in zip(step.faults, simulator.control("GET", "faults"), strict=True):
            met[fault.name] += item["hits"]
        simulator.clear_faults()
        self._settle()
        self._outputs |= {f"output {mark}": run.stdout + run.stderr, f"results {mark}": json.dumps([run.events, run.custom])}
        result = None if "kill" in happened or stuck else self._result(run)
        return StepSeen(
            step=step,
            result=result,
            begun=begun,
            ended=ended,
            settled=self._nodes(),
            puts=tuple(self._puts(initial, recorded)),
            met={name: count for name, count in met.items() if count},
            records=tuple(self._records()),
            earlier=earlier,
            running=() if result is None else tuple(_marked(mark)),
            crashed=f"the playbook did not end within {LONGEST_RUN} seconds" if stuck else "",
        )

    def _started(self, step: Step, mark: str) -> RunningPlaybook:
        plane, simulator = self._plan.plane, self._simulator
        host = {
            "aks_dataplane_resource_group": simulator.resource_group,
            "aks_dataplane_record_dir": str(self._disk / "runs"),
            "aks_dataplane_poll_interval": 1,
            "aks_dataplane_rollout_timeout": TIMEOUT,
            "aks_dataplane_wait_timeout": TIMEOUT,
            VARIABLES[plane]: {"mode": step.declared} if plane == KUBE_PROXY else step.declared,
        }
        scratch = self._folder / "tmp"
        scratch.mkdir(exist_ok=True)
        places = dict.fromkeys(("TMPDIR", "ANSIBLE_LOCAL_TEMP", "ANSIBLE_REMOTE_TEMP"), str(scratch))
        environment = {**simulator.environment(), **places, "CHAOS_RUN": mark}
        playbook = PLAYBOOKS.get(plane, "aks.dataplane.ebpf_host_routing")
        return start_playbook(playbook, {"all": {"hosts": {CLUSTER: host}}}, env=environment)

    # What happens meanwhile.

    def _attend(self, running: RunningPlaybook, step: Step) -> list[str]:
        """The names of events that happened, until the playbook ends or is killed."""
        happened: list[str] = []
        waiting, began = list(step.events), time.monotonic()
        accepted_at: float | None = None
        versions: set[str] = set()
        while running.process.poll() is None and waiting and time.monotonic() < began + 200:
            log = self._simulator.log()
            versions |= {json.dumps(record) for record in self._records()}
            if accepted_at is None and any(_accepted(entry) for entry in log):
                accepted_at = time.monotonic()
            since = -1.0 if accepted_at is None else time.monotonic() - accepted_at
            reached = {INTERACTION: len(log) / 4, PUT: len(log) / 8, FILE: len(versions), ACCEPTED: since / LOOK_SECONDS}
            for event in [event for event in waiting if reached[event.point] >= event.number and (event.point != ACCEPTED or since >= 0)]:
                if event.name == "kill":
                    running.kill()
                    return [*happened, event.name]
                if self._act(event):
                    waiting.remove(event)
                    happened.append(event.name)
            time.sleep(LOOK_SECONDS)
        return happened

    def _act(self, event: Event) -> bool:
        """Whether it could happen now."""
        if event.name == "disk_full":
            others.fill(self._disk)
            return True
        body = self._simulator.cluster(CLUSTER)
        if body["properties"]["provisioningState"] != "Succeeded":
            return False
        others.change_outside(body, event)
        patch = {"tags": body.get("tags"), "eTag": str(uuid.uuid4()), "properties": {}}
        for name in ("autoUpgradeProfile", "agentPoolProfiles"):
            patch["properties"][name] = body["properties"].get(name)
        self._simulator.set_cluster(CLUSTER, patch)
        others.change_outside(self._expected, event)
        return True

    # What was seen.

    def _result(self, run: t.Any) -> Json:
        verdict = (run.custom.get("aks_dataplane_verdicts") or run.custom.get("_run", {}).get("aks_dataplane_verdicts") or {}).get(CLUSTER)
        failed = {} if run.returncode == 0 else {"failed": True, "msg": run.stdout[-1500:] + run.stderr[-500:]}
        return {"verdict": verdict, "story": run.stdout[-1500:], "text": run.stdout + run.stderr, **failed}

    def _puts(self, initial: Json, recorded: bool | None) -> t.Iterator[Put]:
        plane = self._plan.plane
        for entry in self._simulator.log(method="PUT"):
            if not re.search(CLUSTER_PATH, entry["path"]):
                continue
            accepted, sent = _accepted(entry), entry["body"]
            # As the run could have read it, before somebody else has changed it or after that.
            stored = [schema.visible(body, entry["query"]["api-version"]) for body in (initial, self._expected)]
            outside = set.intersection(*(set(bodies.not_sent_back(body, sent, plane)) for body in stored))
            unsure = not accepted and (entry["status"] is None or entry["status"] >= 500)
            yield Put(bodies.value_of(sent, plane), tuple(sorted(outside)) if accepted else (), accepted, unsure, recorded)

    def _nodes(self) -> Nodes:
        name, plane = CLUSTER, self._plan.plane
        found = self._simulator.nodes(name)
        modes = {
            str(node["mode"] or "").upper() if plane == KUBE_PROXY else "enabled" if node["host_routing"] else "disabled" for node in found
        }
        return Nodes(bodies.value_of(self._simulator.cluster(name), plane), frozenset(modes))

    def _settle(self) -> None:
        """Until Azure is done, and the nodes have not changed for a while. What the plan lets happen under playbooks passes by itself."""
        limit, last, still = time.monotonic() + SETTLE_SECONDS, None, 0
        while time.monotonic() < limit and still < 4:
            state, nodes = self._simulator.cluster(CLUSTER)["properties"]["provisioningState"], self._nodes()
            still = still + 1 if state in ("Succeeded", "Failed") and nodes == last and "" not in nodes.modes else 0
            last = nodes
            time.sleep(4 * LOOK_SECONDS)
        others.free(self._disk)

    def _records(self) -> list[Json]:
        found = []
        for file in sorted((self._disk / "runs").glob("*/*.json")):
            with contextlib.suppress(FileNotFoundError):
                found.append(json.loads(file.read_text(encoding="utf-8")))
        return found

    def _leaks(self) -> tuple[str, ...]:
        config = yaml.safe_load(pathlib.Path(self._simulator.kubeconfig(CLUSTER)).read_text(encoding="utf-8"))
        tokens = [user["user"]["token"] for user in config["users"]]
        texts = {**self._outputs, **{file.name: file.read_text(encoding="utf-8", errors="replace") for file in self._files()}}
        known = leaks([self._simulator.info["secret"], *tokens], texts)
        return (*known, *(name for name, text in texts.items() if _SECRETS.search(text)))

    def _files(self) -> list[pathlib.Path]:
        return [file for top in (self._folder, self._disk) for file in sorted(top.rglob("*")) if file.is_file()]


def in_real_time(details: Json) -> Json:
    """A fault of a plan, whose seconds are those of Azure, for a run that waits as long as tests do."""
    real = dict(details)
    for name in ("delay", "lasts"):
        if real.get(name) is not None:
            real[name] = min(real[name] * 2 * SCALE, LONGEST)
    if real["kind"] in ("hang", "handshake"):
        real["seconds"] = 2.0
    elif real["kind"] == "slow":
        real["seconds"] = min(real["seconds"], 1.0)
    if real.get("retry_after"):
        real["retry_after"] = "1"
    return real


def _accepted(entry: Json) -> bool:
    return entry["method"] == "PUT" and bool(re.search(CLUSTER_PATH, entry["path"])) and entry["status"] in (200, 201)


def _marked(mark: str) -> list[str]:
    """The commands of processes that have it in their environment."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"CHAOS_RUN={mark}" in (folder / "environ").read_bytes().decode(errors="replace"):
                found.append((folder / "cmdline").read_text().replace("\0", " ").strip())
    return found
