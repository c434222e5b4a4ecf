# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a module runs, in all the ways in which Ansible comes to run one; its result is right in each."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import Simulator, clean_environment

pytestmark = pytest.mark.timeout(600)

OTHER_PYTHON = f"{pathlib.Path(sys.executable).parent}/../bin/python"
NEAR = {"ansible_connection": "local"}
# Either where the module runs, or why it does not run there.
HERE = "here"
_ORDINARY = re.compile(r" runs as a separate process: (.*)")
ELSEWHERE = '''
DOCUMENTATION = """
name: elsewhere
short_description: This machine, as if it was another one
description: For tests.
extends_documentation_fragment: [connection_pipelining]
"""
from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    transport = "elsewhere"
'''


@pytest.fixture
def info(simulator: Simulator) -> dict[str, t.Any]:
    simulator.reset()
    return {"aks.dataplane.aks_network_info": {"resource_group": simulator.resource_group, "name": "aks-a"}}


def where(run: PlaybookRun) -> dict[str, list[str]]:
    """By task: where each of its modules ran."""
    assert run.returncode == 0, run.stdout + run.stderr
    found: dict[str, list[str]] = {}
    for part in run.stdout.split("\nTASK [")[1:]:
        reasons = _ORDINARY.findall(part)
        name = part.partition("]")[0]
        found[name] = [re.sub(r"/\S+", "...", reason) for reason in reasons] or [HERE]
        for result in run.results(name):
            for one in result.get("results", [result]):
                assert [cluster["name"] for cluster in one["clusters"]] == ["aks-a"]
    return found


def test_tasks_that_are_delegated(simulator: Simulator, info: dict[str, t.Any], tmp_path: pathlib.Path) -> None:
    """The host that a task is delegated to decides, with its connection and its interpreter."""
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    far = {"ansible_connection": "elsewhere", "ansible_python_interpreter": OTHER_PYTHON}
    inventory = {"all": {"hosts": {"near": NEAR, "far": far, "other": {**NEAR, "ansible_python_interpreter": OTHER_PYTHON}}}}

    def tasks(host: str, *to: str) -> dict[str, t.Any]:
        mine: list[dict[str, t.Any]] = [{"name": f"{host} itself", **info}]
        mine += [{"name": f"{host} to {other}", **info, "delegate_to": other} for other in to]
        mine += [{"name": f"{host} to several", **info, "delegate_to": "{{ item }}", "loop": ["near", "far", "near"]}]
        return {"hosts": host, "gather_facts": False, "tasks": mine}

    plays = [tasks("near", "far", "other", "localhost"), tasks("far", "near", "other", "localhost")]
    env = {**simulator.environment(), "ANSIBLE_CONNECTION_PLUGINS": str(tmp_path)}
    there, other = "the connection is elsewhere", "the interpreter is ..."
    assert where(run_playbook(plays, inventory, env=env, arguments=["-vvv"])) == {
        "near itself": [HERE],
        "near to far": [there],
        "near to other": [other],
        "near to localhost": [HERE],
        "near to several": [there],
        "far itself": [there],
        "far to near": [HERE],
        "far to other": [other],
        "far to localhost": [HERE],
        "far to several": [there],
    }


def test_what_needs_an_ordinary_process_has_one(simulator: Simulator, info: dict[str, t.Any]) -> None:
    tasks: list[dict[str, t.Any]] = [
        {"name": "environment", **info, "environment": {"PYTHONUNBUFFERED": "1"}},
        {"name": "home", **info, "environment": {"HOME": "/nowhere"}},
        {"name": "interpreter", **info, "vars": {"ansible_python_interpreter": OTHER_PYTHON}},
        {"name": "background", **info, "async": 60, "poll": 1},
        {"name": "another user", **info, "become": True, "become_method": "su"},
        {"name": "plain", **info},
        {"name": "plain environment", **info, "environment": {"AZURE_CLOUD_NAME": "", "OF_MINE": "1"}},
    ]
    # The only other user that the tests can become is the same one.
    env = {**simulator.environment(), "ANSIBLE_BECOME_ALLOW_SAME_USER": "1"}
    plays = [{"hosts": "one", "gather_facts": False, "tasks": tasks}]
    assert where(run_playbook(plays, {"all": {"hosts": {"one": NEAR}}}, env=env, arguments=["-vvv"])) == {
        "environment": ["the environment sets PYTHONUNBUFFERED"],
        "home": ["the environment sets HOME"],
        "interpreter": ["the interpreter is ..."],
        "background": ["it is asynchronous"],
        "another user": ["it becomes another user"],
        "plain": [HERE],
        "plain environment": [HERE],
    }


