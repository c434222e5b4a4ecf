# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of the kube-proxy playbook on one cluster, without Ansible and without waiting, and random trouble with the API server in them.

What runs is the product (C(product)) against the simulator in the same process (C(cloud_in_process)).

    with Cloud(directory) as cloud:
        cloud.fault("starting", path=KUBE, moment="accepted", lasts=9)      kinds: tests/simulator/faults.py; seconds are those of the run
        run = cloud.switch()                                                a Run
    trouble = Trouble.at_random(seed)                                       a schedule of faults, the same for the same seed
"""

from __future__ import annotations

import dataclasses
import pathlib
import random
import re
import typing as t

from tests.simulator.arm.features import KUBE_PROXY

from .cloud_in_process import CloudInProcess
from .product import Product, Reply
from .role_tasks import Json

CLUSTER = "aks-a"
KUBE = f"^/k8s/{CLUSTER}/"
MODE = "nftables"
# Seconds that the run waits for its nodes.
ROLLOUT_TIMEOUT = 600

_QUESTION = re.compile(
    rf"^/k8s/{CLUSTER}/api/v1/namespaces/kube-system/pods/(?P<pod>[^/:]+):\d+/proxy/(?P<what>proxyMode|metrics|healthz)$"
)


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run. green: no task failed in the end. verdict, story: as the run returns them. puts: the modes that Azure was asked for.

    verified: since the last of these, each node's kube-proxy has answered that it runs the wanted mode, is healthy and has written its rules.
    mode: what the cluster is configured for. modes: what its nodes run. seconds: how long it took.
    """

    green: bool
    verdict: str
    story: str
    puts: list[str | None]
    verified: bool
    mode: str | None
    modes: set[str]
    seconds: float
    shown: list[str]

    @property
    def rolled_back(self) -> bool:
        """Whether anything but the wanted mode was asked for, or is said to have been."""
        return self.verdict.startswith("roll") or any(mode != MODE.upper() for mode in self.puts)


class Cloud(CloudInProcess):
    """One simulated cluster, whose nodes are well, and a directory for the records of runs."""

    def __init__(self, directory: pathlib.Path, nodes: int = 3) -> None:
        super().__init__(directory, (CLUSTER,), nodes, {KUBE_PROXY: "Registered"})
        self._directory = directory
        self._answered: dict[str, set[str]] = {}

    def switch(self, **variables: t.Any) -> Run:
        """A run of the playbook that switches to MODE. variables: of the cluster."""
        start, product = self.clock(), Product(self)
        with product.in_place():
            switch = product.switch({**self._variables(), **variables})
        return Run(
            green=switch.green,
            verdict=str(switch.verdict),
            story=switch.story,
            puts=[_mode(entry["body"]) for entry in self.world.log.entries if entry["method"] == "PUT"],
            verified=self._verified(),
            mode=_mode(self.world.clusters[CLUSTER].body),
            modes={pod.template.mode for pod in self.world.clusters[CLUSTER].kube.pods},
            seconds=self.clock() - start,
            shown=switch.shown,
        )

    def _variables(self) -> Json:
        return {
            "inventory_hostname": CLUSTER,
            "aks_dataplane_resource_group": self.world.settings.resource_group,
            "aks_dataplane_record_dir": str(self._directory / "runs"),
            "aks_dataplane_kube_proxy": {"mode": MODE.upper()},
            "aks_dataplane_rollout_timeout": ROLLOUT_TIMEOUT,
            # There are no channels to pods here.
            "aks_dataplane_exec": False,
            "__aks_dataplane_demanded": "aks_dataplane_kube_proxy",
        }

    # What can be known of the nodes.

    def ask(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None, seconds: float) -> Reply:
        reply = super().ask(method, target, headers, body, seconds)
        self._note(target.partition("?")[0], reply)
        if method == "PUT":
            # Azure has something new to carry out.
            self._answered.clear()
        return reply

    def _note(self, path: str, reply: Reply) -> None:
        """Keep what a node's kube-proxy has answered in favour of the wanted mode."""
        found = _QUESTION.match(path)
        text = reply.body.decode()
        good = {"proxyMode": text == MODE, "metrics": "rules_last_timestamp_seconds" in text, "healthz": True}
        if found and reply.status == 200 and good[found["what"]]:
            self._answered.setdefault(found["pod"], set()).add(found["what"])

    def _verified(self) -> bool:
        kube_now = self.world.clusters[CLUSTER].kube
        reported = {pod.node for pod in kube_now.pods if self._answered.get(pod.name) == {"proxyMode", "metrics", "healthz"}}
        return reported == {node.name for node in kube_now.linux_nodes()}


