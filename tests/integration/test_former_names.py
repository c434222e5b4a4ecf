# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of tests/fixtures/renamed_names.yml: the former ones do what the new ones do. The playbook go_back to its end: test_old_records.py."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import pytest

from tests.support.fleet import Fleet
from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import Simulator, clean_environment

NAMES = {"aks_preflight": "aks_preflight_info", "aks_dataplane_status": "aks_dataplane_status_info"}
OPTIONS: dict[str, dict[str, t.Any]] = {"aks_preflight": {"mode": "NFTABLES"}, "aks_dataplane_status": {}}
INVENTORY = {"all": {"hosts": {"one": {"ansible_connection": "local"}}}}
BEFORE = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}


def both(old: str, options: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """A task with the former name, one with the new name."""
    return [{"name": f"{old} as {name}", f"aks.dataplane.{name}": options, "ignore_errors": True} for name in (old, NAMES[old])]


def play(tasks: list[dict[str, t.Any]], **keywords: t.Any) -> dict[str, t.Any]:
    return {"hosts": "one", "gather_facts": False, "tasks": tasks, **keywords}


def what_it_says(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """Without what is another one each time."""
    chance = ("correlation_id", "etag", "seconds", "started", "look", "phases")
    found = {key: value for key, value in result.items() if key not in chance}
    # kube-proxy writes its rules again and again.
    return {**found, "nodes": [{**node, "rules_after": None} for node in result.get("nodes", [])]}


def shown(run: PlaybookRun) -> str:
    """What the run printed, without its line breaks."""
    return " ".join((run.stdout + run.stderr).split())


def same_results(run: PlaybookRun) -> list[dict[str, t.Any]]:
    """One result of each pair of tasks."""
    assert run.returncode == 0, run.stdout + run.stderr
    found = []
    for old, new in NAMES.items():
        former, today = (run.results(f"{old} as ", action=action) for action in (f"aks.dataplane.{old}", f"aks.dataplane.{new}"))
        assert [what_it_says(result) for result in former] == [what_it_says(result) for result in today]
        found += today
    return found


@pytest.mark.parametrize("payloads", [False, True], ids=["in process", "payloads"])
def test_modules_give_the_same_results(simulator: Simulator, payloads: bool) -> None:
    simulator.reset()
    cluster = {"resource_group": simulator.resource_group, "name": "aks-a"}
    tasks = [task for old, options in OPTIONS.items() for given in ({**cluster, **options}, options) for task in both(old, given)]

    run = run_playbook([play(tasks)], INVENTORY, env=simulator.environment(), payloads=payloads)

    checked, no_cluster, seen, unnamed = same_results(run)
    assert checked["passed"] is True
    assert seen["verdict"]["state"] == "iptables"
    for refused in (no_cluster, unnamed):
        assert "missing required arguments: name, resource_group" in refused["msg"]
    for new in NAMES.values():
        assert f"Use aks.dataplane.{new}, which is the new name of the module." in shown(run)


@pytest.mark.parametrize("default", ["aks.dataplane.{old}", "aks.dataplane.{new}", "group/aks.dataplane.azure"])
def test_defaults_of_one_name_are_those_of_the_other(simulator: Simulator, default: str) -> None:
    simulator.reset()
    cluster = {"resource_group": simulator.resource_group, "name": "aks-a"}
    defaults = {default.format(old=old, new=new): cluster for old, new in NAMES.items()}
    tasks = [task for old, options in OPTIONS.items() for task in both(old, options)]

    run = run_playbook([play(tasks, module_defaults=defaults)], INVENTORY, env=simulator.environment())

    checked, seen = same_results(run)
    assert checked["passed"] is True
    assert seen["verdict"]["state"] == "iptables"


@pytest.mark.parametrize("old", NAMES)
def test_one_module_from_the_command_line(simulator: Simulator, tmp_path: pathlib.Path, old: str) -> None:
    simulator.reset()
    options = {"resource_group": simulator.resource_group, "name": "aks-a", **OPTIONS[old]}
    env = {**clean_environment(), **simulator.environment(), "HOME": str(tmp_path), "ANSIBLE_NOCOLOR": "1"}
    seen = []
    for name in (old, NAMES[old]):
        program = str(pathlib.Path(sys.executable).parent / "ansible")
        command = [program, "localhost", "-m", f"aks.dataplane.{name}", "-a", json.dumps(options)]
        command += ["-e", f"ansible_python_interpreter={sys.executable}"]
        run = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        seen.append(what_it_says(json.loads(run.stdout.partition("localhost | SUCCESS => ")[2])))
    assert seen[0] == seen[1]


def test_the_playbook_takes_the_same_variables(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    simulator.reset()
    fleet = Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))
    del fleet.variables["aks_dataplane_kube_proxy"]
    given = {"aks_dataplane_before": {"aks-a": BEFORE}, "aks_dataplane_verdicts": {"aks-a": "rolled_back"}}

    former, today = (fleet.run(f"aks.dataplane.{name}", **given) for name in ("go_back", "rollback"))

    assert (former.returncode, today.returncode) == (0, 0), former.stdout + today.stdout
    # Hosts of a task end in any order.
    assert sorted(former.stdout.splitlines()) == sorted(today.stdout.splitlines())
    assert "aks-a: stays as it is, because its verdict is rolled_back." in today.stdout


def test_the_entry_point_of_the_role_declares_the_same() -> None:
    def declare(entry: str) -> dict[str, t.Any]:
        role = {"name": "aks.dataplane.run_record", "tasks_from": entry}
        shows = {"name": "declared", "ansible.builtin.debug": {"var": "aks_dataplane_kube_proxy"}}
        run = run_playbook(
            [play([{"ansible.builtin.include_role": role}, shows])], INVENTORY, extra_vars={"aks_dataplane_before": {"one": BEFORE}}
        )
        assert run.returncode == 0, run.stdout + run.stderr
        (declared,) = run.results("declared")
        return declared["aks_dataplane_kube_proxy"]

    assert declare("way_back") == declare("rollback") == BEFORE["aks_dataplane_kube_proxy"]
