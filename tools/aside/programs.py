# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of Debian packages that some tests run with, unpacked aside: python -m tools.aside.programs fetches what is missing.

Without network it says so, and is content.
"""

from __future__ import annotations

import shutil
import sys

from .debian_packages import NotAvailable, Packages

# Another version of nft than this machine's.
NEWER = Packages("nft-trixie", ("nftables",), suite="trixie", whole=True)
# What a node of that suite has for the look at it by a pod, as a root folder.
NODE = Packages("node-trixie", ("base-files", "ipset", "iptables", "nftables", "python3", "util-linux"), suite="trixie", whole=True)
# For machines without sshd.
SSHD = Packages("sshd", ("openssh-server",))


def machine_sshd() -> str | None:
    """Path of this machine's own sshd; None when it has none."""
    return shutil.which("sshd", path="/usr/sbin:/sbin")


def prepare(packages: Packages) -> None:
    """Have the packages there; says why on standard error where that cannot be done, since tests do without them."""
    try:
        packages.fetch()
    except NotAvailable as reason:
        print(f"setup: no {packages.name}, so its tests are left out: {reason}", file=sys.stderr)


def main() -> None:
    """Have all of them there that this machine needs."""
    prepare(NEWER)
    prepare(NODE)
    if machine_sshd() is None:
        prepare(SSHD)


if __name__ == "__main__":
    main()
