# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for nodes with the oldest and the newest Python at hand, in which no package is installed.

That they import nothing but the standard library, also where it is not noticed here, is what tests/unit/test_layering.py looks after.
"""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from tests.support.nft.node import NftNode
from tests.support.playbooks import run_playbook
from tools import interpreters

RULESET, RULESET_INFO, INFO = (f"aks.dataplane.node_{name}" for name in ("nftables_ruleset", "nftables_ruleset_info", "dataplane_info"))
PYTHONS = list(interpreters.for_nodes())
FIRST = "table inet ours { chain input { type filter hook input priority 0; tcp dport 22 accept; }; }"
CHAIN = {"name": "input", "type": "filter", "hook": "input", "priority": 0, "rules": ["tcp dport 23 accept"]}
DATA = [{"family": "inet", "name": "ours", "chains": [CHAIN]}]
TASKS: list[dict[str, t.Any]] = [
    {"name": "planned", RULESET: {"content": FIRST}, "check_mode": True},
    {"name": "made", RULESET: {"content": FIRST, "confirm_timeout": 60}},
    {"name": "nothing to do", RULESET: {"content": FIRST}},
    {"name": "changed", RULESET: {"tables": DATA, "confirm_timeout": 60}},
    {"name": "reported", RULESET_INFO: {}},
    {"name": "looked at", INFO: {"monitor_lines": True}},
    {"name": "removed", RULESET: {"tables": DATA, "state": "absent"}},
    {"name": "nothing left", RULESET_INFO: {}},
]


@pytest.mark.parametrize("version", dict.fromkeys([PYTHONS[0], PYTHONS[-1]]))
def test_the_modules_need_nothing_but_python(nft_node: NftNode, tmp_path: pathlib.Path, version: str) -> None:
    subprocess.run([interpreters.for_nodes()[version], "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    assert [*tmp_path.glob("venv/lib/python*/site-packages/*")] == []
    # Isolated: what stands in PYTHONPATH is not on a node either.
    python = nft_node.interpreter(tmp_path, (str(tmp_path / "venv" / "bin" / "python"), "-I"))
    report = "import sys; print('%d.%d' % sys.version_info[:2])"
    assert subprocess.run([python, "-c", report], capture_output=True, text=True, check=True).stdout.strip() == version

    hosts = {"all": {"hosts": {"node": {"ansible_connection": "local", "ansible_python_interpreter": python}}}}
    run = run_playbook([{"hosts": "all", "gather_facts": False, "tasks": TASKS}], hosts)

    assert run.returncode == 0, run.stdout + run.stderr
    result = {event["task"]: event["result"] for event in run.events}
    assert {name for name in result if result[name]["changed"]} == {"planned", "made", "changed", "removed"}
    assert (result["made"]["confirmed"], result["changed"]["confirmed"]) == (True, True)
    (table,) = result["reported"]["tables"]
    assert (table["family"], table["name"], table["drift"]) == ("inet", "ours", False)
    assert result["looked at"]["kube_proxy"]["mode"] == "none"
    assert result["nothing left"]["tables"] == []
