# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the documentation run as they are written, each of them twice: the second time there is nothing to do."""

from __future__ import annotations

import ast
import pathlib
import typing as t

import pytest
import yaml

from tests.support.nft.lab import LabNode
from tests.support.nft.node import INFO, RULESET
from tests.support.playbooks import run_playbook

PLUGINS = pathlib.Path(__file__).parents[2] / "plugins"
MODULE = f"aks.dataplane.{RULESET}"
FROM_FILE = "table inet from_file {\n    chain input {\n        tcp dport { 443, 80 } accept\n    }\n}\n"


def examples(file: str) -> list[dict[str, t.Any]]:
    """Those in a plugin, or in the documentation that stands next to it."""
    if file.endswith(".yml"):
        return list(yaml.safe_load(yaml.safe_load((PLUGINS / file).read_text(encoding="utf-8"))["EXAMPLES"]))
    for node in ast.parse((PLUGINS / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            return list(yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{file} has no examples")


@pytest.mark.slow
@pytest.mark.parametrize(
    "file", [f"modules/{RULESET}.yml", f"modules/{INFO}.py", "filter/to_nft.py"], ids=lambda file: pathlib.Path(file).stem
)
def test_as_written(nft_node: LabNode, tmp_path: pathlib.Path, file: str) -> None:
    tasks = examples(file)
    assert tasks
    for task in tasks:
        if source := task.get(MODULE, {}).get("src"):
            target = tmp_path / "files" / pathlib.Path(source).name
            target.parent.mkdir(exist_ok=True)
            target.write_text(FROM_FILE, encoding="utf-8")
    play = {
        "hosts": "all",
        "gather_facts": False,
        # The connection is root's already.
        "vars": {"ansible_become": False},
        "tasks": [task for one in tasks for task in (one, one)],
    }
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    hosts = {"all": {"hosts": {"node": {"ansible_connection": "local", "ansible_python_interpreter": nft_node.interpreter(tmp_path)}}}}
    run = run_playbook(playbook, hosts)
    assert run.returncode == 0, run.stdout + run.stderr
    ours = [(event["task"], event["result"]) for event in run.events if event["action"] == MODULE]
    assert len(ours) == 2 * sum(MODULE in task for task in tasks)
    again = [(task, result) for task, result in ours[1::2] if result["changed"]]
    assert again == []
