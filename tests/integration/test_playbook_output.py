# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a run: few lines, each error once, and nothing between the lines of a callback that writes a document."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

import pytest

from tests.demo.picture import PICTURE, shows, with_short_paths
from tests.support.fleet import Fleet
from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import Simulator

QUIET = {"ANSIBLE_DISPLAY_OK_HOSTS": "false", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
CALLBACKS = ":".join(str(pathlib.Path(__file__).parents[1] / "support" / name) for name in ("callback_plugins", "stdout_callbacks"))
MOST = 40


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    return Fleet(simulator, tmp_path / "runs")


def play(fleet: Fleet, playbook: str = "aks.dataplane.kube_proxy", *, check: bool = False, **env: str) -> PlaybookRun:
    return run_playbook(playbook, fleet.inventory, env={**fleet.simulator.environment(), **(env or QUIET)}, check=check)


def lines(run: PlaybookRun) -> list[str]:
    return [*run.stdout.splitlines(), *run.stderr.splitlines()]


def once(run: PlaybookRun, *sentences: str) -> None:
    """Each is shown, and shown once."""
    shown = " ".join((run.stdout + run.stderr).split())
    assert {sentence: shown.count(sentence) for sentence in sentences} == dict.fromkeys(sentences, 1), shown


@pytest.mark.slow
def test_a_plan_a_switch_and_a_second_run(fleet: Fleet) -> None:
    fleet.simulator.reset(feature=False)

    planned = play(fleet, check=True)
    switched = play(fleet)
    again = play(fleet)
    loud = play(fleet, ANSIBLE_DISPLAY_OK_HOSTS="true")

    for run in (planned, switched, again, loud):
        assert run.returncode == 0, run.stdout + run.stderr
    for run in (planned, switched, again):
        assert len(lines(run)) <= MOST, run.stdout + run.stderr
        assert "included:" not in run.stdout
        assert "skipping:" not in run.stdout
    once(planned, "aks-a | plan | would change (check mode: nothing is changed)", "verification is skipped in check mode")
    once(
        switched,
        "aks-a | preflight | passed (1 info)",
        "this usually takes 2 to 10 minutes",
        "aks-a | rollout | 3 of 3 nodes are as wanted",
    )
    once(
        switched,
        "aks-a: switched, and verified on 3 of 3 nodes",
        "aks-a: To roll back: ansible-playbook aks.dataplane.rollback --limit aks-a -e",
    )
    once(again, "aks-a | plan | nothing is to be changed")
    # The picture in the README is of a run like this one.
    printed = with_short_paths(switched.stdout, fleet.record_dir.parent).replace(fleet.simulator.resource_group, "rg-production")
    printed, picture = printed.replace("aks-a", "aks-prod-1"), PICTURE.read_text(encoding="utf-8")
    assert shows(picture, printed), f"run: python -m tests.demo.picture\n{printed}"
    assert not shows(picture, printed.replace("is verified", "is seen"))
    assert " -i /" in switched.stdout.partition("aks-a: To roll back: ")[2].partition("\n")[0]
    tasks = [event for event in again.events if event["host"] == "aks-a"]
    # Three of them only see that the playbook has checked the input of a role.
    assert len(tasks) <= 23
    assert len(lines(loud)) <= 3 * len(tasks) + 30


@pytest.mark.slow
def test_a_refusal_is_shown_once(fleet: Fleet) -> None:
    fleet.simulator.set_cluster("aks-a", {"properties": {"currentKubernetesVersion": "1.32.9", "kubernetesVersion": "1.32"}})
    reason = "The cluster runs Kubernetes 1.32.9, NFTABLES needs 1.33."

    for playbook in ("aks.dataplane.preflight", "aks.dataplane.kube_proxy"):
        run = play(fleet, playbook)

        assert run.returncode == 2
        assert len(lines(run)) <= MOST, run.stdout + run.stderr
        once(run, reason, "aks-a | preflight | refused (1 error, 1 info)", "FAILED! =>")


@pytest.mark.slow
def test_a_rollback_shows_its_cause_once_and_first(fleet: Fleet) -> None:
    fleet.simulator.fault("operation_failed", path="aks-a")

    run = play(fleet)

    assert run.returncode == 2
    assert len(lines(run)) <= MOST, run.stdout + run.stderr
    once(run, "ended as Failed", "The previous configuration (IPTABLES) was restored", "FAILED! =>", "aks-a | switch | failed")
    (message,) = run.failures().values()
    assert message.index("ended as Failed") < message.index("was restored")
    assert message == fleet.records()[0]["message"]


@pytest.mark.slow
def test_a_verification_that_fails_is_shown_once(fleet: Fleet) -> None:
    run = play(fleet, "aks.dataplane.verification")

    assert run.returncode == 2
    once(run, "aks-a: NFTABLES is not verified on every node (0 of 3).", "FAILED! =>")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"aks_dataplane_kube_proxy": {"mode": "EBPF"}}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: EBPF"),
        ({"aks_dataplane_kube_proxy": {"mode": "IPVS", "ipvs_config": {"scheduler": "Fast"}}}, "value of scheduler must be one of:"),
        ({"aks_dataplane_rollback": "perhaps"}, "aks_dataplane_rollback"),
    ],
)
def test_a_wrong_value_is_one_short_sentence(fleet: Fleet, variables: dict[str, t.Any], sentence: str) -> None:
    fleet.variables |= variables

    run = play(fleet)

    assert run.returncode == 2
    once(run, sentence, "FAILED! =>")
    assert max(map(len, lines(run))) < 500
    assert len(lines(run)) <= 15


