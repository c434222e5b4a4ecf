# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator process, and what tests ask of it.

with Simulator.started(directory) as simulator:
    simulator.environment()                 credentials and trust for a module, a playbook or a shell
    simulator.reset(feature=True)           back to the start; feature: the kube-proxy preview feature is in effect
    simulator.fault("throttle", path=..., method=..., times=1, ...)      kinds, and when they happen: tests/simulator/faults.py
    simulator.restart_api_server("aks-a", moment="accepted", ...)         what a restart of it looks like from outside, phase by phase
    simulator.clear_faults()
    simulator.log(kind="arm", method="PUT") requests so far; clear_log()
    simulator.cluster("aks-a")              the stored cluster
    simulator.set_cluster("aks-a", {...})   JSON merge patch of it; nothing rolls out
    simulator.make_cluster("old", seed="kubenet-ipvs", patch={...}, nodes=3)     settled: its pods run what it says
    simulator.make_fleet(20, prefix="aks-", nodes=1, patch={...})        aks-01 to aks-20
    simulator.kube("aks-a", deny=[...], objects={...}, nodes={...})       tests/simulator/control.py
    simulator.nodes("aks-a")                per node: name, mode, nft_tables, kube_chains, pid of the namespace's holder, enter (words before a command),
                                            ready, host_routing (the label), cilium {pod, state creating|gate|running, ready, user_rules}

  Clusters with Cilium (seed cilium-acns, which has eBPF host routing; patch accelerationMode None for one without). A PUT that changes
  accelerationMode replaces every node; the operation's status says "UpgradingAgentPools: 1/3 nodes completed" (made-up words) meanwhile.
    simulator.kube("cil", boot_rules=["-A INPUT -s 203.0.113.7 -j DROP", "-t nat -A ..."])   what something writes into every new node: its gate holds
    simulator.kube("cil", user_rules={node: ["-A INPUT ..."]})           remembered nodes: the user's rules now; on real ones run [*enter, "iptables", ...]
    simulator.kube("cil", blocked={node: 3})                              calls that the blocker stopped: an event follows
    simulator.kube("cil", unlabelled=[node])      the monitor's label is missing there until it looks again: Azure refuses host routing
    simulator.kube("cil", cilium_version="1.15.19")                       the status of agents in the shape of before 1.16
    simulator.fault("node_stuck" | "legacy_fallback" | "no_label", path="cil/.*")   the last two also for nodes of make_cluster
    The monitor looks every 300 simulated seconds, by the patterns of the cluster's ConfigMap allowed-iptables-patterns.

    simulator.features({name: state}); simulator.settings(scale=..., retry_after="1", token_seconds=..., page=..., claims=...)
    simulator.rights()                      what the collection's requests needed; when the simulator ends, the files in docs/rights must grant it
    simulator.info                          the content of simulator.json
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import time
import typing as t
import urllib.error
import urllib.request

from tools.rights.catalogue import LOOK, KubernetesRight, granted, granted_by_azure

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FEATURE = "KubeProxyConfigurationPreview"
# A namespace that tests choose for pods that look at nodes.
OTHER_NAMESPACE = "looks"
# A real cluster takes longer to start, and to be put back, than one that is simulated.
START_SECONDS = 300.0
CONTROL_SECONDS = 300.0


