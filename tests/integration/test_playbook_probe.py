# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interruption of a switch, measured by the run itself, and what a limit that was exceeded does to the waves after it."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.cluster_ruleset import until
from tests.support.coming_and_going import away_during_the_change, probed
from tests.support.fleet import Fleet
from tests.support.modules import run_module
from tests.support.probe_process import gone, probers
from tests.support.simulator import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    simulator.reset()
    for cluster in ("aks-a", "aks-b"):
        simulator.make_cluster(cluster)
        simulator.kube(cluster)
    return Fleet(simulator, tmp_path / "runs", hosts=("aks-a", "aks-b"))


def test_a_limit_that_is_exceeded_stops_the_next_wave_and_the_verified_cluster_stays(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    with away_during_the_change(fleet.simulator, 1.5) as port:
        run = fleet.run(**probed(port, aks_dataplane_report=True))

    assert run.returncode == 2, run.stdout + run.stderr
    (message,) = run.failures().values()
    assert message.startswith("aks-a: The interruption exceeded the limit (web: new connections failed for ")
    assert message.endswith("no further wave begins. To go on regardless, set aks_dataplane_probe_action: report.")
    assert "aks-a | interruption | the probe begins: web (127.0.0.1:" in run.stdout
    assert "aks-a | interruption | web: longest gap " in run.stdout
    assert "aks-a: switched, and verified on" in run.stdout
    assert (fleet.modes("aks-a"), fleet.modes("aks-b"), fleet.records("aks-b")) == ({"nftables"}, {"iptables"}, [])
    # What a workflow of AWX rolls back by in its branch for failures.
    assert run.custom["_run"]["aks_dataplane_step_switch"]["aks-a"]["verdict"] == "switched"
    (record,) = fleet.records()
    (found,) = record["interruption"]["targets"]
    assert record["verdict"] == "switched"
    assert (record["interruption"]["limit"], found["verdict"], found["failures"]["no_answer"]) == ("exceeded", "exceeded", 0)
    assert found["longest_gap"] == pytest.approx(1.5, abs=0.5)
    assert [*(tmp_path / "runs").rglob("*.probe")] == []
    (page,) = (tmp_path / "runs").rglob("*.md")
    first_screen = page.read_text(encoding="utf-8").partition("## Change")[0]
    assert "The interruption exceeded the limit" in first_screen


def test_by_choice_a_cluster_that_nobody_reaches_any_more_is_rolled_back(fleet: Fleet) -> None:
    with away_during_the_change(fleet.simulator, None) as port:
        run = fleet.run(**probed(port, aks_dataplane_probe_action="rollback"))

    assert run.returncode == 2, run.stdout + run.stderr
    (message,) = run.failures().values()
    assert message.startswith("aks-a: Since the change every new connection fails (web)")
    assert "(IPTABLES) was restored, and is verified on" in message
    (record,) = fleet.records()
    assert (record["verdict"], record["interruption"]["dead"]) == ("rolled_back", True)
    assert fleet.modes("aks-a") == {"iptables"}


def test_a_run_that_changes_nothing_measures_nothing(fleet: Fleet) -> None:
    """Wrong targets are refused before that."""
    run = fleet.run(arguments=["--limit", "aks-a"], **probed(1, aks_dataplane_kube_proxy={"mode": "IPTABLES"}))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "interruption" not in run.stdout
    assert fleet.records()[-1]["interruption"] is None


def prober_objects(fleet: Fleet) -> set[str]:
    """Paths of what was created to measure from the cluster, and is still there."""
    there: set[str] = set()
    for entry in fleet.simulator.log(kind="kube"):
        if entry["method"] == "POST" and entry["status"] == 201 and "/namespaces/aks-dataplane/" in entry["path"] and not entry["query"]:
            there.add(f"{entry['path']}/{entry['body']['metadata']['name']}")
        if entry["method"] == "DELETE":
            there.discard(entry["path"])
    return there


def test_nodes_measure_a_switch_and_what_a_killed_run_left_is_named_and_removed(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    """With a probe on the controller beside them, which ends by itself."""
    fleet.simulator.make_cluster("aks-a", nodes=1)
    (node,) = (one["name"] for one in fleet.simulator.nodes("aks-a"))
    with away_during_the_change(fleet.simulator, 1.5) as port:
        variables = probed(port)
        (here,) = variables["aks_dataplane_probe"]
        variables["aks_dataplane_probe"] = [here, {**here, "name": "nodes", "tcp": f"node:{port}", "from": "cluster"}]
        running = fleet.start(**{**variables, "__aks_dataplane_probe_times": {"baseline": 60}})
        try:
            # The worker that began the probe has ended then.
            until(lambda: running.process.poll() is not None or any("can be verified" in line.get("task", "") for line in running.lines()))
            (path,) = tmp_path.rglob("*.probe")
            assert probers(path)
        finally:
            running.kill()
            killed = running.wait()
        assert gone(path), killed.stdout
        left = prober_objects(fleet)
        assert len(left) == 3, left
        where = {"resource_group": fleet.simulator.resource_group, "name": "aks-a", "kubernetes": True}
        entry = run_module("aks_audit", where, env=fleet.simulator.environment())["entry"]
        names = {item.rpartition("/")[2] for item in left if "/configmaps/" in item}
        assert entry["probe_leftovers"] == [f"ConfigMap aks-dataplane/{name}" for name in names]

        run = fleet.run(arguments=["--limit", "aks-a"], **variables)

    assert run.returncode == 2, run.stdout + run.stderr
    assert "aks-a | interruption | prober pods measure from 1 nodes, in the pod network and in the host network" in run.stdout
    assert "could not be removed" not in run.stdout
    assert prober_objects(fleet) == set()
    from_here, from_nodes = fleet.records()[-1]["interruption"]["targets"]
    assert [(row["node"], row["network"]) for row in from_nodes["nodes"]] == [(node, "host"), (node, "pod")]
    for row in (from_here, from_nodes, *from_nodes["nodes"]):
        assert (row["verdict"], row["longest_gap"]) == ("exceeded", pytest.approx(1.5, abs=0.5)), row


def test_pods_that_are_refused_end_the_run_before_the_change(fleet: Fleet) -> None:
    """The namespace is not there. Check mode finds that, too."""
    fleet.simulator.kube("aks-a", made={"namespaces": []})
    targets = [{"name": "web", "tcp": "10.0.44.12:80", "from": "cluster"}]
    for check in (True, False):
        run = fleet.run(arguments=["--limit", "aks-a"], check=check, aks_dataplane_probe=targets)
        assert run.returncode == 2, run.stdout + run.stderr
        (message,) = run.failures().values()
        assert message.startswith("The cluster has no namespace aks-dataplane to measure from."), message
        assert fleet.modes("aks-a") == {"iptables"}
