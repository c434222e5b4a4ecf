# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a terminal in the README: a switch on a simulated cluster, as a run has printed it.

  python -m tests.demo.picture [FILE]

FILE is docs/pictures/switch.svg if it is not given. It is made anew when the output of a run changes: tests/integration/test_playbook_output.py notices.
"""

from __future__ import annotations

import html
import io
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "pictures" / "switch.svg"
COMMAND = "ansible-playbook -i inventory.yml aks.dataplane.kube_proxy --limit aks-prod-1"
WIDTH = 132
# Fonts of the web: a picture asks for nothing.
_FETCHED = re.compile(r"@font-face \{.*?\}\n?", re.DOTALL)
_TEXT = re.compile(r'<text class="switch-r\d+"[^>]* y="([\d.]+)"[^>]*>(.*?)</text>')
# What is another in each run: how far it is after how many seconds, and the name of a record.
_PROGRESS = re.compile(r"^.* \| \d+ s$", re.MULTILINE)
_RECORD = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")


def svg(output: str) -> str:
    """A window with the command and what it printed. output: may hold colours as terminals take them."""
    # The tests, which only read the picture, have no such package where they try other versions of ansible-core.
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text(f"$ {COMMAND}", style="bold"))
    console.print(Text.from_ansi(output.strip()))
    return _FETCHED.sub("", console.export_svg(title="aks.dataplane", unique_id="switch"))


def shows(picture: str, output: str) -> bool:
    """Whether a picture that C(svg) has made shows this output, but for lines of progress, of which no two runs have the same."""
    return _words(_rows(picture)) == _words(output)


def _rows(picture: str) -> str:
    """Its text below the command, as it is wrapped."""
    rows: dict[str, str] = {}
    for height, text in _TEXT.findall(picture):
        rows[height] = rows.get(height, "") + html.unescape(text)
    return "\n".join(list(rows.values())[1:]).replace("\xa0", " ")


def _words(text: str) -> list[str]:
    return _RECORD.sub("RECORD", _PROGRESS.sub("", text)).replace("*", "").split()


def with_short_paths(output: str, folder: str | Path) -> str:
    """As if the run had begun where its inventory is. folder: that of the records."""
    return re.sub(r"(?<= -i )\S+", "inventory.yml", output.replace(f"{folder}/", ""))


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
        return with_short_paths(done.stdout, folder)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else PICTURE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg(run()), encoding="utf-8")
