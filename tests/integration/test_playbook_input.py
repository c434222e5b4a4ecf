# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is given, before it asks anything: numbers, variables that are set to nothing, and whether there is a cluster to work on at all."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet
from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import Simulator

BEFORE = {"aks-a": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}}
# By playbook over clusters, what it needs besides the declaration.
PLAYBOOKS: dict[str, dict[str, t.Any]] = {
    "kube_proxy": {},
    "preflight": {},
    "verification": {},
    "rollback": {"aks_dataplane_before": BEFORE, "aks_dataplane_kube_proxy": None},
}
NOTHING = {"all": {"hosts": {}}}
ONLY_NODES = {"all": {"children": {"aks_nodes": {"hosts": {"node-1": {}}}}}}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    simulator.reset()
    simulator.clear_log()
    return Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))


def reported(run: PlaybookRun) -> str:
    """Without the line breaks of an error that is no task's."""
    return " ".join([*run.failures().values(), *(run.stdout + run.stderr).split()])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aks_dataplane_serial", "abc"),
        ("aks_dataplane_serial", 0),
        ("aks_dataplane_serial", "-1"),
        ("aks_dataplane_max_fail_percentage", "many"),
        ("aks_dataplane_poll_interval", "0"),
        ("aks_dataplane_rollout_timeout", "soon"),
    ],
)
def test_a_number_that_is_none_is_refused_once_and_before_anything_is_asked(fleet: Fleet, name: str, value: t.Any) -> None:
    run = fleet.run(**{name: value})

    assert run.returncode == 2
    (message,) = run.failures().values()
    assert message.startswith(f"{name} is ")
    assert "must be a" in message
    assert "Traceback" not in run.stdout + run.stderr
    assert fleet.simulator.log() == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_playbook_checks_its_numbers(fleet: Fleet, playbook: str) -> None:
    run = fleet.run(f"aks.dataplane.{playbook}", aks_dataplane_serial="half", **given(fleet, playbook))

    assert run.returncode == 2
    assert 'aks_dataplane_serial is "half", but must be' in reported(run)
    assert fleet.simulator.log() == []


def given(fleet: Fleet, playbook: str) -> dict[str, t.Any]:
    extra = dict(PLAYBOOKS[playbook])
    if "aks_dataplane_kube_proxy" in extra:
        del fleet.variables["aks_dataplane_kube_proxy"], extra["aks_dataplane_kube_proxy"]
    return extra


@pytest.mark.slow
@pytest.mark.parametrize("playbook", ["kube_proxy", "verification"])
def test_variables_that_are_set_to_nothing_count_as_not_set(fleet: Fleet, playbook: str) -> None:
    """As the optional questions of a survey leave them. Verified on the nodes, by way of kubectl exec as is the default."""
    fleet.hosts = {"aks-a": {}}
    nothing = (
        *("serial", "max_fail_percentage", "wait_timeout", "rollout_timeout", "poll_interval", "api_version", "kubeconfig", "cluster"),
        *("admin_credentials", "exec", "profile", "ignore", "kubernetes", "rollback", "register_feature", "node_group"),
        *("subscription_id", "enable_acns", "host_routing", "ruleset_nodes", "verdicts"),
    )
    mode = "NFTABLES" if playbook == "kube_proxy" else "IPTABLES"
    fleet.variables["aks_dataplane_kube_proxy"] = {"mode": mode}

    run = fleet.run(f"aks.dataplane.{playbook}", **{f"aks_dataplane_{name}": "" for name in nothing})

    assert run.returncode == 0, run.stdout + run.stderr
    expected = "switched" if playbook == "kube_proxy" else "proved"
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": expected}


