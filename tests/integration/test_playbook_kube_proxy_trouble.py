# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook under faults: it reaches the wanted configuration, or rolls back to the previous one, or changes nothing, and says which."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from tests.support.fleet import Fleet, phases_of
from tests.support.playbooks import PlaybookRun, words_of
from tests.support.simulator import Simulator

pytestmark = pytest.mark.timeout(900)

PUT = {"path": "managedClusters/aks-a$", "method": "PUT"}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    yield Fleet(simulator, tmp_path / "runs")
    simulator.clear_faults()


def story(run: PlaybookRun, host: str = "aks-a") -> str:
    """The last message of the failed cluster."""
    return [event["result"]["msg"] for event in run.events if event["status"] == "failed" and event["host"] == host][-1]


@pytest.mark.slow
def test_trouble_on_the_way_is_overcome(fleet: Fleet) -> None:
    """Each passing fault once, all in one run."""
    cluster = "managedClusters/aks-a$"
    for kind, details in (
        ("throttle", {**PUT, "retry_after": "1"}),
        ("etag", PUT),
        ("etag_race", PUT),
        ("conflict", PUT),
        ("server_error", PUT),
        ("slow", {"path": cluster, "method": "GET", "seconds": 0.5}),
        ("throttle", {"path": cluster, "method": "GET", "retry_after": "1"}),
        ("server_error", {"path": "/operations/", "method": "GET"}),
        ("reset", {"path": "/operations/", "method": "GET"}),
        ("throttle", {"path": "/k8s/aks-a/", "method": "GET", "retry_after": "1"}),
        ("reset", {"path": "/k8s/aks-a/", "method": "GET"}),
    ):
        fleet.simulator.fault(kind, **details)

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.modes() == {"nftables"}
    assert fleet.records()[0]["verdict"] == "switched"


@pytest.mark.slow
def test_a_lost_answer_to_the_change_is_overcome(fleet: Fleet) -> None:
    fleet.simulator.fault("reset", **PUT, after=True)

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.modes() == {"nftables"}
    assert fleet.records()[0]["verdict"] == "switched"


@pytest.mark.slow
def test_a_crash_loop_goes_back_to_the_exact_former_configuration(fleet: Fleet) -> None:
    """The other cluster of the batch is not held up."""
    former = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}
    fleet.simulator.make_cluster("aks-a", patch={"properties": {"networkProfile": {"kubeProxyConfig": former}}})
    fleet.simulator.fault("crash_loop", path="aks-a/.*1$", mode="nftables", times=None)
    fleet.hosts["aks-b"] = {}

    run = fleet.run(aks_dataplane_rollout_timeout=5)

    assert run.returncode == 2
    reported = story(run)
    assert "aks-a: NFTABLES is not verified on every node" in reported
    assert "CrashLoopBackOff" in reported
    assert "Last log lines of kube-proxy-" in reported
    assert "The previous configuration (IPVS) was restored, and is verified on 3 of 3 nodes." in reported
    assert fleet.config() == former
    assert fleet.modes() == {"ipvs"}
    (record,) = fleet.records()
    assert record["verdict"] == "rolled_back"
    assert record["rollback"]["status"] == "done"
    assert phases_of(record) == {
        **dict.fromkeys(("feature_registration", "preflight", "switch", "rollout", "rollback"), "done"),
        "verification": "failed",
    }
    assert record["message"] == reported
    assert fleet.modes("aks-b") == {"nftables"}
    assert fleet.records("aks-b")[0]["verdict"] == "switched"
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "rolled_back", "aks-b": "switched"}