def test_hosts_that_run_at_their_own_pace_with_defaults_of_the_group(simulator: Simulator, info: dict[str, t.Any]) -> None:
    """All options come from C(module_defaults), those of Azure for all modules at once."""
    names = {"resource_group": simulator.resource_group, "name": "aks-a"}
    (tenant, secret) = (simulator.info["tenant"], simulator.info["secret"])
    play = {
        "hosts": "all",
        "gather_facts": False,
        "strategy": "free",
        "module_defaults": {
            "group/aks.dataplane.azure": {"tenant": tenant, "client_id": simulator.info["client_id"], "secret": secret},
            "aks.dataplane.aks_network_info": names,
        },
        "tasks": [{"name": "defaults", "aks.dataplane.aks_network_info": {}}, {"name": "given", **info}],
    }
    env = {
        name: value for name, value in simulator.environment().items() if name not in ("AZURE_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT")
    }
    run = run_playbook([play], {"all": {"hosts": {f"host-{number}": NEAR for number in range(3)}}}, env=env, arguments=["-vvv"])
    assert set(where(run)) == {"defaults", "given"}
    assert len(run.results("defaults")) == len(run.results("given")) == 3
    assert _ORDINARY.search(run.stdout) is None
    assert secret not in run.stdout + run.stderr


def test_encrypted_options_and_paths_beside_the_playbook(simulator: Simulator, info: dict[str, t.Any], tmp_path: pathlib.Path) -> None:
    """The same in both ways of running: the secret is encrypted in the play, the path of the kubeconfig relative to the playbook."""
    password, playbook = tmp_path / "password", tmp_path / "playbook.yml"
    password.write_text("of the vault")
    (tmp_path / "cluster.conf").write_text(pathlib.Path(simulator.kubeconfig("aks-a")).read_text())
    secret = VaultLib([("default", VaultSecret(b"of the vault"))]).encrypt(simulator.info["secret"]).decode()
    signing_in = {"tenant": simulator.info["tenant"], "client_id": simulator.info["client_id"], "secret": "ENCRYPTED"}
    (options,) = info.values()
    tasks = [
        {"name": "info", "aks.dataplane.aks_network_info": {**options, **signing_in}},
        {"name": "status", "aks.dataplane.aks_dataplane_status_info": {"kubeconfig": "cluster.conf", **options, **signing_in}},
    ]
    text = yaml.safe_dump([{"hosts": "one", "gather_facts": False, "tasks": tasks}], sort_keys=False)
    indented = "".join(f"\n          {line}" for line in secret.splitlines())
    playbook.write_text(text.replace("ENCRYPTED", f"!vault |{indented}"))
    env = {
        name: value for name, value in simulator.environment().items() if name not in ("AZURE_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT")
    }
    env["ANSIBLE_VAULT_PASSWORD_FILE"] = str(password)
    seen = []
    for payloads in (False, True):
        run = run_playbook(playbook, {"all": {"hosts": {"one": NEAR}}}, env=env, payloads=payloads, arguments=["-vvv"])
        assert run.returncode == 0, run.stdout + run.stderr
        assert bool(_ORDINARY.search(run.stdout)) is payloads
        assert simulator.info["secret"] not in run.stdout
        (known,), (status,) = run.results("info"), run.results("status")
        # kube-proxy writes its rules again and again.
        nodes = [{**node, "rules_after": None} for node in status["nodes"]]
        seen.append((known["clusters"], nodes, status["verdict"]))
    assert seen[0] == seen[1]


def test_one_module_from_the_command_line(simulator: Simulator, info: dict[str, t.Any], tmp_path: pathlib.Path) -> None:
    (options,) = info.values()
    command = [str(pathlib.Path(sys.executable).parent / "ansible"), "localhost", "-m", *info, "-a", json.dumps(options), "-vvv"]
    env = {**clean_environment(), **simulator.environment(), "HOME": str(tmp_path), "ANSIBLE_NOCOLOR": "1"}
    seen = []
    for python in (sys.executable, OTHER_PYTHON):
        run = subprocess.run([*command, "-e", f"ansible_python_interpreter={python}"], env=env, capture_output=True, text=True, check=True)
        assert bool(_ORDINARY.search(run.stdout)) is (python == OTHER_PYTHON)
        seen.append(json.loads(run.stdout.partition("localhost | SUCCESS => ")[2]))
    assert seen[0] == seen[1]
    assert [cluster["name"] for cluster in seen[0]["clusters"]] == ["aks-a"]
