# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No trouble of the API server, of a right or of a node that was unwell before takes a good change back; only what was seen bad does."""

from __future__ import annotations

import pathlib
import re
import time
import typing as t

import pytest

from tests.support.fleet import Fleet, phases_of
from tests.support.playbooks import PlaybookRun, words_of
from tests.support.simulator import Simulator

pytestmark = pytest.mark.timeout(600)

API = "/k8s/aks-a/"
PROXY_RIGHT = ":10249/proxy"
NFTABLES = {"enabled": True, "mode": "NFTABLES"}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    yield Fleet(simulator, tmp_path / "runs")
    simulator.clear_faults()


def ready(fleet: Fleet, name: str, status: str) -> None:
    fleet.simulator.kube("aks-a", nodes={name: {"status": {"conditions": [{"type": "Ready", "status": status}]}}})


def node_of(fleet: Fleet) -> str:
    return str(fleet.simulator.nodes("aks-a")[-1]["name"])


def run_with(fleet: Fleet, trouble: t.Callable[[], None], until: t.Callable[[], None] | None = None, **variables: t.Any) -> PlaybookRun:
    """A run in which the trouble begins once Azure has taken the change, and ends three seconds after all nodes run the new mode."""
    running = fleet.start(**variables)
    while running.process.poll() is None and fleet.config() != NFTABLES:
        time.sleep(0.01)
    trouble()
    if until is not None:
        while running.process.poll() is None and fleet.modes() != {"nftables"}:
            time.sleep(0.01)
        time.sleep(3)
        until()
    return running.wait()


def puts(fleet: Fleet) -> int:
    return [method for method, _what in fleet.writes()].count("PUT")


@pytest.mark.parametrize("kind", ["forbidden", "unauthorized", "reset", "server_error", "throttle"])
@pytest.mark.slow
def test_an_api_server_that_starts_is_waited_for(fleet: Fleet, kind: str) -> None:
    run = run_with(fleet, lambda: fleet.simulator.fault(kind, path=API, times=None, retry_after="0"), fleet.simulator.clear_faults)

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.records()[0]["verdict"] == "switched"
    assert puts(fleet) == 1


@pytest.mark.parametrize(
    "kind", ["forbidden", pytest.param("reset", marks=pytest.mark.slow), pytest.param("server_error", marks=pytest.mark.slow)]
)
def test_an_api_server_that_stays_silent_leaves_the_change_unverified(fleet: Fleet, kind: str) -> None:
    run = run_with(fleet, lambda: fleet.simulator.fault(kind, path=API, times=None), aks_dataplane_rollout_timeout=4)

    assert run.returncode == 2
    assert (fleet.config(), fleet.modes(), puts(fleet)) == (NFTABLES, {"nftables"}, 1)
    (record,) = fleet.records()
    assert (record["verdict"], record["rollback"]["status"]) == ("unverified", "not_needed")
    assert "rollback" not in phases_of(record)
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "unverified"}
    story = run.failures()["aks-a"]
    assert "NFTABLES was not seen on every node" in story
    assert "The change is kept." in story
    verify = re.search(r"To verify later: (ansible-playbook .*?) To roll back: (ansible-playbook .*)", story)
    assert verify is not None

    fleet.simulator.clear_faults()
    playbook, *arguments = words_of(verify[1])
    later = fleet.run(playbook, arguments=arguments)

    assert later.returncode == 0, later.stdout + later.stderr
    assert "aks-a: NFTABLES is verified on 3 of 3 nodes." in later.stdout

    playbook, *arguments = words_of(verify[2])
    back = fleet.run(playbook, arguments=arguments)

    assert back.returncode == 0, back.stdout + back.stderr
    assert (fleet.config(), fleet.modes()) == ({"enabled": True, "mode": "IPTABLES"}, {"iptables"})


