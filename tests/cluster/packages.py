# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of Debian that a cluster is made from: unpacked into the cache, not installed, since one would start a service or push Docker out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tools.aside.debian_packages import NotAvailable, Packages

from .errors import ClusterError

# These three fit each other; what newer suites have does not.
RUNTIME = Packages("cluster-runtime", ("containerd", "runc", "containernetworking-plugins"), suite="bookworm", whole=True)
# Older ones have no progress notifications, which newer API servers ask for.
STORE = Packages("cluster-etcd", ("etcd-server",), suite="trixie", whole=True)
# What kube-proxy calls.
PROXY = Packages("cluster-kube-proxy", ("conntrack", "ipset", "iptables", "netbase", "nftables"), suite="bookworm", whole=True)


@dataclasses.dataclass(frozen=True)
class Folders:
    """The root folders of what is unpacked."""

    runtime: Path
    store: Path
    proxy: Path


def ensure() -> Folders:
    """Fetch what is not there yet; ClusterError."""
    try:
        return Folders(RUNTIME.fetch(), STORE.fetch(), PROXY.fetch())
    except NotAvailable as reason:
        raise ClusterError(f"containerd, etcd and what kube-proxy calls cannot be had: {reason}") from reason
