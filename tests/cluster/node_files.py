# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node is given: its names and addresses, and the files and command lines of its kubelet and containerd."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

import yaml

from . import images

# As the node sees its folders (node.sh).
FOLDER = Path("/run/node/folder")
PROGRAMS = Path("/run/node/programs")
RUNTIME = Path("/run/node/runtime")
SOCKET = "/run/containerd/containerd.sock"
PLUGINS = RUNTIME / "usr/lib/cni"
PATH = f"{FOLDER}/bin:{PLUGINS}:{RUNTIME}/usr/bin:{RUNTIME}/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True)
class NodeSpec:
    """A node as Azure would make it. address: in 10.224.0.0/16. pods: the addresses of its pods, such as 10.244.3.0/24.

    taints: as Azure writes them, KEY=VALUE:EFFECT. os_image: what the node calls its system.
    """

    name: str
    address: str
    pods: str
    labels: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    taints: t.Sequence[str] = ()
    provider_id: str = ""
    os_image: str = "Ubuntu 24.04.3 LTS"


def write(spec: NodeSpec, folder: Path, kubeconfig: str, authority: Path, cgroup: str, withheld: t.Sequence[str]) -> None:
    """All files. folder: the node's, which exists. cgroup: of its containers, from the root. withheld: capabilities that no container can get here."""
    (folder / "kubelet").mkdir()
    (folder / "kubelet" / "kubeconfig").write_text(kubeconfig, encoding="ascii")
    (folder / "ca.pem").write_bytes(authority.read_bytes())
    (folder / "os-release").write_text(f'ID=ubuntu\nPRETTY_NAME="{spec.os_image}"\n', encoding="utf-8")
    (folder / "containerd.toml").write_text(_containerd(), encoding="ascii")
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet(spec)), encoding="ascii")
    (folder / "cni").mkdir()
    (folder / "cni" / "10-azure.conflist").write_text(json.dumps(_network(spec)), encoding="ascii")
    programs, plugins = folder / "bin", folder / "plugins"
    programs.mkdir()
    plugins.mkdir()
    (plugins / "loopback").symlink_to(PLUGINS / "loopback")
    plugin = plugins / "azv"
    plugin.write_bytes((Path(__file__).parent / "azv").read_bytes())
    plugin.chmod(0o755)
    wrapper = programs / "runc"
    wrapper.write_text(_runc(cgroup, withheld), encoding="ascii")
    wrapper.chmod(0o755)


def _runc(cgroup: str, withheld: t.Sequence[str]) -> str:
    """runc, but for two things: control groups are those of the node, since kubelet without classes of pods does not say which.

    And it gets no capability to give that this machine's root has not: it would refuse the container, or the command in it.
    """
    strip = "".join(f's/"{name}",//g;s/,"{name}"//g;s/"{name}"//g;' for name in withheld)
    return f"""#!/bin/sh
for word; do
    case ${{before:-}} in
    --bundle) sed -i '{strip}s|"cgroupsPath":"/|"cgroupsPath":"{cgroup}/|' "$word/config.json" ;;
    --process) sed -i '{strip}' "$word" ;;
    esac
    before=$word
done
exec {RUNTIME}/usr/sbin/runc "$@"
"""


def _containerd() -> str:
    # Scores below that of containerd need a capability that root may not have.
    return f"""version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{images.PAUSE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{FOLDER}/plugins"
conf_dir = "{FOLDER}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = "{FOLDER}/bin/runc"
"""


def _kubelet(spec: NodeSpec) -> dict[str, t.Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(FOLDER / "ca.pem")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDNS": ["10.0.0.10"],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "cgroupDriver": "cgroupfs",
        # The machine is everybody's, and so are its disk, its swap and its control groups.
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "failCgroupV1": False,
        "evictionHard": {"memory.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "resolvConf": "",
        "volumePluginDir": "/var/lib/kubelet/volumeplugins",
        "providerID": spec.provider_id,
        "registerWithTaints": [_taint(taint) for taint in spec.taints],
        "nodeStatusUpdateFrequency": "5s",
    }


def _taint(text: str) -> dict[str, str]:
    rest, _colon, effect = text.rpartition(":")
    key, _equals, value = rest.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _network(spec: NodeSpec) -> dict[str, t.Any]:
    addresses = {"type": "host-local", "ranges": [[{"subnet": spec.pods}]]}
    return {"cniVersion": "0.4.0", "name": "azure", "plugins": [{"type": "azv", "ipam": addresses}]}


def containerd_command() -> list[str]:
    return ["containerd", "--config", str(FOLDER / "containerd.toml")]


def kubelet_command(spec: NodeSpec) -> list[str]:
    labels = ",".join(f"{name}={value}" for name, value in spec.labels.items())
    return [
        str(PROGRAMS / "kubelet"),
        f"--config={FOLDER / 'kubelet.yaml'}",
        "--kubeconfig=/var/lib/kubelet/kubeconfig",
        "--root-dir=/var/lib/kubelet",
        "--cert-dir=/var/lib/kubelet/pki",
        f"--hostname-override={spec.name}",
        f"--node-ip={spec.address}",
        *([f"--node-labels={labels}"] if labels else []),
    ]
