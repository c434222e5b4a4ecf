# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator's fleet: an inventory of simulated clusters, their run records, and the playbook over both."""

from __future__ import annotations

import json
import pathlib
import stat
import time
import typing as t

from .playbooks import AS_PAYLOADS, PlaybookRun, RunningPlaybook, run_playbook, start_playbook
from .simulator import Simulator

KUBE_PROXY = "aks.dataplane.kube_proxy"
HOST_ROUTING = "aks.dataplane.ebpf_host_routing"
NFTABLES = {"mode": "NFTABLES"}


class Fleet:
    """variables: of all clusters, with short times, so that a failing test ends soon. nodes: further hosts, in the group aks_nodes."""

    playbook = KUBE_PROXY
    # Seconds that a run may take; real clusters need more.
    patience = 300.0
    declared: t.Mapping[str, t.Any] = {"aks_dataplane_kube_proxy": NFTABLES}

    def __init__(self, simulator: Simulator, records: pathlib.Path, hosts: t.Sequence[str] = ("aks-a",)) -> None:
        self.simulator = simulator
        self.nodes: dict[str, dict[str, t.Any]] = {}
        self.record_dir = records
        self.hosts: dict[str, dict[str, t.Any]] = {host: {} for host in hosts}
        self.variables: dict[str, t.Any] = {
            "aks_dataplane_resource_group": simulator.resource_group,
            "aks_dataplane_record_dir": str(records),
            **self.declared,
            "aks_dataplane_poll_interval": 1,
            "aks_dataplane_rollout_timeout": 60,
            "aks_dataplane_wait_timeout": 60,
        }

    @property
    def inventory(self) -> dict[str, t.Any]:
        groups = {"children": {"aks_nodes": {"hosts": self.nodes}}} if self.nodes else {}
        return {"all": {"hosts": self.hosts, "vars": self.variables, **groups}}

    def run(
        self,
        playbook: t.Any = None,
        *,
        check: bool = False,
        arguments: t.Sequence[str] = (),
        payloads: bool = AS_PAYLOADS,
        **extra_vars: t.Any,
    ) -> PlaybookRun:
        """To the end; nothing of the credentials may be shown anywhere."""
        environment = self.simulator.environment()
        run = run_playbook(
            playbook or self.playbook,
            self.inventory,
            extra_vars=extra_vars,
            env=environment,
            arguments=arguments,
            check=check,
            payloads=payloads,
            timeout=self.patience,
        )
        reported = run.stdout + run.stderr + "".join(path.read_text(encoding="utf-8") for path in self.record_dir.rglob("*.json"))
        if environment["AZURE_SECRET"] in reported:
            raise AssertionError("the client secret was shown")
        return run

    def start(self, **extra_vars: t.Any) -> RunningPlaybook:
        return start_playbook(self.playbook, self.inventory, extra_vars=extra_vars, env=self.simulator.environment())

    def kill_in(self, phase: str, *, once: t.Callable[[], bool] = lambda: True, **extra_vars: t.Any) -> dict[str, t.Any]:
        """Start a run and kill it in the phase, once something is so; the record that it leaves."""
        before = len(self.records())
        running = self.start(**extra_vars)
        try:
            limit = time.monotonic() + 120
            while running.process.poll() is None and time.monotonic() < limit:
                records = self.records()
                if len(records) > before and phase_of(records[-1]) == (phase, "running") and once():
                    break
                time.sleep(0.01)
        finally:
            running.kill()
            finished = running.wait()
        record = self.records()[-1]
        if phase_of(record) != (phase, "running"):
            raise AssertionError(f"the run was not killed in {phase}: {record}\n{finished.stdout[-4000:]}")
        return record

    def records(self, cluster: str = "aks-a") -> list[dict[str, t.Any]]:
        """Oldest first."""
        folder = self.record_dir / f"{self.simulator.resource_group}.{cluster}"
        files = sorted(folder.glob("*.json"))
        for file in files:
            if stat.S_IMODE(file.stat().st_mode) != 0o600 or stat.S_IMODE(folder.stat().st_mode) != 0o700:
                raise AssertionError(f"{file} can be read by others")
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]

    def modes(self, cluster: str = "aks-a") -> set[str]:
        """What the nodes really run."""
        return {node["mode"] for node in self.simulator.nodes(cluster)}

    def config(self, cluster: str = "aks-a") -> dict[str, t.Any] | None:
        return self.simulator.cluster(cluster)["properties"]["networkProfile"].get("kubeProxyConfig")

    def writes(self) -> list[tuple[str, str]]:
        """The requests so far that change something: method and last part of the path."""
        harmless = ("token", "discovery", "metadata")
        return [
            (entry["method"], entry["path"].rpartition("/")[2])
            for entry in self.simulator.log()
            if entry["method"] != "GET"
            and entry["kind"] not in harmless
            and not entry["path"].endswith(("Credential", "selfsubjectaccessreviews"))
        ]


class HostRoutingFleet(Fleet):
    """The same, whose clusters have Cilium and ACNS, and are to have eBPF host routing."""

    playbook = HOST_ROUTING
    declared: t.Mapping[str, t.Any] = {"aks_dataplane_host_routing": "enabled"}

    def make(self, cluster: str, *, accelerated: bool = False, acns: bool = True) -> None:
        """A cluster that is fit for eBPF host routing, anew."""
        mode = {"performance": {"accelerationMode": "BpfVeth" if accelerated else "None"}}
        off = {"enabled": False, "observability": {"enabled": False}, "security": {"enabled": False}, "performance": None}
        patch = {"currentKubernetesVersion": "1.34.2", "networkProfile": {"advancedNetworking": mode if acns else off}}
        self.simulator.make_cluster(cluster, seed="cilium-acns", patch={"properties": patch}, nodes=3)

    def acceleration(self, cluster: str = "aks-a") -> str:
        """What Azure has stored."""
        stored = self.simulator.cluster(cluster)["properties"]["networkProfile"]["advancedNetworking"]
        return str(stored.get("performance", {}).get("accelerationMode", "None"))

    def execs(self) -> list[str]:
        """The pods in which something was run so far."""
        return [entry["path"] for entry in self.simulator.log(kind="kube") if entry["path"].endswith("/exec")]

    def labels(self, cluster: str = "aks-a") -> list[bool]:
        """Whether each node has the label of host routing."""
        return [node["host_routing"] for node in self.simulator.nodes(cluster)]


def phase_of(record: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """The last phase and its status."""
    return (record["phases"][-1]["name"], record["phases"][-1]["status"]) if record["phases"] else ("", "")


def phases_of(record: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {phase["name"]: phase["status"] for phase in record["phases"]}