@pytest.mark.slow
def test_several_clusters_end_in_a_table(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))

    run = play(fleet)

    assert run.returncode == 0, run.stdout + run.stderr
    table = run.stdout[run.stdout.index("cluster  verdict   run record") :].splitlines()
    assert [row.split()[:2] for row in table[1:3]] == [["aks-a", "switched"], ["aks-b", "switched"]]
    assert len(lines(run)) <= 2 * MOST


@pytest.mark.slow
def test_a_callback_that_writes_a_document_has_stdout_for_itself(fleet: Fleet) -> None:
    run = play(fleet, ANSIBLE_STDOUT_CALLBACK="whole_json", ANSIBLE_CALLBACK_PLUGINS=CALLBACKS)

    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(run.stdout)["hosts"] == ["aks-a"]
    assert "aks-a: switched, and verified on 3 of 3 nodes" in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("callback", ["minimal", "oneline"])
def test_other_callbacks_show_the_same_lines(fleet: Fleet, callback: str) -> None:
    run = play(fleet, "aks.dataplane.preflight", ANSIBLE_STDOUT_CALLBACK=callback)

    assert run.returncode == 0, run.stdout + run.stderr
    shown = ("aks-a | preflight | passed (1 info)", "aks-a: meets the prerequisites.")
    assert [lines(run).count(line) for line in shown] == [1, 1]


def alone(role: str) -> list[dict[str, t.Any]]:
    return [{"hosts": "all", "connection": "local", "gather_facts": False, "roles": [f"aks.dataplane.{role}"]}]


@pytest.mark.parametrize(
    ("role", "variables", "sentences"),
    [
        ("switchover", {"aks_dataplane_rollback": "perhaps"}, ["value of aks_dataplane_rollback must be true or false, got: perhaps."]),
        ("preflight", {"aks_dataplane_ignore": {"KP27": True}}, ["aks_dataplane_ignore is {'KP27': True}, but must be a list."]),
        ("preflight", {"aks_dataplane_kube_proxy": 5}, ["value of aks_dataplane_kube_proxy must be a dictionary."]),
        (
            "verification",
            {"aks_dataplane_kube_proxy": {"mode": "IPVS", "ipvs_config": {"tcp_timeout_seconds": "soon"}}, "aks_dataplane_exec": "x"},
            [
                "value of tcp_timeout_seconds in ",
                " must be a whole number, got: soon.",
                "value of aks_dataplane_exec must be true or false",
            ],
        ),
        ("feature_registration", {"aks_dataplane_cluster": "{{ nope }}"}, ["The variable aks_dataplane_cluster cannot be evaluated: "]),
    ],
)
def test_a_role_alone_refuses_a_wrong_value_with_one_sentence(
    fleet: Fleet, role: str, variables: dict[str, t.Any], sentences: list[str]
) -> None:
    """Ansible's own check of a role's variables shows all of its specification, which is thousands of characters."""
    fleet.variables |= variables

    run = run_playbook(alone(role), fleet.inventory, env={**fleet.simulator.environment(), **QUIET})

    assert run.returncode == 2
    once(run, *sentences, "FAILED! =>")
    assert max(map(len, lines(run))) < 500
    assert len(lines(run)) <= 15