class Simulator:
    """Made by C(started); every method talks to the control endpoint."""

    def __init__(self, process: subprocess.Popen[bytes], info: dict[str, t.Any]) -> None:
        self.process = process
        self.info = info
        self.arm: str = info["arm"]
        self.ca: str = info["ca"]
        self.subscription_id: str = info["subscription_id"]
        self.resource_group: str = info["resource_group"]
        self._context = ssl.create_default_context(cafile=self.ca)

    @classmethod
    @contextlib.contextmanager
    def started(
        cls,
        directory: pathlib.Path,
        *,
        clusters: t.Sequence[str] = ("aks-a", "aks-b"),
        nodes: int = 3,
        node_kind: str = "memory",
        scale: float = 0.002,
        resource_group: str = "rg-dataplane",
        program: t.Sequence[str] = ("tests.simulator",),
    ) -> t.Iterator[Simulator]:
        """A process that is ended, with its nodes, when the context is left. program: a module that serves one, with its own first arguments."""
        options = {"dir": directory, "clusters": ",".join(clusters), "nodes": nodes, "node-kind": node_kind, "scale": scale}
        options["resource-group"] = resource_group
        command = [sys.executable, "-m", *program, *(f"--{name}={value}" for name, value in options.items())]
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / "simulator.log", "wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            simulator = cls(process, _wait_ready(process, directory))
            yield simulator
            if process.poll() is None:
                simulator.check_rights()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)

    def control(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """One call of the control endpoint; C(path) below /_control/."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.info['control']}/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=CONTROL_SECONDS) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            raise ValueError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def environment(self) -> dict[str, str]:
        """Environment variables of an ordinary operator of this cloud."""
        return {
            "AZURE_CLIENT_ID": self.info["client_id"],
            "AZURE_SECRET": self.info["secret"],
            "AZURE_TENANT": self.info["tenant"],
            "AZURE_SUBSCRIPTION_ID": self.subscription_id,
            "AZURE_CLOUD_ENVIRONMENT": self.arm,
            "REQUESTS_CA_BUNDLE": self.ca,
        }

    def kubeconfig(self, name: str) -> str:
        """Path of a kubeconfig file of one of the clusters that were there at the start."""
        return str(self.info["clusters"][name]["kubeconfig"])

    def reset(self, *, feature: bool = True) -> None:
        self.control("POST", "reset", {"features": {FEATURE: "Registered"} if feature else {}})

    def fault(self, kind: str, **details: t.Any) -> None:
        self.control("POST", "faults", {"kind": kind, **details})

    def restart_api_server(self, name: str, *, refused: float, handshake: float, starting: float, **when: t.Any) -> None:
        """Real seconds of each phase of a restart, one after the other; when: C(moment) and C(delay) of its beginning, else now."""
        begins = float(when.pop("delay", 0.0))
        path = f"/k8s/{name}/"
        for kind, lasts in (("refused", refused), ("handshake", handshake), ("starting", starting)):
            self.fault(kind, path=path, cluster=name, delay=begins, lasts=lasts, **when)
            begins += lasts

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def log(self, kind: str | None = None, method: str | None = None) -> list[dict[str, t.Any]]:
        entries = self.control("GET", "log")
        return [entry for entry in entries if kind in (None, entry["kind"]) and method in (None, entry["method"])]

    def clear_log(self) -> None:
        self.control("DELETE", "log")

    def rights(self) -> tuple[set[KubernetesRight], set[str]]:
        """What the collection's requests needed since the start, of Kubernetes and of Azure."""
        needed = self.control("GET", "rights")
        return {KubernetesRight(**right) for right in needed["kubernetes"]}, set(needed["azure"])

    def check_rights(self) -> None:
        """AssertionError when something was asked that the files in docs/rights do not grant."""
        kubernetes, azure = self.rights()
        # Who chooses another namespace for the pods changes it in the file.
        needed = {dataclasses.replace(right, namespace=LOOK) if right.namespace == OTHER_NAMESPACE else right for right in kubernetes}
        missing = [str(right) for right in sorted(needed) if not granted(right)] + [
            one for one in sorted(azure) if not granted_by_azure(one)
        ]
        if missing:
            raise AssertionError(f"tools/rights/catalogue.py does not grant {missing}")

    def cluster(self, name: str) -> dict[str, t.Any]:
        return self.control("GET", f"clusters/{name}")

    def set_cluster(self, name: str, patch: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return self.control("PATCH", f"clusters/{name}", patch)

    def make_cluster(self, name: str, **how: t.Any) -> dict[str, t.Any]:
        return self.control("PUT", f"clusters/{name}", how)

    def make_fleet(self, count: int, *, prefix: str, **how: t.Any) -> None:
        self.control("PUT", "fleet", {"count": count, "prefix": prefix, **how})

    def apply(self, name: str) -> None:
        """AKS makes nodes and add-ons what the stored cluster says."""
        self.control("POST", f"clusters/{name}/apply")

    def remove_cluster(self, name: str) -> None:
        self.control("DELETE", f"clusters/{name}")

    def kube(self, name: str, **changes: t.Any) -> None:
        self.control("PATCH", f"clusters/{name}/kube", changes)

    def nodes(self, name: str) -> list[dict[str, t.Any]]:
        return self.control("GET", f"clusters/{name}/nodes")

    def features(self, states: t.Mapping[str, str]) -> None:
        self.control("POST", "features", states)

    def needs_approval(self, *names: str) -> None:
        """These features stay Pending when they are registered."""
        self.control("POST", "approval", {"names": names})

    def settings(self, **values: t.Any) -> None:
        self.control("PATCH", "settings", values)

    def revoke_tokens(self) -> None:
        """Azure takes none of the tokens that were issued so far."""
        self.control("DELETE", "tokens")


def _wait_ready(process: subprocess.Popen[bytes], directory: pathlib.Path) -> dict[str, t.Any]:
    ready, limit = directory / "simulator.json", time.monotonic() + START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        if ready.exists():
            info = json.loads(ready.read_text(encoding="utf-8"))
            if info["pid"] == process.pid:
                return info
        time.sleep(0.02)
    raise RuntimeError(f"the simulator did not start: {(directory / 'simulator.log').read_text(encoding='utf-8')}")


def clean_environment() -> dict[str, str]:
    """This process's environment without anything that names a cloud, a cluster or an Ansible setting."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("AZURE_", "ARM_", "K8S_", "KUBECONFIG", "ANSIBLE_"))}