def test_rules_that_stay_stale_are_undone(fleet: Fleet) -> None:
    """The pod is ready and names the wanted mode; only its health and its last sync show that the node's rules are the old ones."""
    fleet.simulator.fault("stale_rules", path="aks-a/.*1$", mode="nftables", times=None)

    run = fleet.run(aks_dataplane_rollout_timeout=4)

    assert run.returncode == 2
    assert "NFTABLES is not verified on every node (2 of 3)" in story(run)
    assert "The previous configuration (IPTABLES) was restored, and is verified on 3 of 3 nodes." in story(run)
    assert fleet.modes() == {"iptables"}
    assert fleet.records()[0]["verdict"] == "rolled_back"


@pytest.mark.slow
def test_a_refusal_of_azure_changes_nothing(fleet: Fleet) -> None:
    fleet.simulator.fault("forbidden", **PUT, times=None)

    run = fleet.run()

    assert run.returncode == 2
    assert "AuthorizationFailed" in story(run)
    assert story(run).endswith("Nothing was changed.")
    assert fleet.config() is None
    (record,) = fleet.records()
    assert (record["verdict"], record["rollback"]["status"], phases_of(record)["switch"]) == ("refused", "not_needed", "failed")


@pytest.mark.slow
def test_an_operation_that_fails_is_undone(fleet: Fleet) -> None:
    fleet.simulator.fault("operation_failed", path="aks-a")

    run = fleet.run()

    assert run.returncode == 2
    assert "ended as Failed" in story(run)
    assert "The previous configuration (IPTABLES) was restored" in story(run), story(run)
    assert fleet.config() == {"enabled": True, "mode": "IPTABLES"}
    assert fleet.modes() == {"iptables"}
    assert fleet.records()[0]["verdict"] == "rolled_back"


@pytest.mark.slow
def test_an_operation_that_never_ends_is_reported_with_the_way_back_by_hand(fleet: Fleet) -> None:
    fleet.simulator.fault("operation_stuck", path="aks-a")

    run = fleet.run(aks_dataplane_wait_timeout=4)

    assert run.returncode == 2
    reported = story(run)
    assert "The update of cluster aks-a in resource group rg-dataplane had not ended after" in reported
    assert "The rollback failed too" in reported
    (record,) = fleet.records()
    assert record["verdict"] == "rollback_failed"
    assert re.search(rf"To roll back: ansible-playbook aks.dataplane.rollback --limit aks-a -e .*{record['run_id']}", reported)


@pytest.mark.slow
def test_without_rollback_the_cluster_is_left_and_the_way_back_reported(fleet: Fleet) -> None:
    fleet.simulator.fault("no_rollout", path="aks-a", times=None)

    # As text, which is what -e name=value and surveys give.
    run = fleet.run(aks_dataplane_rollback="false", aks_dataplane_rollout_timeout=3)

    assert run.returncode == 2
    reported = story(run)
    assert "NFTABLES is not verified on every node (0 of 3)" in reported
    assert "The cluster was not rolled back" in reported
    assert fleet.config() == {"enabled": True, "mode": "NFTABLES"}
    (record,) = fleet.records()
    assert (record["verdict"], record["rollback"]["status"], phases_of(record)["rollback"]) == ("failed", "off", "skipped")

    command = re.search(r"To roll back: (ansible-playbook .*)", reported)
    assert command is not None
    fleet.simulator.clear_faults()
    playbook, *arguments = words_of(command[1])
    back = fleet.run(playbook, arguments=arguments)

    assert back.returncode == 0, back.stdout + back.stderr
    assert (fleet.config(), fleet.modes()) == ({"enabled": True, "mode": "IPTABLES"}, {"iptables"})


@pytest.mark.slow
def test_nothing_to_go_back_to(fleet: Fleet) -> None:
    """A cluster that is configured as wanted, but does not run so, is not changed."""
    fleet.simulator.set_cluster("aks-a", {"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}}}})
    fleet.simulator.clear_log()

    run = fleet.run(aks_dataplane_rollout_timeout=2)

    assert run.returncode == 2
    assert "there is no other configuration to roll back to" in story(run)
    assert fleet.writes() == []
    assert fleet.records()[0]["verdict"] == "failed"
