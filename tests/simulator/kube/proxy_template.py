# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS makes of C(kubeProxyConfig): the DaemonSet's command line, and the settings that it stands for."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

_SCHEDULERS = {"LeastConnection": "lc", "RoundRobin": "rr"}
_TIMEOUTS = (
    ("tcpTimeoutSeconds", "--ipvs-tcp-timeout", "tcpTimeout"),
    ("tcpFinTimeoutSeconds", "--ipvs-tcpfin-timeout", "tcpFinTimeout"),
    ("udpTimeoutSeconds", "--ipvs-udp-timeout", "udpTimeout"),
)


@dataclasses.dataclass(frozen=True)
class Template:
    """A pod template. mode: as kube-proxy spells it. explicit: whether the mode is on the command line. ipvs: the ARM object's items."""

    version: str
    pod_cidr: str
    mode: str = "iptables"
    explicit: bool = False
    ipvs: tuple[tuple[str, t.Any], ...] = ()

    @property
    def image(self) -> str:
        return f"mcr.microsoft.com/oss/v2/kubernetes/kube-proxy:v{self.version}"

    @property
    def command(self) -> list[str]:
        command = [
            "kube-proxy",
            "--conntrack-max-per-core=0",
            "--metrics-bind-address=0.0.0.0:10249",
            "--kubeconfig=/var/lib/kubelet/kubeconfig",
            f"--cluster-cidr={self.pod_cidr}",
            "--detect-local-mode=InterfaceNamePrefix",
            "--pod-interface-name-prefix=azv",
            "--v=3",
        ]
        if self.explicit:
            command.append(f"--proxy-mode={self.mode}")
        settings = dict(self.ipvs)
        if "scheduler" in settings:
            command.append(f"--ipvs-scheduler={_SCHEDULERS[settings['scheduler']]}")
        command.extend(f"{flag}={settings[key]}s" for key, flag, _name in _TIMEOUTS if settings.get(key) is not None)
        return command

    @property
    def revision(self) -> str:
        return hashlib.sha256(" ".join([self.image, *self.command]).encode()).hexdigest()[:10]

    def configz_ipvs(self) -> dict[str, str]:
        """The C(ipvs) keys of /configz that differ from the defaults."""
        settings = dict(self.ipvs)
        reported = {name: _go_duration(settings[key]) for key, _flag, name in _TIMEOUTS if settings.get(key) is not None}
        if "scheduler" in settings:
            reported["scheduler"] = _SCHEDULERS[settings["scheduler"]]
        return reported


def template_of(body: t.Mapping[str, t.Any]) -> Template | None:
    """The template for a stored cluster; None where AKS runs no kube-proxy."""
    properties = body["properties"]
    network = properties.get("networkProfile") or {}
    leaf = network.get("kubeProxyConfig")
    if network.get("networkDataplane") == "cilium" or (leaf is not None and leaf.get("enabled") is not True):
        return None
    version = properties.get("currentKubernetesVersion") or properties["kubernetesVersion"]
    cidr = network.get("podCidr") or "10.244.0.0/16"
    if leaf is None:
        return Template(version, cidr)
    mode = str(leaf.get("mode") or "IPTABLES").lower()
    return Template(version, cidr, mode, True, tuple(sorted((leaf.get("ipvsConfig") or {}).items())))


def _go_duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