@pytest.mark.parametrize("playbook", PLAYBOOKS)
@pytest.mark.parametrize(
    ("inventory", "arguments", "words"),
    [
        (NOTHING, [], "The inventory has no host in all, so that there is nothing to work on."),
        (NOTHING, ["--limit", "aks-a"], "The inventory has no host in all, so that there is nothing to work on."),
        (ONLY_NODES, [], "The inventory has no host in all:!aks_nodes, so that there is nothing to work on."),
        (None, ["--limit", "node-1"], "The limit node-1 selects no host in all:!aks_nodes, so that there is nothing to work on."),
    ],
)
def test_a_run_over_nothing_fails(fleet: Fleet, playbook: str, inventory: t.Any, arguments: list[str], words: str) -> None:
    fleet.nodes = {"node-1": {}}
    extra = {name: value for name, value in PLAYBOOKS[playbook].items() if value is not None}

    run = run_playbook(
        f"aks.dataplane.{playbook}", inventory or fleet.inventory, extra_vars=extra, env=fleet.simulator.environment(), arguments=arguments
    )

    assert run.returncode != 0
    assert words in reported(run)
    assert fleet.simulator.log() == []


def test_an_inventory_that_is_misspelt_or_empty(tmp_path: pathlib.Path) -> None:
    """Ansible itself only warns of it."""
    missing, empty = tmp_path / "invetory.yml", tmp_path / "empty"
    empty.touch()
    words = "so that there is nothing to"
    for playbook in ("kube_proxy", "audit"):
        run = run_playbook(f"aks.dataplane.{playbook}", missing)
        assert run.returncode != 0
        assert f"There is no {'inventory ' if playbook == 'audit' else ''}{missing}" in reported(run)
        assert words in reported(run)
    # That was the audit, which no task refuses.
    assert " ".join((run.stdout + run.stderr).split()).count(words) == 1
    for arguments in ([], ["--limit", "aks-a"]):
        run = run_playbook("aks.dataplane.kube_proxy", empty, arguments=arguments)
        assert run.returncode != 0
        assert words in reported(run) or "leaves us with no hosts to target" in reported(run)


def test_a_misspelt_group_of_nodes() -> None:
    run = run_playbook("aks.dataplane.node_ruleset", ONLY_NODES, extra_vars={"aks_dataplane_nodes": "aks_nods"})
    assert run.returncode != 0
    assert "The inventory has no host in aks_nods, so that there is nothing to work on." in reported(run)


def test_an_audit_whose_limit_selects_nothing_fails(fleet: Fleet) -> None:
    run = run_playbook("aks.dataplane.audit", NOTHING, env=fleet.simulator.environment(), arguments=["--limit", "aks-a"])

    assert run.returncode != 0
    assert "The limit aks-a selects no cluster of the inventory, so that there is nothing to audit." in reported(run)


def test_nodes_are_checked_in_the_same_way() -> None:
    playbook = "aks.dataplane.node_ruleset"
    run = run_playbook(playbook, NOTHING)
    assert run.returncode != 0
    assert "The inventory has no host in aks_nodes, so that there is nothing to work on." in reported(run)

    run = run_playbook(playbook, ONLY_NODES, extra_vars={"aks_dataplane_serial": "some"})
    assert run.returncode == 2
    assert 'aks_dataplane_serial is "some", but must be' in reported(run)


@pytest.mark.slow
def test_only_where_it_is_demanded_a_limit_is_needed(fleet: Fleet) -> None:
    """The job templates of AWX demand it; who writes an inventory means what is in it."""
    run = fleet.run("aks.dataplane.preflight", aks_dataplane_limit_required=True)
    assert run.returncode == 2
    assert "There is no limit, which would mean all 2 clusters of the inventory." in reported(run)
    assert fleet.simulator.log() == []

    for arguments in (["--limit", "aks-a"], ["--limit", "all"]):
        run = fleet.run("aks.dataplane.preflight", aks_dataplane_limit_required=True, arguments=arguments)
        assert run.returncode == 0, run.stdout
    assert set(run.custom["_run"]["aks_dataplane_preflight"]) == {"aks-a", "aks-b"}

    run = fleet.run("aks.dataplane.preflight")
    assert set(run.custom["_run"]["aks_dataplane_preflight"]) == {"aks-a", "aks-b"}