@pytest.mark.parametrize("kind", ["roles", "import_role", "include_role"])
def test_a_wrong_value_of_a_later_role_is_refused_with_one_sentence_before_the_first_one_begins(fleet: Fleet, kind: str) -> None:
    """Ansible runs what all roles depend on for the first one of a play."""
    names = ["aks.dataplane.preflight", "aks.dataplane.switchover"]
    keywords = {"roles": names} if kind == "roles" else {"tasks": [{f"ansible.builtin.{kind}": {"name": name}} for name in names]}
    fleet.variables |= {"aks_dataplane_rollback": "perhaps"}

    run = run_playbook(
        [{"hosts": "all", "connection": "local", "gather_facts": False, **keywords}],
        fleet.inventory,
        env={**fleet.simulator.environment(), **QUIET},
    )

    assert run.returncode == 2
    once(run, "value of aks_dataplane_rollback must be true or false, got: perhaps.", "FAILED! =>")
    assert max(map(len, lines(run))) < 500
    assert run.results("Check the cluster") == []


def test_a_role_alone_shows_one_error_and_nothing_of_the_run(fleet: Fleet) -> None:
    """A cluster that there is not."""
    fleet.variables["aks_dataplane_cluster"] = "aks-none"

    run = run_playbook(alone("preflight"), fleet.inventory, env={**fleet.simulator.environment(), **QUIET})

    assert run.returncode == 2
    once(run, "FAILED! =>", "aks-none")
    assert '"run"' not in run.stdout
    assert max(map(len, lines(run))) < 600


@pytest.mark.slow
def test_a_failure_that_a_task_of_ansible_has_shown_is_not_shown_again(fleet: Fleet) -> None:
    """The name of a node is only evaluated when its observations are kept: Ansible fails there, and not the collection."""
    fleet.variables["aks_dataplane_node_group"] = "nodes"
    fleet.variables["aks_dataplane_node_look"] = "ssh"
    here = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
    fleet.nodes = {"node-1": {"aks_dataplane_node_name": "{{ 'node-1' | nope }}", **here}}
    inventory = fleet.inventory
    inventory["all"]["children"]["aks_nodes"] = {"children": {"nodes": inventory["all"]["children"]["aks_nodes"]}}

    run = run_playbook("aks.dataplane.kube_proxy", inventory, env={**fleet.simulator.environment(), **QUIET})

    assert run.returncode == 2
    shown = " ".join((run.stdout + run.stderr).split())
    first, last = (event["result"]["msg"] for event in run.events if event["status"] == "failed")
    assert "nope" in first
    assert "nope" not in last
    assert "as shown above" in last
    assert shown.count("Nothing was changed in the cluster.") == 1
    assert "nope" in fleet.records()[0]["message"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"aks_dataplane_profile": "currant"},
            "value of aks_dataplane_profile must be one of: preview, current, got: currant. Did you mean current?",
        ),
        ({"aks_dataplane_kubernetes": "perhaps"}, "value of aks_dataplane_kubernetes must be true or false, got: perhaps."),
        ({"aks_dataplane_resource_group": ""}, "aks_dataplane_resource_group is missing."),
    ],
)
def test_an_audit_shows_why_a_cluster_was_not_audited_once(fleet: Fleet, variables: dict[str, t.Any], sentence: str) -> None:
    fleet.variables |= variables

    run = play(fleet, "aks.dataplane.audit")

    assert run.returncode == 2
    once(run, sentence, "FAILED! =>")
    assert len(lines(run)) <= MOST
