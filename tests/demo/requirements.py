# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo needs of the machine."""

from __future__ import annotations

import shutil
import subprocess

# Command and the Debian package that has it.
_COMMANDS = {
    "nft": "nftables",
    "iptables": "iptables",
    "iptables-restore": "iptables",
    "nfacct": "nfacct",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}
_WAYS = (("--net",), ("--user", "--map-root-user", "--net"))


def missing() -> list[str]:
    """What is not there, each with what to do about it; empty when the demo can run."""
    absent = {command: package for command, package in _COMMANDS.items() if shutil.which(command) is None}
    if absent:
        packages = " ".join(sorted(set(absent.values())))
        return [f"These commands are missing: {', '.join(absent)}. Install them: apt-get install {packages}"]
    refusals = []
    for flags in _WAYS:
        tried = subprocess.run(["unshare", *flags, "nft", "list", "tables"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return []
        refusals.append(tried.stderr.strip())
    return [
        "Each node of the demo is a network namespace, and none can be made here. Run as root, or allow unprivileged user namespaces "
        f"(sysctl kernel.unprivileged_userns_clone=1). The machine said: {'; '.join(refusals)}"
    ]
