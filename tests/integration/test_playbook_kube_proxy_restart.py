# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook while the API server restarts, over real connections: a cluster whose nodes are well is switched, and verified.

Many more moments and kinds of trouble: test_random_trouble.py.
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    yield Fleet(simulator, tmp_path / "runs")
    simulator.clear_faults()


def check_switched(fleet: Fleet) -> None:
    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.modes() == {"nftables"}
    assert fleet.config() == {"enabled": True, "mode": "NFTABLES"}
    assert len(fleet.writes()) == 1
    assert fleet.records()[0]["verdict"] == "switched"


@pytest.mark.parametrize("moment", ["accepted", "rollout", "rolled_out"])
def test_a_restart(fleet: Fleet, moment: str) -> None:
    """Long enough that the first look at the nodes falls into it."""
    fleet.simulator.restart_api_server("aks-a", moment=moment, refused=4, handshake=3, starting=9)
    check_switched(fleet)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("starting", {"lasts": 15}),
        ("unauthorized", {"lasts": 15}),
        ("server_error", {"lasts": 15}),
        ("handshake", {"lasts": 15}),
        ("hang", {"times": 1, "seconds": 15}),
    ],
)
def test_trouble_at_the_first_look_after_the_change(fleet: Fleet, kind: str, details: dict[str, int]) -> None:
    fleet.simulator.fault(kind, path="^/k8s/aks-a/", moment="accepted", **details)
    check_switched(fleet)


def test_nodes_that_are_healthy_but_have_no_rules_yet(fleet: Fleet) -> None:
    """Waited for: that kube-proxy reports the wanted mode does not verify it."""
    fleet.simulator.fault("no_sync", path="aks-a/", mode="nftables", lasts=8)
    check_switched(fleet)
