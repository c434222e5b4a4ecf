# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a terminal in the README: a switch on a simulated cluster, as a run has printed it.

  python -m tests.demo.picture [FILE]

FILE is docs/pictures/switch.svg if it is not given. It is made anew when the output of a run changes.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "pictures" / "switch.svg"
COMMAND = "ansible-playbook aks.dataplane.kube_proxy --limit aks-prod-1"
WIDTH = 132
# Fonts of the web: a picture asks for nothing.
_FETCHED = re.compile(r"@font-face \{.*?\}\n?", re.DOTALL)


def svg(output: str) -> str:
    """A window with the command and what it printed. output: may hold colours as terminals take them."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text(f"$ {COMMAND}", style="bold"))
    console.print(Text.from_ansi(output.strip()))
    return _FETCHED.sub("", console.export_svg(title="aks.dataplane", unique_id="switch"))


def run() -> str:
    """What a switch prints."""
    from tests.support.playbooks import run_playbook
    from tests.support.simulator import Simulator

    with tempfile.TemporaryDirectory(prefix="aks-dataplane-picture-") as folder:
        with Simulator.started(Path(folder), clusters=("aks-prod-1",), scale=0.01, resource_group="rg-production") as simulator:
            variables = {
                "aks_dataplane_resource_group": simulator.resource_group,
                "aks_dataplane_record_dir": f"{folder}/runs",
                "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
            }
            inventory = {"all": {"hosts": {"aks-prod-1": {}}, "vars": variables}}
            # As the ansible.cfg of the examples has it.
            settings = {"ANSIBLE_FORCE_COLOR": "1", "ANSIBLE_DISPLAY_OK_HOSTS": "0", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0"}
            done = run_playbook("aks.dataplane.kube_proxy", inventory, env={**simulator.environment(), **settings})
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        return done.stdout.replace(f"{folder}/", "")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else PICTURE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg(run()), encoding="utf-8")
