# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the set-up says where it cannot install what is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# All that it calls until it knows what is missing.
CALLED = ("bash", "dirname", "id")


def test_without_apt_it_names_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    """On a machine with nft and ip, but without ssh, unshare and nsenter."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in CALLED:
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    command = [str(programs / "bash"), str(ROOT / "tools" / "setup.sh"), "packages"]
    done = subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    missing, what_to_do = done.stderr.splitlines()
    assert missing.startswith("setup: missing commands: ")
    assert missing.endswith("ssh unshare nsenter")
    assert "openssh-client util-linux. This system has no apt-get: " in what_to_do
    assert what_to_do.endswith("a container or a virtual machine with Debian 12. Then run the same command again.")
