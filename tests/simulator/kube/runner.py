# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs the Kubernetes side of a cluster, where that is not the simulator itself but a real one: what Azure does to it."""

from __future__ import annotations

import typing as t


class Runner(t.Protocol):
    """version: of Kubernetes, such as 1.36.3. address: URL of the API server; authority: PEM text; tokens: of C(user) and C(admin).

    All methods block, those that change something also while the API server restarts. They raise OSError where the cluster cannot be reached
    for minutes, ValueError where it refuses, and TimeoutError where it does not follow.
    """

    version: str
    address: str
    authority: str
    tokens: t.Mapping[str, str]

    def node_names(self) -> list[str]:
        """Of the Nodes that there are."""

    def add_node(
        self, *, name: str, address: str, pods: str, labels: t.Mapping[str, str], taints: t.Sequence[str], provider_id: str, os_image: str
    ) -> None:
        """A new machine joins; returns when its Node is there. pods: the addresses of its pods."""

    def remove_node(self, name: str) -> None:
        """The machine goes, and its Node."""

    def set_proxy(self, daemon_set: t.Mapping[str, t.Any] | None) -> None:
        """kube-proxy's DaemonSet becomes this, or goes; returns when its controller has seen it, before the pods are replaced."""

    def renew_proxies(self) -> None:
        """Pods of kube-proxy that are not as its DaemonSet has them now go at the same time, where nobody needs the cluster meanwhile."""

    def proxy_modes(self) -> dict[str, str]:
        """By node, what the kube-proxy there says that it runs; nodes whose kube-proxy does not answer are left out."""

    def settle(self) -> None:
        """Returns when all nodes and their kube-proxies are ready; TimeoutError."""

    def enter(self, node: str) -> tuple[int, t.Sequence[str]]:
        """The holder of a node's namespaces, and the words before a command to run it in its network."""
