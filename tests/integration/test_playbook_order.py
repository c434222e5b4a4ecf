# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of a run: nothing is written, neither in the cluster nor in the subscription, unless the preflight lets the cluster pass."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet, phases_of
from tests.support.playbooks import PlaybookRun
from tests.support.simulator import FEATURE, Simulator

REGISTERED = [("POST", "register")] * 2
REGISTRATION = "aks.dataplane.feature_registration"
ROLES = (REGISTRATION, "aks.dataplane.preflight", "aks.dataplane.switchover", "aks.dataplane.verification")


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    simulator.reset(feature=False)
    simulator.clear_log()
    yield Fleet(simulator, tmp_path / "runs")
    simulator.clear_faults()


def play(*roles: str) -> list[dict[str, t.Any]]:
    tasks = [{"name": role, "ansible.builtin.include_role": {"name": role}} for role in roles]
    return [{"name": "Own", "hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}]


def looks(run: PlaybookRun, host: str = "aks-a") -> list[bool]:
    """Of each preflight of the host, whether it passed."""
    return [result["passed"] for result in run.results(action="aks_preflight_info", host=host)]


@pytest.mark.parametrize("check", [False, True])
def test_a_cluster_that_is_refused_leaves_the_subscription_alone(fleet: Fleet, check: bool) -> None:
    fleet.simulator.set_cluster("aks-a", {"properties": {"currentKubernetesVersion": "1.32.9", "kubernetesVersion": "1.32"}})
    fleet.simulator.clear_log()

    run = fleet.run(check=check)

    assert run.returncode == 2
    assert fleet.writes() == []
    assert looks(run) == [False]
    reported = run.failures()["aks-a"]
    assert "KP04" in reported
    assert "KP02" not in reported, "it would be seen to, were it all"
    assert "Nothing was changed in the cluster." in reported
    assert [phases_of(record) for record in fleet.records()] == ([] if check else [{"feature_registration": "done", "preflight": "failed"}])


@pytest.mark.slow
def test_a_cluster_that_is_not_there_leaves_the_subscription_alone(fleet: Fleet) -> None:
    fleet.hosts = {"aks-typo": {}}

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.writes() == []
    assert fleet.records("aks-typo")[0]["verdict"] == "refused"


@pytest.mark.slow
def test_one_cluster_registers_for_all_and_then_all_are_looked_at_in_full(fleet: Fleet) -> None:
    fleet.hosts = {"aks-a": {}, "aks-b": {}}

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert [write for write in fleet.writes() if write[0] == "POST"] == REGISTERED
    assert [host for host in fleet.hosts if any("feature" in one for one in run.results(action="aks_preview_feature", host=host))] == [
        "aks-a"
    ]
    for host in fleet.hosts:
        first, second = run.results(action="aks_preflight_info", host=host)
        assert [one["ignored"] for one in first["findings"] if one["id"] == "KP02"] == [True]
        assert [one for one in second["findings"] if one["id"] == "KP02"] == []
        assert fleet.records(host)[0]["verdict"] == "switched"

    fleet.simulator.clear_log()
    again = fleet.run()

    assert again.returncode == 0, again.stdout + again.stderr
    assert fleet.writes() == []
    assert (looks(again), looks(again, "aks-b")) == ([True], [True]), "the look is the preflight"
    assert phases_of(fleet.records()[-1])["feature_registration"] == "done"
    assert phases_of(fleet.records()[-1])["preflight"] == "done"


def _pending(simulator: Simulator) -> None:
    simulator.features({FEATURE: "Pending"})


def _unreadable(simulator: Simulator) -> None:
    simulator.fault("forbidden", path=f"features/{FEATURE}$", method="GET", times=None)


@pytest.mark.parametrize(
    ("spoil", "variables", "message"),
    [
        (_pending, {}, "is in the state Pending. The registration waits for an approval by Azure: open a request with Azure support."),
        (_unreadable, {}, "Grant Microsoft.Features/providers/features/read on the subscription."),
        (lambda simulator: None, {"aks_dataplane_register_feature": False}, "is in the state NotRegistered."),
    ],
)
@pytest.mark.slow
def test_a_feature_that_the_run_cannot_register_is_not_attempted(
    fleet: Fleet, spoil: t.Callable[[Simulator], None], variables: dict[str, t.Any], message: str
) -> None:
    spoil(fleet.simulator)
    fleet.simulator.clear_log()

    run = fleet.run(**variables)

    assert run.returncode == 2
    assert fleet.writes() == []
    assert "aks-a does not meet the prerequisites of the configuration. KP02:" in run.failures()["aks-a"]
    assert message in run.failures()["aks-a"]
    assert fleet.records()[0]["verdict"] == "refused"
    assert phases_of(fleet.records()[0])["preflight"] == "failed"


@pytest.mark.slow
def test_a_play_that_lists_the_four_roles(fleet: Fleet) -> None:
    planned = fleet.run(play(*ROLES), check=True)

    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert fleet.writes() == []
    assert looks(planned) == [True]
    assert planned.stats["aks-a"]["changed"] == 2, "the feature and the cluster"

    run = fleet.run(play(*ROLES))

    assert run.returncode == 0, run.stdout + run.stderr
    assert looks(run) == [True, True]
    assert [write for write in fleet.writes() if write[0] == "POST"] == REGISTERED
    assert fleet.modes() == {"nftables"}
    assert [record["verdict"] for record in fleet.records()] == ["switched"]
    assert "aks-a: NFTABLES is verified on 3 of 3 nodes." in run.stdout

    again = fleet.run(play(*ROLES))

    assert again.returncode == 0, again.stdout + again.stderr
    assert (looks(again), again.stats["aks-a"]["changed"]) == ([True], 0)


@pytest.mark.slow
def test_the_registration_by_itself(fleet: Fleet) -> None:
    run = fleet.run(play(REGISTRATION))

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.writes() == REGISTERED
    assert looks(run) == [True]
    assert not fleet.record_dir.exists()

    fleet.simulator.clear_log()
    fleet.hosts = {"aks-typo": {}}
    refused = fleet.run(play(REGISTRATION))

    assert refused.returncode == 2
    assert fleet.writes() == []

    del fleet.variables["aks_dataplane_resource_group"]
    fleet.simulator.clear_log()
    nameless = fleet.run(play(REGISTRATION))

    assert "aks-typo has no aks_dataplane_resource_group" in nameless.failures()["aks-typo"]
    assert fleet.simulator.log() == []


@pytest.mark.slow
def test_what_needs_no_feature_is_not_looked_at_for_it(fleet: Fleet) -> None:
    run = fleet.run(play(REGISTRATION), aks_dataplane_kube_proxy={"enabled": False})

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.simulator.log() == []


@pytest.mark.slow
def test_preflights_by_themselves_do_not_share_their_looks(fleet: Fleet) -> None:
    fleet.simulator.features({FEATURE: "Registered"})

    run = fleet.run(play("aks.dataplane.preflight", "aks.dataplane.preflight"))

    assert run.returncode == 0, run.stdout + run.stderr
    assert looks(run) == [True, True]
