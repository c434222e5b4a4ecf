# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shell in which Azure is simulated, for the tutorial and for trying things out.

  python -m tests.playground

It starts in an empty folder, with credentials and with this checkout's Ansible and collection. The clusters end with it. In resource group
rg-production: aks-test-1 and aks-prod-1, which kube-proxy serves in mode IPTABLES, and aks-prod-2, which is old.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tests.support.simulator import ROOT, Simulator, clean_environment

FOLDER = ROOT / ".cache" / "playground"
RESOURCE_GROUP = "rg-production"
CLUSTERS = ("aks-test-1", "aks-prod-1", "aks-prod-2=kubenet-iptables")
# Real seconds for one second of Azure.
SCALE = 0.02

WELCOME = f"""
You are in a shell with three simulated AKS clusters: aks-test-1, aks-prod-1 and aks-prod-2, in resource group {RESOURCE_GROUP}.
The folder is new. Leave with: exit
"""


def shell(simulator: Simulator, folder: pathlib.Path) -> int:
    """Its exit code, once the user has left it."""
    settings = folder / ".bashrc"
    settings.write_text("PS1='playground $ '\n", encoding="utf-8")
    environment = {
        **clean_environment(),
        **simulator.environment(),
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
        # Runs print separate lines for what there is to read.
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        # Run records go into the folder instead of the user's home.
        "HOME": str(folder),
    }
    return subprocess.run(["bash", "--rcfile", str(settings)], cwd=folder, env=environment, check=False).returncode


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-playground-") as files:
        cloud = Simulator.started(pathlib.Path(files), clusters=CLUSTERS, resource_group=RESOURCE_GROUP, scale=SCALE)
        with cloud as simulator:
            print(WELCOME, flush=True)
            return shell(simulator, FOLDER)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        raise SystemExit(main())