def _mode(body: t.Any) -> str | None:
    return t.cast("str | None", (body["properties"]["networkProfile"].get("kubeProxyConfig") or {}).get("mode"))


# Random trouble.

STATES = (
    *("starting", "unauthorized", "refused", "handshake", "hang", "reset", "throttle", "slow"),
    *("server_error", "empty", "page"),
)
# What is asked of the API server: everything, lists, what pods answer through it, the DaemonSet.
PATHS = (f"{KUBE}", f"{KUBE}", f"{KUBE}", f"{KUBE}api/v1/nodes$", "/pods$", "/proxy/", "/daemonsets/")
# Seconds of trouble in all that a run must wait out; the rest of its time is for the nodes.
PASSES = ROLLOUT_TIMEOUT / 2


@dataclasses.dataclass(frozen=True)
class Trouble:
    """A schedule of faults. nodes: of the cluster; with many, they are not done yet when Azure is.

    passes: the trouble is over long before the run's time is, and begins when the run has seen the API server already.
    """

    nodes: int
    faults: tuple[Json, ...]
    passes: bool

    @classmethod
    def at_random(cls, seed: int) -> Trouble:
        dice = random.Random(seed)
        nodes = dice.choice((1, 3, 9))
        found: list[Json] = []
        cost, late = 0.0, True
        for _number in range(dice.choice((1, 1, 2, 3))):
            when = _moment(dice)
            late = late and bool(when.get("moment"))
            for fault, seconds in _restart(dice, when) if dice.random() < 0.25 else [_one(dice, when)]:
                found.append(fault)
                cost += seconds
        if dice.random() < 0.3:
            found.append({"kind": "no_sync", "seconds": dice.randint(1, 30), "times": dice.randint(1, nodes)})
            cost += 30 * nodes
        return cls(nodes, tuple(found), passes=late and cost <= PASSES)


def _moment(dice: random.Random) -> Json:
    if dice.random() < 0.3:
        return {"skip": dice.randint(0, 80)}
    # Azure takes 138 seconds.
    moment, longest = dice.choice((("", 300), ("accepted", 200), ("rollout", 120), ("rolled_out", 30)))
    return {"moment": moment, "delay": dice.uniform(0, longest)}


def _one(dice: random.Random, when: Json) -> tuple[Json, float]:
    """A fault, and the seconds that it takes at most."""
    kind = dice.choice(STATES)
    fault: Json = {"kind": kind, "path": dice.choice(PATHS), **when}
    if kind in ("refused", "handshake"):
        fault["path"] = KUBE
    details: dict[str, Json] = {
        "throttle": {"retry_after": dice.choice((None, "1", "5", "30"))},
        "slow": {"seconds": dice.uniform(0.5, 5)},
        "server_error": {"status": dice.choice((500, 502, 503, 504))},
        "empty": {"kind": "answer", "text": "{}"},
        "page": {"kind": "answer", "text": "<html><body>Sign in</body></html>", "content_type": "text/html"},
    }
    fault |= details.get(kind, {})
    if kind != "refused" and dice.random() < 0.3:
        times = dice.randint(1, 4)
        return {**fault, "times": times}, 40.0 * times
    # One in five lasts longer than any run.
    lasts = 4.0 * ROLLOUT_TIMEOUT if dice.random() < 0.2 else dice.uniform(0.5, 120)
    return {**fault, "lasts": lasts}, lasts + 40


def _restart(dice: random.Random, when: Json) -> t.Iterator[tuple[Json, float]]:
    """The API server goes away, and comes back as a starting one does: silent, forbidding, slow."""
    if "skip" in when:
        when = {"delay": dice.uniform(0, 300)}
    begins = when["delay"]
    for kind, longest in (("refused", 60), ("handshake", 15), ("starting", 15), ("slow", 30)):
        lasts = dice.uniform(0.5, longest)
        yield {**when, "kind": kind, "path": KUBE, "delay": begins, "lasts": lasts, **({"seconds": 2.0} if kind == "slow" else {})}, lasts
        begins += lasts


def run_with(trouble: Trouble, directory: pathlib.Path) -> Run:
    """A run into the trouble, on a cluster whose nodes are well."""
    with Cloud(directory, trouble.nodes) as cloud:
        for fault in trouble.faults:
            cloud.fault(**fault)
        return cloud.switch()
