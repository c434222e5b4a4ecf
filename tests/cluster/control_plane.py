# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of the programs that a cluster has once."""

from __future__ import annotations

from pathlib import Path

from .credentials import ADDRESS, PORT
from .packages import Folders

SERVICES = "10.0.0.0/16"
ETCD = "http://127.0.0.1:2379"


def etcd(folders: Folders, data: Path) -> list[str]:
    """What it stores is thrown away with the cluster, so that nothing need reach the disk."""
    return [
        str(folders.store / "usr/bin/etcd"),
        f"--data-dir={data}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def api_server(programs: Path, secrets: Path) -> list[str]:
    """Nodes and pods are called by their addresses, which nobody resolves."""
    return [
        str(programs / "kube-apiserver"),
        f"--etcd-servers={ETCD}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--advertise-address={ADDRESS}",
        f"--secure-port={PORT}",
        f"--tls-cert-file={secrets / 'server.pem'}",
        f"--tls-private-key-file={secrets / 'server.key'}",
        f"--client-ca-file={secrets / 'ca.pem'}",
        f"--token-auth-file={secrets / 'tokens.csv'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
        f"--kubelet-client-certificate={secrets / 'kubelet-client.pem'}",
        f"--kubelet-client-key={secrets / 'kubelet-client.key'}",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={secrets / 'service-accounts.key'}",
        f"--service-account-signing-key-file={secrets / 'service-accounts.key'}",
    ]


def controller_manager(programs: Path, secrets: Path, kubeconfig: Path) -> list[str]:
    return [
        str(programs / "kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        f"--service-account-private-key-file={secrets / 'service-accounts.key'}",
        f"--root-ca-file={secrets / 'ca.pem'}",
        "--use-service-account-credentials",
        "--leader-elect=false",
    ]


def scheduler(programs: Path, kubeconfig: Path) -> list[str]:
    return [str(programs / "kube-scheduler"), f"--kubeconfig={kubeconfig}", "--leader-elect=false"]