@pytest.mark.slow
def test_an_api_server_that_hangs_leaves_the_change_unverified(fleet: Fleet) -> None:
    run = run_with(fleet, lambda: fleet.simulator.fault("slow", path=API, seconds=300, times=None), aks_dataplane_rollout_timeout=4)

    assert run.returncode == 2
    assert (fleet.modes(), puts(fleet), fleet.records()[0]["verdict"]) == ({"nftables"}, 1, "unverified")


def test_a_right_that_verification_needs_and_that_is_missing_refuses_before_the_change(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", deny=[PROXY_RIGHT])

    run = fleet.run(aks_dataplane_rollout_timeout=2)

    assert run.returncode == 2
    story = run.failures()["aks-a"]
    assert "the change could not be verified afterwards, so the run does not begin it" in story
    assert 'cannot get resource "pods/proxy"' in story
    assert story.endswith("Nothing was changed.")
    assert fleet.writes() == []
    assert fleet.records()[0]["verdict"] == "refused"


@pytest.mark.slow
def test_a_right_that_is_lost_on_the_way_leaves_the_change_unverified(fleet: Fleet) -> None:
    run = run_with(fleet, lambda: fleet.simulator.kube("aks-a", deny=[PROXY_RIGHT]), aks_dataplane_rollout_timeout=4)

    assert run.returncode == 2
    assert (fleet.modes(), puts(fleet), fleet.records()[0]["verdict"]) == ({"nftables"}, 1, "unverified")


def test_kube_proxies_that_cannot_be_asked_refuse_before_the_change(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", metrics_loopback=True)

    # KP24 finds it before, unless it is set aside.
    run = fleet.run(aks_dataplane_rollout_timeout=2, aks_dataplane_ignore=["KP24"])

    assert run.returncode == 2
    assert "No node can be verified now." in run.failures()["aks-a"]
    assert fleet.writes() == []


def test_a_node_that_was_unwell_before_is_named_and_fails_nothing(fleet: Fleet) -> None:
    node = node_of(fleet)
    ready(fleet, node, "Unknown")

    refused = fleet.run(aks_dataplane_require_all_nodes="true")

    assert refused.returncode == 2
    assert f"aks_dataplane_require_all_nodes is true. {node} (the node is not Ready" in refused.failures()["aks-a"]
    assert fleet.writes() == []

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"aks-a: nodes that cannot be verified before the change do not count after it: {node} (the node is not Ready" in run.stdout
    assert "aks-a: switched, and verified on 2 of 3 nodes (leftovers: none on 2 nodes, not checked on 1)." in run.stdout
    assert f"Not verified, because they were not verifiable before the change: {node} (" in run.stdout
    record = fleet.records()[-1]
    assert record["verdict"] == "switched"
    assert [one["name"] for one in record["nodes"] if one["excused"]] == [node]

    again = fleet.run()

    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing was changed, and it is verified on 2 of 3 nodes" in again.stdout
    assert fleet.records()[-1]["verdict"] == "unchanged"

    alone = fleet.run("aks.dataplane.verification")

    assert alone.returncode == 2
    assert f"Node {node}: the node is not Ready" in alone.failures()["aks-a"], "without a run, every node counts"


@pytest.mark.slow
def test_a_node_that_gets_unwell_on_the_way_is_seen_bad(fleet: Fleet) -> None:
    node = node_of(fleet)

    run = run_with(fleet, lambda: ready(fleet, node, "False"), aks_dataplane_rollout_timeout=5)

    assert run.returncode == 2
    assert fleet.modes() == {"iptables"}
    story = run.failures()["aks-a"]
    assert re.search(rf"Node {node}: the node is not Ready, [^.]* \(seen since 20\d\d-[^)]*Z\)\.", story), story
    assert "The previous configuration (IPTABLES) was restored" in story
    # It is not Ready afterwards either, which has nothing to do with the rollback any more than with the switch.
    assert fleet.records()[0]["verdict"] == "rollback_failed"
